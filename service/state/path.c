/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A tunnel and the way below it: whether its packets fit, and which end must move */
#include "path.h"

#include <netinet/in.h>

#include "mtu.h"

#define PADDING 16 /* WireGuard fills packets up to a multiple of it, but not beyond its MTU */

const char *path_state_name(enum path_state state)
{
    static const char *const names[PATH_STATES] = {"unknown", "fits", "in-pieces", "too-big"};

    return names[state];
}

const char *path_cause_name(enum path_cause cause)
{
    static const char *const names[PATH_CAUSES] = {"", "link", "beyond", "peer"};

    return names[cause];
}

uint32_t path_overhead(uint8_t endpoint_family)
{
    return endpoint_family == AF_INET ? MTU_OVERHEAD_IPV4 : MTU_OVERHEAD_IPV6;
}

static bool is_known(const struct path_measure *measure)
{
    return measure->answered && measure->carries;
}

static uint32_t within(const struct path_input *input, uint32_t carries)
{
    uint32_t overhead = path_overhead(input->endpoint_family);

    return carries > overhead ? carries - overhead : 0;
}

/* What the tunnel is known to carry: what came through it, or else what fits into the way beside it. */
static uint32_t carried(const struct path_input *input)
{
    uint32_t beside = is_known(&input->beside) ? within(input, input->beside.carries) : 0;
    uint32_t carries = is_known(&input->through) ? input->through.carries : beside;

    return carries < input->tunnel_mtu ? carries : input->tunnel_mtu;
}

/* A tunnel below 1280 has lost its IPv6 already, and may go lower. Half of the way down would help nobody. */
static void lower(const struct path_input *input, uint32_t fits, struct path_verdict *verdict)
{
    uint32_t least = input->tunnel_mtu < MTU_LEAST_IPV6 ? MTU_LEAST_IPV4 : MTU_LEAST_IPV6;

    verdict->fits = fits;
    verdict->ends_ipv6 = least == MTU_LEAST_IPV6 && fits < least;
    if (fits < least)
        return;
    verdict->move = PATH_MOVE_TUNNEL;
    verdict->to = fits;
}

/* As check_tunnel_too_big() advises: an underlay that is raised shall do for IPv6 endpoints too. */
static void move_for_link(const struct path_input *input, struct path_verdict *verdict)
{
    uint32_t fits = within(input, input->underlay_mtu);
    uint32_t tunnel = input->tunnel_mtu < MTU_LEAST_IPV6 ? input->tunnel_mtu : MTU_LEAST_IPV6;

    verdict->fits = fits;
    verdict->move = fits >= MTU_LEAST_IPV6 ? PATH_MOVE_TUNNEL : PATH_MOVE_UNDERLAY;
    verdict->to = fits >= MTU_LEAST_IPV6 ? fits : tunnel + MTU_OVERHEAD_IPV6;
}

/* What came through the tunnel was filled up first: so much less of it says the same as the way beside it. */
static uint32_t fitting(const struct path_input *input)
{
    uint32_t beside = within(input, input->beside.carries), through = input->through.carries;

    if (!is_known(&input->through) || through + PADDING > beside)
        return beside;
    return through;
}

/* A link that is too small hides what is beyond it, unless that is smaller still. */
static enum path_cause cause_of(const struct path_input *input, uint32_t needed)
{
    bool beside = is_known(&input->beside);
    uint32_t link = input->underlay_mtu ? input->underlay_mtu : UINT32_MAX;

    if (beside && input->beside.carries < needed && input->beside.carries < link)
        return PATH_CAUSE_BEYOND;
    if (link < needed)
        return PATH_CAUSE_LINK;
    if (is_known(&input->through) && input->through.carries < input->tunnel_mtu)
        return PATH_CAUSE_PEER;
    return PATH_CAUSE_NONE;
}

static enum path_state state_of(const struct path_input *input, const struct path_verdict *verdict)
{
    bool through = is_known(&input->through) && input->through.carries >= input->tunnel_mtu;

    if (verdict->cause != PATH_CAUSE_NONE)
        return through ? PATH_IN_PIECES : PATH_TOO_BIG;
    return through || is_known(&input->beside) ? PATH_FITS : PATH_UNKNOWN;
}

void path_judge(const struct path_input *input, struct path_verdict *verdict)
{
    uint32_t overhead = path_overhead(input->endpoint_family);

    memset(verdict, 0, sizeof(*verdict));
    verdict->needed = input->tunnel_mtu > UINT32_MAX - overhead ? UINT32_MAX : input->tunnel_mtu + overhead;
    verdict->carries = carried(input);
    verdict->cause = cause_of(input, verdict->needed);
    verdict->state = state_of(input, verdict);
    switch (verdict->cause) {
    case PATH_CAUSE_LINK:
        move_for_link(input, verdict);
        break;
    case PATH_CAUSE_BEYOND:
        lower(input, fitting(input), verdict);
        break;
    case PATH_CAUSE_PEER:
        lower(input, input->through.carries, verdict);
        break;
    case PATH_CAUSE_NONE:
    case PATH_CAUSES:
        break;
    }
}
