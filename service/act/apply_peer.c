/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps of a peer */
#include "apply_peer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "../sys/cleanup.h"
#include "../sys/clock_time.h"
#include "../sys/netlink.h"
#include "../sys/peer_nudge.h"
#include "../sys/timer.h"
#include "../sys/wireguard_message.h"
#include "../sys/wireguard_text.h"
#include "../sys/wireguard_uapi.h"

#define DEADLINE_USEC 5000000 /* of setting and reading back together */

enum phase { PHASE_IDLE, PHASE_FAMILY, PHASE_SET, PHASE_READ_BACK };

struct apply_peer {
    struct apply_peer_context context;
    struct netlink netlink;
    sd_event_source *io_source, *timer_source, *turn_source;
    uint16_t family; /* 0: not known yet */
    int fd;          /* of wireguard-go; -1: none */
    sd_event_source *fd_source;
    struct wireguard_text text; /* its answer */
    enum phase phase;
    struct step step;
    bool back;        /* what is set is what was before */
    int64_t set_usec; /* CLOCK_MONOTONIC_RAW */
    apply_peer_done done;
    void *userdata;
};

static void hang_up(struct apply_peer *apply)
{
    apply->fd_source = sd_event_source_disable_unref(apply->fd_source);
    cleanup_close(&apply->fd);
    apply->fd = -1;
    wireguard_text_done(&apply->text);
}

static void finish(struct apply_peer *apply, const struct refusal *refusal)
{
    apply->phase = PHASE_IDLE;
    hang_up(apply);
    timer_stop(apply->timer_source);
    sd_event_source_set_enabled(apply->turn_source, SD_EVENT_OFF);
    apply->done(apply->userdata, refusal);
}

static void fail(struct apply_peer *apply, int error)
{
    const char *what = step_kind_name(apply->step.kind), *link = apply->step.target;
    struct refusal refusal;

    if (apply->phase == PHASE_READ_BACK)
        refuse(&refusal, REFUSAL_FAILED, "The %s in “%s” was set, but cannot be read back: %s.", what, link,
               strerror(-error));
    else
        refuse(&refusal, REFUSAL_FAILED, "Setting the %s in “%s” failed: %s.", what, link, strerror(-error));
    finish(apply, &refusal);
}

static const uint8_t *key_of(const struct apply_peer *apply)
{
    return apply->step.kind == STEP_ENDPOINT ? apply->step.endpoint.key : apply->step.keepalive.key;
}

static uint16_t seconds_of(const struct apply_peer *apply)
{
    return apply->back ? apply->step.keepalive.before_sec : apply->step.keepalive.after_sec;
}

static const struct peer_endpoint *endpoint_of(const struct apply_peer *apply)
{
    return apply->back ? &apply->step.endpoint.before : &apply->step.endpoint.after;
}

static const struct tunnel *tunnel_of(const struct apply_peer *apply)
{
    return tunnels_find(&apply->context.node->tunnels, TUNNEL_WIREGUARD, apply->step.target);
}

static void gone(struct apply_peer *apply, enum refusal_kind kind)
{
    const char *link = apply->step.target;
    char key[PEER_KEY_TEXT_SIZE];
    struct refusal refusal = {.kind = REFUSAL_NONE};

    if (apply->back)
        ;
    else if (kind == REFUSAL_NO_SUCH_LINK)
        refuse(&refusal, kind, "The tunnel “%s” is gone.", link);
    else
        refuse(&refusal, kind, "The peer %s is no longer in “%s”; `wslnodectl vpn %s` lists them.",
               peer_key_text(key_of(apply), key), link, link);
    finish(apply, &refusal);
}

/* An endpoint may be another by now: the peer says itself where it is, by each of its packets. */
static bool is_fighting(const struct apply_peer *apply, const struct peer *peer)
{
    return apply->step.kind == STEP_KEEPALIVE && peer->seen.keepalive_sec != seconds_of(apply);
}

/* With keepalive it shakes hands by itself; otherwise somebody has to want something of it. */
static void nudge(const struct apply_peer *apply, const struct peer_fact *peer)
{
    if (apply->step.kind == STEP_ENDPOINT && !apply->back && !peer->keepalive_sec && peer->address_family &&
        peer_nudge(peer->ifindex, peer->address_family, peer->address) >= 0)
        apply->context.sent(apply->context.userdata, peer->ifindex, peer->key);
}

