/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pixmap: an icon of the theme's as StatusNotifierItem carries it, for hosts that do not find its name. */
#pragma once

#include <glib.h>

/* a(iiay): several sizes, ARGB in network order; empty if there is no such icon. Floating. */
GVariant *pixmap_new(const char *icon);
