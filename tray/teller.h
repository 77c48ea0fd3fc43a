/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* teller: tells the user of findings and resumes: what notice decides, in the words of finding_text and
 * resume_text, by notify. */
#pragma once

#include <gio/gio.h>

#include "settings.h"

struct teller;

struct teller_hooks {
    void (*fix)(const char *id, const char *subject, gpointer userdata);
    /* Of one finding, or of all of them where id is NULL. */
    void (*details)(const char *id, const char *subject, gpointer userdata);
    void (*listed)(gpointer userdata);
};

/* `settings` is looked at each time. `session` may be NULL. */
struct teller *teller_new(GDBusConnection *session, const struct settings *settings,
                          const struct teller_hooks *hooks, gpointer userdata);
void teller_free(struct teller *teller);
void teller_met(struct teller *teller, GVariant *findings);
/* `details` as in FindingRaised. */
void teller_raised(struct teller *teller, const char *id, const char *subject, const char *severity,
                   const char *summary, GVariant *details);
void teller_cleared(struct teller *teller, const char *id, const char *subject);
/* `details` as in Resumed; `findings` is all that is wrong now. */
void teller_resumed(struct teller *teller, guint64 asleep_usec, GVariant *details, GVariant *findings);
/* struct notify_line, newest first. */
const GPtrArray *teller_list(const struct teller *teller);
