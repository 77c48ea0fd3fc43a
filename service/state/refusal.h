/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Why something is not done: a kind that a program can tell, and a text for a person. */
#pragma once

enum refusal_kind {
    REFUSAL_NONE,
    REFUSAL_INVALID_ARGS,
    REFUSAL_NO_SUCH_LINK,
    REFUSAL_NO_SUCH_PEER,
    REFUSAL_NO_UPLINK,
    REFUSAL_INVALID_MTU,
    REFUSAL_NEEDS_FORCE,
    REFUSAL_NO_TIME_REFERENCE,
    REFUSAL_NO_WORKING_SERVER,
    REFUSAL_NOT_WSL,
    REFUSAL_FIGHTING,
    REFUSAL_OWNED_BY_OTHER,
    REFUSAL_CHANGED_SINCE,
    REFUSAL_NO_SUCH_CHANGE,
    REFUSAL_NOT_UNDOABLE,
    REFUSAL_NO_SUCH_FINDING,
    REFUSAL_UNSUPPORTED,
    REFUSAL_BUSY,
    REFUSAL_LIMITS_EXCEEDED,
    REFUSAL_ACCESS_DENIED,
    REFUSAL_INTERACTION_REQUIRED,
    REFUSAL_TIMEOUT,
    REFUSAL_FAILED, /* the system did not do it; the text names the step and its error */
    REFUSAL_KINDS,
};

struct refusal {
    enum refusal_kind kind;
    char text[512]; /* what failed, on what, and what to do next */
};

/* Always returns -1, so that a planner can end with it. */
int refuse(struct refusal *refusal, enum refusal_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
