/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What clients are told */
#include "publish.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../service/sys/log.h"
#include "../service/sys/timer.h"
#include "bus.h"
#include "announce.h"

static const struct {
    int bit;
    const char *property;
} properties[] = {
    {NODE_PLATFORM, "Platform"},
    {NODE_PLATFORM, "WSLVersion"},
    {NODE_MODE, "NetworkingMode"},
    {NODE_INTEROP, "Interop"},
    {NODE_WINDOWS, "WindowsTailscale"},
    {NODE_UPLINK, "Uplink"},
    {NODE_ADDRESS, "Address"},
    {NODE_ADDRESSES, "Addresses"},
    {NODE_GATEWAY, "Gateway"},
    {NODE_UPLINK_MTU, "UplinkMTU"},
    {NODE_CLOCK_STATE, "ClockState"},
    {NODE_CLOCK_REFERENCE, "ClockReference"},
    {NODE_DNS_STATE, "DNSState"},
    {NODE_DNS_OWNER, "DNSOwner"},
    {NODE_HEALTH, "Health"},
    {NODE_FINDINGS, "Findings"},
    {NODE_WANTED, "Wanted"},
};

#define NODE_VPN (NODE_TUNNELS | NODE_PEERS)

#define PROPERTIES (sizeof(properties) / sizeof(properties[0]))

static void emit_properties(struct publish *publish, int mask)
{
    char *names[PROPERTIES + 1] = {NULL};
    size_t count = 0;
    int r;

    for (size_t i = 0; i < PROPERTIES; i++)
        if (mask & properties[i].bit)
            names[count++] = (char *)properties[i].property;
    if (!count || !publish->connection)
        return;
    r = sd_bus_emit_properties_changed_strv(publish->connection, BUS_PATH, BUS_INTERFACE, names);
    if (r < 0)
        log_warning("PropertiesChanged cannot be sent: %s, ignoring", strerror(-r));
}

/* What holds now; nothing of it is held back. */
static void emit_state(struct publish *publish)
{
    int mask = publish->mask;

    publish->mask = 0;
    emit_properties(publish, mask);
    if (mask & NODE_VPN)
        publish_vpn_objects(&publish->vpn, publish->connection, publish->view->node);
}

static void remember(struct publish *publish)
{
    findings_clear(&publish->told);
    for (size_t i = 0; i < publish->view->findings->count; i++)
        *findings_add(&publish->told, "", "", SEVERITY_OK) = publish->view->findings->list[i];
}

/* ClockDrift is for scripts, and goes with the finding. */
static void tell_drift(struct publish *publish, const struct finding *finding, bool drifting)
{
    if (strcmp(finding->id, "clock-drift") == 0)
        announce_drift(publish->connection, &publish->view->node->clock, drifting);
}

static void tell_cleared(struct publish *publish)
{
    for (size_t i = 0; i < publish->told.count; i++) {
        const struct finding *before = &publish->told.list[i];

        if (findings_find(publish->view->findings, before->id, before->subject))
            continue;
        announce_cleared(publish->connection, before);
        tell_drift(publish, before, false);
    }
}

static void tell_raised(struct publish *publish)
{
    const struct findings *now = publish->view->findings;

    for (size_t i = 0; i < now->count; i++) {
        const struct finding *before = findings_find(&publish->told, now->list[i].id, now->list[i].subject);

        if (before && before->severity == now->list[i].severity)
            continue;
        announce_raised(publish->connection, &now->list[i]);
        if (!before)
            tell_drift(publish, &now->list[i], true);
    }
}

static void tell_findings(struct publish *publish)
{
    tell_cleared(publish);
    tell_raised(publish);
    remember(publish);
}

static void tell_steps(struct publish *publish)
{
    const struct clock *clock = &publish->view->node->clock;
    uint64_t fresh = clock->steps_total - publish->steps_told;

    publish->steps_told = clock->steps_total;
    if (fresh > clock->steps_count)
        fresh = clock->steps_count;
    for (size_t i = clock->steps_count - fresh; i < clock->steps_count; i++)
        if (llabs(clock->steps[i].by_usec) >= CLOCK_TOLD_USEC)
            announce_stepped(publish->connection, clock, &clock->steps[i]);
}

/* In small portions: the rest goes with the next timer. */
static void tell_drops(struct publish *publish)
{
    if (publish_vpn_drops(&publish->vpn, publish->connection, publish->view->node))
        publish->mask |= NODE_VPN;
}

static void wait_a_while(struct publish *publish)
{
    publish->holding = true;
    timer_set(publish->timer_source, PUBLISH_USEC);
}

static void flush(struct publish *publish)
{
    int mask = publish->mask;

    if (!mask)
        return;
    emit_state(publish);
    /* What is told at the end of a resume is told then, in one report. */
    if (!publish->held && mask & NODE_STEPPED)
        tell_steps(publish);
    if (!publish->held && mask & NODE_VPN)
        tell_drops(publish);
    if (!publish->held && mask & NODE_FINDINGS)
        tell_findings(publish);
    wait_a_while(publish);
}

void publish_hold(struct publish *publish)
{
    publish->held = true;
}

void publish_resumed(struct publish *publish, const struct resumed *resumed)
{
    emit_state(publish);
    announce_resumed(publish->connection, resumed, publish->view->findings);
    tell_drops(publish);
    tell_cleared(publish);
    remember(publish);
    publish->steps_told = publish->view->node->clock.steps_total;
    publish->held = false;
    if (publish->mask && !publish->holding)
        wait_a_while(publish);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct publish *publish = userdata;

    publish->holding = false;
    flush(publish);
    return 0;
}

void publish_changed(struct publish *publish, int mask)
{
    publish->mask |= mask & ~NODE_UNPUBLISHED;
    if (mask & (NODE_VPN | NODE_ADDRESS))
        publish_vpn_doubt(&publish->vpn);
    if (!publish->holding)
        flush(publish);
}

/* Clients read first, so what was before they could is not told. */
void publish_start(struct publish *publish, sd_bus *connection)
{
    if (publish->mask & NODE_FINDINGS)
        tell_findings(publish);
    publish_vpn_adopt(&publish->vpn, publish->view->node);
    publish->mask = 0;
    publish->steps_told = publish->view->node->clock.steps_total;
    publish->connection = connection;
}

void publish_stop(struct publish *publish)
{
    publish->connection = NULL;
}

void publish_done(struct publish *publish)
{
    publish->timer_source = sd_event_source_disable_unref(publish->timer_source);
    findings_done(&publish->told);
    publish_vpn_done(&publish->vpn);
}

int publish_init(struct publish *publish, sd_event *event, const struct view *view,
                 struct vpn_object *vpn_object)
{
    int r = timer_new(event, &publish->timer_source, 1000, on_timer, publish);

    publish->view = view;
    publish->vpn.object = vpn_object;
    return r;
}
