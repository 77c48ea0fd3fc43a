/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ways of the node's tunnels */
#include "path_watch.h"

#include <errno.h>
#include <stdlib.h>

#include "../sys/clock_time.h"
#include "../sys/timer.h"
#include "sense_path.h"

#define ACCURACY_USEC 10000

struct path_watch {
    struct sense sense;
    struct sense_path *path;
    sd_event_source *timer_source; /* of a refresh: until then it is waited for */
    struct path_courses courses;
    bool waited_for;
};

static void emit(const struct path_watch *watch, int32_t ifindex, const struct path_input *input)
{
    struct fact fact = fact_of(FACT_PATH);

    fact.gone = !input;
    fact.path.ifindex = ifindex;
    if (input)
        memcpy(&fact.path.input, input, sizeof(fact.path.input));
    watch->sense.emit(watch->sense.userdata, &fact);
}

static void stop_waiting(struct path_watch *watch)
{
    watch->waited_for = false;
    timer_stop(watch->timer_source);
}

static void on_told(void *userdata, int32_t ifindex, const struct path_input *input)
{
    struct path_watch *watch = userdata;

    emit(watch, ifindex, input);
    if (!sense_path_busy(watch->path))
        stop_waiting(watch);
    watch->sense.turn(watch->sense.userdata);
}

/* Whom a tunnel is measured by. */
static const uint8_t *key_of(const struct path_watch *watch, int32_t ifindex)
{
    const struct path_course *course = path_courses_find(&watch->courses, ifindex);

    return course ? watch->courses.keys[course - watch->courses.list] : NULL;
}

static bool may_ask(void *userdata, int32_t ifindex)
{
    const struct path_watch *watch = userdata;
    const struct tunnel *tunnel = tunnels_of_link(&watch->sense.node->tunnels, ifindex);
    const uint8_t *key = key_of(watch, ifindex);
    const struct peer *peer = tunnel && key ? peers_find(&tunnel->peers, key) : NULL;

    return peer && peer_may_be_asked(peer, clock_time_raw());
}

static void on_asked(void *userdata, int32_t ifindex, bool answered)
{
    const struct path_watch *watch = userdata;
    const uint8_t *key = key_of(watch, ifindex);
    struct fact fact = fact_of(FACT_SENT);

    if (!key)
        return;
    fact.sent.ifindex = ifindex;
    fact.sent.answered = answered;
    memcpy(fact.sent.key, key, PEER_KEY_SIZE);
    fact.sent.raw_usec = clock_time_raw();
    watch->sense.emit(watch->sense.userdata, &fact);
}

/* Whoever waits for it goes on without. */
static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct path_watch *watch = userdata;

    watch->waited_for = false;
    watch->sense.turn(watch->sense.userdata);
    return 0;
}

void path_watch_look(struct path_watch *watch)
{
    struct path_courses before;

    memcpy(&before, &watch->courses, sizeof(before));
    path_courses_look(&watch->courses, watch->sense.node);
    if (memcmp(&before, &watch->courses, sizeof(before)) == 0)
        return;
    for (size_t i = 0; i < before.count; i++) {
        const struct path_course *now = path_courses_find(&watch->courses, before.list[i].ifindex);

        if (!now || memcmp(now, &before.list[i], sizeof(*now)) != 0)
            emit(watch, before.list[i].ifindex, NULL);
    }
    sense_path_set(watch->path, watch->courses.list, watch->courses.count);
    if (!sense_path_busy(watch->path))
        stop_waiting(watch);
}

void path_watch_refresh(struct path_watch *watch)
{
    sense_path_refresh(watch->path);
    watch->waited_for = sense_path_busy(watch->path);
    if (watch->waited_for)
        timer_set(watch->timer_source, PATH_WATCH_BUSY_USEC);
}

bool path_watch_busy(const struct path_watch *watch)
{
    return watch->waited_for;
}

struct path_watch *path_watch_free(struct path_watch *watch)
{
    if (!watch)
        return NULL;
    sense_path_free(watch->path);
    sd_event_source_disable_unref(watch->timer_source);
    free(watch);
    return NULL;
}

int path_watch_new(const struct sense *sense, struct path_watch **ret)
{
    struct path_watch *watch = calloc(1, sizeof(*watch));
    struct sense_path_context context = {
        .event = sense->event, .told = on_told, .may_ask = may_ask, .asked = on_asked, .userdata = watch};
    int r;

    if (!watch)
        return -ENOMEM;
    watch->sense = *sense;
    r = sense_path_new(&context, &watch->path);
    if (r >= 0)
        r = timer_new(sense->event, &watch->timer_source, ACCURACY_USEC, on_timer, watch);
    if (r < 0) {
        path_watch_free(watch);
        return r;
    }
    *ret = watch;
    return 0;
}
