/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sensor of where peers should be that are down */
#include "sense_reach.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../state/reach.h"
#include "../sys/reach_probe.h"
#include "../sys/timer.h"
#include "peer_name.h"

#define ACCURACY_USEC 10000

/* Its place stays, for what it asks knows it; without ifindex it is free. */
struct course {
    struct sense_reach *reach;
    struct reach_subject is;
    bool due; /* when the timer goes off */
    unsigned beats;
    struct reach_probe *probe;
    struct reach_answer answer;
    struct peer_name name;
};

struct sense_reach {
    struct sense sense;
    sd_event_source *timer_source;
    struct course courses[REACH_SUBJECTS_MAX];
};

static bool is_asking(const struct course *course)
{
    return course->probe || course->name.child;
}

/* Of who is down without an address to ask from only the place is kept: he was told without waiting. */
static bool can_ask(const struct course *course)
{
    return course->is.link[0] && !is_asking(course);
}

static void stop(struct course *course)
{
    course->probe = reach_probe_free(course->probe);
    peer_name_stop(&course->name);
}

static struct fact fact_about(const struct course *course)
{
    struct fact fact = fact_of(FACT_REACH);

    fact.reach.ifindex = course->is.ifindex;
    memcpy(fact.reach.key, course->is.key, sizeof(fact.reach.key));
    memcpy(&fact.reach.endpoint, &course->is.endpoint, sizeof(fact.reach.endpoint));
    return fact;
}

static void emit(const struct course *course, const struct fact *fact)
{
    course->reach->sense.emit(course->reach->sense.userdata, fact);
}

/* Who could not be asked said nothing, neither good nor bad. */
static void take_name(const struct endpoint_name *name, struct reach_fact *fact)
{
    size_t length = strnlen(name->host, sizeof(fact->host) - 1);
    struct peer_endpoint place;

    memcpy(fact->host, name->host, length);
    if (name->answer == ENDPOINT_NOT_FOUND) {
        fact->name = REACH_NAME_UNRESOLVED;
    } else if (name->answer == ENDPOINT_LATE) {
        fact->name = REACH_NAME_LATE;
    } else if (endpoint_name_place(name, &fact->endpoint, &place)) {
        fact->name = REACH_NAME_SAME;
        if (peer_endpoint_equal(&fact->endpoint, &place))
            return;
        fact->name = REACH_NAME_MOVED;
        fact->place.family = place.family;
        fact->place.port = place.port;
        memcpy(fact->place.bytes, place.bytes, sizeof(fact->place.bytes));
    }
}

static void tell(const struct course *course)
{
    struct fact fact = fact_about(course);

    fact.reach.ping = course->answer.ping;
    fact.reach.port = course->answer.port;
    fact.reach.udp_passes = course->answer.udp_passes;
    take_name(&course->name.name, &fact.reach);
    emit(course, &fact);
}

static void take_back(const struct course *course)
{
    struct fact fact = fact_about(course);

    fact.gone = true;
    emit(course, &fact);
}

/* Nothing that runs holds it any more once all have answered. */
static void on_part(struct course *course)
{
    if (is_asking(course))
        return;
    tell(course);
    course->reach->sense.turn(course->reach->sense.userdata);
}

static void on_probe(void *userdata, const struct reach_answer *answer)
{
    struct course *course = userdata;

    memcpy(&course->answer, answer, sizeof(course->answer));
    course->probe = reach_probe_free(course->probe);
    on_part(course);
}

static void on_name(void *userdata)
{
    on_part(userdata);
}

/* The tunnel's own packets leave by the underlay, and marked: these go the same way, or not at all. */
static void probe(struct course *course)
{
    struct udp_way way = {.family = course->is.endpoint.family,
                          .port = course->is.endpoint.port,
                          .ifindex = course->is.underlay,
                          .mark = course->is.mark};

    memset(&course->answer, 0, sizeof(course->answer));
    memcpy(way.bytes, course->is.endpoint.bytes, sizeof(way.bytes));
    if (way.family && way.port && way.ifindex)
        (void)reach_probe_new(course->reach->sense.event, &way, on_probe, course, &course->probe);
}

static void begin(struct course *course)
{
    stop(course);
    course->due = false;
    course->beats = 0;
    probe(course);
    (void)peer_name_ask(&course->name, &course->reach->sense, course->is.link, course->is.key, on_name,
                        course);
}

