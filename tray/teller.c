/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* teller: tells the user of findings and resumes */
#include "teller.h"

#include <glib/gi18n.h>

#include "autostart.h"
#include "dictionary.h"
#include "finding_text.h"
#include "notice.h"
#include "notify.h"
#include "resume_text.h"
#include "toast.h"

/* A hostile service could raise without end; what is over makes room. */
#define TELLER_STORIES_MAX 256

/* What is to be told of a finding; `id` and `subject` are NULL of a resume. */
struct story {
    char *id, *subject, *title, *body;
    enum view_level level;
    gboolean fix;
};

struct teller {
    struct teller_hooks hooks;
    gpointer userdata;
    const struct settings *settings;
    struct notice *notice;
    struct notify *notify;
    GHashTable *stories;  /* key → struct story */
    struct story *resume; /* the last one; NULL */
    guint timer;
};

static void story_free(gpointer pointer)
{
    struct story *story = pointer;

    if (!story)
        return;
    g_free(story->id);
    g_free(story->subject);
    g_free(story->title);
    g_free(story->body);
    g_free(story);
}

static void keep_story(struct teller *teller, const char *id, const char *subject, const char *severity,
                       const char *summary, GVariant *details)
{
    g_autoptr(GVariant) params = g_variant_lookup_value(details, "params", G_VARIANT_TYPE_VARDICT);
    struct story *story;
    struct finding_text text;

    if (g_hash_table_size(teller->stories) >= TELLER_STORIES_MAX)
        return;
    story = g_new0(struct story, 1);
    finding_text_of(&text, id, subject, params, summary, dictionary_text(details, "cause"),
                    dictionary_text(details, "remedy"));
    story->id = g_strdup(id);
    story->subject = g_strdup(subject);
    story->title = g_steal_pointer(&text.title);
    story->body = g_strdup(text.remedy);
    story->level = g_str_equal(severity, "critical") ? VIEW_CRITICAL : VIEW_WARNING;
    story->fix = dictionary_text(details, "verb")[0] != '\0';
    finding_text_clear(&text);
    g_hash_table_insert(teller->stories, notice_key(id, subject), story);
}

static const struct story *story_of(const struct teller *teller, const char *key)
{
    return g_str_equal(key, NOTICE_REPORT) ? teller->resume : g_hash_table_lookup(teller->stories, key);
}

static enum notify_urgency urgency_of(enum view_level level)
{
    if (level == VIEW_CRITICAL)
        return NOTIFY_CRITICAL;
    return level == VIEW_WARNING ? NOTIFY_NORMAL : NOTIFY_LOW;
}

static void show_story(struct teller *teller, const char *key)
{
    const struct story *story = story_of(teller, key);

    if (story)
        notify_show(teller->notify, &(struct notify_message){.key = key,
                                                             .icon = view_colour_icon(story->level),
                                                             .title = story->title,
                                                             .body = story->body,
                                                             .urgency = urgency_of(story->level),
                                                             .fix = story->fix});
}

static void show_digest(struct teller *teller, const struct notice_tell *tell)
{
    g_autofree char *title =
        g_strdup_printf(ngettext("%u thing is wrong", "%u things are wrong", tell->members->len),
                        tell->members->len);
    g_autoptr(GString) body = g_string_new(NULL);
    enum view_level level = VIEW_WARNING;

    for (guint i = 0; i < tell->members->len; i++) {
        const struct story *story = g_hash_table_lookup(teller->stories, tell->members->pdata[i]);

        if (!story)
            continue;
        g_string_append_printf(body, "%s%s", body->len ? "\n" : "", story->title);
        level = MAX(level, story->level);
    }
    notify_show(teller->notify, &(struct notify_message){.key = tell->key,
                                                         .icon = view_colour_icon(level),
                                                         .title = title,
                                                         .body = body->str,
                                                         .urgency = urgency_of(level)});
}

static gboolean on_time(gpointer userdata);

static void turn(struct teller *teller)
{
    g_autoptr(GPtrArray) tells = notice_turn(teller->notice, g_get_monotonic_time());
    gint64 due;

    for (guint i = 0; i < tells->len; i++) {
        const struct notice_tell *tell = tells->pdata[i];

        if (tell->act == NOTICE_WITHDRAW)
            notify_withdraw(teller->notify, tell->key);
        else if (tell->members)
            show_digest(teller, tell);
        else
            show_story(teller, tell->key);
    }
    if (teller->timer)
        g_source_remove(teller->timer);
    teller->timer = 0;
    due = notice_due(teller->notice);
    if (due >= 0) {
        gint64 wait = (due - g_get_monotonic_time()) / 1000 + 1;

        teller->timer = g_timeout_add((guint)CLAMP(wait, 1, G_MAXINT), on_time, teller);
    }
}

