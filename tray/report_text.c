/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * report_text: the report's text, made of what the daemon answered. It is in English, whatever the session's
 * language, for it is mostly read by somebody else.
 */
#include "report_text.h"

#include <string.h>

#include "dictionary.h"

static char *printed_of(GVariant *value)
{
    return g_variant_is_of_type(value, G_VARIANT_TYPE_STRING) ? g_variant_dup_string(value, NULL)
                                                              : g_variant_print(value, FALSE);
}

static gint compare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_properties(GString *report, GVariant *properties)
{
    GVariantIter every;
    const char *name;
    GVariant *value;
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);

    g_variant_iter_init(&every, properties);
    while (g_variant_iter_loop(&every, "{&sv}", &name, &value)) {
        g_autofree char *printed = NULL;

        /* The checks below say more of them. */
        if (g_str_equal(name, "Findings"))
            continue;
        printed = printed_of(value);
        g_ptr_array_add(lines, g_strdup_printf("%-16s %s\n", name, printed));
    }
    g_ptr_array_sort(lines, compare);
    for (guint i = 0; i < lines->len; i++)
        g_string_append(report, lines->pdata[i]);
}

static void add_params(GString *report, GVariant *params)
{
    GVariantIter every;
    const char *name, *before = "    params: ";
    GVariant *value;

    g_variant_iter_init(&every, params);
    while (g_variant_iter_loop(&every, "{&sv}", &name, &value)) {
        g_autofree char *printed = printed_of(value);

        g_string_append_printf(report, "%s%s %s", before, name, printed);
        before = ", ";
    }
    if (g_variant_n_children(params))
        g_string_append_c(report, '\n');
}

static void add_check(GString *report, GVariant *check)
{
    g_autoptr(GVariant) params = g_variant_lookup_value(check, "params", G_VARIANT_TYPE_VARDICT);
    const char *subject = dictionary_text(check, "subject"), *severity = dictionary_text(check, "severity");

    g_string_append_printf(report, "[%s] %s%s%s: %s\n", severity, dictionary_text(check, "id"),
                           subject[0] ? " " : "", subject, dictionary_text(check, "summary"));
    if (g_str_equal(severity, "ok"))
        return;
    if (dictionary_text(check, "cause")[0])
        g_string_append_printf(report, "    cause: %s\n", dictionary_text(check, "cause"));
    if (dictionary_text(check, "remedy")[0])
        g_string_append_printf(report, "    remedy: %s\n", dictionary_text(check, "remedy"));
    if (params)
        add_params(report, params);
}

static void add_change(GString *report, GVariant *change)
{
    g_autoptr(GVariant) steps = g_variant_lookup_value(change, "steps", G_VARIANT_TYPE("a(sss)"));
    guint64 id = 0, time = 0;
    g_autoptr(GDateTime) when = NULL;
    g_autofree char *date = NULL;

    g_variant_lookup(change, "id", "t", &id);
    g_variant_lookup(change, "time", "t", &time);
    when = g_date_time_new_from_unix_utc((gint64)(time / G_USEC_PER_SEC));
    date = when ? g_date_time_format(when, "%F %TZ") : g_strdup("?");
    g_string_append_printf(report, "%" G_GUINT64_FORMAT " %s %s: %s\n", id, date,
                           dictionary_text(change, "verb"), dictionary_text(change, "state"));
    for (gsize i = 0; steps && i < g_variant_n_children(steps); i++) {
        const char *kind, *target, *text;

        g_variant_get_child(steps, i, "(&s&s&s)", &kind, &target, &text);
        g_string_append_printf(report, "    %s %s: %s\n", kind, target, text);
    }
}

static void add_list(GString *report, const char *heading, GVariant *list, void (*add)(GString *, GVariant *))
{
    g_string_append_printf(report, "\n%s\n", heading);
    for (gsize i = 0; list && i < g_variant_n_children(list); i++) {
        g_autoptr(GVariant) entry = g_variant_get_child_value(list, i);

        add(report, entry);
    }
    if (!list)
        g_string_append(report, "could not be read\n");
    else if (!g_variant_n_children(list))
        g_string_append(report, "none\n");
}

char *report_text(GVariant *properties, GVariant *checks, GVariant *changes)
{
    GString *report = g_string_new("wslnode report\n\n");

    if (properties)
        add_properties(report, properties);
    else
        g_string_append(report, "wslnoded does not answer.\n");
    add_list(report, "Checks", checks, add_check);
    add_list(report, "Changes, newest first", changes, add_change);
    return g_string_free(report, FALSE);
}
