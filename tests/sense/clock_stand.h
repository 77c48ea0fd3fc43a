/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sensor of the clock, with references, a clock and a time that are the test's. */
#pragma once

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "../../service/sense/sense.h"
#include "../scratch.h"
#include "../state/facts.h"
#include "../timers.h"
#include "references.h"

#define MSEC      INT64_C(1000)
#define RAW_START (5000 * S)
#define LIST_MAX  64

struct stand {
    struct scratch scratch; /* who may set the clock is read below it */
    sd_event *event;
    struct node node;
    struct ntp_server servers[NTP_SERVERS_MAX];
    size_t servers_count;
    struct sense_clock *clock;
    struct fact list[LIST_MAX]; /* what it said since forget() */
    size_t count;
    unsigned turns, beats;
};

/* What tells that the clock was set: the kernel's is armed as the sensor asks, and never goes off. */
static struct {
    int fd, kernels_fd;
    unsigned armed;
    bool fails;
    int read_errno; /* 0: it goes off, which it never does */
} alarm_clock;

int __real_timerfd_create(int clock, int flags);
int __real_timerfd_settime(int fd, int flags, const struct itimerspec *new, struct itimerspec *old);
ssize_t __real_read(int fd, void *buffer, size_t size);
int __wrap_timerfd_create(int clock, int flags);
int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *new, struct itimerspec *old);
ssize_t __wrap_read(int fd, void *buffer, size_t size);

int __wrap_timerfd_create(int clock, int flags)
{
    assert_int_equal(clock, CLOCK_REALTIME); /* no other can be set */
    assert_int_equal(flags, TFD_NONBLOCK | TFD_CLOEXEC);
    alarm_clock.kernels_fd = __real_timerfd_create(clock, flags);
    alarm_clock.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return alarm_clock.fd;
}

int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *new, struct itimerspec *old)
{
    assert_int_equal(fd, alarm_clock.fd);
    assert_int_equal(flags, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET);
    assert_true(new->it_value.tv_sec > 8000000000);
    if (alarm_clock.fails) {
        errno = EINVAL;
        return -1;
    }
    alarm_clock.armed++;
    return __real_timerfd_settime(alarm_clock.kernels_fd, flags, new, old);
}

ssize_t __wrap_read(int fd, void *buffer, size_t size)
{
    ssize_t length = __real_read(fd, buffer, size);

    if (fd != alarm_clock.fd || length < 0 || !alarm_clock.read_errno)
        return length;
    errno = alarm_clock.read_errno;
    return -1;
}

static inline void on_fact(void *userdata, const struct fact *fact)
{
    struct stand *stand = userdata;

    assert_true(stand->count < LIST_MAX);
    assert_true(tell(&stand->node, *fact) >= 0);
    stand->list[stand->count++] = *fact;
}

static inline void on_turn(void *userdata)
{
    ((struct stand *)userdata)->turns++;
}

static inline void on_beat(void *userdata)
{
    ((struct stand *)userdata)->beats++;
}

static inline void forget(struct stand *stand)
{
    stand->count = 0;
}

static inline unsigned told(const struct stand *stand, enum fact_kind kind)
{
    unsigned count = 0;

    for (size_t i = 0; i < stand->count; i++)
        count += stand->list[i].kind == kind;
    return count;
}

/* The last of its kind. */
static const struct fact *last(const struct stand *stand, enum fact_kind kind)
{
    for (size_t i = stand->count; i-- > 0;)
        if (stand->list[i].kind == kind)
            return &stand->list[i];
    fail_msg("no fact of kind %d", kind);
    return NULL;
}

static inline void start(struct stand *stand)
{
    struct sense sense = {.event = stand->event,
                          .root = stand->scratch.root,
                          .node = &stand->node,
                          .ntp_servers = stand->servers,
                          .ntp_servers_count = &stand->servers_count,
                          .emit = on_fact,
                          .turn = on_turn,
                          .beat = on_beat,
                          .userdata = stand};

    assert_int_equal(sense_clock_new(&sense, &stand->clock), 0);
}

/* WSL, whose clock is right. */
static inline struct stand *prepare(void **state)
{
    static struct stand stand;

    memset(&stand, 0, sizeof(stand));
    memset(&alarm_clock, 0, sizeof(alarm_clock));
    alarm_clock.read_errno = ECANCELED;
    scratch_make(&stand.scratch);
    node_init(&stand.node);
    tell(&stand.node, platform_of("wsl2", "nat"));
    for (size_t i = 0; i < NTP_SERVERS_MAX; i++)
        stand.servers[i] = (struct ntp_server){.port = PORT + i, .family = AF_INET};
    assert_true(sd_event_new(&stand.event) >= 0);
    timers_start(stand.event, RAW_START);
    references_start(stand.event);
    *state = &stand;
    return &stand;
}

static inline int set_up(void **state)
{
    start(prepare(state));
    return 0;
}

/* Off WSL, where servers alone tell the time. */
static inline int set_up_with_servers_alone(void **state)
{
    struct stand *stand = prepare(state);

    tell(&stand->node, platform_of("linux", ""));
    references.ptp.open_result = -ENOENT;
    stand->servers_count = 1;
    start(stand);
    timers_run();
    return 0;
}

/* Nothing tells it. */
static inline int set_up_alone(void **state)
{
    struct stand *stand = prepare(state);

    references.ptp.open_result = references.rtc.result = -ENOENT;
    start(stand);
    assert_int_equal(stand->node.clock.seen.reference, REFERENCE_NONE);
    return 0;
}

static inline int tear_down(void **state)
{
    struct stand *stand = *state;

    sense_clock_free(stand->clock);
    sd_event_unref(stand->event);
    node_done(&stand->node);
    scratch_remove(&stand->scratch);
    if (alarm_clock.kernels_fd > 0)
        close(alarm_clock.kernels_fd);
    return 0;
}

/* Somebody sets it forward, and the kernel says so. */
static inline void set_clock(int64_t by_usec)
{
    references.clock_usec += by_usec;
    assert_int_equal(eventfd_write(alarm_clock.fd, 1), 0);
}

#define STAND_TEST(name)   cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define SERVERS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_with_servers_alone, tear_down)
#define ALONE_TEST(name)   cmocka_unit_test_setup_teardown(name, set_up_alone, tear_down)
