/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* view: what is shown, made of the node's properties. Pure: no bus, no widgets. */
#pragma once

#include <glib.h>

enum view_level {
    VIEW_ABSENT, /* wslnoded does not run, or cannot be reached */
    VIEW_UNKNOWN,
    VIEW_OK,
    VIEW_WARNING,
    VIEW_CRITICAL,
};

/* One line: a label and what it says. `copy` is what a click copies; NULL where there is nothing to copy. */
struct view_row {
    char *label, *value, *copy;
    gboolean tunnel; /* one of many, maybe */
};

struct view_finding {
    char *id, *subject;
    enum view_level level; /* VIEW_OK for an info */
    char *title;           /* the summary, and what it is about */
    char *cause, *remedy;
    gboolean mendable;
};

struct view_wish {
    char *kind, *target;
    char *text;          /* "wg0: MTU 1280, for good" */
    gboolean releasable; /* not one of the configuration's */
};

struct view {
    enum view_level level;
    char *title;  /* the state in one line */
    char *advice; /* what to do where there is no daemon; else NULL */
    GPtrArray
        *rows; /* struct view_row: address, mode, uplink, clock, DNS, Windows, each tunnel, broken first */
    GPtrArray *findings; /* struct view_finding, as the daemon orders them */
    GPtrArray *wishes;   /* struct view_wish */
    GPtrArray *links;    /* char *: the links that SetMTU takes without FORCE: the uplink and tunnels */
};

/* As the daemon gives it; NULL where there is none. */
struct view_input {
    GVariant *properties;         /* a{sv} */
    GVariant *links, *tunnels;    /* aa{sv} */
    gint64 now;                   /* CLOCK_MONOTONIC */
    const char *absence, *advice; /* without properties: why, in a word or two, and what to do */
};

struct view *view_new(const struct view_input *input);
void view_free(struct view *view);
gboolean view_equal(const struct view *a, const struct view *b);
gboolean view_same_row(const struct view_row *row, const struct view_row *former);
/* Of one part; `former` may be NULL, which nothing equals. */
gboolean view_same_rows(const struct view *view, const struct view *former);
gboolean view_same_findings(const struct view *view, const struct view *former);
gboolean view_same_wishes(const struct view *view, const struct view *former);

/* Icon names of the theme: one that it recolours, and the same in colours. */
const char *view_icon(enum view_level level);
const char *view_colour_icon(enum view_level level);
