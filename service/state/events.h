/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What happened in one turn, for the log: bounded, merged by kind and subject. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define EVENTS_MAX 32

enum event_kind {
    EVENT_UPLINK,
    EVENT_ADDRESS,
    EVENT_MTU,
    EVENT_LINK_ADDED,
    EVENT_LINK_REMOVED,
};

struct event {
    enum event_kind kind;
    char subject[64];
    char before[64];
    char after[64];
};

struct events {
    struct event list[EVENTS_MAX];
    size_t count;
    bool lost; /* there were more than fit */
};

/* Same kind and subject as an earlier one: its `before` stays, `after` is replaced. */
void events_add(struct events *events, enum event_kind kind, const char *subject, const char *before,
                const char *after);
void events_clear(struct events *events);
const char *event_kind_name(enum event_kind kind);
