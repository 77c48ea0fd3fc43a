/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* finding_text: the words of findings. */
#include "finding_text.h"

#include <glib/gi18n.h>
#include <string.h>

#include "duration.h"
#include "wording.h"

/* What a key is made of; a brace before anything else is a brace. */
#define KEY_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

/* In characters: more is not read by anybody, and makes windows that no screen holds. */
#define FINDING_TEXT_MOST      2000
#define FINDING_TEXT_LINE_MOST 200

static gboolean is_harmless(gunichar c)
{
    if (g_unichar_iscntrl(c))
        return FALSE;
    return c != 0x61c && c != 0x200e && c != 0x200f && !(c >= 0x2028 && c <= 0x202e) &&
           !(c >= 0x2066 && c <= 0x2069) && c != 0xfeff;
}

char *finding_text_clean(const char *text, gboolean lines)
{
    g_autofree char *valid = g_utf8_make_valid(text ? text : "", -1);
    GString *clean = g_string_sized_new(strlen(valid));
    glong length = 0, most = lines ? FINDING_TEXT_MOST : FINDING_TEXT_LINE_MOST;

    for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);

        if (++length > most) {
            g_string_append(clean, "…");
            break;
        }
        if (is_harmless(c) || (c == '\n' && lines))
            g_string_append_unichar(clean, c);
        else
            g_string_append_c(clean, ' ');
    }
    return g_string_free(clean, FALSE);
}

static gboolean is_duration(const char *key)
{
    return strcmp(key, "seconds") == 0 || g_str_has_suffix(key, "-seconds");
}

static char *duration_of_seconds(guint64 seconds)
{
    guint64 usec;

    return duration_text(g_uint64_checked_mul(&usec, seconds, G_USEC_PER_SEC) ? usec : G_MAXUINT64);
}

static char *unsigned_text(const char *key, guint64 number)
{
    return is_duration(key) ? duration_of_seconds(number) : g_strdup_printf("%" G_GUINT64_FORMAT, number);
}

/* A duration loses its sign: which way it goes has other words. */
static char *signed_text(const char *key, gint64 number)
{
    return is_duration(key) ? duration_of_seconds(duration_of(number))
                            : g_strdup_printf("%" G_GINT64_FORMAT, number);
}

/* A param as text; NULL if there is none that can be shown. */
static char *value_of(const char *key, const char *subject, GVariant *params)
{
    g_autoptr(GVariant) value = NULL;

    if (strcmp(key, "subject") == 0)
        return subject && *subject ? finding_text_clean(subject, FALSE) : NULL;
    if (params && g_variant_is_of_type(params, G_VARIANT_TYPE_VARDICT))
        value = g_variant_lookup_value(params, key, NULL);
    if (!value)
        return NULL;
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING))
        return finding_text_clean(g_variant_get_string(value, NULL), FALSE);
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_UINT32))
        return unsigned_text(key, g_variant_get_uint32(value));
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_UINT64))
        return unsigned_text(key, g_variant_get_uint64(value));
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_INT64))
        return signed_text(key, g_variant_get_int64(value));
    return NULL;
}

char *finding_text_fill(const char *template, const char *subject, GVariant *params)
{
    GString *filled = g_string_new(NULL);

    while (*template) {
        size_t length = *template == '{' ? strspn(template + 1, KEY_LETTERS) : 0;
        g_autofree char *key = NULL, *value = NULL;

        if (length == 0 || template[length + 1] != '}') {
            g_string_append_c(filled, *template ++);
            continue;
        }
        key = g_strndup(template + 1, length);
        value = value_of(key, subject, params);
        if (!value) {
            g_string_free(filled, TRUE);
            return NULL;
        }
        g_string_append(filled, value);
        template += length + 2;
    }
    return g_string_free(filled, FALSE);
}

static gboolean fits(const struct wording *wording, const char *id, const char *subject, GVariant *params,
                     const char *summary)
{
    g_autofree char *value = NULL, *expected = NULL;

    if (g_strcmp0(wording->id, id) != 0 || (wording->said && g_strcmp0(wording->said, summary) != 0))
        return FALSE;
    if (!wording->key)
        return TRUE;
    value = value_of(wording->key, subject, params);
    expected = finding_text_fill(wording->is, subject, params);
    return value && expected && strcmp(value, expected) == 0;
}

static const struct wording *find(const char *id, const char *subject, GVariant *params, const char *summary)
{
    const struct wording *wording;

    for (gsize i = 0; (wording = wording_at(i)); i++)
        if (fits(wording, id, subject, params, summary))
            break;
    return wording;
}

static char *say(const char *template, const char *subject, GVariant *params, const char *theirs,
                 gboolean lines)
{
    const char *translated = template ? gettext(template) : NULL;
    char *filled;

    /* The same pointer comes back where there is no translation. */
    filled = translated != template ? finding_text_fill(translated, subject, params) : NULL;
    return filled ? filled : finding_text_clean(theirs, lines);
}

static gboolean is_empty(const char *text)
{
    return !text || !*text;
}

/* A wording of one subject alone has it in its words. */
static gboolean names_subject(const struct wording *wording)
{
    return wording->key && strcmp(wording->key, "subject") == 0;
}

static char *title_of(const char *summary, const char *subject)
{
    g_autofree char *clean = finding_text_clean(subject, FALSE);

    return *clean && !strstr(summary, clean) ? g_strdup_printf("%s: %s", clean, summary) : g_strdup(summary);
}

void finding_text_of(struct finding_text *text, const char *id, const char *subject, GVariant *params,
                     const char *summary, const char *cause, const char *remedy)
{
    static const struct wording unknown = {0};
    const struct wording *wording = NULL;

    if (!is_empty(cause) || !is_empty(remedy))
        wording = find(id, subject, params, summary);
    if (!wording)
        wording = &unknown;
    text->summary = say(wording->summary, subject, params, summary, FALSE);
    text->title = title_of(text->summary, names_subject(wording) ? NULL : subject);
    text->cause = say(wording->cause, subject, params, cause, TRUE);
    text->remedy = say(wording->remedy, subject, params, remedy, TRUE);
}

void finding_text_clear(struct finding_text *text)
{
    g_clear_pointer(&text->title, g_free);
    g_clear_pointer(&text->summary, g_free);
    g_clear_pointer(&text->cause, g_free);
    g_clear_pointer(&text->remedy, g_free);
}
