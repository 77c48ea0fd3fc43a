/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What was asked to stay: by a verb, or by the configuration. A verb's wish stands over the configured one.
 *
 * It also remembers how often a wish had to be put back, and so knows a fight.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fact.h"
#include "node.h"

#define WANTED_MAX          256
#define WANTED_PUT_BACK_MAX 3
#define WANTED_FIGHT_USEC   (60 * UINT64_C(1000000))

struct wish {
    bool set;
    bool persist;        /* beyond the next start */
    uint32_t mtu;        /* bytes */
    uint64_t since_usec; /* realtime */
};

/* One link whose MTU somebody cares for. */
struct wanted_mtu {
    char link[LINK_NAME_SIZE];
    struct wish by_verb;
    struct wish by_config;
    int32_t ifindex; /* of the link that was put back: a new one starts anew */
    unsigned put_back;
    uint64_t put_back_usec[WANTED_PUT_BACK_MAX]; /* monotonic, newest first */
    bool fighting;
    bool refused; /* the kernel did not take it; tried again for another link or wish */
};

struct wanted {
    struct wanted_mtu list[WANTED_MAX];
    size_t count;
};

const struct wanted_mtu *wanted_find(const struct wanted *wanted, const char *link);
/* The wish in force: the verb's, else the configuration's, else one that is not set. */
struct wish wanted_wish(const struct wanted_mtu *mtu);
bool wish_equal(const struct wish *a, const struct wish *b);

/* Returns 1 if something changed, 0 if not, -ENOSPC if there are too many. Ends a fight. */
int wanted_set(struct wanted *wanted, const char *link, const struct wish *by_verb);
int wanted_set_configured(struct wanted *wanted, const char *link, const struct wish *by_config);
/* Drops entries without any wish. */
void wanted_tidy(struct wanted *wanted);

enum wanted_state {
    WANTED_KEPT,     /* as it should be, or the link is not there */
    WANTED_LOST,     /* a tunnel's: put it back */
    WANTED_NEWS,     /* the uplink's: a finding, nothing is put back */
    WANTED_FIGHTING, /* others take it away again and again */
    WANTED_REFUSED,  /* the kernel does not take it */
};

enum wanted_state wanted_state(const struct wanted_mtu *mtu, const struct node *node);

/* What has to be put back now. Notes the try: more than WANTED_PUT_BACK_MAX in a minute is a fight. */
bool wanted_put_back(struct wanted_mtu *mtu, const struct node *node, uint64_t now_usec);
/* The kernel did not take it on this link. */
void wanted_refuse(struct wanted *wanted, const char *link);
/* The other side has given in, or the link is another one: returns true if that ended a fight. */
bool wanted_settle(struct wanted_mtu *mtu, const struct node *node);
