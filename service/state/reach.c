/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Why a WireGuard peer is down, as far as that can be seen from here */
#include "reach.h"

#include "node.h"
#include "path_course.h"

const char *reach_verdict_name(enum reach_verdict verdict)
{
    static const char *const names[REACH_VERDICTS] = {"",       "unresolved", "moved",      "unreachable",
                                                      "silent", "refused",    "prohibited", "ping-only",
                                                      "deaf"};

    return names[verdict];
}

const char *reach_ping_name(enum reach_ping ping)
{
    static const char *const names[REACH_PINGS] = {"unknown", "silent", "answered"};

    return names[ping];
}

const char *reach_port_name(enum reach_port port)
{
    static const char *const names[REACH_PORTS] = {"unknown", "silent", "refused", "prohibited",
                                                   "unreachable"};

    return names[port];
}

static enum reach_verdict judge_silence(const struct reach_fact *reach)
{
    if (reach->udp_passes)
        return REACH_DEAF;
    switch (reach->ping) {
    case REACH_PING_ANSWERED:
        return REACH_PING_ONLY;
    case REACH_PING_SILENT:
        return REACH_SILENT;
    case REACH_PING_UNKNOWN:
    case REACH_PINGS:
        break;
    }
    return REACH_NOTHING;
}

static enum reach_verdict judge_answers(const struct reach_fact *reach)
{
    switch (reach->port) {
    case REACH_PORT_SILENT:
        return judge_silence(reach);
    case REACH_PORT_REFUSED:
        return REACH_REFUSED;
    case REACH_PORT_PROHIBITED:
        return REACH_PROHIBITED;
    case REACH_PORT_UNREACHABLE:
        /* To ping it is there: some firewalls say no in these words. */
        return reach->ping == REACH_PING_ANSWERED ? REACH_PROHIBITED : REACH_UNREACHABLE;
    case REACH_PORT_UNKNOWN:
    case REACH_PORTS:
        break;
    }
    return REACH_NOTHING;
}

/* A name goes before: the answers are those of a host that may be another's by now. But where DNS is beyond
 * the tunnel no name is answered because it is down, so that counts only if nothing else says more. */
enum reach_verdict reach_judge(const struct reach_fact *reach)
{
    enum reach_verdict verdict = judge_answers(reach);

    switch (reach->name) {
    case REACH_NAME_UNRESOLVED:
        return REACH_UNRESOLVED;
    case REACH_NAME_MOVED:
        return REACH_MOVED;
    case REACH_NAME_LATE:
        if (verdict == REACH_NOTHING || verdict == REACH_SILENT || verdict == REACH_UNREACHABLE)
            return REACH_UNRESOLVED;
        break;
    case REACH_NAME_UNKNOWN:
    case REACH_NAME_SAME:
        break;
    }
    return verdict;
}

bool reach_subject_of(const struct node *node, const struct tunnel *tunnel, struct reach_subject *subject)
{
    const struct peer *peer = &tunnel->first_down;
    const struct address_fact *own = node_address(node);
    const struct link_fact *underlay;

    memset(subject, 0, sizeof(*subject));
    if (tunnel->kind != TUNNEL_WIREGUARD || !tunnel->fact.ifindex || !tunnel->counts[PEER_DOWN] ||
        tunnel_reason(tunnel) != TUNNEL_REASON_NONE)
        return false;
    subject->ifindex = tunnel->fact.ifindex;
    if (!own)
        return true;
    underlay = path_course_underlay(node, tunnel, &peer->seen.endpoint);
    memcpy(subject->link, tunnel->fact.name, sizeof(subject->link));
    memcpy(subject->key, peer->seen.key, sizeof(subject->key));
    subject->endpoint.family = peer->seen.endpoint.family;
    subject->endpoint.port = peer->seen.endpoint.port;
    memcpy(subject->endpoint.bytes, peer->seen.endpoint.bytes, sizeof(subject->endpoint.bytes));
    subject->underlay = underlay ? underlay->ifindex : 0;
    subject->mark = tunnel->fact.mark;
    subject->own.family = own->family;
    memcpy(subject->own.bytes, own->bytes, sizeof(subject->own.bytes));
    return true;
}
