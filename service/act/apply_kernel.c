/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernel steps */
#include "apply_kernel.h"

#include <errno.h>
#include <string.h>

#include "../sys/cleanup.h"
#include "../sys/link_message.h"
#include "../sys/netlink.h"
#include "../sys/timer.h"

#define DEADLINE_USEC 2000000

enum phase { PHASE_IDLE, PHASE_READ, PHASE_SET, PHASE_READ_BACK };

struct apply_kernel {
    struct netlink netlink;
    sd_event_source *io_source, *timer_source;
    enum phase phase;
    struct plan_subject subject;
    apply_kernel_done done;
    void *userdata;
};

static void finish(struct apply_kernel *apply, const struct refusal *refusal)
{
    apply->phase = PHASE_IDLE;
    timer_stop(apply->timer_source);
    apply->done(apply->userdata, refusal);
}

static void fail(struct apply_kernel *apply, int error)
{
    struct refusal refusal;
    const char *link = apply->subject.link;

    switch (-error) {
    case ENODEV:
        refuse(&refusal, REFUSAL_NO_SUCH_LINK, "The link “%s” is gone; nothing was changed.", link);
        break;
    case EINVAL:
    case ERANGE:
        refuse(&refusal, REFUSAL_INVALID_MTU, "The kernel does not take an MTU of %u on “%s”.",
               apply->subject.mtu, link);
        break;
    default:
        refuse(&refusal, REFUSAL_FAILED, "%s the MTU of “%s” failed: %s.",
               apply->phase == PHASE_SET ? "Setting" : "Reading", link, strerror(-error));
    }
    finish(apply, &refusal);
}

static void enter(struct apply_kernel *apply, enum phase phase)
{
    int r;

    apply->phase = phase;
    if (phase == PHASE_SET)
        r = netlink_send(&apply->netlink, link_message_set_mtu(apply->subject.ifindex, apply->subject.mtu));
    else
        r = netlink_send(&apply->netlink, link_message_get(apply->subject.ifindex));
    if (r < 0) {
        fail(apply, r);
        return;
    }
    timer_set(apply->timer_source, DEADLINE_USEC);
}

static void on_link(struct apply_kernel *apply, const struct link_fact *link)
{
    const struct plan_subject *subject = &apply->subject;
    struct refusal refusal = {.kind = REFUSAL_NONE};

    if (strcmp(link->name, subject->link) != 0 || strcmp(link->kind, subject->link_kind) != 0) {
        refuse(&refusal, REFUSAL_CHANGED_SINCE, "“%s” is another link now; nothing was changed. Ask again.",
               subject->link);
    } else if (link->mtu == subject->mtu) {
        /* Right already, or right now. */
    } else if (apply->phase == PHASE_READ) {
        enter(apply, PHASE_SET);
        return;
    } else {
        refuse(&refusal, REFUSAL_FIGHTING,
               "“%s” was set to %u, and right afterwards the kernel reports %u: something else sets it. Find "
               "that "
               "first.",
               subject->link, subject->mtu, link->mtu);
    }
    finish(apply, &refusal);
}

static void on_message(const struct nlmsghdr *header, void *userdata)
{
    struct apply_kernel *apply = userdata;
    struct fact fact;
    int r;

    if (apply->phase == PHASE_IDLE || header->nlmsg_seq != apply->netlink.sequence)
        return;
    if (header->nlmsg_type == NLMSG_ERROR) {
        r = netlink_error(header);
        if (r < 0)
            fail(apply, r);
        else if (apply->phase == PHASE_SET)
            enter(apply, PHASE_READ_BACK);
        return;
    }
    if (apply->phase != PHASE_SET && link_message_decode(header, &fact) > 0 && fact.kind == FACT_LINK)
        on_link(apply, &fact.link);
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct apply_kernel *apply = userdata;
    int r = netlink_receive(&apply->netlink, 16, on_message, apply);

    if (r < 0 && apply->phase != PHASE_IDLE)
        fail(apply, r);
    return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct apply_kernel *apply = userdata;

    if (apply->phase != PHASE_IDLE)
        fail(apply, -ETIMEDOUT);
    return 0;
}

void apply_kernel_start(struct apply_kernel *apply, const struct plan_subject *subject,
                        apply_kernel_done done, void *userdata)
{
    apply->subject = *subject;
    apply->done = done;
    apply->userdata = userdata;
    enter(apply, PHASE_READ);
}

struct apply_kernel *apply_kernel_free(struct apply_kernel *apply)
{
    if (!apply)
        return NULL;
    sd_event_source_disable_unref(apply->io_source);
    sd_event_source_disable_unref(apply->timer_source);
    netlink_close(&apply->netlink);
    free(apply);
    return NULL;
}

static void apply_kernel_freep(struct apply_kernel **apply)
{
    apply_kernel_free(*apply);
}

int apply_kernel_new(sd_event *event, int fd, struct apply_kernel **ret)
{
    _cleanup_(apply_kernel_freep) struct apply_kernel *apply = calloc(1, sizeof(*apply));
    int r;

    if (!apply)
        return -ENOMEM;
    apply->netlink.fd = -1;
    r = fd < 0 ? netlink_open(&apply->netlink, NETLINK_ROUTE, 0) : netlink_attach(&apply->netlink, fd);
    if (r < 0)
        return r;
    r = sd_event_add_io(event, &apply->io_source, apply->netlink.fd, EPOLLIN, on_readable, apply);
    if (r < 0)
        return r;
    r = timer_new(event, &apply->timer_source, 10000, on_timer, apply);
    if (r < 0)
        return r;
    *ret = take_pointer(apply);
    return 0;
}
