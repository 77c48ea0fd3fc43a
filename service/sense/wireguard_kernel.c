/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* WireGuard tunnels of the kernel */
#include "wireguard_kernel.h"

#include <errno.h>
#include <string.h>

#include "../sys/cleanup.h"
#include "../sys/netlink.h"
#include "../sys/wireguard_message.h"

#define BATCH 16 /* datagrams of 32 KiB a turn: a thousand peers and more */

struct wireguard_kernel {
    sd_event *event;
    struct wireguard_reader reader;
    struct netlink netlink;
    sd_event_source *source;
    uint16_t family; /* 0: not known yet */
    int32_t ifindex; /* that is read; 0: none */
    bool dumping;    /* the family is known, and the dump is under way */
    bool spoiled;    /* it changed meanwhile, or something was lost */
    struct tunnel_fact tunnel;
};

static void finish(struct wireguard_kernel *kernel, int result)
{
    kernel->ifindex = 0;
    kernel->dumping = false;
    if (result == 0 && kernel->spoiled)
        result = -EAGAIN;
    else if (result == 0 && !kernel->tunnel.ifindex)
        result = -ENODEV;
    kernel->reader.done(kernel->reader.userdata, result, &kernel->tunnel);
}

static int ask(struct wireguard_kernel *kernel)
{
    kernel->dumping = kernel->family != 0;
    kernel->spoiled = false;
    memset(&kernel->tunnel, 0, sizeof(kernel->tunnel));
    return netlink_send(&kernel->netlink, kernel->dumping
                                              ? wireguard_message_dump(kernel->family, kernel->ifindex)
                                              : wireguard_message_family());
}

static void take_family(struct wireguard_kernel *kernel, const struct nlmsghdr *header)
{
    int r = header->nlmsg_type == NLMSG_ERROR ? netlink_error(header)
                                              : wireguard_message_read_family(header, &kernel->family);

    if (r > 0)
        r = ask(kernel);
    if (r < 0)
        finish(kernel, r);
}

static void take_dump(struct wireguard_kernel *kernel, struct nlmsghdr *header)
{
    int r;

    if (header->nlmsg_flags & NLM_F_DUMP_INTR)
        kernel->spoiled = true;
    if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR) {
        r = netlink_error(header);
        /* The module was taken out and came back: its number may be another. */
        if (r == -ENOENT)
            kernel->family = 0;
        finish(kernel, r);
        return;
    }
    r = wireguard_message_decode(header, kernel->family, &kernel->tunnel, kernel->reader.peer,
                                 kernel->reader.userdata);
    if (r < 0)
        kernel->spoiled = true;
}

/* The buffer is netlink's, which lends it; keys must not stay in it. */
static void on_message(const struct nlmsghdr *constant, void *userdata)
{
    struct nlmsghdr *header = (struct nlmsghdr *)constant;
    struct wireguard_kernel *kernel = userdata;

    if (!kernel->ifindex || header->nlmsg_seq != kernel->netlink.sequence)
        explicit_bzero(nlmsg_data(header), nlmsg_datalen(header));
    else if (kernel->dumping)
        take_dump(kernel, header);
    else
        take_family(kernel, header);
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct wireguard_kernel *kernel = userdata;

    /* What was lost may have been the end: then the reader's deadline is it. */
    if (netlink_receive(&kernel->netlink, BATCH, on_message, kernel) < 0)
        kernel->spoiled = true;
    return 0;
}

/* Another socket, and the same buffer. */
static int open_again(struct netlink *netlink)
{
    struct netlink other;
    int r = netlink_open(&other, NETLINK_GENERIC, 0);

    if (r < 0)
        return r;
    netlink->fd = other.fd;
    other.fd = -1;
    netlink_close(&other);
    return 0;
}

static int open_socket(struct wireguard_kernel *kernel, int fd)
{
    struct netlink *netlink = &kernel->netlink;
    int r;

    if (fd >= 0)
        r = netlink_attach(netlink, fd);
    else
        r = netlink->buffer ? open_again(netlink) : netlink_open(netlink, NETLINK_GENERIC, 0);

    if (r >= 0)
        r = sd_event_add_io(kernel->event, &kernel->source, kernel->netlink.fd, EPOLLIN, on_readable, kernel);
    if (r >= 0)
        r = sd_event_source_set_priority(kernel->source, SD_EVENT_PRIORITY_IMPORTANT);
    return r;
}

/* A dump that nobody reads to its end lets no other begin on its socket: the kernel says EBUSY. The buffer
 * stays: this may come from within the end of another reading. */
static void hang_up(struct wireguard_kernel *kernel)
{
    kernel->source = sd_event_source_disable_unref(kernel->source);
    cleanup_close(&kernel->netlink.fd);
    kernel->netlink.fd = -1;
}

void wireguard_kernel_cancel(struct wireguard_kernel *kernel)
{
    if (kernel->dumping)
        hang_up(kernel);
    kernel->ifindex = 0;
    kernel->dumping = false;
}

int wireguard_kernel_read(struct wireguard_kernel *kernel, int32_t ifindex)
{
    int r = kernel->source ? 0 : open_socket(kernel, -1);

    if (r < 0)
        return r;
    kernel->ifindex = ifindex;
    r = ask(kernel);
    if (r < 0)
        wireguard_kernel_cancel(kernel);
    return r;
}

struct wireguard_kernel *wireguard_kernel_free(struct wireguard_kernel *kernel)
{
    if (!kernel)
        return NULL;
    sd_event_source_disable_unref(kernel->source);
    netlink_close(&kernel->netlink);
    free(kernel);
    return NULL;
}

static void wireguard_kernel_freep(struct wireguard_kernel **kernel)
{
    wireguard_kernel_free(*kernel);
}

int wireguard_kernel_new(sd_event *event, int fd, const struct wireguard_reader *reader,
                         struct wireguard_kernel **ret)
{
    _cleanup_(wireguard_kernel_freep) struct wireguard_kernel *kernel = calloc(1, sizeof(*kernel));
    int r;

    if (!kernel)
        return -ENOMEM;
    kernel->event = event;
    kernel->reader = *reader;
    kernel->netlink.fd = -1;
    r = fd < 0 ? 0 : open_socket(kernel, fd);
    if (r < 0)
        return r;
    *ret = take_pointer(kernel);
    return 0;
}
