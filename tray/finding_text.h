/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * finding_text: a finding's words in the user's language, by its id and params; the daemon's English where
 * there is no translation, and for findings that are not known here.
 */
#pragma once

#include <glib.h>

struct finding_text {
    char *title; /* the summary, and what it is about if that does not say so */
    char *summary, *cause, *remedy;
};

/*
 * `params` is a{sv} (values u, s, t or x) or NULL; the three texts are the daemon's own, NULL for an empty
 * one. A check that passes (neither cause nor remedy) keeps its words. All that comes out is fit to be shown.
 */
void finding_text_of(struct finding_text *text, const char *id, const char *subject, GVariant *params,
                     const char *summary, const char *cause, const char *remedy);
void finding_text_clear(struct finding_text *text);

/*
 * A template with its {placeholders} filled: {subject}, and the keys of `params`. NULL if one has no value.
 * What is in seconds, by its key, is told as a duration.
 * Values are put in as they are: no placeholder within them is looked at.
 */
char *finding_text_fill(const char *template, const char *subject, GVariant *params);
/*
 * A text from outside, valid UTF-8: a space for each control character and each mark that turns the direction
 * of reading. With `lines` newlines stay. NULL is an empty text. What is long ends in "…": after 200
 * characters, with `lines` after 2,000.
 */
char *finding_text_clean(const char *text, gboolean lines);
