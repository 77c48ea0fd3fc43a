/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sensor of what the ways of tunnels carry */
#include "sense_path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../sys/path_probe.h"
#include "../sys/timer.h"

#define ACCURACY_USEC 10000

enum side { BESIDE, THROUGH, SIDES };
enum progress { DONE, WAITS, RUNS };

struct course;

struct way {
    struct course *course;
    enum progress progress;
    struct path_probe *probe;
    struct path_measure measure;
};

/* Its place stays, for probes know it; without ifindex it is free. */
struct course {
    struct sense_path *path;
    struct path_course is;
    bool due; /* when the timer goes off */
    struct way ways[SIDES];
};

struct sense_path {
    struct sense_path_context context;
    sd_event_source *timer_source;
    struct course courses[PATH_COURSES_MAX];
    bool refreshing;
};

static void stop(struct course *course)
{
    for (int i = 0; i < SIDES; i++) {
        course->ways[i].probe = path_probe_free(course->ways[i].probe);
        course->ways[i].progress = DONE;
    }
}

static bool is_done(const struct course *course)
{
    return course->ways[BESIDE].progress == DONE && course->ways[THROUGH].progress == DONE;
}

static bool all_done(const struct sense_path *path)
{
    for (size_t i = 0; i < PATH_COURSES_MAX; i++)
        if (path->courses[i].due || !is_done(&path->courses[i]))
            return false;
    return true;
}

/* The tunnel's own packets leave by the underlay, and marked: these go the same way. */
static struct path_target target_of(const struct path_course *course, enum side side)
{
    struct path_target target = {.family = course->peer_family, .ifindex = course->ifindex};

    memcpy(target.bytes, course->peer, sizeof(target.bytes));
    target.size = course->tunnel_mtu;
    if (side == THROUGH)
        return target;
    target.family = course->endpoint.family;
    target.ifindex = course->underlay;
    target.mark = course->mark;
    memcpy(target.bytes, course->endpoint.bytes, sizeof(target.bytes));
    target.size += path_overhead(course->endpoint.family);
    return target;
}

/* The last that is done with a course: it may be another one afterwards. */
static void tell(struct course *course)
{
    struct sense_path *path = course->path;
    struct path_input input;

    memset(&input, 0, sizeof(input));
    input.tunnel_mtu = course->is.tunnel_mtu;
    input.underlay_mtu = course->is.underlay_mtu;
    input.endpoint_family = course->is.endpoint.family;
    memcpy(&input.beside, &course->ways[BESIDE].measure, sizeof(input.beside));
    memcpy(&input.through, &course->ways[THROUGH].measure, sizeof(input.through));
    path->refreshing = path->refreshing && !all_done(path);
    path->context.told(path->context.userdata, course->is.ifindex, &input);
}

static void go_on(struct sense_path *path);

/* The peer's end of it is the tunnel's business, and others count what goes through it. */
static void note_asked(const struct way *way, bool answered)
{
    const struct course *course = way->course;

    if (way == &course->ways[THROUGH])
        course->path->context.asked(course->path->context.userdata, course->is.ifindex, answered);
}

static void on_measure(void *userdata, const struct path_measure *measure)
{
    struct way *way = userdata;
    struct sense_path *path = way->course->path;

    memcpy(&way->measure, measure, sizeof(*measure));
    way->progress = DONE;
    way->probe = path_probe_free(way->probe);
    note_asked(way, measure->carries >= way->course->is.tunnel_mtu);
    if (is_done(way->course))
        tell(way->course);
    go_on(path);
}

/* What cannot be asked is not known, whatever the reason: a tunnel without session, a way that is gone. */
static void ask(struct sense_path *path, struct way *way, enum side side)
{
    struct path_target target = target_of(&way->course->is, side);
    int r = path_probe_new(path->context.event, &target, on_measure, way, &way->probe);

    if (r == -EBUSY)
        return;
    way->progress = r < 0 ? DONE : RUNS;
    if (r >= 0)
        note_asked(way, false);
    if (r < 0 && is_done(way->course))
        tell(way->course);
}

