/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How long it takes from a change in the kernel to the PropertiesChanged that tells it:
 *
 *   event address COUNT GAP-MSEC NAME INTERFACE PROPERTY LINK ADDRESS      comes and goes, as /32
 *   event mtu     COUNT GAP-MSEC NAME INTERFACE PROPERTY LINK MTU OTHER    in turn
 *
 * Printed twice: all of it, and without what the kernel itself takes for the change.
 *
 * The change is ours, by rtnetlink, so that nothing has to be started for it. Before each there is a gap, in
 * which late signals of the change before are heard and dropped.
 */
#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

#define PATIENCE_NSEC UINT64_C(5000000000)

struct listener {
    const char *interface, *property;
    bool heard;
    uint64_t heard_nsec;
    struct series after; /* without the part until the kernel was done */
};

static bool names_property(sd_bus_message *signal, const char *property)
{
    const char *name;

    if (sd_bus_message_enter_container(signal, 'a', "{sv}") < 0)
        return false;
    while (sd_bus_message_enter_container(signal, 'e', "sv") > 0) {
        if (sd_bus_message_read(signal, "s", &name) < 0)
            return false;
        if (strcmp(name, property) == 0)
            return true;
        if (sd_bus_message_skip(signal, "v") < 0 || sd_bus_message_exit_container(signal) < 0)
            return false;
    }
    return false;
}

static int on_signal(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
    struct listener *listener = userdata;
    uint64_t now = now_nsec();
    const char *interface;

    if (listener->heard || sd_bus_message_read(signal, "s", &interface) < 0 ||
        strcmp(interface, listener->interface) != 0 || !names_property(signal, listener->property))
        return 0;
    listener->heard = true;
    listener->heard_nsec = now;
    return 0;
}

static struct nl_msg *new_request(uint16_t type, uint16_t flags, const void *header, size_t length)
{
    struct nl_msg *message = nlmsg_alloc_simple(type, NLM_F_REQUEST | NLM_F_ACK | flags);

    if (!message || nlmsg_append(message, (void *)header, length, NLMSG_ALIGNTO) < 0)
        give_up(0, "no memory");
    return message;
}

static struct nl_msg *address_request(unsigned index, const char *text, bool gone)
{
    struct ifaddrmsg header = {.ifa_family = AF_INET, .ifa_prefixlen = 32, .ifa_index = index};
    struct nl_msg *message = new_request(gone ? RTM_DELADDR : RTM_NEWADDR,
                                         gone ? 0 : NLM_F_CREATE | NLM_F_EXCL, &header, sizeof(header));
    struct in_addr address;

    if (inet_pton(AF_INET, text, &address) != 1)
        give_up(0, "“%s” is no IPv4 address", text);
    if (nla_put(message, IFA_LOCAL, sizeof(address), &address) < 0 ||
        nla_put(message, IFA_ADDRESS, sizeof(address), &address) < 0)
        give_up(0, "no memory");
    return message;
}

static struct nl_msg *mtu_request(unsigned index, const char *mtu)
{
    struct ifinfomsg header = {.ifi_family = AF_UNSPEC, .ifi_index = index};
    struct nl_msg *message = new_request(RTM_NEWLINK, 0, &header, sizeof(header));

    if (nla_put_u32(message, IFLA_MTU, parse_number(mtu, 68)) < 0)
        give_up(0, "no memory");
    return message;
}

static uint64_t measure(sd_bus *bus, struct nl_sock *kernel, struct nl_msg *message,
                        struct listener *listener)
{
    uint64_t started = now_nsec(), changed;
    int r = nl_send_auto(kernel, message);

    /* The kernel has answered by the time that it was sent, so this costs no wait. */
    if (r >= 0)
        r = nl_wait_for_ack(kernel);
    if (r < 0)
        give_up(0, "the kernel: %s", nl_geterror(r));
    changed = now_nsec();
    nlmsg_free(message);
    if (!handle_until(bus, &listener->heard, started + PATIENCE_NSEC))
        give_up(0, "no %s was announced within 5 s", listener->property);
    series_add(&listener->after, listener->heard_nsec - changed);
    return listener->heard_nsec - started;
}

static struct nl_sock *open_kernel(void)
{
    struct nl_sock *kernel = nl_socket_alloc();
    int r = kernel ? nl_connect(kernel, NETLINK_ROUTE) : -NLE_NOMEM;

    if (r < 0)
        give_up(0, "rtnetlink: %s", nl_geterror(r));
    return kernel;
}

int main(int argc, char *argv[])
{
    bool mtu = argc > 1 && strcmp(argv[1], "mtu") == 0;
    struct listener listener = {0};
    struct series series;
    struct nl_sock *kernel;
    unsigned index;
    size_t count, gap;
    char match[512];
    sd_bus *bus;

    if (argc != (mtu ? 10 : 9) || (!mtu && strcmp(argv[1], "address") != 0))
        give_up(0, "event: wrong usage");
    count = parse_number(argv[2], 1);
    gap = parse_number(argv[3], 1);
    index = if_nametoindex(argv[7]);
    if (!index)
        give_up(0, "there is no link “%s”", argv[7]);
    listener.interface = argv[5];
    listener.property = argv[6];
    snprintf(match, sizeof(match),
             "type='signal',sender='%s',interface='org.freedesktop.DBus.Properties',"
             "member='PropertiesChanged'",
             argv[4]);
    bus = open_bus();
    kernel = open_kernel();
    listen_to(bus, match, on_signal, &listener);
    series_init(&series, count);
    series_init(&listener.after, count);
    for (size_t i = 0; i < count; i++) {
        static const bool never = false;

        handle_until(bus, &never, now_nsec() + gap * 1000000);
        listener.heard = false;
        series_add(&series,
                   measure(bus, kernel,
                           mtu ? mtu_request(index, argv[8 + i % 2]) : address_request(index, argv[8], i % 2),
                           &listener));
    }
    fputs("{\"all\": ", stdout);
    series_print(&series);
    fputs(", \"after\": ", stdout);
    series_print(&listener.after);
    puts("}");
    nl_socket_free(kernel);
    sd_bus_flush_close_unref(bus);
    return EXIT_SUCCESS;
}
