/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sensor of the clock
 *
 * A reference is kept as its distance from CLOCK_MONOTONIC_RAW, so a look needs it only to see whether that
 * is still true. The kernel tells when CLOCK_REALTIME is set, not by whom or by how much: that is what the
 * clock shows beyond what its own rate explains.
 */
#include "sense.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "../sys/cleanup.h"
#include "../sys/clock_time.h"
#include "../sys/timer.h"
#include "clock_reader.h"
#include "writers.h"

#define BEAT_USEC     60000000
#define CONFIRM_USEC  700000  /* a jump is told within a second */
#define AGAIN_USEC    500000  /* what is beyond the limit is looked at again, for it may be over */
#define NTP_BEATS     4       /* servers are asked at every so many beats */
#define IMPLICIT_USEC 5000000 /* hv_utils steps a clock that is behind by so much */

struct sense_clock {
    struct sense sense;
    struct clock_reader *reader;
    sd_event_source *timer_source, *set_source;
    struct clock_fact look;       /* the last one that was emitted */
    struct clock_report accepted; /* the last that told a time */
    struct clock_report jumped;   /* what is to be confirmed */
    bool confirming;
    struct step_fact step; /* to be told with the next look */
    bool stepped;
    bool own;
    bool again; /* asked for while a question was open */
    unsigned beat;
    int64_t asked_usec, measured_usec;
};

static void plan_next(struct sense_clock *clock)
{
    int64_t usec = AGAIN_USEC;

    if (clock->confirming)
        usec = CONFIRM_USEC;
    else if (!clock->sense.node->clock.beyond)
        usec = clock_reader_next(clock->reader, BEAT_USEC) - clock_time_raw();
    timer_set(clock->timer_source, usec > 0 ? usec : 0);
}

static void emit(struct sense_clock *clock, const struct fact *fact)
{
    clock->sense.emit(clock->sense.userdata, fact);
}

static void emit_look(struct sense_clock *clock)
{
    struct fact fact = fact_of(FACT_CLOCK);

    clock_time_read(&clock->look.raw_usec, &clock->look.clock_usec);
    clock->look.slew_ppm = clock_time_slew();
    clock->look.settable = clock_time_settable();
    fact.clock = clock->look;
    emit(clock, &fact);
}

static void emit_resume(struct sense_clock *clock, int64_t asleep_usec)
{
    struct fact fact = fact_of(FACT_RESUME);

    fact.resume.asleep_usec = asleep_usec;
    emit(clock, &fact);
}

static void emit_writers(struct sense_clock *clock)
{
    struct fact fact = fact_of(FACT_WRITERS);

    writers_read(clock->sense.root, &fact.writers);
    emit(clock, &fact);
}

static void emit_step(struct sense_clock *clock)
{
    struct fact fact = fact_of(FACT_STEP);

    if (!clock->stepped)
        return;
    clock->stepped = false;
    fact.step = clock->step;
    if (!clock->step.own)
        emit_writers(clock);
    emit(clock, &fact);
    /* Without a reference that step is all that tells of a sleep. */
    if (clock->look.reference == REFERENCE_NONE && !clock->step.own && clock->step.by_usec >= IMPLICIT_USEC &&
        clock->sense.node->clock.writers.hv_utils)
        emit_resume(clock, clock->step.by_usec);
}

/* Both tell Windows' time, or are the same. */
static bool comparable(const struct clock_report *before, const struct clock_report *after)
{
    if (before->reference == REFERENCE_NONE || after->reference == REFERENCE_NONE)
        return false;
    return (before->reference == REFERENCE_NTP) == (after->reference == REFERENCE_NTP);
}

static enum clock_jump jump_between(const struct clock_report *before, const struct clock_report *after)
{
    if (!comparable(before, after))
        return CLOCK_JUMP_NONE;
    return clock_jump(&before->reading, &after->reading, after->raw_usec - before->raw_usec);
}

static void ask(struct sense_clock *clock, bool thorough)
{
    clock->again = false;
    if (thorough)
        clock->asked_usec = clock_time_raw();
    clock_reader_ask(clock->reader, thorough);
}

/* What is known is carried on. */
static void look_again(struct sense_clock *clock)
{
    clock->look.bound_usec = clock_bound_at(&clock->sense.node->clock, clock_time_raw());
    emit_look(clock);
    emit_step(clock);
}

static void accept(struct sense_clock *clock, const struct clock_report *report, int64_t asleep_usec)
{
    clock->look.reference = report->reference;
    clock->look.stale = report->stale;
    clock->look.jumping = report->jumping;
    clock->look.base_usec = report->reading.base_usec;
    clock->look.bound_usec = report->reading.bound_usec;
    if (report->reference != REFERENCE_NONE)
        clock->accepted = *report;
    clock->measured_usec = clock->asked_usec;
    emit_look(clock);
    emit_step(clock);
    if (asleep_usec)
        emit_resume(clock, asleep_usec);
}

