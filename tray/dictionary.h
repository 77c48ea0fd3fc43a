/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dictionary: what stands in an a{sv} that came over the bus. Another type than expected counts as nothing
 * there. */
#pragma once

#include <glib.h>

/* "" where there is none; owned by the dictionary. */
const char *dictionary_text(GVariant *dictionary, const char *key);
/* 0 where there is none. */
guint32 dictionary_number(GVariant *dictionary, const char *key);
