/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What follows from what tailscaled says */
#include "tailscale.h"

#include <netinet/in.h>

static bool is_own(const struct tailscale_fact *tailscale, const struct address_fact *address)
{
    bool ipv4 = address->family == AF_INET;
    size_t size = ipv4 ? sizeof(tailscale->ipv4) : sizeof(tailscale->ipv6);
    const uint8_t *own = ipv4 ? tailscale->ipv4 : tailscale->ipv6;

    return own[0] && memcmp(address->bytes, own, size) == 0;
}

/* Tailscale's addresses are within 100.64.0.0/10 and fd7a:115c:a1e0::/48: none begins with a zero. */
const struct link_fact *tailscale_link(const struct node *node)
{
    if (node->tailscale.tun == TAILSCALE_TUN_USER_SPACE)
        return NULL;
    for (size_t i = 0; i < node->addresses.count; i++)
        if (is_own(&node->tailscale, &node->addresses.list[i].fact.address))
            return node_link(node, node->addresses.list[i].fact.address.ifindex);
    return NULL;
}

const char *tailscale_state_name(enum tailscale_state state)
{
    static const char *const names[TAILSCALE_STATES] = {
        [TAILSCALE_NO_STATE] = "no-state",       [TAILSCALE_IN_USE_OTHER_USER] = "in-use-other-user",
        [TAILSCALE_NEEDS_LOGIN] = "needs-login", [TAILSCALE_NEEDS_MACHINE_AUTH] = "needs-machine-auth",
        [TAILSCALE_STOPPED] = "stopped",         [TAILSCALE_STARTING] = "starting",
        [TAILSCALE_RUNNING] = "running",
    };

    return names[state];
}

const char *tailscale_windows_name(const struct node *node)
{
    switch (node->windows_tailscale.daemon) {
    case TAILSCALE_ANSWERS:
        return tailscale_state_name(node->windows_tailscale.state);
    case TAILSCALE_ABSENT:
        return node->windows_tailscale_spoken ? "absent" : "unknown";
    case TAILSCALE_GONE:
    case TAILSCALE_SILENT:
        break;
    }
    return "unknown";
}

bool tailscale_windows_runs(const struct node *node)
{
    return node->windows_tailscale.daemon == TAILSCALE_ANSWERS &&
           node->windows_tailscale.state == TAILSCALE_RUNNING;
}
