/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes in memory */
#include "change.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns.h"
#include "peer.h"

void change_list_done(struct change_list *changes)
{
    for (size_t i = 0; i < changes->count; i++)
        steps_done(&changes->list[i].steps);
    free(changes->list);
    memset(changes, 0, sizeof(*changes));
}

/*
 * What was undone or failed goes before what can still be undone. An undoing that was undone stays: without
 * it the one that undid it would read as the taking back of a change.
 */
static bool is_over(const struct change *change)
{
    return change->state == CHANGE_FAILED || (change->state == CHANGE_UNDONE && change->verb != VERB_UNDO);
}

static void drop_one(struct change_list *changes)
{
    size_t i = 0;

    while (i < changes->count && !is_over(&changes->list[i]))
        i++;
    if (i == changes->count)
        i = 0;
    steps_done(&changes->list[i].steps);
    changes->count--;
    memmove(changes->list + i, changes->list + i + 1, (changes->count - i) * sizeof(*changes->list));
}

/* An undoing makes room itself: what it undoes is over as soon as it has succeeded. */
static size_t room_for(const struct change_list *changes, const struct change *change)
{
    const struct change *undone = change->undoes ? change_list_find(changes, change->undoes) : NULL;

    return undone && undone->state == CHANGE_DONE && change->state == CHANGE_DONE ? CHANGES_MAX
                                                                                  : CHANGES_MAX - 1;
}

static int make_room(struct change_list *changes, const struct change *change)
{
    size_t room = room_for(changes, change);
    struct change *list;

    while (changes->count > room)
        drop_one(changes);
    /* Grown by eights: most nodes never see more. */
    if (changes->count % 8)
        return 0;
    list = realloc(changes->list, (changes->count + 8) * sizeof(*list));
    if (!list)
        return -ENOMEM;
    changes->list = list;
    return 0;
}

int change_list_put(struct change_list *changes, const struct change *change)
{
    struct change *known = (struct change *)change_list_find(changes, change->id), copy = *change;
    int r = steps_copy(&copy.steps, &change->steps);

    if (r < 0)
        return r;
    if (known) {
        steps_done(&known->steps);
        *known = copy;
        if (changes->count > CHANGES_MAX)
            drop_one(changes);
        return 0;
    }
    r = make_room(changes, change);
    if (r < 0) {
        steps_done(&copy.steps);
        return r;
    }
    changes->list[changes->count++] = copy;
    if (change->id > changes->last_id)
        changes->last_id = change->id;
    return 0;
}

const struct change *change_list_find(const struct change_list *changes, uint64_t id)
{
    for (size_t i = 0; i < changes->count; i++)
        if (changes->list[i].id == id)
            return &changes->list[i];
    return NULL;
}

const struct step *change_step(const struct change *change, enum step_kind kind, struct step *room)
{
    for (size_t i = 0; i < change->steps.count; i++) {
        *room = steps_at(&change->steps, i);
        if (room->kind == kind)
            return room;
    }
    return NULL;
}

bool change_has(const struct change *change, enum step_kind kind)
{
    struct step room;

    return change_step(change, kind, &room) != NULL;
}

const char *verb_name(enum verb verb)
{
    static const char *const names[VERBS] = {"SetMTU",       "RefreshIP", "SyncClock", "FixDNS",
                                             "SetKeepalive", "Mend",      "Undo",      "Release"};

    return names[verb];
}

const char *change_state_name(enum change_state state)
{
    static const char *const names[CHANGE_STATES] = {"done", "undone", "failed", "started"};

    return names[state];
}

const char *step_kind_name(enum step_kind kind)
{
    static const char *const names[STEP_KINDS] = {"file",           "kernel",   "wanted",
                                                  "effect",         "clock",    "dns",
                                                  "setting",        "link-dns", "keepalive",
                                                  "keepalive-file", "endpoint"};

    return names[kind];
}

bool step_is_of_files(enum step_kind kind)
{
    return kind == STEP_FILE || kind == STEP_RESOLV || kind == STEP_SETTING || kind == STEP_KEEPALIVE_FILE;
}

const char *resolv_form_name(enum resolv_form form)
{
    static const char *const names[RESOLV_FORMS] = {"absent", "other", "runtime", "lasting"};

    return names[form];
}

static const char *wish_text(const struct wish *wish, char *buffer, size_t size)
{
    if (!wish->set)
        snprintf(buffer, size, "none");
    else
        snprintf(buffer, size, "%u %s", wish->mtu, wish->persist ? "for good" : "until the next start");
    return buffer;
}