static void read_back(struct apply_peer *apply)
{
    const struct tunnel *tunnel = tunnel_of(apply);
    const struct peer *peer = tunnel ? peers_find(&tunnel->peers, key_of(apply)) : NULL;
    struct refusal refusal = {.kind = REFUSAL_NONE};

    if (!tunnel) {
        gone(apply, REFUSAL_NO_SUCH_LINK);
        return;
    }
    if (tunnel->read && !tunnel->reading && !peer) {
        gone(apply, REFUSAL_NO_SUCH_PEER);
        return;
    }
    if (!peer || peer->seen.raw_usec < apply->set_usec) {
        fail(apply, -ENODATA);
        return;
    }
    if (is_fighting(apply, peer))
        refuse(&refusal, REFUSAL_FIGHTING,
               "The keepalive in “%s” was set to %u s, and right afterwards it is %u s: something else sets "
               "it. Find that first.",
               apply->step.target, seconds_of(apply), peer->seen.keepalive_sec);
    else
        nudge(apply, &peer->seen);
    finish(apply, &refusal);
}

static int on_turn(sd_event_source *source, void *userdata)
{
    struct apply_peer *apply = userdata;

    if (apply->phase == PHASE_READ_BACK &&
        apply->context.is_read(apply->context.userdata, apply->step.target, apply->set_usec))
        read_back(apply);
    return 0;
}

void apply_peer_turn(struct apply_peer *apply)
{
    /* Not within what a sensor says. */
    if (apply && apply->phase == PHASE_READ_BACK)
        sd_event_source_set_enabled(apply->turn_source, SD_EVENT_ONESHOT);
}

/* It was taken. */
static void on_set(struct apply_peer *apply)
{
    hang_up(apply);
    apply->phase = PHASE_READ_BACK;
    apply->set_usec = clock_time_raw();
    apply_peer_turn(apply);
}

static int on_text(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct apply_peer *apply = userdata;
    char piece[256];
    ssize_t length = recv(fd, piece, sizeof(piece), MSG_DONTWAIT);
    int r;

    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (length <= 0) {
        fail(apply, length < 0 ? -errno : -ECONNRESET);
        return 0;
    }
    r = wireguard_text_take(&apply->text, piece, length);
    if (r < 0)
        fail(apply, r);
    else if (r > 0)
        on_set(apply);
    return 0;
}

static void ignore_peer(void *userdata, const struct peer_fact *peer)
{
}

static size_t text_of(const struct apply_peer *apply, char request[WIREGUARD_TEXT_SET_SIZE])
{
    if (apply->step.kind == STEP_ENDPOINT)
        return wireguard_text_set_endpoint(key_of(apply), endpoint_of(apply), request,
                                           WIREGUARD_TEXT_SET_SIZE);
    return wireguard_text_set_keepalive(key_of(apply), seconds_of(apply), request, WIREGUARD_TEXT_SET_SIZE);
}

static int set_by_text(struct apply_peer *apply)
{
    char request[WIREGUARD_TEXT_SET_SIZE];
    size_t length = text_of(apply, request);
    int fd = wireguard_uapi_connect(apply->context.root, apply->step.target);

    if (fd < 0)
        return fd;
    apply->fd = fd;
    memset(&apply->text, 0, sizeof(apply->text));
    apply->text.peer = ignore_peer;
    if (send(fd, request, length, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)length)
        return -EIO;
    apply->phase = PHASE_SET;
    return sd_event_add_io(apply->context.event, &apply->fd_source, fd, EPOLLIN, on_text, apply);
}

static struct nl_msg *message_of(const struct apply_peer *apply, int32_t ifindex)
{
    if (apply->step.kind == STEP_ENDPOINT)
        return wireguard_message_set_endpoint(apply->family, ifindex, key_of(apply), endpoint_of(apply));
    return wireguard_message_set_keepalive(apply->family, ifindex, key_of(apply), seconds_of(apply));
}

static int ask_kernel(struct apply_peer *apply)
{
    const struct tunnel *tunnel = tunnel_of(apply);

    if (!tunnel)
        return -ENODEV;
    apply->phase = apply->family ? PHASE_SET : PHASE_FAMILY;
    return netlink_send(&apply->netlink,
                        apply->family ? message_of(apply, tunnel->fact.ifindex) : wireguard_message_family());
}

