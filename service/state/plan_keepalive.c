/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans that set the keepalive of a tunnel's peers, and take it back */
#include "plan.h"

#include <stdio.h>
#include <string.h>

#include "digest.h"

/* What is asked for, as it is worked out. */
struct wish_for {
    const struct view *view;
    const struct call *call;
    const struct tunnel *tunnel;
    const uint8_t *key; /* NULL: all, or those that lack one */
    struct plan *plan;
    struct refusal *refusal;
};

struct step *plan_add_keepalive(struct plan *plan, enum step_kind kind, const uint8_t key[PEER_KEY_SIZE],
                                uint16_t before, uint16_t after)
{
    struct step *step = &plan->steps[plan->steps_count++];

    memset(step, 0, sizeof(*step));
    step->kind = kind;
    memcpy(step->keepalive.key, key, PEER_KEY_SIZE);
    step->keepalive.before_sec = before;
    step->keepalive.after_sec = after;
    return step;
}

void plan_take_tunnel(const struct view *view, const struct tunnel *tunnel, struct plan *plan)
{
    const struct link_fact *link = node_link(view->node, tunnel->fact.ifindex);

    memcpy(plan->subject.link, tunnel->fact.name, sizeof(plan->subject.link));
    if (link)
        memcpy(plan->subject.link_kind, link->kind, sizeof(plan->subject.link_kind));
    plan->subject.ifindex = tunnel->fact.ifindex;
}

int plan_check_tunnel(const struct tunnel *tunnel, struct refusal *refusal)
{
    const char *name = tunnel->fact.name;

    if (!tunnel->fact.answers)
        return refuse(refusal, REFUSAL_FAILED,
                      "The program that made “%s” does not answer: start it again, and look at its log.",
                      name);
    if (!tunnel->fact.up)
        return refuse(refusal, REFUSAL_FAILED,
                      "The link of “%s” is down, and its peers are not read then: set it up first (`ip link "
                      "set dev %s up`, or what manages it).",
                      name, name);
    if (!tunnel->read)
        return refuse(refusal, REFUSAL_BUSY, "The peers of “%s” are still being read; ask again in a moment.",
                      name);
    return 0;
}

static int find_tunnel(const struct view *view, const char *name, const struct tunnel **tunnel,
                       struct refusal *refusal)
{
    *tunnel = tunnels_find(&view->node->tunnels, TUNNEL_WIREGUARD, name);
    if (*tunnel)
        return 0;
    if (node_link_named(view->node, name))
        return refuse(refusal, REFUSAL_UNSUPPORTED,
                      "“%s” is no WireGuard tunnel, and nothing else has keepalive; `wslnodectl vpn` lists "
                      "what there is.",
                      name);
    return refuse(refusal, REFUSAL_NO_SUCH_LINK,
                  "There is no link “%.64s”; `wslnodectl links` lists what there is.", name);
}

static bool is_meant(const struct wish_for *wish, const struct peer *peer)
{
    if (wish->key)
        return memcmp(peer->seen.key, wish->key, PEER_KEY_SIZE) == 0;
    return !wish->call->lacking || tunnel_peer_lacks_keepalive(peer);
}

/* The file was read for this plan. */
static bool has_file(const struct wish_for *wish)
{
    const struct keepalive_file *file = wish->view->keepalive_file;

    return wish->call->flags & CALL_PERSIST && file && strcmp(file->link, wish->tunnel->fact.name) == 0;
}

static int add_to_file(const struct wish_for *wish, const struct peer *peer)
{
    const struct keepalive_file *file = wish->view->keepalive_file;
    const struct wireguard_conf_peer *known;
    const struct wireguard_conf_span *span;
    char key[PEER_KEY_TEXT_SIZE];
    struct step *step;

    if (!has_file(wish))
        return 0;
    known = wireguard_conf_find(&file->conf, peer->seen.key);
    if (!known)
        return refuse(wish->refusal, REFUSAL_OWNED_BY_OTHER,
                      KEEPALIVE_FILE_FOLDER
                      "/%s.conf has no peer %s, so nothing can be kept for it there. Set "
                      "it without PERSIST, and for good in what makes this peer.",
                      file->link, peer_key_text(peer->seen.key, key));
    span = keepalive_file_span(file, peer->seen.key);
    if (!span)
        return 0;
    step = plan_add_keepalive(wish->plan, STEP_KEEPALIVE_FILE, peer->seen.key, known->keepalive_sec,
                              wish->call->seconds);
    step->keepalive.span = *span;
    snprintf(step->target, sizeof(step->target), KEEPALIVE_FILE_FOLDER "/%s.conf", file->link);
    return 0;
}

static int add_peer(const struct wish_for *wish, const struct peer *peer)
{
    struct plan *plan = wish->plan;

    plan->peers++;
    /* Added up, so that the order in which peers come does not matter. */
    plan->subject.targets += digest_add(DIGEST_BEGIN, peer->seen.key, PEER_KEY_SIZE);
    if (peer->seen.keepalive_sec != wish->call->seconds)
        snprintf(plan_add_keepalive(plan, STEP_KEEPALIVE, peer->seen.key, peer->seen.keepalive_sec,
                                    wish->call->seconds)
                     ->target,
                 FILE_PATH_SIZE, "%s", wish->tunnel->fact.name);
    return add_to_file(wish, peer);
}

