/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is told, and when */
#include "notice.h"

#include <string.h>

#define NEVER      (-1)
#define HOLD       G_USEC_PER_SEC
#define APART      (60 * G_USEC_PER_SEC)
#define WINDOW     (5 * G_USEC_PER_SEC)
#define CROWD      3
#define MOST_KNOWN 256

struct known {
    char *key, *id, *subject;
    gboolean raised;
    gboolean shown;    /* by itself */
    gboolean member;   /* of the digest that is shown */
    gboolean reported; /* the report that is shown speaks of it */
    gint64 due;        /* when to tell it; NEVER: there is nothing to tell */
    gint64 told;       /* the last time; NEVER */
};

struct notice {
    GPtrArray *known; /* struct known, the longest known or cleared first */
    gboolean met;
    gboolean digest; /* is shown */
    gint64 digest_told;
    gboolean report; /* is shown, and speaks of findings */
    gint64 report_due, report_told;
    gint64 over; /* since when there is something to withdraw; NEVER */
};

static void known_free(gpointer data)
{
    struct known *known = data;

    g_free(known->key);
    g_free(known->id);
    g_free(known->subject);
    g_free(known);
}

struct notice *notice_new(void)
{
    struct notice *notice = g_new0(struct notice, 1);

    notice->known = g_ptr_array_new_with_free_func(known_free);
    notice->digest_told = NEVER;
    notice->report_due = notice->report_told = NEVER;
    notice->over = NEVER;
    return notice;
}

void notice_free(struct notice *notice)
{
    if (!notice)
        return;
    g_ptr_array_unref(notice->known);
    g_free(notice);
}

char *notice_key(const char *id, const char *subject)
{
    return subject && *subject ? g_strdup_printf("%s %s", id, subject) : g_strdup(id);
}

static struct known *nth(const struct notice *notice, guint i)
{
    return notice->known->pdata[i];
}

static struct known *find(const struct notice *notice, const char *key)
{
    for (guint i = 0; i < notice->known->len; i++)
        if (strcmp(nth(notice, i)->key, key) == 0)
            return nth(notice, i);
    return NULL;
}

static gboolean make_room(struct notice *notice)
{
    if (notice->known->len < MOST_KNOWN)
        return TRUE;
    for (guint i = 0; i < notice->known->len; i++) {
        const struct known *known = nth(notice, i);

        if (!known->raised && !known->shown && !known->member && !known->reported) {
            g_ptr_array_remove_index(notice->known, i);
            return TRUE;
        }
    }
    return FALSE;
}

/* NULL if it is not known and there is no room: twice what the daemon can have wrong at a time. */
static struct known *find_or_add(struct notice *notice, const char *key)
{
    struct known *known = find(notice, key);
    const char *space = strchr(key, ' ');

    if (known || !make_room(notice))
        return known;
    known = g_new0(struct known, 1);
    known->key = g_strdup(key);
    known->id = space ? g_strndup(key, (gsize)(space - key)) : g_strdup(key);
    known->subject = g_strdup(space ? space + 1 : "");
    known->due = known->told = NEVER;
    g_ptr_array_add(notice->known, known);
    return known;
}

static void set_raised(struct known *known, gint64 now)
{
    known->raised = TRUE;
    if (known->due != NEVER)
        return;
    known->due = now + HOLD;
    if (known->told != NEVER)
        known->due = MAX(known->due, known->told + APART);
}

void notice_raised(struct notice *notice, gint64 now, const char *id, const char *subject)
{
    g_autofree char *key = notice_key(id, subject);
    struct known *known = find_or_add(notice, key);

    if (known)
        set_raised(known, now);
}

static void set_cleared(struct notice *notice, struct known *known, gint64 now)
{
    guint i;

    known->raised = FALSE;
    known->due = NEVER;
    if ((known->shown || known->member || known->reported) && notice->over == NEVER)
        notice->over = now;
    /* Behind the others, so that the oldest cleared one is forgotten first. */
    if (g_ptr_array_find(notice->known, known, &i))
        g_ptr_array_add(notice->known, g_ptr_array_steal_index(notice->known, i));
}

