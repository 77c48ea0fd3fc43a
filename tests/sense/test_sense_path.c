/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sensor of what the ways of tunnels carry: when it measures, what it asks for, and what it tells */
#include "../../service/sense/sense_path.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "../../service/sys/path_probe.h"
#include "../timers.h"
#include "../unit.h"

#define S          INT64_C(1000000)
#define PROBES_MAX 64

/* A way that ends when the test wants it to. */
struct path_probe {
    bool open;
    struct path_target target;
    path_probe_done done;
    void *userdata;
};

struct stand {
    sd_event *event;
    struct sense_path *path;
    unsigned told;
    int32_t ifindex; /* of the latest that was told */
    struct path_input input;
    bool sets;      /* others, when one is told */
    char asked[64]; /* "7?" it is, "7." that is over, "7!" with an answer to all of it */
};

static struct path_probe probes[PROBES_MAX];
static unsigned total, running, most;
static int result;         /* of asking at all */
static uint32_t fails_for; /* only for this size; 0: for all */

int __wrap_path_probe_new(sd_event *event, const struct path_target *target, path_probe_done done,
                          void *userdata, struct path_probe **ret);
struct path_probe *__wrap_path_probe_free(struct path_probe *probe);

int __wrap_path_probe_new(sd_event *event, const struct path_target *target, path_probe_done done,
                          void *userdata, struct path_probe **ret)
{
    if (result < 0 && (!fails_for || fails_for == target->size))
        return result;
    if (running == PATH_PROBES_MAX)
        return -EBUSY;
    assert_true(total < PROBES_MAX);
    probes[total] = (struct path_probe){true, *target, done, userdata};
    *ret = &probes[total++];
    running++;
    most = running > most ? running : most;
    return 0;
}

struct path_probe *__wrap_path_probe_free(struct path_probe *probe)
{
    if (!probe)
        return NULL;
    assert_true(probe->open);
    probe->open = false;
    running--;
    return NULL;
}

static void answer(unsigned i, uint32_t carries)
{
    struct path_measure measure = {.answered = carries > 0, .carries = carries};

    assert_true(i < total && probes[i].open);
    probes[i].done(probes[i].userdata, &measure);
}

static struct path_course course_of(int32_t ifindex)
{
    struct path_course course;

    memset(&course, 0, sizeof(course));
    course.ifindex = ifindex;
    course.tunnel_mtu = 1420;
    course.underlay = 2;
    course.underlay_mtu = 1500;
    course.mark = 51820;
    course.endpoint.family = AF_INET;
    memcpy(course.endpoint.bytes, "\xc0\0\2\1", 4);
    course.peer_family = AF_INET6;
    memcpy(course.peer, "\xfd\1", 2);
    return course;
}

static void on_told(void *userdata, int32_t ifindex, const struct path_input *input)
{
    struct stand *stand = userdata;
    struct path_course other = course_of(50);

    stand->told++;
    stand->ifindex = ifindex;
    stand->input = *input;
    if (stand->sets)
        sense_path_set(stand->path, &other, 1);
}

static bool running_through(int32_t ifindex)
{
    for (unsigned i = 0; i < total; i++)
        if (probes[i].open && probes[i].target.ifindex == ifindex)
            return true;
    return false;
}

static bool may_ask(void *userdata, int32_t ifindex)
{
    return true;
}

static void on_asked(void *userdata, int32_t ifindex, bool answered)
{
    char *asked = ((struct stand *)userdata)->asked;
    size_t length = strlen(asked), room = sizeof(((struct stand *)0)->asked) - length;

    /* One after the other of each. */
    snprintf(asked + length, room, "%d%c", ifindex, answered ? '!' : running_through(ifindex) ? '?' : '.');
}

