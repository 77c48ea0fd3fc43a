/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sensor of the network stack itself, in a network of its own and in a time that is the test's */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../../service/sense/sense.h"
#include "../state/facts.h"
#include "../timers.h"

#define S INT64_C(1000000)

struct stand {
    sd_event *event;
    struct node node;
    struct sense_loopback *loopback;
    unsigned facts, turns;
    bool dead; /* as the last fact says */
};

/* A stack that takes a datagram and loses it. */
static bool loses;
static unsigned sends;

ssize_t __real_send(int fd, const void *bytes, size_t length, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t length, int flags);

ssize_t __wrap_send(int fd, const void *bytes, size_t length, int flags)
{
    sends++;
    return loses ? (ssize_t)length : __real_send(fd, bytes, length, flags);
}

static void on_fact(void *userdata, const struct fact *fact)
{
    struct stand *stand = userdata;

    assert_int_equal(fact->kind, FACT_LOOPBACK);
    tell(&stand->node, *fact);
    stand->dead = fact->loopback.dead;
    stand->facts++;
}

static void on_turn(void *userdata)
{
    ((struct stand *)userdata)->turns++;
}

static void set_lo(const char *state)
{
    char command[64];

    snprintf(command, sizeof(command), "ip link set lo %s", state);
    assert_int_equal(system(command), 0);
}

static int enter_network(void **state)
{
    return unshare(CLONE_NEWNET);
}

static int set_up(void **state)
{
    static struct stand stand;
    struct sense sense = {
        .root = -1, .node = &stand.node, .emit = on_fact, .turn = on_turn, .userdata = &stand};

    memset(&stand, 0, sizeof(stand));
    loses = false;
    sends = 0;
    set_lo("up");
    node_init(&stand.node);
    assert_true(sd_event_new(&stand.event) >= 0);
    timers_start(stand.event, 1000 * S);
    sense.event = stand.event;
    assert_int_equal(sense_loopback_new(&sense, &stand.loopback), 0);
    *state = &stand;
    return 0;
}

static int tear_down(void **state)
{
    struct stand *stand = *state;

    sense_loopback_free(stand->loopback);
    sd_event_unref(stand->event);
    node_done(&stand->node);
    return 0;
}

/* No time passes. */
static void wait_for_fact(struct stand *stand, unsigned number)
{
    for (int i = 0; i < 500 && stand->facts < number; i++)
        assert_true(sd_event_run(stand->event, 10000) >= 0);
    assert_int_equal(stand->facts, number);
}

/* Two tries of a second each. */
static void assert_dies(struct stand *stand)
{
    unsigned facts = stand->facts;

    assert_true(sense_loopback_busy(stand->loopback));
    timers_pass(2 * S - 1);
    assert_int_equal(stand->facts, facts);
    assert_true(sense_loopback_busy(stand->loopback));
    timers_pass(1);
    assert_int_equal(stand->facts, facts + 1);
    assert_true(stand->dead);
    assert_true(stand->node.loopback_dead);
    assert_false(sense_loopback_busy(stand->loopback));
}

static void test_not_asked(void **state)
{
    struct stand *stand = *state;

    assert_false(sense_loopback_busy(stand->loopback));
    timers_pass(600 * S);
    assert_int_equal(stand->facts + sends, 0);
    assert_int_equal(timers_next(), -1);
}

static void test_it_answers(void **state)
{
    struct stand *stand = *state;

    sense_loopback_refresh(stand->loopback);
    assert_true(sense_loopback_busy(stand->loopback));
    wait_for_fact(stand, 1);
    assert_false(stand->dead);
    assert_false(sense_loopback_busy(stand->loopback));
    assert_int_equal(stand->turns, 1);
    assert_int_equal(sends, 1);
    /* And is left alone until somebody asks. */
    assert_int_equal(timers_next(), -1);
    timers_pass(600 * S);
    assert_int_equal(sends, 1);
    sense_loopback_refresh(stand->loopback);
    wait_for_fact(stand, 2);
}