/* Where there is nothing to ask about nobody waits. */
static void begin_first(struct course *course)
{
    struct fact fact = fact_about(course);

    begin(course);
    fact.reach.asking = true;
    if (is_asking(course))
        emit(course, &fact);
    else
        tell(course);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct sense_reach *reach = userdata;
    bool told = false;

    for (size_t i = 0; i < REACH_SUBJECTS_MAX; i++) {
        struct course *course = &reach->courses[i];

        if (!course->due)
            continue;
        begin(course);
        if (is_asking(course))
            continue;
        tell(course);
        told = true;
    }
    if (told)
        reach->sense.turn(reach->sense.userdata);
    return 0;
}

static struct course *find(struct sense_reach *reach, int32_t ifindex)
{
    for (size_t i = 0; i < REACH_SUBJECTS_MAX; i++)
        if (reach->courses[i].is.ifindex == ifindex)
            return &reach->courses[i];
    return NULL;
}

static void forget(struct course *course)
{
    stop(course);
    take_back(course);
    memset(&course->is, 0, sizeof(course->is));
    course->due = false;
}

/* Gone, or up again. */
static void forget_others(struct sense_reach *reach)
{
    const struct node *node = reach->sense.node;

    for (size_t i = 0; i < REACH_SUBJECTS_MAX; i++) {
        struct course *course = &reach->courses[i];
        const struct tunnel *tunnel = tunnels_of_link(&node->tunnels, course->is.ifindex);
        struct reach_subject now;

        if (course->is.ifindex && (!tunnel || !reach_subject_of(node, tunnel, &now)))
            forget(course);
    }
}

static bool any_due(const struct sense_reach *reach)
{
    for (size_t i = 0; i < REACH_SUBJECTS_MAX; i++)
        if (reach->courses[i].due)
            return true;
    return false;
}

static void look(struct sense_reach *reach, const struct reach_subject *now)
{
    struct course *course = find(reach, now->ifindex);
    bool first = !course;

    if (first)
        course = find(reach, 0);
    if (!course || memcmp(&course->is, now, sizeof(*now)) == 0)
        return;
    if (!first)
        forget(course);
    memcpy(&course->is, now, sizeof(*now));
    if (!now->link[0])
        return;
    if (first) {
        begin_first(course);
        return;
    }
    if (!any_due(reach))
        timer_set(reach->timer_source, SENSE_REACH_DOUBT_USEC);
    course->due = true;
}

void sense_reach_look(struct sense_reach *reach)
{
    const struct tunnels *tunnels = &reach->sense.node->tunnels;
    struct reach_subject now;

    forget_others(reach);
    for (size_t i = 0; i < tunnels->count; i++)
        if (reach_subject_of(reach->sense.node, &tunnels->list[i], &now))
            look(reach, &now);
}

/* What runs goes on: its answers are of now. */
void sense_reach_refresh(struct sense_reach *reach)
{
    for (size_t i = 0; i < REACH_SUBJECTS_MAX; i++)
        if (can_ask(&reach->courses[i]))
            reach->courses[i].due = true;
    if (any_due(reach))
        timer_set(reach->timer_source, 0);
}

void sense_reach_beat(struct sense_reach *reach)
{
    for (size_t i = 0; i < REACH_SUBJECTS_MAX; i++) {
        struct course *course = &reach->courses[i];

        if (can_ask(course) && ++course->beats >= SENSE_REACH_BEATS)
            course->due = true;
    }
    if (any_due(reach))
        timer_set(reach->timer_source, 0);
}

bool sense_reach_busy(const struct sense_reach *reach)
{
    for (size_t i = 0; i < REACH_SUBJECTS_MAX; i++)
        if (reach->courses[i].due || is_asking(&reach->courses[i]))
            return true;
    return false;
}

struct sense_reach *sense_reach_free(struct sense_reach *reach)
{
    if (!reach)
        return NULL;
    for (size_t i = 0; i < REACH_SUBJECTS_MAX; i++)
        stop(&reach->courses[i]);
    sd_event_source_disable_unref(reach->timer_source);
    free(reach);
    return NULL;
}

int sense_reach_new(const struct sense *sense, struct sense_reach **ret)
{
    struct sense_reach *reach = calloc(1, sizeof(*reach));
    int r;

    if (!reach)
        return -ENOMEM;
    reach->sense = *sense;
    for (size_t i = 0; i < REACH_SUBJECTS_MAX; i++)
        reach->courses[i].reach = reach;
    r = timer_new(sense->event, &reach->timer_source, ACCURACY_USEC, on_timer, reach);
    if (r < 0) {
        sense_reach_free(reach);
        return r;
    }
    *ret = reach;
    return 0;
}
