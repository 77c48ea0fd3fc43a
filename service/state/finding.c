/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Findings */
#include "finding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void findings_done(struct findings *findings)
{
    free(findings->list);
    memset(findings, 0, sizeof(*findings));
}

void findings_clear(struct findings *findings)
{
    findings->count = 0;
    findings->truncated = false;
}

static bool make_room(struct findings *findings)
{
    size_t wanted = findings->allocated ? findings->allocated * 2 : 4;
    struct finding *list;

    if (findings->count < findings->allocated)
        return true;
    if (findings->count == FINDINGS_MAX)
        return false;
    list = realloc(findings->list, wanted * sizeof(*list));
    if (!list)
        return false;
    findings->list = list;
    findings->allocated = wanted;
    return true;
}

struct finding *findings_add(struct findings *findings, const char *id, const char *subject,
                             enum severity severity)
{
    static struct finding beyond; /* what is written to it is lost */
    struct finding *finding = &beyond;

    if (make_room(findings))
        finding = &findings->list[findings->count++];
    else
        findings->truncated = true;
    memset(finding, 0, sizeof(*finding));
    finding->id = id;
    finding->severity = severity;
    finding->summary = finding->cause = finding->remedy = "";
    snprintf(finding->subject, sizeof(finding->subject), "%s", subject);
    return finding;
}

static struct finding_param *next_param(struct finding *finding, const char *key)
{
    struct finding_param *param;

    if (finding->params_count == FINDING_PARAMS_MAX)
        return NULL;
    param = &finding->params[finding->params_count++];
    param->key = key;
    return param;
}

void finding_number(struct finding *finding, const char *key, uint32_t number)
{
    struct finding_param *param = next_param(finding, key);

    if (param)
        param->number = number;
}

void finding_signed(struct finding *finding, const char *key, int64_t number)
{
    struct finding_param *param = next_param(finding, key);

    if (!param)
        return;
    param->number = number;
    param->has_sign = true;
}

void finding_text(struct finding *finding, const char *key, const char *text)
{
    struct finding_param *param = next_param(finding, key);

    if (param)
        snprintf(param->text, sizeof(param->text), "%s", text);
}

const struct finding *findings_find(const struct findings *findings, const char *id, const char *subject)
{
    for (size_t i = 0; i < findings->count; i++)
        if (strcmp(findings->list[i].id, id) == 0 && strcmp(findings->list[i].subject, subject) == 0)
            return &findings->list[i];
    return NULL;
}

bool finding_equal(const struct finding *a, const struct finding *b)
{
    if (strcmp(a->id, b->id) != 0 || strcmp(a->subject, b->subject) != 0 || a->severity != b->severity ||
        a->summary != b->summary || a->cause != b->cause || a->remedy != b->remedy ||
        a->params_count != b->params_count || memcmp(&a->mend, &b->mend, sizeof(a->mend)) != 0)
        return false;
    for (size_t i = 0; i < a->params_count; i++)
        if (strcmp(a->params[i].key, b->params[i].key) != 0 || a->params[i].number != b->params[i].number ||
            strcmp(a->params[i].text, b->params[i].text) != 0)
            return false;
    return true;
}

bool findings_equal(const struct findings *a, const struct findings *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!finding_equal(&a->list[i], &b->list[i]))
            return false;
    return true;
}

const char *severity_name(enum severity severity)
{
    switch (severity) {
    case SEVERITY_OK:
        return "ok";
    case SEVERITY_INFO:
        return "info";
    case SEVERITY_WARNING:
        return "warning";
    case SEVERITY_CRITICAL:
        return "critical";
    }
    return "?";
}

const char *mend_verb_name(enum mend_verb verb)
{
    switch (verb) {
    case MEND_SET_MTU:
        return "SetMTU";
    case MEND_REFRESH_IP:
        return "RefreshIP";
    case MEND_SYNC_CLOCK:
        return "SyncClock";
    case MEND_FIX_DNS:
        return "FixDNS";
    case MEND_SET_KEEPALIVE:
        return "SetKeepalive";
    case MEND_NONE:
        break;
    }
    return "";
}
