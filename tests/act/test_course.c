/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The course of one plan: which step comes when, and back again */
#include "../../service/act/course.h"

#include <stdlib.h>

#include "stand.h"

#define NEW "172.20.1.2"

/* A course of one's own beside the stand's executor. */
struct run {
    struct stand *stand;
    struct executor_context context;
    struct course course;
    struct plan plan;
    struct refusal refusal;
    unsigned done, files;
    int files_result;
    /* f: all files are there, w: the wish is saved, k: the kernel has it, m: the clock is measured, s: and
     * stepped, r: a restart */
    char order[32];
};

static struct run run;

static void note(char letter)
{
    size_t length = strlen(run.order);

    assert_true(length + 1 < sizeof(run.order));
    if (!length || run.order[length - 1] != letter)
        run.order[length] = letter;
}

static int on_files(void *userdata)
{
    assert_ptr_equal(userdata, &run);
    run.files++;
    note('f');
    return run.files_result;
}

static void on_done(void *userdata, const struct refusal *refusal)
{
    assert_ptr_equal(userdata, &run);
    run.done++;
    run.refusal = *refusal;
}

static void on_request(struct kernel *kernel)
{
    if (wanted_find(&run.stand->wanted, "wg0"))
        note('w');
    note('k');
}

static void on_restart(void *userdata, const char *unit, uint64_t deadline_usec, executor_effect_done done,
                       void *done_userdata)
{
    struct stand *stand = userdata;

    note('r');
    assert_true(stand->restarts < COUNT(stand->deadlines_usec));
    stand->deadlines_usec[stand->restarts++] = deadline_usec;
    strcat(strcat(stand->units, unit), " ");
    done(done_userdata, stand->result ? stand->result : "done");
}

static void on_measure(void *userdata, executor_measured done, void *done_userdata)
{
    struct stand *stand = userdata;

    note('m');
    assert_int_equal(settime.calls, 0);
    if (stand->on_measure)
        stand->on_measure(stand);
    done(done_userdata);
}

static void on_stepped(void *userdata)
{
    assert_ptr_equal(userdata, run.stand);
    assert_int_equal(settime.calls, 1);
    note('s');
}

static int set_up(void **state)
{
    memset(&run, 0, sizeof(run));
    stand_set_up((void **)&run.stand);
    run.context = (struct executor_context){.event = run.stand->event,
                                            .view = run.stand->view,
                                            .wanted = &run.stand->wanted,
                                            .changes = &run.stand->changes,
                                            .kernel = run.stand->apply_kernel,
                                            .file = run.stand->apply_file,
                                            .restart = on_restart,
                                            .measure_clock = on_measure,
                                            .stepped = on_stepped,
                                            .userdata = run.stand};
    run.course =
        (struct course){.context = &run.context, .files = on_files, .done = on_done, .userdata = &run};
    run.stand->kernel.on_request = on_request;
    *state = run.stand;
    return 0;
}

static int tear_down(void **state)
{
    return stand_tear_down((void **)&run.stand);
}

static void add_file(const char *path, uint32_t line, const char *before, const char *after)
{
    struct step *step = &run.plan.steps[run.plan.steps_count++];

    *step = (struct step){.kind = STEP_FILE, .file = {.variable = "WSL_IP", .line = line}};
    strcpy(step->target, path);
    strcpy(step->file.before, before);
    strcpy(step->file.after, after);
}

static void add_unit(const char *name)
{
    struct step *step = &run.plan.steps[run.plan.steps_count++];

    *step = (struct step){.kind = STEP_EFFECT};
    strcpy(step->target, name);
}

static void add_mtu(void)
{
    run.plan.steps[run.plan.steps_count++] =
        (struct step){.kind = STEP_KERNEL, .target = "wg0", .mtu_before = 1420, .mtu_after = 1280};
    run.plan.steps[run.plan.steps_count++] =
        (struct step){.kind = STEP_WANTED, .target = "wg0", .wish_after = {.set = true, .mtu = 1280}};
    run.plan.subject =
        (struct plan_subject){.link = "wg0", .link_kind = "wireguard", .ifindex = WG0, .mtu = 1280};
}

