/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The clock: what follows from looks, steps and resumes */
#include "clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000)

const char *clock_state_name(enum clock_state state)
{
    static const char *const names[] = {"unknown", "ok", "drifting", "fighting"};

    return names[state];
}

const char *clock_reference_name(enum clock_reference reference)
{
    static const char *const names[REFERENCES] = {"none", "ptp", "rtc", "ntp"};

    return names[reference];
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t limit(const struct clock *clock)
{
    return larger(CLOCK_LIMIT_USEC, 2 * clock->seen.bound_usec);
}

bool clock_has_reference(const struct clock *clock)
{
    return clock->spoken && clock->seen.reference != REFERENCE_NONE;
}

int64_t clock_offset_at(const struct clock *clock, int64_t clock_usec)
{
    return clock_has_reference(clock) ? clock_usec - clock->seen.base_usec : 0;
}

int64_t clock_offset(const struct clock *clock)
{
    return clock_offset_at(clock, clock->seen.clock_usec);
}

int64_t clock_bound_at(const struct clock *clock, int64_t raw_usec)
{
    int64_t age = larger(raw_usec - clock->seen.raw_usec, 0);

    return clock_has_reference(clock) ? clock->seen.bound_usec + age / 1000 * CLOCK_RAW_PPM / 1000 : 0;
}

int64_t clock_tolerance(int64_t bound_usec)
{
    return larger(bound_usec, CLOCK_OK_USEC);
}

int64_t clock_expected(const struct clock_fact *look, int64_t raw_usec)
{
    return look->clock_usec + (raw_usec - look->raw_usec) / 1000 * look->slew_ppm / 1000;
}

enum clock_jump clock_jump(const struct clock_reading *before, const struct clock_reading *after,
                           int64_t elapsed_usec)
{
    int64_t by = after->base_usec - before->base_usec;
    int64_t drift = elapsed_usec / SECOND * CLOCK_RAW_PPM;
    int64_t usual = larger(before->bound_usec + after->bound_usec + drift, CLOCK_RESUME_USEC);

    if (llabs(by) < usual)
        return CLOCK_JUMP_NONE;
    return by > 0 ? CLOCK_JUMP_FORWARD : CLOCK_JUMP_BACK;
}

/* Raised from the limit on, when it stays; over only where it is well below. */
static void judge(struct clock *clock)
{
    int64_t off = llabs(clock_offset(clock)), raw = clock->seen.raw_usec;

    if (!clock_has_reference(clock)) {
        clock->drifting = clock->beyond = false;
    } else if (clock->drifting) {
        clock->drifting = off >= larger(CLOCK_CLEAR_USEC, clock->seen.bound_usec);
    } else if (off < limit(clock)) {
        clock->beyond = false;
    } else if (!clock->beyond) {
        clock->beyond = true;
        clock->beyond_since_usec = raw;
    } else if (raw - clock->beyond_since_usec >= CLOCK_HOLD_USEC) {
        clock->drifting = true;
        clock->beyond = false;
    }
}

bool clock_look(struct clock *clock, const struct clock_fact *look)
{
    if (clock->spoken && memcmp(&clock->seen, look, sizeof(*look)) == 0)
        return false;
    clock->seen = *look;
    clock->spoken = true;
    judge(clock);
    return true;
}

void clock_note_step(struct clock *clock, const struct step_fact *fact)
{
    struct clock_step *step;

    if (clock->steps_count == CLOCK_STEPS_MAX) {
        clock->steps_count--;
        memmove(clock->steps, clock->steps + 1, clock->steps_count * sizeof(*clock->steps));
    }
    step = &clock->steps[clock->steps_count++];
    *step = (struct clock_step){.raw_usec = fact->raw_usec,
                                .by_usec = fact->by_usec,
                                .left_usec = clock_offset_at(clock, fact->clock_usec),
                                .measured = clock_has_reference(clock),
                                .own = fact->own};
    clock->steps_total++;
}

bool clock_note_writers(struct clock *clock, const struct writers_fact *writers)
{
    if (memcmp(&clock->writers, writers, sizeof(*writers)) == 0)
        return false;
    clock->writers = *writers;
    return true;
}

void clock_note_resume(struct clock *clock, const struct resume_fact *resume)
{
    clock->asleep_usec = resume->asleep_usec;
    clock->resumes_total++;
}

bool clock_fights(const struct clock *clock)
{
    unsigned wrong = 0;

    if (!clock_has_reference(clock) || llabs(clock_offset(clock)) < limit(clock))
        return false;
    for (size_t i = 0; i < clock->steps_count; i++) {
        const struct clock_step *step = &clock->steps[i];

        if (step->own || !step->measured || clock->seen.raw_usec - step->raw_usec > CLOCK_FIGHT_USEC)
            continue;
        wrong = llabs(step->left_usec) >= limit(clock) ? wrong + 1 : 0;
    }
    return wrong >= CLOCK_FIGHT_STEPS;
}

enum clock_state clock_state(const struct clock *clock)
{
    if (!clock_has_reference(clock))
        return CLOCK_STATE_UNKNOWN;
    if (clock_fights(clock))
        return CLOCK_STATE_FIGHTING;
    return clock->drifting ? CLOCK_STATE_DRIFTING : CLOCK_STATE_OK;
}

bool clock_is_right(const struct clock *clock)
{
    return llabs(clock_offset(clock)) < larger(CLOCK_AUTO_USEC, clock_tolerance(clock->seen.bound_usec));
}

bool clock_may_be_stepped(const struct clock *clock)
{
    return clock_has_reference(clock) && clock->seen.settable && !clock_is_right(clock) &&
           !clock_fights(clock) && llabs(clock_offset(clock)) <= CLOCK_FORCE_USEC;
}

int64_t clock_slew_left(const struct clock *clock)
{
    int64_t offset = clock_offset(clock), slew = clock->seen.slew_ppm;

    if (llabs(slew) < CLOCK_SLEW_PPM || offset == 0 || (offset > 0) == (slew > 0))
        return 0;
    offset = llabs(offset);
    slew = llabs(slew);
    return offset / slew * SECOND + offset % slew * SECOND / slew;
}

unsigned clock_steps_since(const struct clock *clock, int64_t raw_usec)
{
    unsigned count = 0;

    for (size_t i = 0; i < clock->steps_count; i++)
        count += !clock->steps[i].own && clock->steps[i].raw_usec >= raw_usec;
    return count;
}

/* Distances between steps of others, newest first; what follows within a second is the same occasion. */
static size_t distances(const struct clock *clock, int64_t *list, size_t size)
{
    const struct clock_step *later = NULL;
    size_t count = 0;

    for (size_t i = clock->steps_count; i-- > 0 && count < size;) {
        const struct clock_step *step = &clock->steps[i];

        if (step->own || (later && later->raw_usec - step->raw_usec < SECOND))
            continue;
        if (later)
            list[count++] = later->raw_usec - step->raw_usec;
        later = step;
    }
    return count;
}

static const struct clock_step *last_of_others(const struct clock *clock)
{
    for (size_t i = clock->steps_count; i-- > 0;)
        if (!clock->steps[i].own)
            return &clock->steps[i];
    return NULL;
}

int64_t clock_beat(const struct clock *clock)
{
    int64_t list[CLOCK_BEAT_STEPS - 1], beat = 0;
    const struct clock_step *last = last_of_others(clock);
    size_t count = distances(clock, list, CLOCK_BEAT_STEPS - 1);

    if (count < CLOCK_BEAT_STEPS - 1)
        return 0;
    for (size_t i = 0; i < count; i++)
        beat += list[i] / (int64_t)count;
    for (size_t i = 0; i < count; i++)
        if (llabs(list[i] - beat) > beat / 10 + SECOND)
            return 0;
    /* Three that did not come, and it is over. */
    if (beat > CLOCK_BEAT_MAX_USEC || clock->seen.raw_usec - last->raw_usec > 3 * beat)
        return 0;
    return beat;
}

static bool stepped_ahead(const struct clock *clock)
{
    for (size_t i = 0; i < clock->steps_count; i++)
        if (!clock->steps[i].own && clock->steps[i].by_usec >= 5 * SECOND)
            return true;
    return false;
}

static void add_suspect(char *buffer, size_t size, const char *item)
{
    size_t length = strlen(buffer);

    if (length + strlen(item) + 3 <= size)
        snprintf(buffer + length, size - length, "%s%s", length ? ", " : "", item);
}

const char *clock_suspects(const struct clock *clock, char *buffer, size_t size)
{
    const struct writers_fact *writers = &clock->writers;
    bool beat = llabs(clock_beat(clock) - 30 * SECOND) <= 3 * SECOND;

    buffer[0] = 0;
    if (writers->docker)
        add_suspect(buffer, size,
                    beat ? "Docker Desktop (is here; a beat of 30 s is its)" : "Docker Desktop (is here)");
    if (writers->timesyncd)
        add_suspect(buffer, size, "systemd-timesyncd (runs)");
    if (writers->chronyd)
        add_suspect(buffer, size, "chronyd (runs)");
    if (writers->ntpd)
        add_suspect(buffer, size, "ntpd (runs)");
    if (writers->hv_utils && stepped_ahead(clock))
        add_suspect(buffer, size, "hv_utils (steps ahead)");
    if (!buffer[0])
        snprintf(buffer, size, "unknown");
    return buffer;
}
