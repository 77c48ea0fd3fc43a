/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* report_text: the report's text, made of what the daemon answered. Pure. */
#pragma once

#include <glib.h>

/* a{sv} of the node's properties; Diagnose's checks and ListChanges's changes (aa{sv}), each may be NULL. */
char *report_text(GVariant *properties, GVariant *checks, GVariant *changes);