static int add_peers(const struct wish_for *wish)
{
    const struct peers *peers = &wish->tunnel->peers;
    size_t each = wish->call->flags & CALL_PERSIST ? 2 : 1;

    for (size_t i = 0; i < peers->count; i++) {
        if (!is_meant(wish, &peers->list[i]))
            continue;
        if (wish->plan->steps_count + each > STEPS_MAX) {
            if (wish->call->lacking)
                return 0;
            return refuse(wish->refusal, REFUSAL_INVALID_ARGS,
                          "“%s” has more peers than one change can hold, which is %zu: name one.",
                          wish->tunnel->fact.name, STEPS_MAX / each);
        }
        if (add_peer(wish, &peers->list[i]) < 0)
            return -1;
    }
    return 0;
}

static int check_file(const struct wish_for *wish)
{
    const struct keepalive_file *file = wish->view->keepalive_file;

    if (!has_file(wish) || !file->problem[0])
        return 0;
    return refuse(wish->refusal, REFUSAL_OWNED_BY_OTHER,
                  KEEPALIVE_FILE_FOLDER
                  "/%s.conf is not touched: %s. Put that right, or set keepalive without "
                  "PERSIST and for good in what makes the tunnel.",
                  file->link, file->problem);
}

static int no_such_peer(const struct wish_for *wish)
{
    const char *name = wish->tunnel->fact.name;

    if (wish->tunnel->peers.truncated)
        return refuse(wish->refusal, REFUSAL_NO_SUCH_PEER,
                      "“%s” has more peers than are read, and “%.64s” is not among those: `wg set` can.",
                      name, wish->call->word);
    return refuse(wish->refusal, REFUSAL_NO_SUCH_PEER,
                  "“%s” has no peer “%.64s”; `wslnodectl vpn %s` lists them.", name, wish->call->word, name);
}

int plan_set_keepalive(const struct view *view, const struct call *call, struct plan *plan,
                       struct refusal *refusal)
{
    struct wish_for wish = {.view = view, .call = call, .plan = plan, .refusal = refusal};
    uint8_t key[PEER_KEY_SIZE];

    if (call->seconds > UINT16_MAX)
        return refuse(refusal, REFUSAL_INVALID_ARGS, "A keepalive of %u s is not possible: 0 (off) to 65535.",
                      call->seconds);
    if (find_tunnel(view, call->target, &wish.tunnel, refusal) < 0)
        return -1;
    plan_take_tunnel(view, wish.tunnel, plan);
    plan->subject.seconds = call->seconds;
    if (!call->lacking && call->word[0]) {
        if (peer_key_parse(call->word, key) < 0)
            return no_such_peer(&wish);
        wish.key = key;
        /* Whatever the peers are: they are read again before the plan that counts. */
        plan->subject.targets = digest_add(DIGEST_BEGIN, key, PEER_KEY_SIZE);
    }
    if (plan_check_tunnel(wish.tunnel, refusal) < 0 || check_file(&wish) < 0)
        return -1;
    if (wish.key && !peers_find(&wish.tunnel->peers, key))
        return no_such_peer(&wish);
    plan->subject.targets = 0;
    return add_peers(&wish);
}

static const struct finding *mended(const struct view *view, const struct call *call)
{
    const struct finding *finding =
        call->verb == VERB_MEND ? findings_find(view->findings, call->word, call->target) : NULL;

    return finding && finding->mend.verb == MEND_SET_KEEPALIVE ? finding : NULL;
}

bool plan_needs_tunnel(const struct view *view, const struct call *call, char link[LINK_NAME_SIZE])
{
    const struct finding *finding = mended(view, call);
    const struct change *change =
        call->verb == VERB_UNDO ? change_list_find(view->changes, call->change) : NULL;
    const struct tunnel *tunnel = NULL;
    uint8_t key[PEER_KEY_SIZE];

    if (change)
        tunnel = plan_tunnel_of(view, change);
    else if (finding)
        tunnel = tunnels_find(&view->node->tunnels, TUNNEL_WIREGUARD, finding->mend.link);
    else if (call->verb == VERB_SET_KEEPALIVE && (!call->word[0] || peer_key_parse(call->word, key) == 0))
        tunnel = tunnels_find(&view->node->tunnels, TUNNEL_WIREGUARD, call->target);
    if (tunnel)
        memcpy(link, tunnel->fact.name, LINK_NAME_SIZE);
    return tunnel;
}

bool plan_tunnel_doubts(const struct call *call, const struct refusal *refusal)
{
    /* Nobody can be asked whether all may be set before it is known who they are. */
    if (call->verb == VERB_SET_KEEPALIVE && !call->word[0])
        return false;
    return refusal->kind == REFUSAL_NO_SUCH_PEER || refusal->kind == REFUSAL_BUSY ||
           refusal->kind == REFUSAL_CHANGED_SINCE;
}

int32_t plan_needs_keepalive_file(const struct view *view, const struct call *call)
{
    const struct finding *finding = mended(view, call);

    if (!(call->flags & CALL_PERSIST))
        return -1;
    if (finding)
        return finding->mend.seconds;
    return call->verb == VERB_SET_KEEPALIVE && call->seconds <= UINT16_MAX ? (int32_t)call->seconds : -1;
}
