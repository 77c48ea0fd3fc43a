/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events of one turn */
#include "events.h"

#include <stdio.h>
#include <string.h>

static struct event *find(struct events *events, enum event_kind kind, const char *subject)
{
    for (size_t i = 0; i < events->count; i++)
        if (events->list[i].kind == kind && strcmp(events->list[i].subject, subject) == 0)
            return &events->list[i];
    return NULL;
}

void events_add(struct events *events, enum event_kind kind, const char *subject, const char *before,
                const char *after)
{
    struct event *event = find(events, kind, subject);

    if (!event) {
        if (events->count == EVENTS_MAX) {
            events->lost = true;
            return;
        }
        event = &events->list[events->count++];
        memset(event, 0, sizeof(*event));
        event->kind = kind;
        snprintf(event->subject, sizeof(event->subject), "%s", subject);
        snprintf(event->before, sizeof(event->before), "%s", before);
    }
    snprintf(event->after, sizeof(event->after), "%s", after);
}

void events_clear(struct events *events)
{
    events->count = 0;
    events->lost = false;
}

const char *event_kind_name(enum event_kind kind)
{
    switch (kind) {
    case EVENT_UPLINK:
        return "uplink";
    case EVENT_ADDRESS:
        return "address";
    case EVENT_MTU:
        return "MTU";
    case EVENT_LINK_ADDED:
        return "link added";
    case EVENT_LINK_REMOVED:
        return "link removed";
    }
    return "?";
}
