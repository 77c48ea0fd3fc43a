/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* duration: how long something took, for people */
#include "duration.h"

#include <glib/gi18n.h>

#define MILLISECOND G_GUINT64_CONSTANT(1000)
#define SECOND      (1000 * MILLISECOND)
#define MINUTE      (60 * SECOND)
#define HOUR        (60 * MINUTE)

/* How many units, to the nearest one. */
static guint64 count(guint64 usec, guint64 unit)
{
    return usec / unit + (usec % unit >= unit / 2);
}

static char *one(guint64 number, const char *unit)
{
    return g_strdup_printf("%" G_GUINT64_FORMAT " %s", number, unit);
}

/* The second unit only where there is some of it. */
static char *two(guint64 number, guint64 of_one, const char *big, const char *small)
{
    g_autofree char *first = one(number / of_one, big);
    g_autofree char *second = number % of_one ? one(number % of_one, small) : NULL;

    return g_strjoin(" ", first, second, NULL);
}

char *duration_text(guint64 usec)
{
    guint64 tenths = count(usec, SECOND / 10);

    if (count(usec, MILLISECOND) < 1000)
        return one(count(usec, MILLISECOND), _("ms"));
    if (tenths < 100 && tenths % 10)
        return g_strdup_printf("%.1f %s", (double)tenths / 10, _("s"));
    if (count(usec, SECOND) < 60)
        return one(count(usec, SECOND), _("s"));
    if (count(usec, SECOND) < 60 * 60)
        return two(count(usec, SECOND), 60, _("min"), _("s"));
    if (count(usec, MINUTE) < 24 * 60)
        return two(count(usec, MINUTE), 60, _("h"), _("min"));
    return two(count(usec, HOUR), 24, _("d"), _("h"));
}

guint64 duration_of(gint64 usec)
{
    return usec < 0 ? -(guint64)usec : (guint64)usec;
}