/* Planned when it was ten seconds ahead, as it is. */
static void add_clock(void)
{
    run.plan.steps[run.plan.steps_count++] =
        (struct step){.kind = STEP_CLOCK, .target = "clock", .clock_by_usec = -10000000};
    run.plan.clock = (struct plan_clock){.offset_usec = 10000000, .reference = REFERENCE_PTP};
    stand_look(run.stand, REFERENCE_PTP, 10000000);
}

static void wait_for_it(void)
{
    for (int i = 0; i < 1000 && !run.done; i++)
        assert_true(sd_event_run(run.stand->event, 10000) >= 0);
    assert_int_equal(run.done, 1);
}

static enum refusal_kind go(void)
{
    run.done = 0;
    course_run(&run.course, &run.plan);
    wait_for_it();
    return run.refusal.kind;
}

static void follow(const char *path, const char *value)
{
    stand_follow(run.stand, path, value);
}

static void test_files_then_the_wish_the_kernel_and_restarts(void **state)
{
    follow("/etc/a", "10.0.0.1");
    follow("/etc/b", "10.0.0.2");
    add_unit("one.service");
    add_mtu();
    add_file("/etc/a", 2, "10.0.0.1", NEW);
    add_file("/etc/b", 2, "10.0.0.2", NEW);
    assert_int_equal(go(), REFUSAL_NONE);
    assert_string_equal(run.order, "fwkwkwkr"); /* reads, sets, reads back */
    assert_int_equal(run.files, 1);
    assert_string_equal(run.stand->units, "one.service ");
    assert_int_equal(run.stand->kernel.mtu, 1280);
    assert_int_equal(wanted_find(&run.stand->wanted, "wg0")->by_verb.mtu, 1280);
    stand_assert_file(run.stand, "/etc/a", NEW);
    stand_assert_file(run.stand, "/etc/b", NEW);
}

static void test_without_files_nobody_is_told_of_them(void **state)
{
    add_mtu();
    add_unit("one.service");
    assert_int_equal(go(), REFUSAL_NONE);
    assert_int_equal(run.files, 0);
    run.plan.steps_count = 0;
    assert_int_equal(go(), REFUSAL_NONE); /* nothing at all */
}

static void assert_all_is_back(void)
{
    stand_assert_file(run.stand, "/etc/a", "10.0.0.1");
    stand_assert_file(run.stand, "/etc/b", "10.0.0.2");
    assert_int_equal(run.stand->wanted.count, 0);
    assert_int_equal(run.stand->restarts, 0);
}

static void test_what_the_kernel_refuses_takes_all_back(void **state)
{
    follow("/etc/a", "10.0.0.1");
    follow("/etc/b", "10.0.0.2");
    add_file("/etc/a", 2, "10.0.0.1", NEW);
    add_file("/etc/b", 2, "10.0.0.2", NEW);
    add_mtu();
    add_unit("one.service");
    run.stand->kernel.set_error = -EPERM;
    assert_int_equal(go(), REFUSAL_FAILED);
    assert_null(strstr(run.refusal.text, "Taking it back"));
    assert_int_equal(run.files, 1);
    assert_all_is_back();
    scratch_assert(&run.stand->scratch, STAND_RUN, "{}");
}

static void test_a_wish_that_cannot_be_written_takes_files_back(void **state)
{
    follow("/etc/a", "10.0.0.1");
    follow("/etc/b", "10.0.0.2");
    add_file("/etc/a", 2, "10.0.0.1", NEW);
    add_mtu();
    scratch_mkdir(&run.stand->scratch, "run/wslnode/wanted/in-the-way");
    assert_int_equal(go(), REFUSAL_FAILED);
    assert_int_equal(run.stand->kernel.gets, 0);
    assert_all_is_back();
}

