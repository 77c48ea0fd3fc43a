/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* window_findings: the window's list of what is wrong, each with its cause, its remedy and a button that
 * mends it. */
#pragma once

#include <gtk/gtk.h>

#include "view.h"

/* A list to be put into a window. */
GtkWidget *window_findings_new(void);
/* Those that were opened stay open. */
void window_findings_set(GtkWidget *list, const GPtrArray *findings);
/* Opens one and moves the focus there. */
void window_findings_open(GtkWidget *list, const char *id, const char *subject);
