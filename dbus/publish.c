/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What clients are told */
#include "publish.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../service/sys/log.h"
#include "bus.h"
#include "encode.h"

static const struct {
    int bit;
    const char *property;
} properties[] = {
    {NODE_PLATFORM, "Platform"},   {NODE_PLATFORM, "WSLVersion"}, {NODE_MODE, "NetworkingMode"},
    {NODE_INTEROP, "Interop"},     {NODE_UPLINK, "Uplink"},       {NODE_ADDRESS, "Address"},
    {NODE_ADDRESSES, "Addresses"}, {NODE_GATEWAY, "Gateway"},     {NODE_UPLINK_MTU, "UplinkMTU"},
    {NODE_HEALTH, "Health"},       {NODE_FINDINGS, "Findings"},   {NODE_WANTED, "Wanted"},
};

#define PROPERTIES (sizeof(properties) / sizeof(properties[0]))

static void emit_properties(struct publish *publish)
{
    char *names[PROPERTIES + 1] = {NULL};
    size_t count = 0;
    int r;

    for (size_t i = 0; i < PROPERTIES; i++)
        if (publish->mask & properties[i].bit)
            names[count++] = (char *)properties[i].property;
    publish->mask = 0;
    if (!count || !publish->connection)
        return;
    r = sd_bus_emit_properties_changed_strv(publish->connection, BUS_PATH, BUS_INTERFACE, names);
    if (r < 0)
        log_warning("PropertiesChanged cannot be sent: %s, ignoring", strerror(-r));
}

static int send_finding(sd_bus *connection, const char *member, const struct finding *finding, bool raised)
{
    sd_bus_message *signal = NULL;
    int r = sd_bus_message_new_signal(connection, &signal, BUS_PATH, BUS_INTERFACE, member);

    if (r >= 0)
        r = sd_bus_message_append(signal, "ss", finding->id, finding->subject);
    if (r >= 0 && raised)
        r = sd_bus_message_append(signal, "ss", severity_name(finding->severity), finding->summary);
    if (r >= 0)
        r = raised ? encode_finding_details(signal, finding) : sd_bus_message_append(signal, "a{sv}", 0);
    if (r >= 0)
        r = sd_bus_send(connection, signal, NULL);
    sd_bus_message_unref(signal);
    return r;
}

static void tell_raised(struct publish *publish, const struct finding *finding)
{
    int r = publish->connection ? send_finding(publish->connection, "FindingRaised", finding, true) : 0;

    log_event(finding->severity == SEVERITY_INFO ? LOG_INFO : LOG_WARNING, LOG_ID_FINDING_RAISED,
              finding->subject, "%s%s%s: %s", finding->id, finding->subject[0] ? " " : "", finding->subject,
              finding->summary);
    if (r < 0)
        log_warning("FindingRaised cannot be sent: %s, ignoring", strerror(-r));
}

static void tell_cleared(struct publish *publish, const struct finding *finding)
{
    int r = publish->connection ? send_finding(publish->connection, "FindingCleared", finding, false) : 0;

    log_event(LOG_INFO, LOG_ID_FINDING_CLEARED, finding->subject, "%s%s%s: no longer", finding->id,
              finding->subject[0] ? " " : "", finding->subject);
    if (r < 0)
        log_warning("FindingCleared cannot be sent: %s, ignoring", strerror(-r));
}

static void remember(struct publish *publish)
{
    findings_clear(&publish->told);
    for (size_t i = 0; i < publish->view->findings->count; i++) {
        struct finding *copy = findings_add(&publish->told, "", "", SEVERITY_OK);

        if (copy)
            *copy = publish->view->findings->list[i];
    }
}

static void tell_findings(struct publish *publish)
{
    const struct findings *now = publish->view->findings;

    for (size_t i = 0; i < publish->told.count; i++) {
        const struct finding *before = &publish->told.list[i];

        if (!findings_find(now, before->id, before->subject))
            tell_cleared(publish, before);
    }
    for (size_t i = 0; i < now->count; i++) {
        const struct finding *before = findings_find(&publish->told, now->list[i].id, now->list[i].subject);

        if (!before || before->severity != now->list[i].severity)
            tell_raised(publish, &now->list[i]);
    }
    remember(publish);
}

static void flush(struct publish *publish)
{
    bool findings = publish->mask & NODE_FINDINGS;

    if (!publish->mask)
        return;
    emit_properties(publish);
    if (findings)
        tell_findings(publish);
    publish->holding = true;
    sd_event_source_set_time_relative(publish->timer_source, PUBLISH_USEC);
    sd_event_source_set_enabled(publish->timer_source, SD_EVENT_ONESHOT);
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
    /* What the checks alone look at is nobody else's news. */
    publish->mask |= mask & ~(NODE_LINKS | NODE_ANY_ADDRESS | NODE_SOCKETS | NODE_CONFIG | NODE_FILES);
    if (!publish->holding)
        flush(publish);
}

/* Clients read first, so what was before they could is not told. */
void publish_start(struct publish *publish, sd_bus *connection)
{
    if (publish->mask & NODE_FINDINGS)
        tell_findings(publish);
    publish->mask = 0;
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
}

int publish_init(struct publish *publish, sd_event *event, const struct view *view)
{
    int r = sd_event_add_time_relative(event, &publish->timer_source, CLOCK_MONOTONIC, 0, 1000, on_timer,
                                       publish);

    publish->view = view;
    return r < 0 ? r : sd_event_source_set_enabled(publish->timer_source, SD_EVENT_OFF);
}