static void on_message(const struct nlmsghdr *header, void *userdata)
{
    struct apply_peer *apply = userdata;
    int r = 0;

    if (header->nlmsg_seq != apply->netlink.sequence ||
        (apply->phase != PHASE_FAMILY && apply->phase != PHASE_SET))
        return;
    if (apply->phase == PHASE_FAMILY) {
        r = header->nlmsg_type == NLMSG_ERROR ? netlink_error(header)
                                              : wireguard_message_read_family(header, &apply->family);
        if (r > 0)
            r = ask_kernel(apply);
    } else if (header->nlmsg_type == NLMSG_ERROR) {
        r = netlink_error(header);
        /* The module was taken out and came back: its number may be another. */
        if (r == -ENOENT)
            apply->family = 0;
        if (r == 0)
            on_set(apply);
    }
    if (r < 0)
        fail(apply, r);
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct apply_peer *apply = userdata;
    int r = netlink_receive(&apply->netlink, 16, on_message, apply);

    if (r < 0 && (apply->phase == PHASE_FAMILY || apply->phase == PHASE_SET))
        fail(apply, r);
    return 0;
}

static int open_netlink(struct apply_peer *apply)
{
    int fd = apply->context.fd, r;

    if (apply->io_source)
        return 0;
    r = fd < 0 ? netlink_open(&apply->netlink, NETLINK_GENERIC, 0) : netlink_attach(&apply->netlink, fd);
    return r < 0 ? r
                 : sd_event_add_io(apply->context.event, &apply->io_source, apply->netlink.fd, EPOLLIN,
                                   on_readable, apply);
}

static int set_by_kernel(struct apply_peer *apply)
{
    int r = open_netlink(apply);

    return r < 0 ? r : ask_kernel(apply);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct apply_peer *apply = userdata;

    if (apply->phase != PHASE_IDLE)
        fail(apply, -ETIMEDOUT);
    return 0;
}

void apply_peer_start(struct apply_peer *apply, const struct step *step, bool back, apply_peer_done done,
                      void *userdata)
{
    const struct refusal none = {.kind = REFUSAL_NONE};
    const struct tunnel *tunnel;
    int r;

    apply->step = *step;
    apply->back = back;
    apply->done = done;
    apply->userdata = userdata;
    tunnel = tunnel_of(apply);
    if (!tunnel) {
        gone(apply, REFUSAL_NO_SUCH_LINK);
        return;
    }
    /* Where somebody is can be told, but not untold. */
    if (step->kind == STEP_ENDPOINT && !endpoint_of(apply)->family) {
        finish(apply, &none);
        return;
    }
    timer_set(apply->timer_source, DEADLINE_USEC);
    r = tunnel->fact.user_space ? set_by_text(apply) : set_by_kernel(apply);
    if (r < 0)
        fail(apply, r);
}

struct apply_peer *apply_peer_free(struct apply_peer *apply)
{
    if (!apply)
        return NULL;
    hang_up(apply);
    sd_event_source_disable_unref(apply->io_source);
    sd_event_source_disable_unref(apply->timer_source);
    sd_event_source_disable_unref(apply->turn_source);
    netlink_close(&apply->netlink);
    free(apply);
    return NULL;
}

static void apply_peer_freep(struct apply_peer **apply)
{
    apply_peer_free(*apply);
}

int apply_peer_new(const struct apply_peer_context *context, struct apply_peer **ret)
{
    _cleanup_(apply_peer_freep) struct apply_peer *apply = calloc(1, sizeof(*apply));
    int r;

    if (!apply)
        return -ENOMEM;
    apply->context = *context;
    apply->netlink.fd = apply->fd = -1;
    r = sd_event_add_defer(context->event, &apply->turn_source, on_turn, apply);
    if (r >= 0)
        r = sd_event_source_set_enabled(apply->turn_source, SD_EVENT_OFF);
    if (r >= 0)
        r = timer_new(context->event, &apply->timer_source, 10000, on_timer, apply);
    /* However many turns there are. */
    if (r >= 0)
        r = sd_event_source_set_priority(apply->timer_source, SD_EVENT_PRIORITY_IMPORTANT);
    if (r < 0)
        return r;
    *ret = take_pointer(apply);
    return 0;
}
