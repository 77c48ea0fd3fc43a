/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dictionary: what stands in an a{sv} that came over the bus */
#include "dictionary.h"

const char *dictionary_text(GVariant *dictionary, const char *key)
{
    const char *text = "";

    g_variant_lookup(dictionary, key, "&s", &text);
    return text;
}

guint32 dictionary_number(GVariant *dictionary, const char *key)
{
    guint32 number = 0;

    g_variant_lookup(dictionary, key, "u", &number);
    return number;
}
