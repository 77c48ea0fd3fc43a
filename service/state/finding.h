/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a check found, and the list of all findings. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fact.h"

#define FINDINGS_MAX        128
#define FINDING_PARAMS_MAX  11
#define FINDING_SUBJECT_MAX 128

enum severity { SEVERITY_OK, SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_CRITICAL };

/* The numbers of a finding: a text if `text` is not empty, else the number, which may have a sign. */
struct finding_param {
    const char *key;
    bool has_sign;
    int64_t number;
    char text[FINDING_SUBJECT_MAX];
};

enum mend_verb {
    MEND_NONE,
    MEND_SET_MTU,
    MEND_REFRESH_IP,
    MEND_SYNC_CLOCK,
    MEND_FIX_DNS,
    MEND_SET_KEEPALIVE
};

/* What would mend it. */
struct mend {
    enum mend_verb verb;
    char link[LINK_NAME_SIZE];
    uint32_t mtu;
    uint32_t seconds; /* of all peers without that may be beyond a NAT */
};

/* Texts are constant, for they hold no live numbers. */
struct finding {
    const char *id;
    char subject[FINDING_SUBJECT_MAX];
    enum severity severity;
    const char *summary;
    const char *cause;
    const char *remedy;
    struct finding_param params[FINDING_PARAMS_MAX];
    size_t params_count;
    struct mend mend;
};

struct findings {
    struct finding *list;
    size_t count, allocated;
    bool truncated;
};

void findings_done(struct findings *findings);
void findings_clear(struct findings *findings);
/* A new finding at the end of the list, or one that nobody reads when the list is full. */
struct finding *findings_add(struct findings *findings, const char *id, const char *subject,
                             enum severity severity);
void finding_number(struct finding *finding, const char *key, uint32_t number);
void finding_signed(struct finding *finding, const char *key, int64_t number);
void finding_text(struct finding *finding, const char *key, const char *text);
const struct finding *findings_find(const struct findings *findings, const char *id, const char *subject);
bool finding_equal(const struct finding *a, const struct finding *b);
bool findings_equal(const struct findings *a, const struct findings *b);

const char *severity_name(enum severity severity);
/* The method's name; empty for MEND_NONE. */
const char *mend_verb_name(enum mend_verb verb);
