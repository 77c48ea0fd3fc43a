/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* resume_text: what is told when the machine is awake again */
#include "resume_text.h"

#include <glib/gi18n.h>
#include <string.h>

#include "clock_text.h"
#include "dictionary.h"
#include "duration.h"
#include "finding_text.h"
#include "notice.h"

/* More is not read by anybody, and a hostile service must not fill the screen. */
#define LINES_MAX    12
#define MENDED_MAX   6
#define FINDINGS_MAX 64

static void add_line(GPtrArray *lines, char *line)
{
    if (lines->len < LINES_MAX)
        g_ptr_array_add(lines, line);
    else
        g_free(line);
}

static void add_clock(GPtrArray *lines, GVariant *details)
{
    g_autofree char *step = NULL;
    gint64 offset = 0;

    g_variant_lookup(details, "offset-usec", "x", &offset);
    if (!offset) {
        add_line(lines, g_strdup(_("The clock was set right.")));
        return;
    }
    step = clock_text_step(offset);
    /* TRANSLATORS: "The clock was set forward by 2 h." */
    add_line(lines, g_strdup_printf(_("The clock was set %s."), step));
}

static void add_mtu(GPtrArray *lines, const char *link)
{
    g_autofree char *clean = finding_text_clean(link, FALSE);

    add_line(lines, g_strdup_printf(_("The MTU of %s was put back."), clean));
}

/* A newer daemon may mend more: what has no words here is left out. */
static void add_mended(GPtrArray *lines, GVariant *details)
{
    g_autoptr(GVariant) mended = g_variant_lookup_value(details, "mended", G_VARIANT_TYPE_STRING_ARRAY);
    GVariantIter every;
    const char *what;

    if (!mended)
        return;
    g_variant_iter_init(&every, mended);
    while (lines->len < MENDED_MAX && g_variant_iter_next(&every, "&s", &what)) {
        if (g_str_equal(what, "clock"))
            add_clock(lines, details);
        else if (g_str_has_prefix(what, "mtu "))
            add_mtu(lines, what + strlen("mtu "));
        else if (g_str_equal(what, "address"))
            add_line(lines, g_strdup(_("Files and services follow the new address.")));
        else if (g_str_equal(what, "dns"))
            add_line(lines, g_strdup(_("DNS was mended.")));
    }
}

static gboolean is_dead(GVariant *details)
{
    return g_str_equal(dictionary_text(details, "network"), "dead");
}

/* The clock and the network where nobody could mend them. */
static void add_unmended(struct resume_text *text, GPtrArray *lines, GVariant *details)
{
    const char *clock = dictionary_text(details, "clock");

    if (is_dead(details)) {
        text->level = VIEW_CRITICAL;
        add_line(lines,
                 g_strdup(_("The network is dead: run wsl --shutdown in Windows, then start WSL again.")));
    }
    if (g_str_equal(clock, "failed")) {
        text->level = MAX(text->level, VIEW_WARNING);
        add_line(lines, g_strdup(_("The clock could not be set.")));
    } else if (g_str_equal(clock, "left")) {
        add_line(lines, g_strdup(_("The clock was left as it is.")));
    }
}

/* What is down has a line of its own among the findings, if it is still there at all. */
static void add_vpn(struct resume_text *text, GPtrArray *lines, GVariant *details, gboolean told)
{
    const char *vpn = dictionary_text(details, "vpn");

    if (g_str_equal(vpn, "ok")) {
        add_line(lines, g_strdup(_("The VPN is up.")));
    } else if (g_str_equal(vpn, "unknown") && !is_dead(details)) {
        add_line(lines, g_strdup(_("Whether the VPN is up cannot be told yet.")));
    } else if (g_str_equal(vpn, "down") && !told) {
        text->level = MAX(text->level, VIEW_WARNING);
        add_line(lines, g_strdup(_("A tunnel of the VPN is gone.")));
    }
}

/* NULL if there is none of that key. */
static GVariant *finding_of(GVariant *findings, const char *key)
{
    for (gsize i = 0; i < g_variant_n_children(findings); i++) {
        g_autoptr(GVariant) finding = g_variant_get_child_value(findings, i);
        g_autofree char *its =
            notice_key(dictionary_text(finding, "id"), dictionary_text(finding, "subject"));

        if (g_str_equal(its, key))
            return g_steal_pointer(&finding);
    }
    return NULL;
}

static char *title_of(GVariant *finding)
{
    g_autoptr(GVariant) params = g_variant_lookup_value(finding, "params", G_VARIANT_TYPE_VARDICT);
    struct finding_text words;
    char *title;

    finding_text_of(&words, dictionary_text(finding, "id"), dictionary_text(finding, "subject"), params,
                    dictionary_text(finding, "summary"), dictionary_text(finding, "cause"),
                    dictionary_text(finding, "remedy"));
    title = g_steal_pointer(&words.title);
    finding_text_clear(&words);
    return title;
}

/* Notes are no trouble. What is not in the list by now is told by its name. */
static void add_finding(struct resume_text *text, GPtrArray *lines, const char *key, GVariant *findings,
                        gboolean dead)
{
    g_autoptr(GVariant) finding = finding_of(findings, key);
    const char *severity = finding ? dictionary_text(finding, "severity") : "warning";

    if (g_str_equal(severity, "info"))
        return;
    text->level = MAX(text->level, g_str_equal(severity, "critical") ? VIEW_CRITICAL : VIEW_WARNING);
    g_ptr_array_add(text->keys, g_strdup(key));
    /* A dead network has its line already, with what to do. */
    if (!dead || !g_str_equal(key, "network-dead"))
        add_line(lines, finding ? title_of(finding) : finding_text_clean(key, FALSE));
}

static void add_findings(struct resume_text *text, GPtrArray *lines, GVariant *details, GVariant *findings)
{
    g_autoptr(GVariant) found = g_variant_lookup_value(details, "findings", G_VARIANT_TYPE_STRING_ARRAY);

    for (gsize i = 0; found && i < g_variant_n_children(found) && i < FINDINGS_MAX; i++) {
        g_autofree char *key = NULL;

        g_variant_get_child(found, i, "s", &key);
        g_strchomp(key); /* a space stands before an empty subject */
        add_finding(text, lines, key, findings, is_dead(details));
    }
    g_ptr_array_add(text->keys, NULL);
}

static gboolean speaks_of(const struct resume_text *text, const char *prefix)
{
    for (guint i = 0; i + 1 < text->keys->len; i++)
        if (g_str_has_prefix(text->keys->pdata[i], prefix))
            return TRUE;
    return FALSE;
}

void resume_text_of(struct resume_text *text, guint64 asleep_usec, GVariant *details, GVariant *findings)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *asleep = asleep_usec ? duration_text(asleep_usec) : NULL;

    *text = (struct resume_text){.level = VIEW_OK, .keys = g_ptr_array_new_with_free_func(g_free)};
    text->title = asleep ? g_strdup_printf(_("Awake again after %s"), asleep) : g_strdup(_("Awake again"));
    add_mended(lines, details);
    add_unmended(text, lines, details);
    add_findings(text, lines, details, findings);
    add_vpn(text, lines, details, speaks_of(text, "vpn-down "));
    if (!lines->len)
        add_line(lines, g_strdup(_("Nothing had to be mended.")));
    g_ptr_array_add(lines, NULL);
    text->body = g_strjoinv("\n", (char **)lines->pdata);
}

void resume_text_clear(struct resume_text *text)
{
    g_clear_pointer(&text->title, g_free);
    g_clear_pointer(&text->body, g_free);
    g_clear_pointer(&text->keys, g_ptr_array_unref);
}
