/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* outcome: how a call ended, in plain words. Pure. */
#pragma once

#include <gio/gio.h>

struct outcome {
    char *heading; /* one short sentence */
    char *text;    /* what was said, or what was done, line by line; may be empty */
    char *advice;  /* what to do next; may be empty */
    char *command; /* a shell line that does the same where the call was denied; NULL otherwise */
    gboolean failed;
};

/*
 * What a verb answered ((ta(sss)a{sv})) or would answer in a dry run. `what` is the user's name of the action
 * ("Refresh the address").
 */
void outcome_of_answer(struct outcome *outcome, const char *what, GVariant *answer, gboolean dry_run);
/*
 * `method` and `arguments` (the tuple, flags last; NULL for none) are what was called: the command line that
 * does the same as root is made of them.
 */
void outcome_of_error(struct outcome *outcome, const char *what, const GError *error, const char *method,
                      GVariant *arguments);
/*
 * "sudo wslnodectl mend tunnel-too-big wg0"; NULL for what has no command, and for what cannot be shown as it
 * is. Every argument is quoted for a shell. Where a dry run was denied it is the line for the change itself.
 */
char *outcome_command(const char *method, GVariant *arguments);
void outcome_clear(struct outcome *outcome);