static void go_on(struct sense_path *path)
{
    for (size_t i = 0; i < PATH_COURSES_MAX; i++)
        for (int side = 0; side < SIDES; side++)
            if (path->courses[i].ways[side].progress == WAITS)
                ask(path, &path->courses[i].ways[side], side);
}

static bool may_ask(const struct course *course, enum side side)
{
    const struct sense_path_context *context = &course->path->context;

    return side == BESIDE || context->may_ask(context->userdata, course->is.ifindex);
}

static void begin(struct course *course)
{
    stop(course);
    course->due = false;
    for (int i = 0; i < SIDES; i++) {
        if (!may_ask(course, i))
            continue;
        memset(&course->ways[i].measure, 0, sizeof(course->ways[i].measure));
        course->ways[i].progress = WAITS;
    }
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct sense_path *path = userdata;

    for (size_t i = 0; i < PATH_COURSES_MAX; i++)
        if (path->courses[i].due)
            begin(&path->courses[i]);
    go_on(path);
    return 0;
}

static struct course *find(struct sense_path *path, int32_t ifindex)
{
    for (size_t i = 0; i < PATH_COURSES_MAX; i++)
        if (path->courses[i].is.ifindex == ifindex)
            return &path->courses[i];
    return NULL;
}

static bool forget_others(struct sense_path *path, const struct path_course *courses, size_t count)
{
    bool changed = false;

    for (size_t i = 0; i < PATH_COURSES_MAX; i++) {
        struct course *course = &path->courses[i];
        bool stays = !course->is.ifindex;

        for (size_t j = 0; j < count; j++)
            stays |= courses[j].ifindex == course->is.ifindex;
        if (stays)
            continue;
        stop(course);
        course->due = false;
        course->is.ifindex = 0;
        changed = true;
    }
    return changed;
}

void sense_path_set(struct sense_path *path, const struct path_course *courses, size_t count)
{
    bool changed = forget_others(path, courses, count);

    for (size_t i = 0; i < count; i++) {
        struct course *course = find(path, courses[i].ifindex);

        if (!course)
            course = find(path, 0);
        if (!course || courses[i].ifindex <= 0 || memcmp(&course->is, &courses[i], sizeof(course->is)) == 0)
            continue;
        stop(course);
        memcpy(&course->is, &courses[i], sizeof(course->is));
        memset(&course->ways[THROUGH].measure, 0, sizeof(course->ways[THROUGH].measure));
        changed = course->due = true;
    }
    /* What was stopped has made room for others as well. */
    if (changed && !timer_is_set(path->timer_source))
        timer_set(path->timer_source, SENSE_PATH_DOUBT_USEC);
    path->refreshing = path->refreshing && !all_done(path);
}

/* What runs goes on: its answers are of now. */
void sense_path_refresh(struct sense_path *path)
{
    for (size_t i = 0; i < PATH_COURSES_MAX; i++)
        if (path->courses[i].is.ifindex && is_done(&path->courses[i]))
            path->courses[i].due = true;
    path->refreshing = !all_done(path);
    if (path->refreshing)
        timer_set(path->timer_source, 0);
}

bool sense_path_busy(const struct sense_path *path)
{
    return path->refreshing;
}

struct sense_path *sense_path_free(struct sense_path *path)
{
    if (!path)
        return NULL;
    for (size_t i = 0; i < PATH_COURSES_MAX; i++)
        stop(&path->courses[i]);
    sd_event_source_disable_unref(path->timer_source);
    free(path);
    return NULL;
}

int sense_path_new(const struct sense_path_context *context, struct sense_path **ret)
{
    struct sense_path *path = calloc(1, sizeof(*path));
    int r;

    if (!path)
        return -ENOMEM;
    path->context = *context;
    for (size_t i = 0; i < PATH_COURSES_MAX; i++) {
        path->courses[i].path = path;
        for (int side = 0; side < SIDES; side++)
            path->courses[i].ways[side].course = &path->courses[i];
    }
    r = timer_new(context->event, &path->timer_source, ACCURACY_USEC, on_timer, path);
    if (r < 0) {
        sense_path_free(path);
        return r;
    }
    *ret = path;
    return 0;
}
