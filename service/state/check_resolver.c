/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of /etc/resolv.conf */
#include "health.h"

#include <string.h>

static bool is_wsl(const struct health_input *input)
{
    return strcmp(input->node->platform.platform, "wsl2") == 0;
}

void check_resolv_conf_missing(const struct health_input *input, struct findings *findings)
{
    const struct resolver_fact *resolver = &input->node->resolver;
    struct finding *finding;

    /* Off WSL a resolver of the machine's own may be asked without one. */
    if (!is_wsl(input) || (resolver->kind != RESOLVER_MISSING && resolver->kind != RESOLVER_DANGLING))
        return;
    finding = findings_add(findings, "resolv-conf-missing", "", SEVERITY_CRITICAL);
    finding->summary = "There is no /etc/resolv.conf: names are not found.";
    finding->cause = "It was removed, or is a link to a file that is not there. WSL makes one at its start, "
                     "unless generateResolvConf in wsl.conf forbids it.";
    finding->remedy = "Mend it (wslnodectl fix-dns). Where generateResolvConf is false, remove that line if "
                      "WSL is to make the file again.";
    if (resolver->target[0])
        finding_text(finding, "target", resolver->target);
    finding_text(finding, "generate", resolver->wsl_generates ? "yes" : "no");
    finding->mend.verb = MEND_FIX_DNS;
}

void check_resolv_conf_rewritten(const struct health_input *input, struct findings *findings)
{
    const struct resolver_fact *resolver = &input->node->resolver;
    enum dns_owner writer = resolver->written_by;
    struct finding *finding;

    if (resolver->kind != RESOLVER_LINK || resolver->owner != DNS_OWNER_WSL ||
        (writer != DNS_OWNER_RESOLVED && writer != DNS_OWNER_TAILSCALE && writer != DNS_OWNER_WSLNODE))
        return;
    finding = findings_add(findings, "resolv-conf-rewritten", "", SEVERITY_WARNING);
    finding->summary = "Something wrote its own DNS servers into WSL's resolv.conf.";
    finding->cause = "/etc/resolv.conf is WSL's link, and what it leads to bears another's mark. All "
                     "distributions share that file, and WSL overwrites it when Windows' network changes.";
    finding->remedy = "Have the writer leave /etc/resolv.conf alone; or set generateResolvConf=false in "
                      "section [network] of /etc/wsl.conf and give the distribution a file of its own.";
    finding_text(finding, "owner", dns_owner_name(resolver->owner));
    finding_text(finding, "written-by", dns_owner_name(writer));
}

void check_resolv_conf_immutable(const struct health_input *input, struct findings *findings)
{
    struct finding *finding;

    if (!input->node->resolver.immutable)
        return;
    finding = findings_add(findings, "resolv-conf-immutable", "", SEVERITY_INFO);
    finding->summary = "/etc/resolv.conf cannot be changed by anybody.";
    finding->cause = "Somebody set its attribute i (chattr +i) to keep WSL from replacing it. That holds off "
                     "Tailscale, systemd-resolved and wslnode as well.";
    finding->remedy = "Nothing has to be done while its servers answer. `chattr -i /etc/resolv.conf` lets go "
                      "of it; generateResolvConf=false in /etc/wsl.conf keeps WSL away.";
}

/* One that was asked to last is no stand-in. */
void check_resolv_conf_ours(const struct health_input *input, struct findings *findings)
{
    const struct resolver_fact *resolver = &input->node->resolver;
    struct finding *finding;
    char text[DNS_LIST_SIZE];

    if (resolver->owner != DNS_OWNER_WSLNODE || resolver->kind != RESOLVER_LINK)
        return;
    finding = findings_add(findings, "resolv-conf-ours", "", SEVERITY_INFO);
    finding->summary = "FixDNS's servers are asked instead of those that were there before.";
    finding->cause = "Those did not answer. WSL's own come back by themselves when they answer again, and at "
                     "WSL's next start.";
    finding->remedy = "Nothing has to be done. To go back now, undo the change (wslnodectl changes, then "
                      "wslnodectl undo).";
    if (resolver->listed.count)
        finding_text(finding, "servers", dns_list_text(&resolver->listed, text, sizeof(text)));
}

void check_resolver_fighting(const struct health_input *input, struct findings *findings)
{
    uint32_t lost = input->node->resolver.lost;
    struct finding *finding;

    if (lost < DNS_FIGHT_LOST)
        return;
    finding = findings_add(findings, "fighting", "/etc/resolv.conf", SEVERITY_WARNING);
    finding->summary = "Something replaces FixDNS's /etc/resolv.conf again and again; wslnode does not join "
                       "in.";
    finding->cause = "The kernel does not say who writes a file. The owner is whose the file looks like now.";
    finding->remedy = "Find what else writes /etc/resolv.conf (Tailscale, resolvconf, NetworkManager, a "
                      "script) and have it leave the file alone, or set the servers there.";
    finding_number(finding, "times", lost);
    finding_text(finding, "owner", dns_owner_name(input->node->resolver.owner));
}
