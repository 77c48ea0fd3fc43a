/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The contract of every sensor: it watches one outside thing and emits facts.
 *
 * A sensor never writes the node, never logs, never waits. What can vanish is dumped between DUMP_BEGIN and
 * DUMP_END. After each batch of facts it says that its turn is over.
 */
#pragma once

#include <systemd/sd-event.h>

#include "../state/dns.h"
#include "../state/endpoint_names.h"
#include "../state/node.h"
#include "../state/ntp_server.h"
#include "../state/targets.h"

struct sense {
    sd_event *event;
    int root;
    const struct node *node;
    const struct targets *targets;
    const struct ntp_server *ntp_servers; /* these two may be others after a reload */
    const size_t *ntp_servers_count;
    const struct dns_config *dns;          /* and so may this */
    struct endpoint_names *endpoint_names; /* not of the node: what is looked up for a plan */
    void (*emit)(void *userdata, const struct fact *fact);
    void (*turn)(void *userdata);
    void (*beat)(void *userdata); /* from the clock, each minute: what is due goes along with that wake-up */
    void *userdata;
};

struct sense_link;

/* Links, addresses and default routes, by rtnetlink. */
int sense_link_new(const struct sense *sense, struct sense_link **ret);
struct sense_link *sense_link_free(struct sense_link *link);
/* Reads everything again. */
void sense_link_refresh(struct sense_link *link);
/* A dump is under way, or wanted. */
bool sense_link_busy(const struct sense_link *link);

struct sense_port;

/* Sockets at addresses of the node's own, by sock_diag, which announces nothing: a dump a second after the
 * start and after sense_port_doubt(), and each minute while one is stranded. `fd` is the kernel's end of a
 * test; -1 opens the real one. */
int sense_port_new(const struct sense *sense, int fd, struct sense_port **ret);
struct sense_port *sense_port_free(struct sense_port *port);
/* Reads everything again. */
void sense_port_refresh(struct sense_port *port);
/* Addresses came or went: what waits at them may be stranded. */
void sense_port_doubt(struct sense_port *port);
/* A dump is under way, or about to be tried again. */
bool sense_port_busy(const struct sense_port *port);

struct sense_platform;

/* The kernel, the distribution, and what WSL says of itself. */
int sense_platform_new(const struct sense *sense, struct sense_platform **ret);
struct sense_platform *sense_platform_free(struct sense_platform *platform);
/* Reads everything again; wslinfo is asked again too. */
void sense_platform_refresh(struct sense_platform *platform);

struct sense_file;

/* The files that are to follow the node's address. */
int sense_file_new(const struct sense *sense, struct sense_file **ret);
struct sense_file *sense_file_free(struct sense_file *files);
/* Reads everything again: after a reload other files may be meant. */
void sense_file_refresh(struct sense_file *files);
bool sense_file_busy(const struct sense_file *files);

struct sense_clock;

/*
 * The clock and what it is compared with: a look each minute, and at once when somebody sets the clock. A
 * reference that jumps is read again before it is believed: then the machine stood still.
 */
int sense_clock_new(const struct sense *sense, struct sense_clock **ret);
struct sense_clock *sense_clock_free(struct sense_clock *clock);
/* Measures afresh, NTP servers too. */
void sense_clock_refresh(struct sense_clock *clock);
bool sense_clock_busy(const struct sense_clock *clock);
/* It was measured after that moment of CLOCK_MONOTONIC_RAW; if not, it is being measured from now on. */
bool sense_clock_fresh(struct sense_clock *clock, int64_t raw_usec);
/* The step that is seen next is ours. */
void sense_clock_own(struct sense_clock *clock);

struct sense_wsl_config;

/* This distribution's wsl.conf, under WSL. */
int sense_wsl_config_new(const struct sense *sense, struct sense_wsl_config **ret);
struct sense_wsl_config *sense_wsl_config_free(struct sense_wsl_config *wsl);
/* Reads it again. */
void sense_wsl_config_refresh(struct sense_wsl_config *wsl);

struct sense_wslconfig;

/* The .wslconfig of Windows' user, under WSL: read soon after the start, for it counts when WSL starts. */
int sense_wslconfig_new(const struct sense *sense, struct sense_wslconfig **ret);
struct sense_wslconfig *sense_wslconfig_free(struct sense_wslconfig *wsl);
/* Reads it again. */
void sense_wslconfig_refresh(struct sense_wslconfig *wsl);
bool sense_wslconfig_busy(const struct sense_wslconfig *wsl);

struct sense_loopback;

/* Whether the network stack is alive at all. It is asked when told to, and each minute while it is not. */
int sense_loopback_new(const struct sense *sense, struct sense_loopback **ret);
struct sense_loopback *sense_loopback_free(struct sense_loopback *loopback);
void sense_loopback_refresh(struct sense_loopback *loopback);
bool sense_loopback_busy(const struct sense_loopback *loopback);

struct sense_dns;

/*
 * /etc/resolv.conf, whose it is, and how servers answer. Under WSL the listed servers (and WSL's own, while
 * ours stand in for them) are asked when resolv.conf, WSL's file or the uplink changes, and at beats: at
 * every fourth, at each one while something is wrong or ours is in force. Elsewhere only for
 * sense_dns_fresh() and sense_dns_refresh().
 */