void notice_cleared(struct notice *notice, gint64 now, const char *id, const char *subject)
{
    g_autofree char *key = notice_key(id, subject);
    struct known *known = find(notice, key);

    if (known && known->raised)
        set_cleared(notice, known, now);
}

void notice_reported(struct notice *notice, gint64 now, const char *const *keys, gboolean told)
{
    for (guint i = 0; i < notice->known->len; i++)
        nth(notice, i)->reported = FALSE;
    for (; *keys; keys++) {
        struct known *known = find_or_add(notice, *keys);

        if (!known)
            continue;
        known->raised = TRUE;
        known->due = NEVER;
        known->reported = told;
    }
    if (!told)
        return;
    notice->report = FALSE;
    if (notice->report_due != NEVER)
        return;
    notice->report_due = now + HOLD;
    if (notice->report_told != NEVER)
        notice->report_due = MAX(notice->report_due, notice->report_told + WINDOW);
}

static void clear_missing(struct notice *notice, gint64 now, const char *const *keys)
{
    g_autoptr(GPtrArray) missing = g_ptr_array_new();

    for (guint i = 0; i < notice->known->len; i++)
        if (nth(notice, i)->raised && !g_strv_contains(keys, nth(notice, i)->key))
            g_ptr_array_add(missing, nth(notice, i));
    for (guint i = 0; i < missing->len; i++)
        set_cleared(notice, missing->pdata[i], now);
}

void notice_met(struct notice *notice, gint64 now, const char *const *keys)
{
    clear_missing(notice, now, keys);
    for (; *keys; keys++) {
        struct known *known = find_or_add(notice, *keys);

        if (!known || known->raised)
            continue;
        if (notice->met)
            set_raised(known, now);
        known->raised = TRUE;
    }
    notice->met = TRUE;
}

static gboolean told_lately(gint64 told, gint64 now)
{
    return told != NEVER && told + WINDOW >= now;
}

/* Whether it is one of a crowd at `now`: due by then, or just told by itself. */
static gboolean joins(const struct known *known, gint64 now)
{
    return (known->due != NEVER && known->due <= now) || (known->shown && told_lately(known->told, now));
}

static gint64 first_due(const struct notice *notice)
{
    gint64 first = NEVER;

    for (guint i = 0; i < notice->known->len; i++) {
        gint64 due = nth(notice, i)->due;

        if (due != NEVER && (first == NEVER || due < first))
            first = due;
    }
    return first;
}

/* What would join a digest that was just told always is a crowd. */
static gboolean is_crowd(const struct notice *notice, gint64 now)
{
    guint count = 0;

    for (guint i = 0; i < notice->known->len; i++) {
        const struct known *known = nth(notice, i);

        if (known->raised && joins(known, now))
            count++;
    }
    return count >= CROWD || (notice->digest && told_lately(notice->digest_told, now));
}

/*
 * When something is told next. A crowd waits for those of it that are still held back, a second at most: the
 * first one would only be shown to be withdrawn at once.
 */
static gint64 next_due(const struct notice *notice)
{
    gint64 first = first_due(notice);
    gint64 last = first;

    if (first == NEVER)
        return NEVER;
    for (guint i = 0; i < notice->known->len; i++) {
        gint64 due = nth(notice, i)->due;

        if (due > last && due <= first + HOLD)
            last = due;
    }
    return is_crowd(notice, last) ? last : first;
}

/* NEVER is no time. */
static gint64 sooner(gint64 a, gint64 b)
{
    return a == NEVER || b == NEVER ? MAX(a, b) : MIN(a, b);
}

gint64 notice_due(const struct notice *notice)
{
    return sooner(notice->over, sooner(notice->report_due, next_due(notice)));
}

static void tell_free(gpointer data)
{
    struct notice_tell *tell = data;

    g_free(tell->key);
    g_free(tell->id);
    g_free(tell->subject);
    if (tell->members)
        g_ptr_array_unref(tell->members);
    g_free(tell);
}

