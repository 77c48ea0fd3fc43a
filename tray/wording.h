/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* wording: what the daemon's findings say: English, to be translated and filled by finding_text. Pure. */
#pragma once

#include <glib.h>

/* The first row whose conditions hold; a text that is NULL is the daemon's. */
struct wording {
    const char *id;
    const char *said;     /* the daemon's summary, where nothing else tells two wordings apart */
    const char *key, *is; /* a param, and what it must say: a template */
    const char *summary, *cause, *remedy;
};

/* In the order in which they are tried; NULL after the last. */
const struct wording *wording_at(gsize place);
