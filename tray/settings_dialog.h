/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* settings_dialog: what to be told about, and whether to start with the session. Holds at once, without a
 * button. */
#pragma once

#include <gtk/gtk.h>

#include "settings.h"

/* `session` may be NULL. */
void settings_dialog_open(GtkApplication *application, GDBusConnection *session, struct settings *settings);
