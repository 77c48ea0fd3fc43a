/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the log and systemd are told of a turn */
#include "report.h"

#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "state/health.h"
#include "sys/log.h"

void report_events(const struct events *events)
{
    for (size_t i = 0; i < events->count; i++) {
        const struct event *event = &events->list[i];

        if (strcmp(event->before, event->after) != 0 || !event->before[0])
            log_event(LOG_INFO, LOG_ID_LINK, event->subject, "%s%s%s: %s → %s", event->subject,
                      event->subject[0] ? ": " : "", event_kind_name(event->kind),
                      event->before[0] ? event->before : "none", event->after[0] ? event->after : "none");
    }
    if (events->lost)
        log_info("More happened to links and addresses than is told here");
}

void report_status(const struct view *view, char status[REPORT_STATUS_SIZE])
{
    const struct link_fact *uplink = node_uplink(view->node);
    const struct address_fact *address = node_address(view->node);
    char text[ADDRESS_TEXT_SIZE] = "no address", now[REPORT_STATUS_SIZE];

    if (address)
        address_text(address->family, address->bytes, address->prefix, text, sizeof(text));
    snprintf(now, sizeof(now), "%s, %s %s, MTU %u, health %s", view->node->platform.platform,
             uplink ? uplink->name : "no uplink", text, uplink ? uplink->mtu : 0,
             health_word(view->node, view->findings));
    if (strcmp(status, now) == 0)
        return;
    memcpy(status, now, sizeof(now));
    sd_notifyf(0, "STATUS=%s", status);
}
