/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * notice: what is told to the user, and when. Pure: it is given the time, and says what to show and what to
 * withdraw.
 *
 * A finding is told a second after it was raised, unless it went meanwhile; the same one at most once a
 * minute. Three and more within five seconds become one digest, which takes the place of those that were
 * shown. What is over is withdrawn. A report is told by itself, also a second after; it takes the place of
 * the findings that it speaks of, and is withdrawn when all of them are over. Times are microseconds of a
 * monotonic clock.
 */
#pragma once

#include <glib.h>

#define NOTICE_DIGEST "digest"
#define NOTICE_REPORT "report"

enum notice_act {
    NOTICE_SHOW, /* or replace what is shown under that key */
    NOTICE_WITHDRAW,
};

struct notice_tell {
    enum notice_act act;
    char *key;          /* "id subject", NOTICE_DIGEST or NOTICE_REPORT */
    char *id, *subject; /* of the finding; NULL for a digest or a report */
    GPtrArray *members; /* char *: the keys that a digest stands for; else NULL */
};

struct notice;

struct notice *notice_new(void);
void notice_free(struct notice *notice);

void notice_raised(struct notice *notice, gint64 now, const char *id, const char *subject);
void notice_cleared(struct notice *notice, gint64 now, const char *id, const char *subject);
/*
 * There is a report, `told` or not by the user's choice: `keys` are the findings that it speaks of. The next
 * one takes its place, five seconds after it was told at the earliest.
 */
void notice_reported(struct notice *notice, gint64 now, const char *const *keys, gboolean told);
/*
 * The daemon is there, maybe another one: `keys` is all that is wrong now. What was told and is over is
 * withdrawn; what is new is told, unless this is the first meeting.
 */
void notice_met(struct notice *notice, gint64 now, const char *const *keys);
/* When to call notice_turn() next; -1: not before something else happens. */
gint64 notice_due(const struct notice *notice);
/* What to do now: of struct notice_tell, owned by the caller, in order; empty if nothing. */
GPtrArray *notice_turn(struct notice *notice, gint64 now);

/* "id subject", or "id" where there is no subject. */
char *notice_key(const char *id, const char *subject);