static void test_a_log_that_refuses_takes_files_back(void **state)
{
    follow("/etc/a", "10.0.0.1");
    follow("/etc/b", "10.0.0.2");
    add_file("/etc/a", 2, "10.0.0.1", NEW);
    add_file("/etc/b", 2, "10.0.0.2", NEW);
    add_mtu();
    add_unit("one.service");
    run.files_result = -ENOSPC;
    assert_int_equal(go(), REFUSAL_FAILED);
    assert_non_null(strstr(run.refusal.text, strerror(ENOSPC)));
    assert_int_equal(run.stand->kernel.gets, 0);
    assert_all_is_back();
}

static void test_a_file_that_fails_takes_those_before_it_back(void **state)
{
    follow("/etc/a", "10.0.0.1");
    follow("/etc/b", "10.0.0.2");
    follow("/etc/c", "10.0.0.3");
    add_file("/etc/a", 2, "10.0.0.1", NEW);
    add_file("/etc/b", 2, "10.0.0.9", NEW);
    add_file("/etc/c", 2, "10.0.0.3", NEW);
    add_unit("one.service");
    assert_int_equal(go(), REFUSAL_CHANGED_SINCE);
    assert_non_null(strstr(run.refusal.text, "/etc/b"));
    assert_int_equal(run.files, 0);
    assert_all_is_back();
    stand_assert_file(run.stand, "/etc/c", "10.0.0.3");
}

/* Somebody else put the same address there meanwhile: that is theirs, and stays. */
static void test_what_another_wrote_is_not_taken_back(void **state)
{
    follow("/etc/a", "10.0.0.1");
    follow("/etc/b", NEW);
    add_file("/etc/a", 2, "10.0.0.1", NEW);
    add_file("/etc/b", 2, "10.0.0.2", NEW);
    assert_int_equal(go(), REFUSAL_CHANGED_SINCE);
    stand_assert_file(run.stand, "/etc/a", "10.0.0.1");
    stand_assert_file(run.stand, "/etc/b", NEW);
}

/* A place that is written twice, with another file in between: only the last step first leads back. */
static void test_back_is_in_reverse(void **state)
{
    follow("/etc/a", "10.0.0.1");
    follow("/etc/b", "10.0.0.2");
    add_file("/etc/a", 2, "10.0.0.1", "10.0.0.5");
    add_file("/etc/b", 2, "10.0.0.2", NEW);
    add_file("/etc/a", 2, "10.0.0.5", NEW);
    run.files_result = -ENOSPC;
    assert_int_equal(go(), REFUSAL_FAILED);
    assert_all_is_back();
}

static void replace_by_a_link(struct kernel *kernel)
{
    scratch_unlink(&run.stand->scratch, "etc/b");
    scratch_link(&run.stand->scratch, "etc/b", "a");
    kernel->on_request = NULL;
}

static void test_what_cannot_be_taken_back_is_said(void **state)
{
    follow("/etc/a", "10.0.0.1");
    follow("/etc/b", "10.0.0.2");
    add_file("/etc/a", 2, "10.0.0.1", NEW);
    add_file("/etc/b", 2, "10.0.0.2", NEW);
    add_mtu();
    run.stand->kernel.on_request = replace_by_a_link;
    run.stand->kernel.set_error = -EINVAL;
    assert_int_equal(go(), REFUSAL_INVALID_MTU);
    assert_non_null(strstr(run.refusal.text, "Taking it back: /etc/b is not touched"));
    stand_assert_file(run.stand, "/etc/a", "10.0.0.1"); /* the others go back nevertheless */
}

