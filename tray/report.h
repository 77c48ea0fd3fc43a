/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* report: everything that is known of the node, as text to read, copy and send to somebody. */
#pragma once

#include <gtk/gtk.h>

#include "client.h"

/* Asks for a fresh diagnosis, which takes a moment. */
void report_open(GtkApplication *application, struct client *client);
