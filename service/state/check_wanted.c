/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of what was asked to stay */
#include "health.h"

#include <string.h>

static struct finding *add(const struct health_input *input, struct findings *findings, const char *id,
                           const struct wanted_mtu *mtu)
{
    const struct link_fact *link = node_link_named(input->node, mtu->link);
    struct finding *finding = findings_add(findings, id, mtu->link, SEVERITY_WARNING);

    finding_number(finding, "wanted-mtu", wanted_wish(mtu).mtu);
    finding_number(finding, "mtu", link->mtu);
    return finding;
}

static void lost(const struct health_input *input, struct findings *findings, const struct wanted_mtu *mtu)
{
    struct finding *finding = add(input, findings, "wanted-mtu-lost", mtu);

    finding->summary = "The link no longer has the MTU that was asked for.";
    finding->cause =
        "WSL writes the uplink's MTU when something changed in Windows, a VPN there that came or "
        "went for instance, and at every start. So a smaller value may be right now.";
    finding->remedy = "If the wish still holds, mend it; if not, release it "
                      "(wslnodectl release mtu LINK).";
    finding->mend.verb = MEND_SET_MTU;
    memcpy(finding->mend.link, mtu->link, sizeof(finding->mend.link));
    finding->mend.mtu = wanted_wish(mtu).mtu;
}

static void refused(const struct health_input *input, struct findings *findings, const struct wanted_mtu *mtu)
{
    struct finding *finding = add(input, findings, "wanted-mtu-lost", mtu);

    finding->summary = "The kernel does not take the MTU that was asked for on this link.";
    finding->cause = "The link is of another kind or has other limits than when it was asked for.";
    finding->remedy = "Set a value that the link takes (wslnodectl set-mtu LINK MTU), or release the wish "
                      "(wslnodectl release mtu LINK).";
}

void check_wanted_mtu_lost(const struct health_input *input, struct findings *findings)
{
    for (size_t i = 0; i < input->wanted->count; i++) {
        const struct wanted_mtu *mtu = &input->wanted->list[i];

        switch (wanted_state(mtu, input->node)) {
        case WANTED_NEWS:
            lost(input, findings, mtu);
            break;
        case WANTED_REFUSED:
            refused(input, findings, mtu);
            break;
        case WANTED_KEPT:
        case WANTED_LOST: /* is being put back this very moment */
        case WANTED_FIGHTING:
            break;
        }
    }
}

void check_fighting(const struct health_input *input, struct findings *findings)
{
    check_clock_fighting(input, findings);
    check_resolver_fighting(input, findings);
    for (size_t i = 0; i < input->wanted->count; i++) {
        const struct wanted_mtu *mtu = &input->wanted->list[i];
        struct finding *finding;

        if (wanted_state(mtu, input->node) != WANTED_FIGHTING)
            continue;
        finding = add(input, findings, "fighting", mtu);
        finding->summary = "Something sets the tunnel's MTU again and again; wslnode has stopped joining in.";
        finding->cause = "The kernel does not say who writes an MTU. It was put back three times within a "
                         "minute and changed again.";
        finding->remedy =
            "Find what else configures this tunnel (wg-quick, NetworkManager, a script) and give it "
            "the same MTU; or release the wish (wslnodectl release mtu LINK).";
    }
}
