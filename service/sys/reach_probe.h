/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether a host is there, whether UDP gets to it and back, and whether anybody listens at one of its ports.
 *
 * It asks by ping, by a datagram to that port, and by one to another that as good as certainly is closed,
 * each of them twice. Whose port is closed says so, unless something on the way swallows that or the
 * question.
 */
#pragma once

#include <systemd/sd-event.h>

#include "udp_knock.h"

/* At once, of all. */
#define REACH_PROBES_MAX       8
#define REACH_PROBE_AGAIN_USEC 1000000
/* It has ended by then. A neighbour is given up after three seconds (RFC 4861, and ARP as Linux does it). */
#define REACH_PROBE_USEC 3300000
/* The ports that traceroute asks: hosts say of them that they are closed, for it rests on that. */
#define REACH_PROBE_CLOSED_FIRST 33434
#define REACH_PROBE_CLOSED_COUNT 90

struct reach_answer {
    enum reach_ping ping;
    enum reach_port port;
    bool udp_passes; /* there and back */
};

struct reach_probe;

/* Called once, from the loop; the probe may be freed in it. */
typedef void (*reach_probe_done)(void *userdata, const struct reach_answer *answer);

/*
 * 0, or a negative errno, after which `done` is not called: -EBUSY if there are REACH_PROBES_MAX already,
 * -EAFNOSUPPORT. What cannot be asked is unknown in the answer.
 */
int reach_probe_new(sd_event *event, const struct udp_way *way, reach_probe_done done, void *userdata,
                    struct reach_probe **ret);
/* One that still runs ends unheard. */
struct reach_probe *reach_probe_free(struct reach_probe *probe);
