/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* clock_text: the clock in plain words */
#include "clock_text.h"

#include <glib/gi18n.h>

#include "dictionary.h"
#include "duration.h"

/* Each of them is read apart from the others, so some may be missing. */
struct keys {
    const char *reference, *offset, *bound;
};

static const char *reference_text(const char *word)
{
    static const struct {
        const char *word, *text;
    } references[] = {{"ptp", N_("Windows' clock")}, {"rtc", N_("the hardware clock")}, {"ntp", N_("NTP")}};

    for (gsize i = 0; i < G_N_ELEMENTS(references); i++)
        if (g_str_equal(word, references[i].word))
            return _(references[i].text);
    return NULL;
}

/* How far it may be off: a round number, which stays the same while what is measured trembles. */
static char *within_text(gint64 offset, guint64 bound)
{
    static const guint64 rounds[] = {50000, 100000, 200000, 500000, 1000000, 2000000, 5000000, 10000000};
    guint64 off;

    if (!g_uint64_checked_add(&off, duration_of(offset), bound))
        off = G_MAXUINT64;
    for (gsize i = 0; i < G_N_ELEMENTS(rounds); i++)
        if (off <= rounds[i])
            return duration_text(rounds[i]);
    return duration_text(off);
}

static char *right(GVariant *dictionary, const struct keys *keys)
{
    const char *reference = reference_text(dictionary_text(dictionary, keys->reference));
    g_autofree char *within = NULL;
    gint64 offset;
    guint64 bound;

    if (!reference)
        return g_strdup(_("right"));
    if (!g_variant_lookup(dictionary, keys->offset, "x", &offset) ||
        !g_variant_lookup(dictionary, keys->bound, "t", &bound))
        return g_strdup_printf(_("right (%s)"), reference);
    within = within_text(offset, bound);
    /* TRANSLATORS: "right (Windows' clock, within 50 ms)" */
    return g_strdup_printf(_("right (%s, within %s)"), reference, within);
}

static char *wrong(GVariant *properties)
{
    gint64 offset = 0;
    g_autofree char *by = NULL;

    g_variant_lookup(properties, "ClockOffsetUSec", "x", &offset);
    if (!offset)
        return g_strdup(_("wrong"));
    by = duration_text(duration_of(offset));
    return g_strdup_printf(offset < 0 ? _("%s behind") : _("%s ahead"), by);
}

char *clock_text(GVariant *properties)
{
    static const struct keys keys = {"ClockReference", "ClockOffsetUSec", "ClockErrorBoundUSec"};
    const char *state = dictionary_text(properties, "ClockState");

    if (!state[0])
        return NULL;
    if (g_str_equal(state, "ok"))
        return right(properties, &keys);
    if (g_str_equal(state, "drifting"))
        return wrong(properties);
    if (g_str_equal(state, "fighting"))
        return g_strdup(_("others step it again and again"));
    return g_strdup(_("not known"));
}

char *clock_text_step(gint64 usec)
{
    g_autofree char *by = duration_text(duration_of(usec));

    return g_strdup_printf(usec < 0 ? _("forward by %s") : _("back by %s"), by);
}

char *clock_text_answer(GVariant *result)
{
    static const struct keys keys = {"reference", "offset-before-usec", "error-bound-usec"};
    const char *outcome = dictionary_text(result, "outcome");
    gint64 offset;

    if (g_str_equal(outcome, "ok"))
        return right(result, &keys);
    if (g_str_equal(outcome, "stepped") && g_variant_lookup(result, keys.offset, "x", &offset))
        return clock_text_step(offset);
    return NULL;
}
