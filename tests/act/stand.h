/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An executor with all that it works on: a node, a kernel that is ours, files below a root of its own. */
#pragma once

#include <errno.h>

#include "../../service/act/executor.h"
#include "../scratch.h"
#include "../state/facts.h"
#include "../sense/wireguard_world.h"
#include "kernel.h"
#include "settime.h"

#define STAND_LOG   "var/lib/wslnode/changes"
#define STAND_STATE "var/lib/wslnode/wanted"
#define STAND_RUN   "run/wslnode/wanted"

struct stand {
    sd_event *event;
    struct scratch scratch;
    struct node node;
    struct wanted wanted;
    struct findings findings;
    struct changes changes;
    struct targets targets;
    struct dns_config dns;
    char refreshed[ADDRESS_TEXT_SIZE];
    struct view view;
    struct kernel kernel;
    struct apply_kernel *apply_kernel;
    struct apply_file *apply_file;
    struct apply_peer *apply_peer;
    struct wireguard_go go; /* of wg0, once it is posed */
    struct keepalive_file keepalive_file;
    uint16_t keepalive[2];   /* what peers 1 and 2 have, by what it was told last */
    uint8_t keepalive_fails; /* this peer keeps what it has */
    unsigned keepalive_sets;
    struct executor *executor;
    unsigned ran, done, ended; /* ended: told that the executor ends before them */
    /* Restarts: what came of each ("done" if NULL), and what was asked for. */
    const char *result;
    char units[256]; /* each with a blank behind it */
    uint64_t deadlines_usec[4];
    unsigned restarts, restarted;
    void (*on_restart)(struct stand *stand); /* before it is answered */
    /* The clock: when it is to be measured, and how often it was, and was stepped. */
    void (*on_measure)(struct stand *stand); /* before it is answered */
    executor_measured measured;              /* what waits for it, while `measures_later` */
    void *measured_userdata;
    bool measures_later;
    unsigned measures, stepped;
    /* Resolved: what it says, what the link has, and what was asked for. */
    const char *link_dns_problem;
    struct dns_list link_dns_before, link_dns_asked;
    int32_t link_dns_ifindex;
    unsigned link_dns_sets;
    struct outcome outcome; /* of the last one */
    bool unready;           /* what is known is not good enough for the next one */
    struct job next;        /* that was asked about */
    char order[64];         /* the targets of those that are done, first letters */
};

/* What the view has of them; NULL: nothing. */
extern const struct endpoint_names *stand_endpoint_names;

int stand_set_up(void **state);
int stand_tear_down(void **state);
/* Opens the log again, as the next start does. */
void stand_load(struct stand *stand);
/* Plans, authorises at once, and submits; fails if the plan or the queue refuses. */
void stand_submit(struct stand *stand, struct call call);
/* Any kind of job, as it is. */
void stand_submit_job(struct stand *stand, enum job_kind kind, struct call call);
void stand_submit_put_back(struct stand *stand, const char *link);
/* Until this many are done. */
void stand_wait(struct stand *stand, unsigned done);
/* Both, for one call. */
const struct outcome *stand_run(struct stand *stand, struct call call);
/* A file of root that follows the address, with this value of WSL_IP. The node knows of it. */
void stand_follow(struct stand *stand, const char *path, const char *value);
void stand_follow_unit(struct stand *stand, const char *unit);
void stand_assert_file(struct stand *stand, const char *path, const char *value);
/* A look at the clock: it is so far ahead of a reference that is exact to the millisecond. */
void stand_look(struct stand *stand, enum clock_reference reference, int64_t offset_usec);
/* What the kernel announces: the node hears of the MTU that the kernel has. */
void stand_hear(struct stand *stand);

static inline struct call set_mtu(const char *link, uint32_t mtu, uint64_t flags)
{
    struct call call = {.verb = VERB_SET_MTU, .mtu = mtu, .flags = flags, .uid = 1000, .now_usec = 5};

    snprintf(call.target, sizeof(call.target), "%s", link);
    return call;
}

/* wg0 is a tunnel of wireguard-go's, which knows two peers without keepalive. */
void stand_pose_tunnel(struct stand *stand);

static inline struct call set_keepalive(const char *link, uint32_t seconds, uint64_t flags)
{
    struct call call = {.verb = VERB_SET_KEEPALIVE, .seconds = seconds, .flags = flags, .uid = 1000};

    snprintf(call.target, sizeof(call.target), "%s", link);
    return call;
}

static inline struct call undo(uint64_t change)
{
    return (struct call){.verb = VERB_UNDO, .change = change};
}

static inline struct call refresh_ip(uint64_t flags)
{
    return (struct call){.verb = VERB_REFRESH_IP, .flags = flags, .uid = 1000};
}

static inline struct call sync_clock(uint64_t flags)
{
    return (struct call){.verb = VERB_SYNC_CLOCK, .flags = flags, .uid = 1000};
}

/* Other processes run in between: what was measured is met by a tenth of a second. */
static inline void assert_near(int64_t usec, int64_t expected)
{
    if (usec < expected - 100000 || usec > expected + 100000)
        fail_msg("%lld is not about %lld", (long long)usec, (long long)expected);
}

#define STAND_TEST(name) cmocka_unit_test_setup_teardown(name, stand_set_up, stand_tear_down)
