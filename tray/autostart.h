/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * autostart: the tray starts with the session. Under WSL nothing reads autostart folders, so there the user's
 * systemd enables the unit; elsewhere a file in ~/.config/autostart does it.
 */
#pragma once

#include <gio/gio.h>

/*
 * Whether it is enabled now, after a change too; with an error it is not known. Called from the loop, once
 * for each call, and it cannot be cancelled: who may go before must keep `userdata` alive.
 */
typedef void (*autostart_answer)(gboolean enabled, const GError *error, gpointer userdata);

/* By the kernel's name. */
gboolean autostart_is_wsl(void);
void autostart_read(GDBusConnection *session, autostart_answer answer, gpointer userdata);
void autostart_set(GDBusConnection *session, gboolean enabled, autostart_answer answer, gpointer userdata);
