/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of the DNS servers */
#include "health.h"

#include <string.h>

/* FixDNS may do something without FORCE, and would. */
static void offer_mend(const struct node *node, struct finding *finding)
{
    enum dns_owner owner = node->resolver.owner;

    if (strcmp(node->platform.platform, "wsl2") == 0 && !dns_first_answers(node) &&
        owner != DNS_OWNER_TAILSCALE && owner != DNS_OWNER_USER)
        finding->mend.verb = MEND_FIX_DNS;
}

static void add_servers(struct finding *finding, const struct node *node)
{
    char text[DNS_LIST_SIZE];

    finding_text(finding, "owner", dns_owner_name(node->resolver.owner));
    if (node->resolver.listed.count)
        finding_text(finding, "servers", dns_list_text(&node->resolver.listed, text, sizeof(text)));
}

void check_dns_no_answer(const struct health_input *input, struct findings *findings)
{
    const struct node *node = input->node;
    enum resolver_kind kind = node->resolver.kind;
    struct finding *finding;

    /* Where there is no resolv.conf, or no uplink, that is the finding. */
    if (dns_state(node) != DNS_STATE_FAILED || kind == RESOLVER_MISSING || kind == RESOLVER_DANGLING ||
        (node_links_known(node) && !node_uplink(node)))
        return;
    finding = findings_add(findings, "dns-no-answer", "", SEVERITY_CRITICAL);
    finding->summary = "No DNS server answers: names are not found.";
    finding->cause = "None of the servers in /etc/resolv.conf answers, or it names none. A VPN or a firewall "
                     "in Windows may keep them from WSL.";
    finding->remedy = "Look at Windows' network. If that is well, ask other servers: mend it "
                      "(wslnodectl fix-dns), or change what owns /etc/resolv.conf.";
    add_servers(finding, node);
    offer_mend(node, finding);
}

static void add_dead(const struct node *node, size_t index, enum dns_answer answer, struct findings *findings)
{
    char text[DNS_ADDRESS_SIZE];
    struct finding *finding =
        findings_add(findings, "dns-server-dead",
                     dns_address_text(&node->resolver.listed.servers[index], text, sizeof(text)),
                     index ? SEVERITY_INFO : SEVERITY_WARNING);

    if (index) {
        finding->summary = "A DNS server that is listed does not answer.";
        finding->cause = "It is asked only when those before it do not answer.";
        finding->remedy = "Nothing has to be done while those before it answer.";
    } else {
        finding->summary = "The DNS server that is asked first does not answer: names are found late.";
        finding->cause = "Programs wait for it, five seconds as a rule, before they ask the next one.";
        finding->remedy = "Ask the others first: mend it (wslnodectl fix-dns), or change what owns "
                          "/etc/resolv.conf.";
        offer_mend(node, finding);
    }
    finding_text(finding, "answer", dns_answer_name(answer));
}

void check_dns_server_dead(const struct health_input *input, struct findings *findings)
{
    const struct node *node = input->node;
    const struct dns_list *listed = &node->resolver.listed;

    /* If none answers, that is the finding. */
    if (dns_state(node) != DNS_STATE_DEGRADED)
        return;
    for (size_t i = 0; i < listed->count; i++) {
        enum dns_answer answer = dns_listed_answer(node, &listed->servers[i]);
        bool refuses = answer == DNS_ANSWER_REFUSED && dns_address_equal(&listed->servers[i], &dns_tunnel);

        if (answer != DNS_ANSWER_OK && !refuses)
            add_dead(node, i, answer, findings);
    }
}

void check_dns_tunnel_refuses(const struct health_input *input, struct findings *findings)
{
    const struct node *node = input->node;
    struct finding *finding;
    char text[DNS_ADDRESS_SIZE];

    if (!dns_list_has(&node->resolver.listed, &dns_tunnel) ||
        dns_listed_answer(node, &dns_tunnel) != DNS_ANSWER_REFUSED)
        return;
    finding = findings_add(findings, "dns-tunnel-refuses", dns_address_text(&dns_tunnel, text, sizeof(text)),
                           SEVERITY_WARNING);
    finding->summary = "WSL's DNS tunnel does not listen.";
    finding->cause = "WSL lists it, and nothing takes questions there: its part in Windows did not start or "
                     "has ended.";
    finding->remedy = "Mend it (wslnodectl fix-dns): other servers are asked. To have the tunnel again, run "
                      "wsl --shutdown in Windows, then start WSL; dnsTunneling=false in .wslconfig does "
                      "without it.";
    offer_mend(node, finding);
}

void check_dns_no_tcp(const struct health_input *input, struct findings *findings)
{
    const struct node *node = input->node;
    const struct dns_list *listed = &node->resolver.listed;

    for (size_t i = 0; i < listed->count; i++) {
        const struct server_fact *server = dns_server(node, &listed->servers[i]);
        char text[DNS_ADDRESS_SIZE];
        struct finding *finding;

        /* With use-vc it is as good as dead. */
        if (!server || node->resolver.use_vc || server->udp != DNS_ANSWER_OK ||
            server->tcp == DNS_ANSWER_OK || server->tcp == DNS_ANSWER_UNKNOWN)
            continue;
        finding = findings_add(findings, "dns-no-tcp", dns_address_text(&server->address, text, sizeof(text)),
                               SEVERITY_INFO);
        finding->summary = "The DNS server answers by UDP, but not by TCP.";
        finding->cause = "What is too long for UDP is asked for again by TCP; something lets none through.";
        finding->remedy = "Nothing has to be done unless some names are not found: then let TCP port 53 "
                          "through.";
        finding_text(finding, "answer", dns_answer_name(server->tcp));
    }
}