static int set_up(void **state)
{
    static struct stand stand;
    struct sense_path_context context = {.told = on_told,
                                         .may_ask = may_ask,
                                         .asked = on_asked,
                                         .userdata = &stand};

    memset(&stand, 0, sizeof(stand));
    total = running = most = 0;
    result = 0;
    fails_for = 0;
    assert_true(sd_event_new(&stand.event) >= 0);
    timers_start(stand.event, 1000 * S);
    context.event = stand.event;
    assert_int_equal(sense_path_new(&context, &stand.path), 0);
    *state = &stand;
    return 0;
}

static int tear_down(void **state)
{
    struct stand *stand = *state;

    stand->path = sense_path_free(stand->path);
    assert_int_equal(running, 0);
    sd_event_unref(stand->event);
    return 0;
}

static void set_one(struct stand *stand, const struct path_course *course)
{
    sense_path_set(stand->path, course, 1);
}

static void test_what_is_asked(void **state)
{
    struct stand *stand = *state;
    struct path_course course = course_of(7);

    set_one(stand, &course);
    timers_pass(S - 1);
    assert_int_equal(total, 0);
    timers_pass(1);
    assert_int_equal(total, 2);
    assert_int_equal(probes[0].target.family, AF_INET);
    assert_memory_equal(probes[0].target.bytes, course.endpoint.bytes, 16);
    assert_int_equal(probes[0].target.ifindex, 2);
    assert_int_equal(probes[0].target.mark, 51820);
    assert_int_equal(probes[0].target.size, 1480);
    assert_int_equal(probes[1].target.family, AF_INET6);
    assert_memory_equal(probes[1].target.bytes, course.peer, 16);
    assert_int_equal(probes[1].target.ifindex, 7);
    assert_int_equal(probes[1].target.mark, 0);
    assert_int_equal(probes[1].target.size, 1420);
    course.endpoint.family = AF_INET6;
    set_one(stand, &course);
    timers_pass(S);
    assert_int_equal(probes[2].target.size, 1500);
}

static void test_what_is_told(void **state)
{
    struct stand *stand = *state;
    struct path_course course = course_of(7);

    set_one(stand, &course);
    timers_pass(S);
    answer(1, 1400);
    assert_int_equal(stand->told, 0);
    answer(0, 1460);
    assert_int_equal(stand->told, 1);
    assert_int_equal(stand->ifindex, 7);
    assert_int_equal(stand->input.tunnel_mtu, 1420);
    assert_int_equal(stand->input.underlay_mtu, 1500);
    assert_int_equal(stand->input.endpoint_family, AF_INET);
    assert_int_equal(stand->input.beside.carries, 1460);
    assert_int_equal(stand->input.through.carries, 1400);
    sense_path_refresh(stand->path);
    timers_run();
    timers_pass(0);
    answer(2, 0);
    answer(3, 0);
    assert_int_equal(stand->told, 2);
    assert_false(stand->input.beside.answered || stand->input.through.answered);
}

static void test_what_was_known(void **state)
{
    struct stand *stand = *state;
    struct path_course course = course_of(7);

    set_one(stand, &course);
    timers_pass(S);
    answer(0, 1480);
    answer(1, 1420);
    result = -ENETUNREACH;
    sense_path_refresh(stand->path);
    timers_pass(0);
    assert_int_equal(stand->told, 2);
    assert_false(stand->input.beside.answered || stand->input.through.answered);
}

/* What goes through the tunnel is told, and nothing of what goes beside it. */
static void test_who_is_asked(void **state)
{
    struct stand *stand = *state;
    struct path_course course = course_of(7);

    set_one(stand, &course);
    timers_pass(S);
    assert_string_equal(stand->asked, "7?");
    answer(0, 1480);
    assert_string_equal(stand->asked, "7?");
    answer(1, 1420);
    assert_string_equal(stand->asked, "7?7!");
    for (uint32_t carries = 0; carries < 1420; carries += 1419) {
        stand->asked[0] = 0;
        sense_path_refresh(stand->path);
        timers_pass(0);
        answer(total - 2, 1480);
        answer(total - 1, carries);
        assert_string_equal(stand->asked, "7?7."); /* the last may be open */
    }
    stand->asked[0] = 0;
    result = -ENOKEY;
    sense_path_refresh(stand->path);
    timers_pass(0);
    assert_string_equal(stand->asked, "");
}