static void test_what_comes_of_restarts_stands_in_the_steps(void **state)
{
    add_unit("one.service");
    add_unit("two.service");
    run.stand->result = "failed";
    assert_int_equal(go(), REFUSAL_NONE); /* it cannot be taken back: the next one is tried */
    assert_string_equal(run.stand->units, "one.service two.service ");
    assert_string_equal(run.plan.steps[0].result, "failed");
    assert_string_equal(run.plan.steps[1].result, "failed");
    run.stand->result = "a word that is longer than there is room for it";
    assert_int_equal(go(), REFUSAL_NONE);
    assert_int_equal(strlen(run.plan.steps[0].result), WORD_SIZE - 1);
}

static void test_restarts_share_one_deadline(void **state)
{
    uint64_t now;

    add_unit("one.service");
    add_unit("two.service");
    sd_event_now(run.stand->event, CLOCK_MONOTONIC, &now);
    assert_int_equal(go(), REFUSAL_NONE);
    assert_true(run.stand->deadlines_usec[0] >= now + 11000000);
    assert_true(run.stand->deadlines_usec[0] <= now + 13000000);
    assert_true(run.stand->deadlines_usec[1] == run.stand->deadlines_usec[0]);
    usleep(20000);
    sd_event_run(run.stand->event, 0);
    assert_int_equal(go(), REFUSAL_NONE); /* and the next plan has its own */
    assert_true(run.stand->deadlines_usec[2] > run.stand->deadlines_usec[0]);
}

/* Of one target, but of two kinds: each is a step of its own. */
static void test_other_steps_of_files_come_behind_files(void **state)
{
    struct setting_span setting = {.section = "network", .key = "hostname", .after = "node"};
    struct scratch *scratch = &run.stand->scratch;

    scratch_write(scratch, "etc/wsl.conf", "[network]\n");
    scratch_write(scratch, "etc/resolv.conf", "nameserver 10.0.0.1\n");
    follow("/etc/a", "10.0.0.1");
    add_mtu();
    for (enum step_kind kind = STEP_SETTING; kind >= STEP_RESOLV; kind--) {
        struct step *step = &run.plan.steps[run.plan.steps_count++];

        *step = (struct step){.kind = kind, .target = "/etc/wsl.conf"};
        if (kind == STEP_SETTING)
            step->setting = setting;
        else
            step->resolv = (struct resolv_span){.from = RESOLV_OTHER, .to = RESOLV_LASTING};
    }
    add_file("/etc/a", 2, "10.0.0.1", NEW);
    run.stand->kernel.set_error = -EPERM;
    assert_int_equal(go(), REFUSAL_FAILED);
    assert_null(strstr(run.refusal.text, "Taking it back"));
    assert_string_equal(run.order, "fwkwk"); /* once, when all of them are there */
    assert_int_equal(run.files, 1);
    stand_assert_file(run.stand, "/etc/a", "10.0.0.1");
    scratch_assert(scratch, "etc/wsl.conf", "[network]\n");
    scratch_assert(scratch, "etc/resolv.conf", "nameserver 10.0.0.1\n");
}

/* As after a crash: nobody knows how far it came. */
static void test_taking_back_from_the_end(void **state)
{
    struct refusal refusal = {.kind = REFUSAL_FAILED, .text = "It ended."};

    follow("/etc/a", NEW);
    follow("/etc/b", "10.0.0.2");
    add_file("/etc/a", 2, "10.0.0.1", NEW);
    add_file("/etc/b", 2, "10.0.0.2", NEW);
    add_unit("one.service");
    course_take_back(&run.course, &run.plan, &refusal);
    wait_for_it();
    assert_int_equal(run.refusal.kind, REFUSAL_FAILED);
    assert_string_equal(run.refusal.text, "It ended.");
    assert_int_equal(run.files, 0);
    assert_all_is_back();
}

