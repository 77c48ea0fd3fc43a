/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of what Windows was asked through interop */
#include "health.h"

#include <string.h>

#include "tailscale.h"
#include "tailscale_tunnel.h"

/* In mirrored mode the two have one address, and so one port, between them. */
void check_tailscale_twice(const struct health_input *input, struct findings *findings)
{
    const struct node *node = input->node;
    const struct tailscale_fact *here = &node->tailscale;
    bool mirrored = strcmp(node_networking_mode(node), "mirrored") == 0;
    struct finding *finding;

    if (!tailscale_windows_runs(node) || here->daemon != TAILSCALE_ANSWERS ||
        here->state != TAILSCALE_RUNNING)
        return;
    finding = findings_add(findings, "tailscale-twice", TAILSCALE_TUNNEL,
                           mirrored ? SEVERITY_WARNING : SEVERITY_INFO);
    finding->summary = "Tailscale runs in Windows and in this distribution at once.";
    if (mirrored)
        finding->cause =
            "In mirrored mode both have links to the tailnet here, and one address: what comes in by one of "
            "them may be answered by the other and is lost then, and both want the same UDP port, 41641.";
    else
        finding->cause = "This machine is in the tailnet twice, and WSL gives the uplink the least MTU of "
                         "Windows' links: the Tailscale there has 1280 bytes, which the packets of this one "
                         "do not fit into.";
    finding->remedy =
        "Use one of the two. Tailscale's makers recommend the one in Windows; the one in this "
        "distribution (`tailscale down` stops it) is needed where the node is to have a name and "
        "an address of its own in the tailnet.";
    finding_text(finding, "networking-mode", node_networking_mode(node));
}

void check_windows_silent(const struct health_input *input, struct findings *findings)
{
    const struct tailscale_fact *fact = &input->node->windows_tailscale;
    struct finding *finding;

    if (fact->daemon != TAILSCALE_SILENT)
        return;
    finding = findings_add(findings, "windows-silent", "tailscale.exe", SEVERITY_INFO);
    finding->summary = "Whether Tailscale runs in Windows cannot be told.";
    finding->cause =
        "Its program was started through interop, and gave no answer that can be used: what came "
        "instead stands in the details.";
    finding->remedy =
        "Run `tailscale.exe status` in a shell. If other programs of Windows hang there as well, only "
        "`wsl --shutdown` in Windows makes interop work again.";
    finding_text(finding, "error", fact->error);
}
