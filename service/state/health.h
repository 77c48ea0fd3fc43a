/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The checks, in one table grouped as our user's document groups the troubles.
 *
 * A check is a pure function of what is known. None is asked before the sensors that it rests on have
 * spoken.
 */
#pragma once

#include "finding.h"
#include "node.h"
#include "targets.h"
#include "wanted.h"

struct health_input {
    const struct node *node;
    const struct wanted *wanted;
};

struct check {
    const char *id;
    const char *passes;                     /* what holds when it finds nothing */
    bool (*known)(const struct node *node); /* that what it rests on has been seen; NULL: nothing */
    void (*find)(const struct health_input *input, struct findings *findings);
};

extern const struct check health_checks[];
extern const size_t health_checks_count;

/* Worst first, then by id and subject. */
void health_evaluate(const struct health_input *input, struct findings *findings);
/* "ok", "warning", "critical", or "unknown" before the links were read. */
const char *health_word(const struct node *node, const struct findings *findings);

/* check_link.c */
void check_no_uplink(const struct health_input *input, struct findings *findings);
void check_no_address(const struct health_input *input, struct findings *findings);
void check_two_uplinks(const struct health_input *input, struct findings *findings);
void check_tunnel_too_big(const struct health_input *input, struct findings *findings);
void check_too_many_links(const struct health_input *input, struct findings *findings);
/* check_path.c */
void check_path_too_small(const struct health_input *input, struct findings *findings);
/* check_port.c */
void check_listens_on_gone_address(const struct health_input *input, struct findings *findings);
/* check_wanted.c */
void check_wanted_mtu_lost(const struct health_input *input, struct findings *findings);
void check_fighting(const struct health_input *input, struct findings *findings);
/* check_file.c */
void check_stale_address(const struct health_input *input, struct findings *findings);
void check_file_refused(const struct health_input *input, struct findings *findings);
/* check_clock.c */
void check_clock_drift(const struct health_input *input, struct findings *findings);
void check_clock_fighting(const struct health_input *input, struct findings *findings);
void check_clock_stepped(const struct health_input *input, struct findings *findings);
void check_no_time_reference(const struct health_input *input, struct findings *findings);
void check_clock_reference_stale(const struct health_input *input, struct findings *findings);
/* check_dns.c */
void check_dns_no_answer(const struct health_input *input, struct findings *findings);
void check_dns_server_dead(const struct health_input *input, struct findings *findings);
void check_dns_tunnel_refuses(const struct health_input *input, struct findings *findings);
void check_dns_no_tcp(const struct health_input *input, struct findings *findings);
/* check_resolver.c */
void check_resolv_conf_missing(const struct health_input *input, struct findings *findings);
void check_resolv_conf_rewritten(const struct health_input *input, struct findings *findings);
void check_resolv_conf_immutable(const struct health_input *input, struct findings *findings);
void check_resolv_conf_ours(const struct health_input *input, struct findings *findings);
void check_resolver_fighting(const struct health_input *input, struct findings *findings);
/* check_hosts.c */
void check_hosts_not_found(const struct health_input *input, struct findings *findings);
void check_hosts_late(const struct health_input *input, struct findings *findings);
/* check_loopback.c */
void check_network_dead(const struct health_input *input, struct findings *findings);
/* check_wsl_config.c */
void check_wsl_conf_cut_off(const struct health_input *input, struct findings *findings);
void check_wsl_conf_remarks(const struct health_input *input, struct findings *findings);
/* check_staying_up.c */
void check_stops_when_idle(const struct health_input *input, struct findings *findings);
void check_wslconfig_remarks(const struct health_input *input, struct findings *findings);
/* check_vpn.c */
void check_vpn_down(const struct health_input *input, struct findings *findings);
void check_vpn_no_keepalive(const struct health_input *input, struct findings *findings);
/* check_vpn_truncated.c */
void check_vpn_truncated(const struct health_input *input, struct findings *findings);
/* check_tailscale.c */
void check_tailscale_down(const struct health_input *input, const struct tunnel *tunnel,
                          struct findings *findings);
void check_tailscale_exit_node(const struct health_input *input, struct findings *findings);
void check_tailscale_key_expires(const struct health_input *input, struct findings *findings);
void check_tailscale_health(const struct health_input *input, struct findings *findings);
/* check_windows.c */
void check_tailscale_twice(const struct health_input *input, struct findings *findings);
void check_windows_silent(const struct health_input *input, struct findings *findings);
/* check_config.c */
void check_configuration(const struct health_input *input, struct findings *findings);
