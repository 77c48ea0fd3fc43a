/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * notify: puts a notice in front of the user: by libnotify where a notification service is there or can be
 * started, by a toast of Windows' under WSL, and always in the list that the window shows. Nothing here
 * waits: libnotify runs in a thread of its own, for a service that hangs while it starts blocks it for a
 * minute.
 */
#pragma once

#include <gio/gio.h>

struct notify;

enum notify_urgency {
    NOTIFY_LOW,
    NOTIFY_NORMAL,
    NOTIFY_CRITICAL,
};

struct notify_message {
    const char *key;   /* the same key replaces what is shown */
    const char *icon;  /* icon name */
    const char *title; /* plain text, in whatever bytes came from outside */
    const char *body;  /* plain text too */
    enum notify_urgency urgency;
    gboolean fix; /* has an action "Fix" */
};

struct notify_hooks {
    void (*fix)(const char *key, gpointer userdata);
    void (*details)(const char *key, gpointer userdata);
    /* The list changed. */
    void (*listed)(gpointer userdata);
};

/* One line of the list. */
struct notify_line {
    gint64 realtime; /* microseconds */
    char *text;
};

/* `powershell` may be NULL: no toasts. `session` may be NULL: no notification service. */
struct notify *notify_new(GDBusConnection *session, const char *powershell, const struct notify_hooks *hooks,
                          gpointer userdata);
void notify_free(struct notify *notify);
void notify_show(struct notify *notify, const struct notify_message *message);
void notify_withdraw(struct notify *notify, const char *key);
/* struct notify_line, newest first, at most 50. */
const GPtrArray *notify_list(const struct notify *notify);
