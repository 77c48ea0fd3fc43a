/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Check of what of the VPN is more than is watched */
#include "health.h"

static struct finding *add(struct findings *findings, const char *subject, const char *limit, uint32_t number)
{
    struct finding *finding = findings_add(findings, "vpn-truncated", subject, SEVERITY_INFO);

    finding_number(finding, limit, number);
    return finding;
}

static void add_tunnels(struct findings *findings)
{
    struct finding *finding = add(findings, "", "tunnels-limit", TUNNELS_MAX);

    finding->summary = "This machine has more WireGuard tunnels than wslnode watches.";
    finding->cause = "Memory is bounded: the tunnels after the limit are not listed, and nobody is told when "
                     "one of them is down.";
    finding->remedy = "Take down the tunnels that nobody needs.";
}

static void add_peers(struct findings *findings, const struct tunnel *tunnel)
{
    struct finding *finding = add(findings, tunnel->fact.name, "peers-limit", PEERS_MAX);

    finding->summary = "The tunnel has more peers than wslnode watches.";
    finding->cause =
        "Memory is bounded: the peers after the limit are neither listed nor counted, and nobody "
        "is told when one of them is down.";
    finding->remedy = "Remove the peers that nobody needs, or spread them over several tunnels.";
}

void check_vpn_truncated(const struct health_input *input, struct findings *findings)
{
    const struct tunnels *tunnels = &input->node->tunnels;

    if (tunnels->truncated)
        add_tunnels(findings);
    for (size_t i = 0; i < tunnels->count; i++)
        if (tunnels->list[i].truncated)
            add_peers(findings, &tunnels->list[i]);
}
