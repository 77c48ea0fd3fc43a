/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* resume_text: what is told when the machine slept and is awake again: one report of it all. Pure. */
#pragma once

#include "view.h"

struct resume_text {
    char *title;
    char *body;            /* a line each of what was mended and of what is wrong now */
    enum view_level level; /* of the worst that is wrong now */
    GPtrArray *keys;       /* char *: the findings that it speaks of, as notice_key(), NULL at its end */
};

/* `details` as in Resumed; `findings` (aa{sv}) is all that is wrong, where its words are looked up. */
void resume_text_of(struct resume_text *text, guint64 asleep_usec, GVariant *details, GVariant *findings);
void resume_text_clear(struct resume_text *text);