/* Neither the same course again nor time is a reason. */
static void test_never_by_itself(void **state)
{
    struct stand *stand = *state;
    struct path_course course = course_of(7);

    set_one(stand, &course);
    timers_pass(S);
    set_one(stand, &course);
    timers_pass(S);
    answer(0, 1480);
    answer(1, 1420);
    for (int i = 0; i < 100; i++) {
        set_one(stand, &course);
        timers_pass(60 * S);
    }
    assert_int_equal(total, 2);
    assert_int_equal(stand->told, 1);
    assert_int_equal(timers_next(), -1);
}

static void test_a_course_changes(void **state)
{
    struct stand *stand = *state;
    struct path_course course = course_of(7);

    set_one(stand, &course);
    timers_pass(S / 2);
    course.tunnel_mtu = 1280; /* within that second: it is not put off for ever */
    set_one(stand, &course);
    timers_pass(S / 2);
    assert_int_equal(total, 2);
    assert_int_equal(probes[1].target.size, 1280);
    course.underlay_mtu = 1400; /* what is measured then would be of before */
    set_one(stand, &course);
    assert_int_equal(running, 0);
    timers_pass(S);
    assert_int_equal(total, 4);
    answer(2, 1340);
    answer(3, 1280);
    assert_int_equal(stand->told, 1);
    assert_int_equal(stand->input.underlay_mtu, 1400);
}

static void test_a_tunnel_goes(void **state)
{
    struct stand *stand = *state;
    struct path_course courses[] = {course_of(7), course_of(8)};

    sense_path_set(stand->path, courses, 2);
    timers_pass(S);
    assert_int_equal(running, 4);
    sense_path_set(stand->path, courses + 1, 1);
    assert_int_equal(running, 2);
    answer(2, 1480);
    answer(3, 1420);
    assert_int_equal(stand->told, 1);
    assert_int_equal(stand->ifindex, 8);
    sense_path_set(stand->path, NULL, 0);
    sense_path_refresh(stand->path);
    timers_pass(S);
    assert_int_equal(total, 4);
    assert_false(sense_path_busy(stand->path));
    sense_path_set(stand->path, courses, 1); /* it is back, and new */
    timers_pass(S);
    assert_int_equal(total, 6);
}

static void test_more_than_there_is_room_for(void **state)
{
    struct stand *stand = *state;
    struct path_course courses[PATH_COURSES_MAX + 2];

    for (size_t i = 0; i < COUNT(courses); i++)
        courses[i] = course_of(i + 1);
    sense_path_set(stand->path, courses, COUNT(courses));
    timers_pass(S);
    assert_int_equal(running, PATH_PROBES_MAX);
    for (unsigned i = 0; i < 2 * PATH_COURSES_MAX; i++) {
        assert_int_equal(stand->told, i / 2);
        answer(i, 1420);
    }
    assert_int_equal(stand->told, PATH_COURSES_MAX);
    assert_int_equal(total, 2 * PATH_COURSES_MAX);
    assert_int_equal(most, PATH_PROBES_MAX);
}

/* Those that wait come to their turn when those that run are taken away. */
static void test_room_is_made(void **state)
{
    struct stand *stand = *state;
    struct path_course courses[PATH_COURSES_MAX];

    for (size_t i = 0; i < COUNT(courses); i++)
        courses[i] = course_of(i + 1);
    sense_path_set(stand->path, courses, COUNT(courses));
    timers_pass(S);
    assert_int_equal(total, PATH_PROBES_MAX);
    sense_path_set(stand->path, courses + 4, 4);
    assert_int_equal(running, 0);
    timers_pass(S);
    assert_int_equal(running, PATH_PROBES_MAX);
    assert_int_equal(probes[PATH_PROBES_MAX + 1].target.ifindex, 5);
}

