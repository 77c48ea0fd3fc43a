/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sensor of .wslconfig: when it is read, and what becomes of a drive that does not answer */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../service/sense/sense.h"
#include "../../service/sense/wslconfig_finder.h"
#include "../../service/sys/child.h"
#include "../timers.h"
#include "../unit.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)

/* In the child: what the drive does. */
static enum { ANSWERS, HANGS, FAILS, HAS_NO_CHILD } drive;
static uint32_t remarks;

struct stand {
    sd_event *event;
    struct node node;
    struct sense_wslconfig *sensor;
    struct wslconfig_fact fact; /* the last one */
    unsigned children, facts, turns;
    bool busy_in_turn;
};

static struct stand stand;

void __wrap_wslconfig_finder_read(int root, struct wslconfig_fact *fact);

void __wrap_wslconfig_finder_read(int root, struct wslconfig_fact *fact)
{
    if (drive == FAILS)
        _exit(3);
    if (drive == HANGS)
        pause();
    *fact = (struct wslconfig_fact){.folders = 1, .remarks = remarks};
}

int __real_child_run(sd_event *event, child_work work, const void *data, uid_t uid, size_t limit,
                     uint64_t deadline_usec, child_done done, void *userdata, struct child **ret);
int __wrap_child_run(sd_event *event, child_work work, const void *data, uid_t uid, size_t limit,
                     uint64_t deadline_usec, child_done done, void *userdata, struct child **ret);

int __wrap_child_run(sd_event *event, child_work work, const void *data, uid_t uid, size_t limit,
                     uint64_t deadline_usec, child_done done, void *userdata, struct child **ret)
{
    stand.children++;
    assert_int_equal(uid, 0);
    if (drive == HAS_NO_CHILD)
        return -EAGAIN;
    assert_in_range(deadline_usec, 1, 4 * SECOND);
    /* A test that waits for it need not wait long. */
    return __real_child_run(event, work, data, geteuid(), limit, drive == HANGS ? 100000 : 10 * deadline_usec,
                            done, userdata, ret);
}

static void on_fact(void *userdata, const struct fact *fact)
{
    assert_int_equal(fact->kind, FACT_WSLCONFIG);
    stand.fact = fact->wslconfig;
    stand.facts++;
}

static void on_turn(void *userdata)
{
    stand.turns++;
    stand.busy_in_turn = sense_wslconfig_busy(stand.sensor);
}

static int set_up(void **state)
{
    sigset_t signals;

    memset(&stand, 0, sizeof(stand));
    drive = ANSWERS;
    remarks = 0;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    assert_true(sd_event_new(&stand.event) >= 0);
    timers_start(stand.event, 1000 * SECOND);
    node_init(&stand.node);
    return 0;
}

static int tear_down(void **state)
{
    assert_null(sense_wslconfig_free(stand.sensor));
    for (int i = 0; i < 5; i++)
        sd_event_run(stand.event, 10000);
    sd_event_unref(stand.event);
    node_done(&stand.node);
    return 0;
}

static void start(const char *platform)
{
    struct sense sense = {
        .event = stand.event, .root = -1, .node = &stand.node, .emit = on_fact, .turn = on_turn};

    snprintf(stand.node.platform.platform, sizeof(stand.node.platform.platform), "%s", platform);
    assert_int_equal(sense_wslconfig_new(&sense, &stand.sensor), 0);
}

static void settle(void)
{
    for (int i = 0; i < 2000 && sense_wslconfig_busy(stand.sensor); i++)
        assert_true(sd_event_run(stand.event, 10000) >= 0);
    assert_false(sense_wslconfig_busy(stand.sensor));
}

static void test_it_is_read_soon_after_the_start(void **state)
{
    start("wsl2");
    timers_run();
    assert_int_equal(stand.children, 0); /* others come first */
    assert_int_equal(timers_next(), SECOND);
    timers_pass(SECOND);
    assert_int_equal(stand.children, 1);
    settle();
    assert_int_equal(stand.facts, 1);
    assert_int_equal(stand.turns, 1);
    assert_int_equal(stand.fact.folders, 1);
    assert_false(stand.busy_in_turn);
    assert_int_equal(timers_next(), -1); /* and nobody is woken again */
}