static void test_lo_is_down(void **state)
{
    struct stand *stand = *state;

    set_lo("down");
    sense_loopback_refresh(stand->loopback);
    assert_dies(stand);
    assert_int_equal(stand->turns, 1);
    /* Asked again each minute, and said each time: an equal fact changes nothing. */
    timers_pass(60 * S - 1);
    assert_false(sense_loopback_busy(stand->loopback));
    timers_pass(1);
    assert_dies(stand);
    set_lo("up");
    timers_pass(60 * S);
    wait_for_fact(stand, 3);
    assert_false(stand->dead);
    assert_false(stand->node.loopback_dead);
    assert_int_equal(timers_next(), -1);
}

/* In time for the second try. */
static void test_lo_comes_up(void **state)
{
    struct stand *stand = *state;

    set_lo("down");
    sense_loopback_refresh(stand->loopback);
    timers_pass(S / 2);
    set_lo("up");
    timers_pass(S / 2);
    wait_for_fact(stand, 1);
    assert_false(stand->dead);
}

static void test_a_stack_that_loses_everything(void **state)
{
    struct stand *stand = *state;

    loses = true;
    sense_loopback_refresh(stand->loopback);
    assert_dies(stand);
    assert_int_equal(sends, 2);
    loses = false;
    sense_loopback_refresh(stand->loopback); /* not a minute later only */
    wait_for_fact(stand, 2);
    assert_false(stand->dead);
    assert_int_equal(timers_next(), -1);
}

/* Who asks in the middle gets the same answer, and the tries are not lost count of. */
static void test_asked_again_and_again(void **state)
{
    struct stand *stand = *state;

    loses = true;
    for (int i = 0; i < 5; i++)
        sense_loopback_refresh(stand->loopback);
    timers_pass(S / 2);
    sense_loopback_refresh(stand->loopback);
    timers_pass(S);
    sense_loopback_refresh(stand->loopback);
    assert_int_equal(stand->facts, 0);
    timers_pass(S / 2);
    assert_int_equal(stand->facts, 1);
    assert_true(stand->dead);
    assert_int_equal(sends, 2);
    loses = false;
    for (int i = 0; i < 5; i++)
        sense_loopback_refresh(stand->loopback);
    wait_for_fact(stand, 2);
    assert_false(stand->dead);
    timers_run();
    assert_int_equal(stand->facts, 2);
    assert_int_equal(sends, 3);
}

/* Without a socket nothing was asked: the deadline decides. */
static void test_no_socket(void **state)
{
    struct stand *stand = *state;
    struct rlimit limit, none;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    sense_loopback_refresh(stand->loopback);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(sends, 0);
    assert_true(sense_loopback_busy(stand->loopback));
    timers_pass(S);
    wait_for_fact(stand, 1);
    assert_false(stand->dead);
}

/* As long as it is not freed, nothing of it is left behind either. */
static void test_no_fd_is_left(void **state)
{
    struct stand *stand = *state;
    int before = dup(0), after;

    close(before);
    for (unsigned i = 1; i <= 20; i++) {
        sense_loopback_refresh(stand->loopback);
        wait_for_fact(stand, i);
    }
    loses = true;
    sense_loopback_refresh(stand->loopback);
    assert_dies(stand);
    after = dup(0);
    assert_int_equal(after, before);
    close(after);
}

static void test_the_end(void **state)
{
    struct stand *stand = *state;

    assert_null(sense_loopback_free(NULL));
    sense_loopback_refresh(stand->loopback);
    stand->loopback = sense_loopback_free(stand->loopback);
    timers_start(stand->event, 0);
    timers_run();
    assert_int_equal(stand->facts, 0);
}

#define STAND_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_TEST(test_not_asked),
        STAND_TEST(test_it_answers),
        STAND_TEST(test_lo_is_down),
        STAND_TEST(test_lo_comes_up),
        STAND_TEST(test_a_stack_that_loses_everything),
        STAND_TEST(test_asked_again_and_again),
        STAND_TEST(test_no_socket),
        STAND_TEST(test_no_fd_is_left),
        STAND_TEST(test_the_end),
    };

    return cmocka_run_group_tests(tests, enter_network, NULL);
}