static void test_the_clock_comes_after_the_kernel_and_before_restarts(void **state)
{
    follow("/etc/a", "10.0.0.1");
    add_unit("one.service");
    add_clock();
    add_mtu();
    add_file("/etc/a", 2, "10.0.0.1", NEW);
    assert_int_equal(go(), REFUSAL_NONE);
    assert_string_equal(run.order, "fwkwkwkmsr");
    assert_int_equal(settime.calls, 1);
    assert_near(run.plan.steps[1].clock_by_usec, -10000000);
    assert_false(run.plan.steps[1].clock_left);
    assert_near(run.plan.clock.offset_usec, 10000000);
}

static void right_the_clock(struct stand *stand)
{
    stand_look(stand, REFERENCE_PTP, 0);
}

static void test_a_clock_that_is_right_by_then_is_left(void **state)
{
    add_clock();
    add_unit("one.service");
    run.stand->on_measure = right_the_clock;
    assert_int_equal(go(), REFUSAL_NONE);
    assert_string_equal(run.order, "mr"); /* nobody is told of a step, and it goes on */
    assert_int_equal(settime.calls, 0);
    assert_true(run.plan.steps[0].clock_left);
}

static void change_the_reference(struct stand *stand)
{
    stand_look(stand, REFERENCE_NTP, 10000000);
}

static void follow_all_and_the_clock(void)
{
    follow("/etc/a", "10.0.0.1");
    follow("/etc/b", "10.0.0.2");
    add_file("/etc/a", 2, "10.0.0.1", NEW);
    add_file("/etc/b", 2, "10.0.0.2", NEW);
    run.plan.steps[run.plan.steps_count++] =
        (struct step){.kind = STEP_WANTED, .target = "wg0", .wish_after = {.set = true, .mtu = 1280}};
    add_clock();
    add_unit("one.service");
}

static void test_another_reference_takes_all_back(void **state)
{
    follow_all_and_the_clock();
    run.stand->on_measure = change_the_reference;
    assert_int_equal(go(), REFUSAL_CHANGED_SINCE);
    assert_string_equal(run.order, "fm");
    assert_int_equal(settime.calls, 0);
    assert_all_is_back();
}

static void test_a_clock_that_may_not_be_set_takes_all_back(void **state)
{
    follow_all_and_the_clock();
    settime.error = EPERM;
    assert_int_equal(go(), REFUSAL_FAILED);
    assert_non_null(strstr(run.refusal.text, strerror(EPERM)));
    assert_non_null(strstr(run.refusal.text, "set it on the host"));
    assert_null(strstr(run.refusal.text, "Taking it back"));
    assert_string_equal(run.order, "fm");
    assert_int_equal(settime.calls, 1); /* not once more on the way back */
    assert_all_is_back();
}

#define COURSE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        COURSE_TEST(test_files_then_the_wish_the_kernel_and_restarts),
        COURSE_TEST(test_without_files_nobody_is_told_of_them),
        COURSE_TEST(test_what_the_kernel_refuses_takes_all_back),
        COURSE_TEST(test_a_wish_that_cannot_be_written_takes_files_back),
        COURSE_TEST(test_a_log_that_refuses_takes_files_back),
        COURSE_TEST(test_a_file_that_fails_takes_those_before_it_back),
        COURSE_TEST(test_what_another_wrote_is_not_taken_back),
        COURSE_TEST(test_back_is_in_reverse),
        COURSE_TEST(test_what_cannot_be_taken_back_is_said),
        COURSE_TEST(test_what_comes_of_restarts_stands_in_the_steps),
        COURSE_TEST(test_restarts_share_one_deadline),
        COURSE_TEST(test_other_steps_of_files_come_behind_files),
        COURSE_TEST(test_taking_back_from_the_end),
        COURSE_TEST(test_the_clock_comes_after_the_kernel_and_before_restarts),
        COURSE_TEST(test_a_clock_that_is_right_by_then_is_left),
        COURSE_TEST(test_another_reference_takes_all_back),
        COURSE_TEST(test_a_clock_that_may_not_be_set_takes_all_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
