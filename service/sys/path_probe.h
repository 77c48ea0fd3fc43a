/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a way carries, by echo requests that must not be fragmented (DF), past what the kernel believes of it.
 *
 * First a small one goes out: if nobody answers that, nothing is known of larger ones. Only what was answered
 * counts as carried. That is the way there: an answer may come back in fragments.
 */
#pragma once

#include <systemd/sd-event.h>

#include "../state/fact.h"

/* At once, of all: each holds a socket, and answers come from the loop that serves calls. */
#define PATH_PROBES_MAX 8
/* A host takes any packet of 576 bytes (RFC 791), and a link below 1280 has no IPv6 (RFC 8200): less is never
 * what a way carries, but what somebody does not answer. */
#define PATH_PROBE_LEAST_IPV4 576u
#define PATH_PROBE_LEAST_IPV6 1280u
/* Jumbo frames: no tunnel's packets are larger. */
#define PATH_PROBE_MOST 9216u
/* Payload of the small one, as ping's: whoever lets a ping through lets this through. */
#define PATH_PROBE_CONTROL 56u
/* A packet may get lost, and each size is asked for so often before it counts as silent. */
#define PATH_PROBE_TRIES 2
/* So long each is waited for: four round trips of the small one, but for these. The round trip is as good as
 * never longer than a second; 0.3 s are for a machine or a radio that sleeps. */
#define PATH_PROBE_WAIT_MAX_USEC 1000000
#define PATH_PROBE_WAIT_MIN_USEC 300000
/* It has ended by then, with the largest that was answered: as long as a question of DNS takes at most. */
#define PATH_PROBE_USEC 14000000

struct path_target {
    uint8_t family; /* AF_INET or AF_INET6 */
    uint8_t bytes[16];
    int32_t ifindex; /* goes out by this link; 0: by the routes */
    uint32_t mark;   /* as a tunnel marks its own packets, so that these take the same way; 0: none */
    uint32_t size;   /* that is wanted, in bytes of an IP packet: PATH_PROBE_LEAST_* to PATH_PROBE_MOST */
};

struct path_probe;

/* Called once, from the loop; the probe may be freed in it. */
typedef void (*path_probe_done)(void *userdata, const struct path_measure *measure);

/*
 * 0, or a negative errno, after which `done` is not called:
 *   -EBUSY         there are PATH_PROBES_MAX already
 *   -ERANGE        no such size
 *   -EAFNOSUPPORT  no such family
 *   -EACCES -EPERM neither ping sockets nor raw ones are allowed (net.ipv4.ping_group_range, CAP_NET_RAW)
 * or what the kernel says of the way: -ENETUNREACH, -ENODEV; of WireGuard -ENOKEY, -EDESTADDRREQ.
 */
int path_probe_new(sd_event *event, const struct path_target *target, path_probe_done done, void *userdata,
                   struct path_probe **ret);
/* One that still runs ends unheard. */
struct path_probe *path_probe_free(struct path_probe *probe);