static void test_what_cannot_be_asked(void **state)
{
    struct stand *stand = *state;
    struct path_course course = course_of(7);

    result = -ENOKEY;
    set_one(stand, &course);
    sense_path_refresh(stand->path);
    assert_int_equal(stand->told, 0); /* never from within */
    timers_pass(0);
    assert_int_equal(stand->told, 1);
    assert_false(stand->input.beside.answered || stand->input.through.answered);
    assert_false(sense_path_busy(stand->path));
    fails_for = 1420;
    sense_path_refresh(stand->path);
    timers_pass(0);
    assert_int_equal(running, 1);
    answer(0, 1480);
    assert_int_equal(stand->told, 2);
    assert_int_equal(stand->input.beside.carries, 1480);
}

static void test_a_refresh(void **state)
{
    struct stand *stand = *state;
    struct path_course course = course_of(7);

    sense_path_refresh(stand->path);
    assert_false(sense_path_busy(stand->path)); /* there is nothing */
    set_one(stand, &course);
    assert_false(sense_path_busy(stand->path));
    sense_path_refresh(stand->path);
    assert_true(sense_path_busy(stand->path));
    timers_pass(0);
    assert_int_equal(running, 2);
    sense_path_refresh(stand->path); /* what runs is not begun anew */
    timers_pass(S);
    assert_int_equal(total, 2);
    answer(0, 1480);
    assert_true(sense_path_busy(stand->path));
    answer(1, 1420);
    assert_false(sense_path_busy(stand->path));
    sense_path_refresh(stand->path);
    timers_pass(0);
    assert_int_equal(total, 4);
    sense_path_set(stand->path, NULL, 0);
    assert_false(sense_path_busy(stand->path));
}

static void test_a_refresh_of_several(void **state)
{
    struct stand *stand = *state;
    struct path_course courses[] = {course_of(7), course_of(8)};

    sense_path_set(stand->path, courses, 2);
    sense_path_refresh(stand->path);
    timers_pass(0);
    answer(0, 1480);
    answer(1, 1420);
    assert_true(sense_path_busy(stand->path));
    answer(2, 1480);
    answer(3, 1420);
    assert_false(sense_path_busy(stand->path));
    assert_int_equal(stand->told, 2);
}

static void test_others_are_set_when_one_is_told(void **state)
{
    struct stand *stand = *state;
    struct path_course courses[] = {course_of(7), course_of(8)};

    stand->sets = true;
    sense_path_set(stand->path, courses, 2);
    timers_pass(S);
    answer(0, 1480);
    answer(1, 1420);
    assert_int_equal(running, 0);
    timers_pass(S);
    assert_int_equal(running, 2);
    assert_int_equal(probes[5].target.ifindex, 50);
    answer(4, 1480);
    answer(5, 1420);
    assert_int_equal(stand->told, 2);
    assert_int_equal(stand->ifindex, 50);
}

static void test_no_tunnels(void **state)
{
    struct stand *stand = *state;
    struct path_course none = course_of(0), negative = course_of(-1);

    assert_null(sense_path_free(NULL));
    set_one(stand, &none);
    set_one(stand, &negative);
    sense_path_refresh(stand->path);
    timers_pass(10 * S);
    assert_int_equal(total + stand->told, 0);
}

#define STAND_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_TEST(test_what_is_asked),   STAND_TEST(test_what_is_told),
        STAND_TEST(test_what_was_known),  STAND_TEST(test_a_refresh_of_several),
        STAND_TEST(test_never_by_itself), STAND_TEST(test_a_course_changes),
        STAND_TEST(test_a_tunnel_goes),   STAND_TEST(test_more_than_there_is_room_for),
        STAND_TEST(test_room_is_made),    STAND_TEST(test_what_cannot_be_asked),
        STAND_TEST(test_a_refresh),       STAND_TEST(test_others_are_set_when_one_is_told),
        STAND_TEST(test_no_tunnels),      STAND_TEST(test_who_is_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
