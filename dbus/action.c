/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The polkit action of each call */
#include "action.h"

static const char *stronger(const struct call *call, const char *action)
{
    return call->flags & CALL_FORCE ? "org.wslnode.node1.override" : action;
}

const char *action_set_mtu(const struct view *view, const struct call *call)
{
    return stronger(call, "org.wslnode.node1.set-mtu");
}

const char *action_refresh_ip(const struct view *view, const struct call *call)
{
    return stronger(call, "org.wslnode.node1.refresh-ip");
}

const char *action_sync_clock(const struct view *view, const struct call *call)
{
    return stronger(call, "org.wslnode.node1.sync-clock");
}

const char *action_fix_dns(const struct view *view, const struct call *call)
{
    return stronger(call, "org.wslnode.node1.fix-dns");
}

const char *action_set_keepalive(const struct view *view, const struct call *call)
{
    return stronger(call, "org.wslnode.node1.set-keepalive");
}

/* Its verb's action; another verb does not compile here unseen. */
const char *action_mend(const struct view *view, const struct call *call)
{
    const struct finding *finding = findings_find(view->findings, call->word, call->target);

    switch (finding ? finding->mend.verb : MEND_NONE) {
    case MEND_SET_MTU:
        return action_set_mtu(view, call);
    case MEND_REFRESH_IP:
        return action_refresh_ip(view, call);
    case MEND_SYNC_CLOCK:
        return action_sync_clock(view, call);
    case MEND_FIX_DNS:
        return action_fix_dns(view, call);
    case MEND_SET_KEEPALIVE:
        return action_set_keepalive(view, call);
    case MEND_NONE:
        break;
    }
    return "org.wslnode.node1.override";
}

const char *action_undo(const struct view *view, const struct call *call)
{
    const struct change *change = change_list_find(view->changes, call->change);
    bool own = change && change->uid == call->uid;

    return stronger(call, own ? "org.wslnode.node1.undo-own" : "org.wslnode.node1.undo");
}

const char *action_release(const struct view *view, const struct call *call)
{
    return stronger(call, "org.wslnode.node1.set-mtu");
}

const char *action_list_peers(const struct view *view, const struct call *call)
{
    return "org.wslnode.node1.list-peers";
}