static gboolean on_time(gpointer userdata)
{
    struct teller *teller = userdata;

    teller->timer = 0;
    turn(teller);
    return G_SOURCE_REMOVE;
}

void teller_cleared(struct teller *teller, const char *id, const char *subject)
{
    g_autofree char *key = notice_key(id, subject);

    notice_cleared(teller->notice, g_get_monotonic_time(), id, subject);
    turn(teller);
    g_hash_table_remove(teller->stories, key);
}

void teller_raised(struct teller *teller, const char *id, const char *subject, const char *severity,
                   const char *summary, GVariant *details)
{
    /* What became a mere note is over for those who were told of a warning. */
    if (!settings_tells(teller->settings, severity)) {
        teller_cleared(teller, id, subject);
        return;
    }
    keep_story(teller, id, subject, severity, summary, details);
    notice_raised(teller->notice, g_get_monotonic_time(), id, subject);
    turn(teller);
}

void teller_met(struct teller *teller, GVariant *findings)
{
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);

    g_hash_table_remove_all(teller->stories);
    for (gsize i = 0; i < g_variant_n_children(findings); i++) {
        g_autoptr(GVariant) finding = g_variant_get_child_value(findings, i);
        const char *id = dictionary_text(finding, "id"), *subject = dictionary_text(finding, "subject");

        if (!settings_tells(teller->settings, dictionary_text(finding, "severity")))
            continue;
        keep_story(teller, id, subject, dictionary_text(finding, "severity"),
                   dictionary_text(finding, "summary"), finding);
        g_ptr_array_add(keys, notice_key(id, subject));
    }
    g_ptr_array_add(keys, NULL);
    notice_met(teller->notice, g_get_monotonic_time(), (const char *const *)keys->pdata);
    turn(teller);
}

static void keep_resume(struct teller *teller, const struct resume_text *text)
{
    story_free(teller->resume);
    teller->resume = g_new0(struct story, 1);
    teller->resume->title = g_strdup(text->title);
    teller->resume->body = g_strdup(text->body);
    teller->resume->level = text->level;
}

void teller_resumed(struct teller *teller, guint64 asleep_usec, GVariant *details, GVariant *findings)
{
    struct resume_text text;
    gboolean told;

    resume_text_of(&text, asleep_usec, details, findings);
    told = settings_tells_resume(teller->settings, text.level == VIEW_CRITICAL);
    if (told)
        keep_resume(teller, &text);
    notice_reported(teller->notice, g_get_monotonic_time(), (const char *const *)text.keys->pdata, told);
    resume_text_clear(&text);
    turn(teller);
}

static void on_fix(const char *key, gpointer userdata)
{
    struct teller *teller = userdata;
    const struct story *story = story_of(teller, key);

    if (story && story->id)
        teller->hooks.fix(story->id, story->subject, teller->userdata);
}

static void on_details(const char *key, gpointer userdata)
{
    struct teller *teller = userdata;
    const struct story *story = story_of(teller, key);

    teller->hooks.details(story ? story->id : NULL, story ? story->subject : NULL, teller->userdata);
}

static void on_listed(gpointer userdata)
{
    struct teller *teller = userdata;

    teller->hooks.listed(teller->userdata);
}

struct teller *teller_new(GDBusConnection *session, const struct settings *settings,
                          const struct teller_hooks *hooks, gpointer userdata)
{
    static const struct notify_hooks notify_hooks = {.fix = on_fix,
                                                     .details = on_details,
                                                     .listed = on_listed};
    struct teller *teller = g_new0(struct teller, 1);
    g_autofree char *powershell =
        settings->powershell || autostart_is_wsl() ? toast_find_powershell(settings->powershell) : NULL;

    teller->hooks = *hooks;
    teller->userdata = userdata;
    teller->settings = settings;
    teller->stories = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, story_free);
    teller->notice = notice_new();
    teller->notify = notify_new(session, powershell, &notify_hooks, teller);
    return teller;
}

void teller_free(struct teller *teller)
{
    if (!teller)
        return;
    if (teller->timer)
        g_source_remove(teller->timer);
    notify_free(teller->notify);
    notice_free(teller->notice);
    g_hash_table_unref(teller->stories);
    story_free(teller->resume);
    g_free(teller);
}

const GPtrArray *teller_list(const struct teller *teller)
{
    return notify_list(teller->notify);
}