static void test_off_wsl(void **state)
{
    start("linux");
    assert_int_equal(timers_next(), -1);
    sense_wslconfig_refresh(stand.sensor);
    assert_false(sense_wslconfig_busy(stand.sensor));
    assert_int_equal(stand.children, 0);
    assert_int_equal(stand.facts, 0);
}

static void test_a_refresh_reads_it_at_once(void **state)
{
    start("wsl2");
    sense_wslconfig_refresh(stand.sensor);
    assert_true(sense_wslconfig_busy(stand.sensor));
    settle();
    assert_int_equal(stand.facts, 1);
    assert_int_equal(timers_next(), -1); /* it need not be read at the start any more */
    remarks = 2;
    sense_wslconfig_refresh(stand.sensor);
    settle();
    assert_int_equal(stand.fact.remarks, 2);
}

static void test_who_asks_while_it_is_read_gets_a_new_answer(void **state)
{
    start("wsl2");
    sense_wslconfig_refresh(stand.sensor);
    remarks = 2;
    sense_wslconfig_refresh(stand.sensor);
    assert_int_equal(stand.children, 1);
    settle();
    assert_int_equal(stand.children, 2);
    assert_int_equal(stand.fact.remarks, 2);
    timers_pass(20 * MINUTE);
    assert_int_equal(stand.children, 2);
}

static void assert_kept(void)
{
    assert_int_equal(stand.facts, 1);
    assert_int_equal(stand.turns, 2); /* who waits for it is told */
    assert_int_equal(timers_next(), 10 * MINUTE);
    drive = ANSWERS;
    remarks = 1;
    timers_pass(10 * MINUTE);
    settle();
    assert_int_equal(stand.facts, 2);
    assert_int_equal(stand.fact.remarks, 1);
    assert_int_equal(timers_next(), -1);
}

static void test_a_drive_that_hangs_leaves_what_was_known(void **state)
{
    start("wsl2");
    sense_wslconfig_refresh(stand.sensor);
    settle();
    drive = HANGS;
    sense_wslconfig_refresh(stand.sensor);
    settle();
    assert_kept();
}

static void test_a_child_that_fails_does_as_well(void **state)
{
    start("wsl2");
    sense_wslconfig_refresh(stand.sensor);
    settle();
    drive = FAILS;
    sense_wslconfig_refresh(stand.sensor);
    settle();
    assert_kept();
}

static void test_no_child_can_be_started(void **state)
{
    start("wsl2");
    sense_wslconfig_refresh(stand.sensor);
    settle();
    drive = HAS_NO_CHILD;
    sense_wslconfig_refresh(stand.sensor);
    assert_false(sense_wslconfig_busy(stand.sensor));
    assert_kept();
}

static void test_it_ends_while_it_is_read(void **state)
{
    siginfo_t info;

    start("wsl2");
    drive = HANGS;
    sense_wslconfig_refresh(stand.sensor);
    stand.sensor = sense_wslconfig_free(stand.sensor);
    assert_null(stand.sensor);
    for (int i = 0; i < 500 && waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0; i++)
        sd_event_run(stand.event, 10000);
    assert_int_equal(waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT), -1);
    assert_int_equal(stand.facts, 0);
    assert_int_equal(stand.turns, 0);
}

#define STAND_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_TEST(test_it_is_read_soon_after_the_start),
        STAND_TEST(test_off_wsl),
        STAND_TEST(test_a_refresh_reads_it_at_once),
        STAND_TEST(test_who_asks_while_it_is_read_gets_a_new_answer),
        STAND_TEST(test_a_drive_that_hangs_leaves_what_was_known),
        STAND_TEST(test_a_child_that_fails_does_as_well),
        STAND_TEST(test_no_child_can_be_started),
        STAND_TEST(test_it_ends_while_it_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
