/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * proposal: a verb in a dialog: what it would change is shown first, then it is done when the user says so,
 * and how it ended is told in plain words.
 */
#pragma once

#include <gtk/gtk.h>

#include "client.h"

struct proposal_call {
    const char *what;    /* the user's name of it: "Refresh the address" */
    const char *about;   /* what it is about, such as a finding; may be NULL */
    const char *confirm; /* the button that does it */
    const char *method;
    GVariant *arguments; /* a tuple without the flags; floating ones are taken */
    guint64 flags;       /* besides DRY_RUN */
};

/* The same call again brings its dialog to the front. */
void proposal_open(GtkApplication *application, struct client *client, const struct proposal_call *call);
/* Without a dry run, for who has said so already; a dialog only tells of a failure. */
void proposal_do(GtkApplication *application, struct client *client, const struct proposal_call *call);
/* Only tells something, such as that there is nothing to undo. */
void proposal_tell(GtkApplication *application, const char *heading, const char *text);