static struct notice_tell *tell_key(GPtrArray *tells, enum notice_act act, const char *key)
{
    struct notice_tell *tell = g_new0(struct notice_tell, 1);

    tell->act = act;
    tell->key = g_strdup(key);
    g_ptr_array_add(tells, tell);
    return tell;
}

static void tell_known(GPtrArray *tells, enum notice_act act, const struct known *known)
{
    struct notice_tell *tell = tell_key(tells, act, known->key);

    tell->id = g_strdup(known->id);
    tell->subject = g_strdup(known->subject);
}

static void withdraw_what_is_over(struct notice *notice, GPtrArray *tells)
{
    for (guint i = 0; i < notice->known->len; i++) {
        struct known *known = nth(notice, i);

        if (known->raised)
            continue;
        if (known->shown)
            tell_known(tells, NOTICE_WITHDRAW, known);
        known->shown = known->member = known->reported = FALSE;
    }
    notice->over = NEVER;
}

static void withdraw_empty_digest(struct notice *notice, GPtrArray *tells)
{
    gboolean empty = TRUE;

    for (guint i = 0; i < notice->known->len; i++)
        empty = empty && !nth(notice, i)->member;
    if (!notice->digest || !empty)
        return;
    notice->digest = FALSE;
    tell_key(tells, NOTICE_WITHDRAW, NOTICE_DIGEST);
}

static void tell_singly(struct notice *notice, gint64 now, GPtrArray *tells)
{
    for (guint i = 0; i < notice->known->len; i++) {
        struct known *known = nth(notice, i);

        if (known->due == NEVER || known->due > now)
            continue;
        tell_known(tells, NOTICE_SHOW, known);
        known->due = NEVER;
        known->told = now;
        known->shown = TRUE;
        known->member = FALSE;
    }
}

static void tell_digest(struct notice *notice, gint64 now, GPtrArray *tells)
{
    g_autoptr(GPtrArray) members = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < notice->known->len; i++) {
        struct known *known = nth(notice, i);

        if (joins(known, now)) {
            if (known->shown)
                tell_known(tells, NOTICE_WITHDRAW, known);
            if (known->due != NEVER && known->due <= now) {
                known->told = now;
                known->due = NEVER;
            }
            known->shown = FALSE;
            known->member = TRUE;
        }
        if (known->member)
            g_ptr_array_add(members, g_strdup(known->key));
    }
    notice->digest = TRUE;
    notice->digest_told = now;
    tell_key(tells, NOTICE_SHOW, NOTICE_DIGEST)->members = g_steal_pointer(&members);
}

static gboolean speaks_of_something(const struct notice *notice)
{
    for (guint i = 0; i < notice->known->len; i++)
        if (nth(notice, i)->reported)
            return TRUE;
    return FALSE;
}

static void withdraw_empty_report(struct notice *notice, GPtrArray *tells)
{
    if (!notice->report || speaks_of_something(notice))
        return;
    notice->report = FALSE;
    tell_key(tells, NOTICE_WITHDRAW, NOTICE_REPORT);
}

static void tell_report(struct notice *notice, gint64 now, GPtrArray *tells)
{
    if (notice->report_due == NEVER || notice->report_due > now)
        return;
    tell_key(tells, NOTICE_SHOW, NOTICE_REPORT);
    notice->report = speaks_of_something(notice);
    notice->report_due = NEVER;
    notice->report_told = now;
}

GPtrArray *notice_turn(struct notice *notice, gint64 now)
{
    GPtrArray *tells = g_ptr_array_new_with_free_func(tell_free);
    gint64 due;

    withdraw_what_is_over(notice, tells);
    due = next_due(notice);
    if (due != NEVER && due <= now) {
        if (is_crowd(notice, now))
            tell_digest(notice, now, tells);
        else
            tell_singly(notice, now, tells);
    }
    withdraw_empty_digest(notice, tells);
    withdraw_empty_report(notice, tells);
    tell_report(notice, now, tells);
    return tells;
}