static const char *or_none(const char *text)
{
    return text[0] ? text : "none";
}

static void clock_text(const struct step *step, char *buffer, size_t size)
{
    long long by = step->clock_by_usec;

    if (step->clock_left)
        snprintf(buffer, size, "not stepped: it was right");
    else
        snprintf(buffer, size, "step by %c%lld.%03lld s", by < 0 ? '-' : '+', llabs(by) / 1000000,
                 llabs(by) / 1000 % 1000);
}

/* "nameserver 10.255.255.254 → 172.20.0.1 10.255.255.254, until the next start of WSL" */
static void resolv_text(const struct resolv_span *resolv, char *buffer, size_t size)
{
    static const char *const ends[RESOLV_FORMS] = {", and no file as before", ", as it was before",
                                                   ", until the next start of WSL", ", for good"};
    char before[DNS_LIST_SIZE], after[DNS_LIST_SIZE];

    snprintf(buffer, size, "nameserver %s → %s%s",
             or_none(dns_list_text(&resolv->before, before, sizeof(before))),
             or_none(dns_list_text(&resolv->after, after, sizeof(after))), ends[resolv->to]);
}

static void link_dns_text(const struct link_dns_span *link_dns, char *buffer, size_t size)
{
    char before[DNS_LIST_SIZE], after[DNS_LIST_SIZE];

    snprintf(buffer, size, "dns %s → %s", or_none(dns_list_text(&link_dns->before, before, sizeof(before))),
             or_none(dns_list_text(&link_dns->after, after, sizeof(after))));
}

static const char *keepalive_word(uint16_t seconds, char buffer[16])
{
    if (seconds)
        snprintf(buffer, 16, "%u s", seconds);
    else
        snprintf(buffer, 16, "off");
    return buffer;
}

static void keepalive_text(const struct keepalive_span *keepalive, char *buffer, size_t size)
{
    char before[16], after[16], key[PEER_KEY_TEXT_SIZE];

    snprintf(buffer, size, "keepalive %s → %s, peer %s", keepalive_word(keepalive->before_sec, before),
             keepalive_word(keepalive->after_sec, after), peer_key_text(keepalive->key, key));
}

static void endpoint_text(const struct endpoint_span *endpoint, char *buffer, size_t size)
{
    char before[PEER_ENDPOINT_TEXT_SIZE], after[PEER_ENDPOINT_TEXT_SIZE], key[PEER_KEY_TEXT_SIZE];

    snprintf(buffer, size, "endpoint %s → %s, peer %s",
             or_none(peer_endpoint_text(&endpoint->before, before, sizeof(before))),
             or_none(peer_endpoint_text(&endpoint->after, after, sizeof(after))),
             peer_key_text(endpoint->key, key));
}

const char *step_text(const struct step *step, char *buffer, size_t size)
{
    char before[48], after[48];

    switch (step->kind) {
    case STEP_FILE:
        snprintf(buffer, size, "%s %s → %s", step->file.variable, or_none(step->file.before),
                 or_none(step->file.after));
        break;
    case STEP_EFFECT:
        snprintf(buffer, size, "restart%s%s", step->result[0] ? ": " : "", step->result);
        break;
    case STEP_CLOCK:
        clock_text(step, buffer, size);
        break;
    case STEP_RESOLV:
        resolv_text(&step->resolv, buffer, size);
        break;
    case STEP_LINK_DNS:
        link_dns_text(&step->link_dns, buffer, size);
        break;
    case STEP_SETTING:
        snprintf(buffer, size, "%s.%s %s → %s", step->setting.section, step->setting.key,
                 or_none(step->setting.before), or_none(step->setting.after));
        break;
    case STEP_KEEPALIVE:
    case STEP_KEEPALIVE_FILE:
        keepalive_text(&step->keepalive, buffer, size);
        break;
    case STEP_ENDPOINT:
        endpoint_text(&step->endpoint, buffer, size);
        break;
    case STEP_KINDS:
        break;
    case STEP_KERNEL:
        snprintf(buffer, size, "mtu %u → %u", step->mtu_before, step->mtu_after);
        break;
    case STEP_WANTED:
        snprintf(buffer, size, "mtu %s → %s", wish_text(&step->wish_before, before, sizeof(before)),
                 wish_text(&step->wish_after, after, sizeof(after)));
        break;
    }
    return buffer;
}