int sense_dns_new(const struct sense *sense, struct sense_dns **ret);
struct sense_dns *sense_dns_free(struct sense_dns *dns);
/* Reads the files again and asks all candidates but the public ones. */
void sense_dns_refresh(struct sense_dns *dns);
/* A minute has passed. */
void sense_dns_beat(struct sense_dns *dns);
/* The uplink, its address or the gateway changed. */
void sense_dns_doubt(struct sense_dns *dns);
bool sense_dns_busy(const struct sense_dns *dns);
/* Nor is anybody to be asked soon: what is known will not change by itself within seconds. */
bool sense_dns_settled(const struct sense_dns *dns);
/*
 * All candidates were asked after that moment of CLOCK_MONOTONIC_RAW; if not, they are from now on, the
 * public ones only if the others do not answer and `public_allowed`. It has ended within 14 s.
 */
bool sense_dns_fresh(struct sense_dns *dns, int64_t raw_usec, bool public_allowed);
/* resolv.conf changes next by our own hand. */
void sense_dns_own(struct sense_dns *dns);
/* Our own change is done: the files are read now, within this call. */
void sense_dns_reread(struct sense_dns *dns);

struct sense_hosts;

/*
 * Whether programs find a name that the first server has: by getent, which goes the way they all go. Under
 * WSL only: when something changed that bears on it, for sense_hosts_refresh(), and each minute while it is
 * bad.
 */
int sense_hosts_new(const struct sense *sense, struct sense_hosts **ret);
struct sense_hosts *sense_hosts_free(struct sense_hosts *hosts);
/* Asks at once, if the server has the name; it has ended within 9 s. */
void sense_hosts_refresh(struct sense_hosts *hosts);
/* The node changed. If that bears on names, they are looked up half a second later. */
void sense_hosts_doubt(struct sense_hosts *hosts);
/* A refresh is under way. */
bool sense_hosts_busy(const struct sense_hosts *hosts);

struct sense_wireguard;

/*
 * WireGuard tunnels and their peers: in the kernel by generic netlink, in user space by the sockets of
 * /run/wireguard. They are read while their link is up: at each beat, more often while somebody waits for
 * one, when something may be decided by time alone, and when told to. `fd` is the kernel's end of a test; -1
 * opens the real one, with the first such link.
 */
int sense_wireguard_new(const struct sense *sense, int fd, struct sense_wireguard **ret);
struct sense_wireguard *sense_wireguard_free(struct sense_wireguard *wireguard);
/* Reads everything again. */
void sense_wireguard_refresh(struct sense_wireguard *wireguard);
/* A minute has passed. */
void sense_wireguard_beat(struct sense_wireguard *wireguard);
/* Links changed: tunnels may have come, gone, or been set up or down. */
void sense_wireguard_doubt(struct sense_wireguard *wireguard);
/* Whether this tunnel was read since (CLOCK_MONOTONIC_RAW), or cannot be; if not, that begins, and its end is
 * a turn. */
bool sense_wireguard_fresh(struct sense_wireguard *wireguard, const char *name, int64_t raw_usec);
/* We have sent something to this peer: nobody else misses an answer to it. To be called by whoever does. */
void sense_wireguard_sent(struct sense_wireguard *wireguard, int32_t ifindex,
                          const uint8_t key[PEER_KEY_SIZE]);
/* What was refreshed is still being read; for 6 s at most, be there what hangs. */
bool sense_wireguard_busy(const struct sense_wireguard *wireguard);

struct sense_tailscale;

/*
 * tailscaled, by what it says of itself. While its socket is not there, only that is watched; of one that was
 * there that is believed 5 s later. Connected, its messages tell; of peers, exit node and health its status
 * is asked after them, no more often than each 10 s, and at every third beat, for not all of that is
 * announced.
 */
int sense_tailscale_new(const struct sense *sense, struct sense_tailscale **ret);
struct sense_tailscale *sense_tailscale_free(struct sense_tailscale *tailscale);
/* Asks again, as often as it may be; a daemon that did not answer at the last try is tried at once. */
void sense_tailscale_refresh(struct sense_tailscale *tailscale);
/* The same after a sleep, before which whatever was asked is old. */
void sense_tailscale_wake(struct sense_tailscale *tailscale);
/* A minute has passed. */
void sense_tailscale_beat(struct sense_tailscale *tailscale);
/* A refresh waits for the status; for 6 s at most. Its end is a turn. */
bool sense_tailscale_busy(const struct sense_tailscale *tailscale);

struct sense_windows;

/*
 * Tailscale in Windows, under WSL with interop: its program is run a second after the start, and when told
 * to. Without the program, or without interop, none is run.
 */
int sense_windows_new(const struct sense *sense, struct sense_windows **ret);
struct sense_windows *sense_windows_free(struct sense_windows *windows);
/* Runs it at once. */
void sense_windows_refresh(struct sense_windows *windows);
/* It may be otherwise now: runs it, unless it failed within the last ten minutes. */
void sense_windows_doubt(struct sense_windows *windows);
/* It runs, and not for longer than 6 s: one that hangs is given up after 15. */
bool sense_windows_busy(const struct sense_windows *windows);
