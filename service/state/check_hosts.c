/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of what programs see of names */
#include "health.h"

#define LOOK                                                                                                 \
    "Look at the line hosts of /etc/nsswitch.conf, and let TCP port 53 through. `getent ahosts NAME` asks "  \
    "as programs do."
/* Whoever makes resolv.conf makes it anew. */
#define LASTING                                                                                              \
    " Where WSL makes the file, that is lost at its next start, unless `wslnodectl fix-dns --persist` or "   \
    "generateResolvConf=false in /etc/wsl.conf comes before it."

void check_hosts_not_found(const struct health_input *input, struct findings *findings)
{
    const struct node *node = input->node;
    struct finding *finding;

    if (node->hosts.view != HOSTS_NOT_FOUND)
        return;
    finding = findings_add(findings, "hosts-not-found", "", SEVERITY_WARNING);
    finding->summary = "DNS servers answer, but programs do not find names.";
    finding->cause =
        "The line hosts of /etc/nsswitch.conf may lack dns, or ask another service that says no; "
        "or what is too long for UDP is not answered by TCP.";
    finding->remedy = LOOK;
    finding_text(finding, "name", node->hosts.name);
}

struct wait {
    enum hosts_view view;
    const char *word, *cause, *remedy;
};

static const struct wait waits[] = {
    {HOSTS_AAAA, "aaaa",
     "Programs ask for IPv6 addresses (AAAA) as well, and wait for that answer. The server gives none, or it "
     "leaves one of two questions at once unanswered.",
     "Ask another server, or put `options no-aaaa` (from glibc 2.36 on) or `options single-request` into "
     "/etc/resolv.conf." LASTING},
    {HOSTS_SEARCH, "search",
     "Programs ask for the name within a domain of the search line first, and nothing answers that.",
     "Take that domain out of the search line of /etc/resolv.conf, or set a lower ndots in its "
     "options." LASTING},
    {HOSTS_LATE, "unknown",
     "Programs wait neither for IPv6 addresses nor for the search line alone. Another service in the line "
     "hosts of /etc/nsswitch.conf may not answer, or TCP does not, which is asked where UDP is too short.",
     LOOK},
};

void check_hosts_late(const struct health_input *input, struct findings *findings)
{
    const struct node *node = input->node;

    for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
        struct finding *finding;

        if (waits[i].view != node->hosts.view)
            continue;
        finding = findings_add(findings, "hosts-late", "", SEVERITY_WARNING);
        finding->summary = "Names are found late, though the first DNS server answers.";
        finding->cause = waits[i].cause;
        finding->remedy = waits[i].remedy;
        finding_text(finding, "waits-for", waits[i].word);
        finding_text(finding, "name", node->hosts.name);
    }
}