static void take_jump(struct sense_clock *clock, const struct clock_report *report)
{
    int64_t by = report->reading.base_usec - clock->accepted.reading.base_usec;

    clock->confirming = false;
    if (jump_between(&clock->jumped, report) == CLOCK_JUMP_NONE) {
        accept(clock, report, by > 0 && jump_between(&clock->accepted, report) ? by : 0);
        return;
    }
    /* It goes here and there: who knows what time it is. */
    clock_reader_distrust(clock->reader, report->reference);
    ask(clock, true);
}

static void on_report(void *userdata, const struct clock_report *report)
{
    struct sense_clock *clock = userdata;

    if (report->skipped) {
        look_again(clock);
    } else if (clock->confirming) {
        take_jump(clock, report);
    } else if (jump_between(&clock->accepted, report) != CLOCK_JUMP_NONE) {
        clock->confirming = true;
        clock->jumped = *report;
    } else {
        accept(clock, report, 0);
    }
    if (clock_reader_busy(clock->reader))
        return;
    if (clock->again && !clock->confirming)
        ask(clock, true);
    if (!clock_reader_busy(clock->reader))
        plan_next(clock);
    clock->sense.turn(clock->sense.userdata);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct sense_clock *clock = userdata;

    if (clock_reader_busy(clock->reader))
        return 0;
    if (!clock->confirming && clock->sense.node->clock.beyond) {
        look_again(clock);
        plan_next(clock);
        clock->sense.turn(clock->sense.userdata);
        return 0;
    }
    if (clock->confirming) {
        ask(clock, true);
        return 0;
    }
    ask(clock, clock->beat++ % NTP_BEATS == 0);
    clock->sense.beat(clock->sense.userdata);
    return 0;
}

static int watch(int fd)
{
    /* It never comes. */
    struct itimerspec never = {.it_value.tv_sec = INT64_MAX / 1000000000};

    return timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) < 0 ? -errno : 0;
}

static void note_step(struct sense_clock *clock)
{
    int64_t raw, now, by;

    clock_time_read(&raw, &now);
    by = now - clock_expected(&clock->look, raw);
    clock->step = (struct step_fact){.raw_usec = raw,
                                     .by_usec = clock->stepped ? clock->step.by_usec + by : by,
                                     .clock_usec = now,
                                     .own = clock->own};
    clock->stepped = true;
    clock->own = false;
    /* What comes after is measured from here. */
    clock->look.raw_usec = raw;
    clock->look.clock_usec = now;
    clock->look.slew_ppm = clock_time_slew();
}

static int on_set(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct sense_clock *clock = userdata;
    uint64_t expirations;

    /* That the clock was set is an error of this read. */
    if (read(fd, &expirations, sizeof(expirations)) >= 0 || errno != ECANCELED)
        return 0;
    note_step(clock);
    if (watch(fd) < 0)
        sd_event_source_set_enabled(source, SD_EVENT_OFF);
    if (!clock_reader_busy(clock->reader) && !clock->confirming)
        ask(clock, false);
    return 0;
}

void sense_clock_refresh(struct sense_clock *clock)
{
    if (sense_clock_busy(clock))
        clock->again = true;
    else
        ask(clock, true);
}

bool sense_clock_busy(const struct sense_clock *clock)
{
    return clock_reader_busy(clock->reader) || clock->confirming || clock->again;
}

bool sense_clock_fresh(struct sense_clock *clock, int64_t raw_usec)
{
    if (!sense_clock_busy(clock) && clock->measured_usec < raw_usec)
        sense_clock_refresh(clock);
    return !sense_clock_busy(clock) && clock->measured_usec >= raw_usec;
}

void sense_clock_own(struct sense_clock *clock)
{
    clock->own = true;
}

struct sense_clock *sense_clock_free(struct sense_clock *clock)
{
    if (!clock)
        return NULL;
    sd_event_source_disable_unref(clock->timer_source);
    sd_event_source_disable_unref(clock->set_source);
    clock_reader_free(clock->reader);
    free(clock);
    return NULL;
}

static void sense_clock_freep(struct sense_clock **clock)
{
    sense_clock_free(*clock);
}

static int watch_sets(struct sense_clock *clock)
{
    _cleanup_close_ int fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    int r = fd < 0 ? -errno : watch(fd);

    if (r >= 0)
        r = sd_event_add_io(clock->sense.event, &clock->set_source, fd, EPOLLIN, on_set, clock);
    if (r >= 0)
        r = sd_event_source_set_io_fd_own(clock->set_source, true);
    if (r < 0)
        return r;
    take_fd(&fd);
    return sd_event_source_set_priority(clock->set_source, SD_EVENT_PRIORITY_IMPORTANT);
}

int sense_clock_new(const struct sense *sense, struct sense_clock **ret)
{
    _cleanup_(sense_clock_freep) struct sense_clock *clock = calloc(1, sizeof(*clock));
    int r;

    if (!clock)
        return -ENOMEM;
    clock->sense = *sense;
    r = clock_reader_new(sense, on_report, clock, &clock->reader);
    if (r >= 0)
        r = timer_new(sense->event, &clock->timer_source, 1000, on_timer, clock);
    if (r >= 0)
        r = watch_sets(clock);
    if (r < 0)
        return r;
    sense_clock_refresh(clock);
    *ret = take_pointer(clock);
    return 0;
}
