/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Check of the ways of tunnels, by what they were measured to carry */
#include "health.h"

#include "path.h"

static const char *const causes[PATH_CAUSES] = {
    [PATH_CAUSE_BEYOND] = "Something on the way to the peer is narrower than this node's own link: PPPoE, "
                          "another VPN, or under WSL a VPN of Windows.",
    [PATH_CAUSE_PEER] = "Nothing on the way says why: larger packets of the tunnel's are dropped there, or "
                        "the peer's own end of the tunnel is smaller.",
};

/* The summary tells these three apart, for whoever translates them. */
static void say(struct finding *finding, const struct path_verdict *verdict)
{
    finding->cause = causes[verdict->cause];
    if (verdict->state == PATH_IN_PIECES) {
        finding->summary = "The tunnel's larger packets reach the peer in fragments only.";
        finding->remedy =
            "Nothing is lost, but it is slow, and many networks drop fragments: make the way wider, or "
            "lower the tunnel's MTU to what it carries, here and at the peer. Below 1280 bytes the "
            "tunnel's IPv6 would end.";
    } else if (verdict->move == PATH_MOVE_TUNNEL) {
        finding->summary =
            "The tunnel's larger packets are too big for the way to the peer: ping works, SSH and TLS hang.";
        finding->remedy = "Lower the tunnel's MTU to what the way carries, here and at the peer.";
    } else {
        finding->summary =
            "The tunnel's larger packets are too big for the way to the peer, and its MTU cannot be "
            "lowered: ping works, SSH and TLS hang.";
        finding->remedy =
            "Below 1280 bytes the tunnel's IPv6 would end. Make the way wider: end the other tunnel that "
            "it goes through, such as a VPN of Windows, or raise that one's MTU. If nobody needs IPv6 "
            "in it, `wslnodectl set-mtu` with --force lowers it all the same.";
    }
}

/* What was sent through the tunnel and did not arrive is beyond doubt; of what was sent beside it, fragments
 * might do where whole packets do not. */
static enum severity severity_of(const struct path_input *input, const struct path_verdict *verdict)
{
    if (verdict->state == PATH_IN_PIECES)
        return SEVERITY_INFO;
    return input->through.answered && input->through.carries ? SEVERITY_CRITICAL : SEVERITY_WARNING;
}

/* Whoever knew where the narrow place is. */
static void name_teller(struct finding *finding, const struct path_input *input)
{
    const struct path_measure *measure = &input->beside;
    char router[ADDRESS_TEXT_SIZE];

    if (measure->teller == PATH_TOLD_BY_LOCAL)
        finding_text(finding, "teller", "link");
    if (measure->teller != PATH_TOLD_BY_ROUTER)
        return;
    finding_text(finding, "teller", "router");
    finding_text(finding, "router",
                 address_text(measure->router_family, measure->router, -1, router, sizeof(router)));
}

static void add(const struct tunnel *tunnel, const char *link, const struct path_verdict *verdict,
                struct findings *findings)
{
    struct finding *finding =
        findings_add(findings, "path-too-small", tunnel->fact.name, severity_of(&tunnel->path, verdict));

    say(finding, verdict);
    finding_text(finding, "cause", path_cause_name(verdict->cause));
    finding_number(finding, "mtu", tunnel->path.tunnel_mtu);
    finding_number(finding, "wanted-mtu", verdict->fits);
    finding_number(finding, "needed", verdict->needed);
    finding_number(finding, "carries", verdict->carries);
    name_teller(finding, &tunnel->path);
    if (verdict->move != PATH_MOVE_TUNNEL || !link[0])
        return;
    finding->mend.verb = MEND_SET_MTU;
    finding->mend.mtu = verdict->to;
    memcpy(finding->mend.link, link, sizeof(finding->mend.link));
    finding_text(finding, "move", finding->mend.link);
}

void check_path_too_small(const struct health_input *input, struct findings *findings)
{
    const struct tunnels *tunnels = &input->node->tunnels;

    for (size_t i = 0; i < tunnels->count; i++) {
        const struct tunnel *tunnel = &tunnels->list[i];
        struct path_verdict verdict;

        if (!tunnel->measured)
            continue;
        path_judge(&tunnel->path, &verdict);
        /* A link of ours that is too small is tunnel-too-big. */
        if (verdict.cause == PATH_CAUSE_BEYOND || verdict.cause == PATH_CAUSE_PEER)
            add(tunnel, tunnel_link(input->node, tunnel), &verdict, findings);
    }
}
