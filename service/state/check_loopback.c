/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Check of the network stack itself */
#include "health.h"

void check_network_dead(const struct health_input *input, struct findings *findings)
{
    struct finding *finding;

    if (!input->node->loopback_dead)
        return;
    finding = findings_add(findings, "network-dead", "", SEVERITY_CRITICAL);
    finding->summary = "The network stack is dead: not even loopback answers.";
    finding->cause = "So it can be after hibernation. Nothing inside WSL ends it.";
    finding->remedy = "Run wsl --shutdown in Windows, then start WSL again.";
}
