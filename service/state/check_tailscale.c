/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of what tailscaled says of itself */
#include "health.h"

#include "tailscale_tunnel.h"

#define DAY (INT64_C(86400) * 1000000)

struct explanation {
    const char *cause, *remedy;
};

static struct explanation why_down(enum tunnel_reason reason)
{
    if (reason == TUNNEL_LOGIN_NEEDED)
        return (struct explanation){
            "Tailscale's login has expired, or somebody logged out: until there is a new one nothing gets "
            "through.",
            "Log in with `tailscale up`, and open the page that it names. Of a machine that nobody sits at, "
            "an "
            "administrator of the tailnet can switch the expiry off."};
    if (reason == TUNNEL_NOT_AUTHORISED)
        return (struct explanation){
            "The tailnet lets in only machines that an administrator has approved, and this one is not.",
            "Have it approved in the tailnet's admin console, under Machines."};
    return (struct explanation){"tailscaled does not answer any more: it has ended or hangs.",
                                "Start it again with `systemctl restart tailscaled`, and look at its log."};
}

void check_tailscale_down(const struct health_input *input, const struct tunnel *tunnel,
                          struct findings *findings)
{
    const struct tailscale_fact *fact = &input->node->tailscale;
    enum tunnel_reason reason = tunnel_reason(tunnel);
    struct explanation why = why_down(reason);
    struct finding *finding;

    if (reason == TUNNEL_REASON_NONE || !tunnel_is_missed(tunnel))
        return;
    finding = findings_add(findings, "vpn-down", tunnel->fact.name, SEVERITY_CRITICAL);
    finding->summary = "Tailscale is down.";
    finding->cause = why.cause;
    finding->remedy = why.remedy;
    finding_text(finding, "reason", tunnel_reason_name(reason));
    if (*fact->error)
        finding_text(finding, "error", fact->error);
}

/* All that is said of one that lets packets through. */
static const struct tailscale_fact *running(const struct health_input *input)
{
    const struct tailscale_fact *fact = &input->node->tailscale;

    return fact->daemon == TAILSCALE_ANSWERS && fact->state == TAILSCALE_RUNNING ? fact : NULL;
}

/* In user space only its proxies go there, and who uses them sees that. */
void check_tailscale_exit_node(const struct health_input *input, struct findings *findings)
{
    const struct tailscale_fact *fact = running(input);
    struct finding *finding;

    /* What has no bus tells no wishes, but which one it has. */
    if (!fact || !(fact->exit_node_wanted || fact->exit_node) || !fact->exit_node_known ||
        fact->exit_node_online || fact->tun == TAILSCALE_TUN_USER_SPACE)
        return;
    finding = findings_add(findings, "tailscale-exit-node", TAILSCALE_TUNNEL, SEVERITY_CRITICAL);
    if (fact->exit_node) {
        finding->summary = "Tailscale's exit node is offline: nothing reaches the internet.";
        finding->cause =
            "All that does not go to the tailnet is to go by way of the exit node, and that is off or "
            "cut off.";
    } else {
        finding->summary = "Tailscale's exit node is not there: nothing reaches the internet.";
        finding->cause =
            "All that does not go to the tailnet is to go by way of an exit node that is not among the "
            "peers: it was removed, or this machine may not use it.";
    }
    finding->remedy = "Choose another with `tailscale set --exit-node=NAME`, or none with `tailscale set "
                      "--exit-node=`; `tailscale exit-node list` shows them.";
    finding_text(finding, "state", fact->exit_node ? "offline" : "not-found");
    if (*fact->exit_node_name)
        finding_text(finding, "exit-node", fact->exit_node_name);
}

/* By the wall clock as of its last look, a minute ago at most; before the first one it is 1970. */
void check_tailscale_key_expires(const struct health_input *input, struct findings *findings)
{
    const struct tailscale_fact *fact = running(input);
    const struct clock_fact *look = &input->node->clock.seen;
    struct finding *finding;
    int64_t left;

    if (!fact || !fact->key_expiry_usec)
        return;
    left = fact->key_expiry_usec - (look->raw_usec + look->clock_usec);
    if (left > 7 * DAY)
        return;
    finding = findings_add(findings, "tailscale-key-expires", TAILSCALE_TUNNEL,
                           left > DAY ? SEVERITY_INFO : SEVERITY_WARNING);
    finding->summary =
        left > DAY ? "Tailscale's login expires within a week." : "Tailscale's login expires within a day.";
    finding->cause =
        "A login lasts as long as the tailnet allows, 180 days as a rule; after that nothing gets "
        "through until somebody logs in again.";
    finding->remedy =
        "Log in anew with `tailscale up --force-reauth`, which may cut connections for a moment. Of a "
        "machine that nobody sits at, an administrator of the tailnet can switch the expiry off.";
    finding_signed(finding, "expires-usec", fact->key_expiry_usec);
}

void check_tailscale_health(const struct health_input *input, struct findings *findings)
{
    const struct tailscale_fact *fact = running(input);
    struct finding *finding;

    if (!fact || !fact->warnings)
        return;
    finding = findings_add(findings, "tailscale-health", TAILSCALE_TUNNEL, SEVERITY_INFO);
    finding->summary = "Tailscale warns about itself.";
    finding->cause = "tailscaled found something that it tells of; the first of it stands in the details.";
    finding->remedy = "Look at the end of `tailscale status`, which has all of it.";
    finding_number(finding, "warnings", fact->warnings);
    if (*fact->warning)
        finding_text(finding, "warning", fact->warning);
}
