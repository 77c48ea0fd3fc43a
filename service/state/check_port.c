/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Check of addresses that services listen on */
#include "health.h"

#include <netinet/in.h>
#include <stdio.h>

/* Leaves room in the list for what else is wrong. */
#define TOLD_MAX 32

static void tell(struct findings *findings, const struct socket_fact *socket)
{
    const char *protocol = socket->protocol == IPPROTO_TCP ? "tcp" : "udp";
    char address[ADDRESS_TEXT_SIZE], subject[FINDING_SUBJECT_MAX];
    struct finding *finding;

    address_text(socket->family, socket->bytes, -1, address, sizeof(address));
    snprintf(subject, sizeof(subject), socket->family == AF_INET6 ? "%s [%s]:%u" : "%s %s:%u", protocol,
             address, socket->port);
    finding = findings_add(findings, "listens-on-gone-address", subject, SEVERITY_WARNING);
    finding->summary = "A service listens on an address that the node no longer has.";
    finding->cause =
        "The address went while the service ran: WSL gave the node another one, or a VPN's link "
        "went. Nobody reaches the service there. A proxy that binds other machines' addresses on "
        "purpose (HAProxy or keepalived, by ip_nonlocal_bind) looks the same.";
    finding->remedy = "Restart the service with the address that the node has now, or let it listen on "
                      "0.0.0.0 or [::]; `ss -ltunp` shows whose it is. Nothing is to be done for such a "
                      "proxy.";
    finding_text(finding, "protocol", protocol);
    finding_text(finding, "address", address);
    finding_number(finding, "port", socket->port);
}

void check_listens_on_gone_address(const struct health_input *input, struct findings *findings)
{
    const struct facts *sockets = &input->node->sockets;
    unsigned told = 0;

    for (size_t i = 0; i < sockets->count && told < TOLD_MAX; i++) {
        if (!sockets->list[i].stranded)
            continue;
        tell(findings, &sockets->list[i].fact.socket);
        told++;
    }
}
