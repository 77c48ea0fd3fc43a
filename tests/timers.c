/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Timers of an event loop for which time is the test's */
#include "timers.h"

#include <string.h>

#include "unit.h"

#define TIMERS_MAX 8
#define NEVER      INT64_MAX
#define LONG_USEC  UINT64_C(86400000000) /* longer than any test takes */

struct timer {
    sd_event_source *source;
    int64_t due_usec;
};

int64_t timers_now_usec;

static sd_event *loop;
static struct timer timers[TIMERS_MAX];
static size_t count;

int __real_sd_event_source_set_time_relative(sd_event_source *source, uint64_t usec);
int __wrap_sd_event_source_set_time_relative(sd_event_source *source, uint64_t usec);

static bool is_set(const struct timer *timer)
{
    int enabled = SD_EVENT_OFF;

    return sd_event_source_get_enabled(timer->source, &enabled) >= 0 && enabled != SD_EVENT_OFF;
}

/* Its own, or one that nobody waits for: who has it keeps a reference, so that it may be freed meanwhile. */
static struct timer *slot(sd_event_source *source)
{
    size_t i = 0;

    while (i < count && timers[i].source != source)
        i++;
    if (i < count)
        return &timers[i];
    for (i = 0; i < count && is_set(&timers[i]);)
        i++;
    assert_true(i < TIMERS_MAX);
    if (i == count)
        count++;
    return &timers[i];
}

int __wrap_sd_event_source_set_time_relative(sd_event_source *source, uint64_t usec)
{
    struct timer *timer = slot(source);

    sd_event_source_ref(source);
    sd_event_source_unref(timer->source);
    *timer = (struct timer){source, timers_now_usec + (int64_t)usec};
    return __real_sd_event_source_set_time_relative(source, LONG_USEC);
}

void timers_start(sd_event *event, int64_t now_usec)
{
    for (size_t i = 0; i < count; i++)
        sd_event_source_unref(timers[i].source);
    memset(timers, 0, sizeof(timers));
    count = 0;
    loop = event;
    timers_now_usec = now_usec;
}

static struct timer *first(void)
{
    struct timer *found = NULL;

    for (size_t i = 0; i < count; i++)
        if (is_set(&timers[i]) && (!found || timers[i].due_usec < found->due_usec))
            found = &timers[i];
    return found;
}

int64_t timers_next(void)
{
    const struct timer *timer = first();

    return timer ? timer->due_usec - timers_now_usec : -1;
}

void timers_run(void)
{
    int r = 1;

    while (r > 0)
        r = sd_event_run(loop, 0);
    assert_int_equal(r, 0);
}

static void go_off(struct timer *timer)
{
    timer->due_usec = NEVER;
    assert_true(__real_sd_event_source_set_time_relative(timer->source, 0) >= 0);
    /* Until it is off, or set anew. */
    while (timer->due_usec == NEVER && is_set(timer))
        assert_true(sd_event_run(loop, 1000000) > 0);
    timers_run();
}

void timers_pass(int64_t usec)
{
    int64_t end = timers_now_usec + usec;
    struct timer *timer;

    timers_run();
    while ((timer = first()) && timer->due_usec <= end) {
        if (timers_now_usec < timer->due_usec)
            timers_now_usec = timer->due_usec;
        go_off(timer);
    }
    timers_now_usec = end;
}
