/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Health: the table of checks */
#include "health.h"

#include <stdlib.h>
#include <string.h>

const struct check health_checks[] = {
    /* Network stack */
    {"no-uplink", "The node has an uplink.", node_links_known, check_no_uplink},
    {"two-uplinks", "One link carries the default route.", node_links_known, check_two_uplinks},
    {"too-many-links", "All links, addresses and routes are known.", node_links_known, check_too_many_links},
    /* Dynamic address */
    {"no-address", "The uplink has an address.", node_links_known, check_no_address},
    {"listens-on-gone-address", "Every service listens on an address that the node has.", node_sockets_known,
     check_listens_on_gone_address},
    {"stale-address", "Every file that is followed has the node's address.", node_files_known,
     check_stale_address},
    {"file-refused", "Every file that is followed can be changed.", node_files_known, check_file_refused},
    /* MTU limitations */
    {"tunnel-too-big", "Every tunnel fits into its underlay.", node_links_known, check_tunnel_too_big},
    {"path-too-small", "What fits into a tunnel reaches its peer.", node_tunnels_known, check_path_too_small},
    {"wanted-mtu-lost", "Every link has the MTU that was asked for.", node_links_known,
     check_wanted_mtu_lost},
    {"fighting", "Nobody undoes what was asked for, or steps a clock that stays wrong.", node_links_known,
     check_fighting},
    /* DNS */
    {"dns-no-answer", "A DNS server answers.", node_dns_known, check_dns_no_answer},
    {"dns-server-dead", "Every DNS server that is listed answers.", node_dns_known, check_dns_server_dead},
    {"dns-tunnel-refuses", "WSL's DNS tunnel listens, where it is used.", node_dns_known,
     check_dns_tunnel_refuses},
    {"dns-no-tcp", "Every DNS server answers by TCP as well.", node_dns_known, check_dns_no_tcp},
    {"resolv-conf-missing", "There is a resolv.conf.", node_resolver_known, check_resolv_conf_missing},
    {"resolv-conf-rewritten", "Nobody writes into WSL's resolv.conf.", node_resolver_known,
     check_resolv_conf_rewritten},
    {"resolv-conf-immutable", "The file resolv.conf can be changed.", node_resolver_known,
     check_resolv_conf_immutable},
    {"resolv-conf-ours", "No servers of FixDNS's stand in for others.", node_resolver_known,
     check_resolv_conf_ours},
    {"hosts-not-found", "Programs find names.", node_hosts_known, check_hosts_not_found},
    {"hosts-late", "Programs find names in time.", node_hosts_known, check_hosts_late},
    /* Clock */
    {"clock-drift", "The clock is right.", node_clock_measured, check_clock_drift},
    {"clock-stepped", "Nobody sets the clock at a beat.", node_clock_known, check_clock_stepped},
    {"no-time-reference", "Something tells the true time.", node_reference_known, check_no_time_reference},
    {"clock-reference-stale", "WSL's PTP clock can be trusted, where there is one.", node_clock_known,
     check_clock_reference_stale},
    /* Sleep */
    {"network-dead", "The network stack is alive: loopback answers.", node_loopback_known,
     check_network_dead},
    /* WSL configuration */
    {"wsl-conf-cut-off", "WSL reads all of wsl.conf.", node_wsl_config_known, check_wsl_conf_cut_off},
    {"wsl-conf-remarks", "WSL takes wsl.conf as it looks.", node_wsl_config_known, check_wsl_conf_remarks},
    /* Staying up */
    {"stops-when-idle", "WSL does not stop the node when its last shell is closed.", node_wslconfig_known,
     check_stops_when_idle},
    {"wslconfig-remarks", "WSL takes .wslconfig as it looks.", node_wslconfig_known, check_wslconfig_remarks},
    /* VPN */
    {"vpn-down", "Every tunnel of the VPN that is in use is up.", node_tunnels_known, check_vpn_down},
    {"vpn-truncated", "All tunnels and all their peers are watched.", node_tunnels_known,
     check_vpn_truncated},
    {"vpn-no-keepalive", "Peers beyond NAT are kept in touch.", node_tunnels_known, check_vpn_no_keepalive},
    {"tailscale-exit-node", "The exit node that Tailscale is to use is there.", node_tailscale_known,
     check_tailscale_exit_node},
    {"tailscale-key-expires", "The login of Tailscale does not expire soon.", node_tailscale_known,
     check_tailscale_key_expires},
    {"tailscale-health", "Tailscale has nothing to say about itself.", node_tailscale_known,
     check_tailscale_health},
    /* Windows */
    {"tailscale-twice", "Tailscale runs in one place: in Windows or in this distribution.",
     node_windows_known, check_tailscale_twice},
    {"windows-silent", "Programs of Windows answer when they are asked.", node_windows_asked,
     check_windows_silent},
    /* Our own */
    {"configuration-refused", "The configuration is in force.", NULL, check_configuration},
};

const size_t health_checks_count = sizeof(health_checks) / sizeof(health_checks[0]);

static int worst_first(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    int r;

    if (x->severity != y->severity)
        return x->severity < y->severity ? 1 : -1;
    r = strcmp(x->id, y->id);
    return r ? r : strcmp(x->subject, y->subject);
}

void health_evaluate(const struct health_input *input, struct findings *findings)
{
    findings_clear(findings);
    for (size_t i = 0; i < health_checks_count; i++)
        if (!health_checks[i].known || health_checks[i].known(input->node))
            health_checks[i].find(input, findings);
    if (findings->count)
        qsort(findings->list, findings->count, sizeof(*findings->list), worst_first);
}

const char *health_word(const struct node *node, const struct findings *findings)
{
    if (!node_links_known(node))
        return "unknown";
    if (!findings->count || findings->list[0].severity < SEVERITY_WARNING)
        return "ok";
    return severity_name(findings->list[0].severity);
}
