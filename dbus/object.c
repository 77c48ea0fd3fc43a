/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The node's object */
#include "object.h"

#include <string.h>

#include "../service/state/tailscale.h"
#include "../service/sys/clock_time.h"
#include "bus.h"
#include "encode.h"
#include "encode_dns.h"
#include "method.h"

#define GETTER(name)                                                                                         \
    static int get_##name(sd_bus *connection, const char *path, const char *interface, const char *property, \
                          sd_bus_message *reply, void *userdata, sd_bus_error *error)

static const struct view *view_of(void *userdata)
{
    return &((struct bus *)userdata)->context.view;
}

static const char *or_unknown(const char *word)
{
    return word[0] ? word : "unknown";
}

GETTER(version)
{
    return sd_bus_message_append(reply, "s", WSLNODE_VERSION);
}

GETTER(platform)
{
    const struct platform_fact *platform = &view_of(userdata)->node->platform;

    if (strcmp(property, "KernelRelease") == 0)
        return sd_bus_message_append(reply, "s", platform->kernel);
    if (strcmp(property, "Distribution") == 0)
        return sd_bus_message_append(reply, "s", platform->distribution);
    if (strcmp(property, "WSLVersion") == 0)
        return sd_bus_message_append(reply, "s", platform->version);
    if (strcmp(property, "Interop") == 0)
        return sd_bus_message_append(reply, "s", or_unknown(platform->interop));
    return sd_bus_message_append(reply, "s", or_unknown(platform->platform));
}

GETTER(mode)
{
    return sd_bus_message_append(reply, "s", node_networking_mode(view_of(userdata)->node));
}

GETTER(windows)
{
    return sd_bus_message_append(reply, "s", tailscale_windows_name(view_of(userdata)->node));
}

GETTER(uplink)
{
    const struct link_fact *uplink = node_uplink(view_of(userdata)->node);

    return sd_bus_message_append(reply, "s", uplink ? uplink->name : "");
}

GETTER(address)
{
    const struct address_fact *address = node_address(view_of(userdata)->node);
    char text[ADDRESS_TEXT_SIZE] = "";

    if (address)
        address_text(address->family, address->bytes, -1, text, sizeof(text));
    return sd_bus_message_append(reply, "s", text);
}

GETTER(addresses)
{
    const struct link_fact *uplink = node_uplink(view_of(userdata)->node);

    return encode_addresses(reply, view_of(userdata)->node, uplink ? uplink->ifindex : 0, true);
}

GETTER(gateway)
{
    const struct route_fact *route = node_default_route(view_of(userdata)->node);
    char text[ADDRESS_TEXT_SIZE] = "";

    if (route)
        address_text(route->gateway_family, route->gateway, -1, text, sizeof(text));
    return sd_bus_message_append(reply, "s", text);
}

GETTER(uplink_mtu)
{
    const struct link_fact *uplink = node_uplink(view_of(userdata)->node);

    return sd_bus_message_append(reply, "u", uplink ? uplink->mtu : 0);
}

GETTER(clock)
{
    const struct clock *clock = &view_of(userdata)->node->clock;

    if (strcmp(property, "ClockReference") == 0)
        return sd_bus_message_append(reply, "s", clock_reference_name(clock->seen.reference));
    return sd_bus_message_append(reply, "s", clock_state_name(clock_state(clock)));
}

/* As of this moment; the clocks are memory, too. */
GETTER(clock_offset)
{
    const struct clock *clock = &view_of(userdata)->node->clock;
    int64_t raw, now;

    clock_time_read(&raw, &now);
    if (strcmp(property, "ClockErrorBoundUSec") == 0)
        return sd_bus_message_append(reply, "t", (uint64_t)clock_bound_at(clock, raw));
    return sd_bus_message_append(reply, "x", clock_offset_at(clock, now));
}

GETTER(dns)
{
    const struct node *node = view_of(userdata)->node;

    if (strcmp(property, "DNSState") == 0)
        return sd_bus_message_append(reply, "s", dns_state_name(dns_state(node)));
    return sd_bus_message_append(reply, "s",
                                 node_resolver_known(node) ? dns_owner_name(node->resolver.owner)
                                                           : "unknown");
}

GETTER(dns_servers)
{
    return encode_dns_servers(reply, view_of(userdata)->node);
}

GETTER(health)
{
    const struct view *view = view_of(userdata);

    return sd_bus_message_append(reply, "s", health_word(view->node, view->findings));
}

GETTER(findings)
{
    return encode_findings(reply, view_of(userdata)->findings);
}

GETTER(wanted)
{
    return encode_wanted(reply, view_of(userdata)->wanted);
}

#define METHOD_ENTRY(member, in, out, authorisation, runs)                                                   \
    SD_BUS_METHOD_WITH_ARGS(#member, METHOD_ARGS(in), METHOD_ARGS(out), method_dispatch,                     \
                            SD_BUS_VTABLE_UNPRIVILEGED),
#define METHOD_ARGS(list) SD_BUS_ARGS list

#define CONST_PROPERTY(name, getter) SD_BUS_PROPERTY(name, "s", getter, 0, SD_BUS_VTABLE_PROPERTY_CONST)
#define PROPERTY(name, type, getter)                                                                         \
    SD_BUS_PROPERTY(name, type, getter, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE)

static const sd_bus_vtable vtable[] = {
    SD_BUS_VTABLE_START(0),
    CONST_PROPERTY("Version", get_version),
    CONST_PROPERTY("KernelRelease", get_platform),
    CONST_PROPERTY("Distribution", get_platform),
    PROPERTY("WSLVersion", "s", get_platform),
    PROPERTY("Platform", "s", get_platform),
    PROPERTY("NetworkingMode", "s", get_mode),
    PROPERTY("Interop", "s", get_platform),
    PROPERTY("WindowsTailscale", "s", get_windows),
    PROPERTY("Uplink", "s", get_uplink),
    PROPERTY("Address", "s", get_address),
    PROPERTY("Addresses", "as", get_addresses),
    PROPERTY("Gateway", "s", get_gateway),
    PROPERTY("UplinkMTU", "u", get_uplink_mtu),
    PROPERTY("ClockState", "s", get_clock),
    PROPERTY("ClockReference", "s", get_clock),
    SD_BUS_PROPERTY("ClockOffsetUSec", "x", get_clock_offset, 0, 0),
    SD_BUS_PROPERTY("ClockErrorBoundUSec", "t", get_clock_offset, 0, 0),
    PROPERTY("DNSState", "s", get_dns),
    PROPERTY("DNSOwner", "s", get_dns),
    SD_BUS_PROPERTY("DNSServers", "aa{sv}", get_dns_servers, 0, 0),
    PROPERTY("Health", "s", get_health),
    PROPERTY("Findings", "aa{sv}", get_findings),
    PROPERTY("Wanted", "aa{sv}", get_wanted),
    METHOD_TABLE(METHOD_ENTRY) SD_BUS_SIGNAL_WITH_ARGS("FindingRaised",
                                                       SD_BUS_ARGS("s", id, "s", subject, "s", severity, "s",
                                                                   summary, "a{sv}", details),
                                                       0),
    SD_BUS_SIGNAL_WITH_ARGS("FindingCleared", SD_BUS_ARGS("s", id, "s", subject, "a{sv}", details), 0),
    SD_BUS_SIGNAL_WITH_ARGS("ClockDrift", SD_BUS_ARGS("x", offset_usec, "s", reference, "a{sv}", details), 0),
    SD_BUS_SIGNAL_WITH_ARGS("ClockStepped", SD_BUS_ARGS("x", by_usec, "a{sv}", details), 0),
    SD_BUS_SIGNAL_WITH_ARGS("Resumed", SD_BUS_ARGS("t", asleep_usec, "a{sv}", details), 0),
    SD_BUS_SIGNAL_WITH_ARGS("VPNDown", SD_BUS_ARGS("s", vpn, "s", peer, "s", reason, "a{sv}", details), 0),
    SD_BUS_SIGNAL_WITH_ARGS("VPNUp", SD_BUS_ARGS("s", vpn, "s", peer, "a{sv}", details), 0),
    SD_BUS_VTABLE_END,
};

int object_add(struct bus *bus)
{
    return sd_bus_add_object_vtable(bus->connection, NULL, BUS_PATH, BUS_INTERFACE, vtable, bus);
}
