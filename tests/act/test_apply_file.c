/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* File steps: which places are replaced, which are left alone, and as whom */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../service/act/apply_file.h"
#include "../scratch.h"
#include "../unit.h"

#define PATH "/etc/file"
#define NAME "etc/file"
#define NEW  "10.0.0.20"
#define OLD  "10.0.0.1"

struct desk {
    struct scratch scratch;
    sd_event *event;
    struct apply_file *apply;
    unsigned done;
    struct refusal refusal;
};

static int set_up(void **state)
{
    static struct desk desk;
    sigset_t signals;

    memset(&desk, 0, sizeof(desk));
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    scratch_make(&desk.scratch);
    assert_int_equal(chmod(desk.scratch.path, 0755), 0); /* other users go through it */
    assert_true(sd_event_new(&desk.event) >= 0);
    assert_int_equal(apply_file_new(desk.event, desk.scratch.root, &desk.apply), 0);
    *state = &desk;
    return 0;
}

static int tear_down(void **state)
{
    struct desk *desk = *state;

    desk->apply = apply_file_free(desk->apply);
    assert_null(desk->apply);
    while (sd_event_run(desk->event, 50000) > 0) /* what was killed is reaped here */
        continue;
    sd_event_unref(desk->event);
    scratch_remove(&desk->scratch);
    return 0;
}

static void on_done(void *userdata, const struct refusal *refusal)
{
    struct desk *desk = userdata;

    desk->done++;
    desk->refusal = *refusal;
}

static enum refusal_kind apply(struct desk *desk, const struct step *steps, size_t count, bool back)
{
    desk->done = 0;
    apply_file_start(desk->apply, steps, count, back, on_done, desk);
    for (int i = 0; i < 1000 && !desk->done; i++)
        assert_true(sd_event_run(desk->event, 10000) >= 0);
    assert_int_equal(desk->done, 1);
    return desk->refusal.kind;
}

static struct step step_on(uint32_t line, const char *before, const char *after)
{
    struct step step = {.kind = STEP_FILE, .target = PATH, .file = {.variable = "WSL_IP", .line = line}};

    snprintf(step.file.before, sizeof(step.file.before), "%s", before);
    snprintf(step.file.after, sizeof(step.file.after), "%s", after);
    return step;
}

/* One step, on this text; what is there afterwards. */
static void assert_applied(struct desk *desk, struct step step, const char *text, const char *expected)
{
    scratch_write(&desk->scratch, NAME, text);
    assert_int_equal(apply(desk, &step, 1, false), REFUSAL_NONE);
    scratch_assert(&desk->scratch, NAME, expected);
}

static void assert_changed_since(struct desk *desk, struct step step, const char *text)
{
    scratch_write(&desk->scratch, NAME, text);
    assert_int_equal(apply(desk, &step, 1, false), REFUSAL_CHANGED_SINCE);
    assert_non_null(strstr(desk->refusal.text, PATH));
    scratch_assert(&desk->scratch, NAME, text);
}

static void test_the_address_alone_is_replaced(void **state)
{
    struct desk *desk = *state;

    assert_applied(desk, step_on(2, OLD, NEW), "# WSL_IP=10.0.0.1\nWSL_IP=10.0.0.1\nOTHER=10.0.0.1\n",
                   "# WSL_IP=10.0.0.1\nWSL_IP=10.0.0.20\nOTHER=10.0.0.1\n");
    assert_applied(desk, step_on(1, OLD, NEW), "export WSL_IP=\"10.0.0.1\" # home\r\n",
                   "export WSL_IP=\"10.0.0.20\" # home\r\n");
    assert_applied(desk, step_on(1, OLD, NEW), "WSL_IP=10.0.0.1:51820", "WSL_IP=10.0.0.20:51820");
    assert_applied(desk, step_on(1, "", NEW), "WSL_IP=\n", "WSL_IP=10.0.0.20\n");
    assert_applied(desk, step_on(1, NEW, ""), "WSL_IP=10.0.0.20\n", "WSL_IP=\n");
    assert_applied(desk, step_on(1, "fd00::1", "fd00::20"), "WSL_IP=[fd00::1]:80\n",
                   "WSL_IP=[fd00::20]:80\n");
}

static void test_the_line_tells_which(void **state)
{
    struct desk *desk = *state;

    assert_applied(desk, step_on(2, OLD, NEW), "WSL_IP=10.0.0.1\nWSL_IP=10.0.0.1\nWSL_IP=10.0.0.1\n",
                   "WSL_IP=10.0.0.1\nWSL_IP=10.0.0.20\nWSL_IP=10.0.0.1\n");
    assert_changed_since(desk, step_on(2, OLD, NEW), "WSL_IP=10.0.0.1\n\nWSL_IP=10.0.0.1\n");
    assert_changed_since(desk, step_on(2, OLD, NEW), "WSL_IP=10.0.0.1\nWSL_IP=10.0.0.9\n");
}

static void test_the_only_assignment_may_have_moved(void **state)
{
    struct desk *desk = *state;

    assert_applied(desk, step_on(2, OLD, NEW), "\n\n\nWSL_IP=10.0.0.1\nOTHER=10.0.0.1\n",
                   "\n\n\nWSL_IP=10.0.0.20\nOTHER=10.0.0.1\n");
}

static void test_what_holds_something_else_is_left_alone(void **state)
{
    static const char *const texts[] = {
        "WSL_IP=10.0.0.2\n",  "WSL_IP=10.0.0.11\n", "WSL_IP=10.0.0.\n",   "WSL_IP=\n",
        "WSL_IP=$(get-ip)\n", "OTHER=10.0.0.1\n",   "#WSL_IP=10.0.0.1\n", "",
        "WSL_IP=10.0.0.20\n",
    };
    struct desk *desk = *state;
    struct step step = step_on(1, OLD, NEW);

    for (size_t i = 0; i < COUNT(texts); i++)
        assert_changed_since(desk, step, texts[i]);
    assert_changed_since(desk, step_on(1, "", NEW), "WSL_IP=10.0.0.1\n");
    assert_changed_since(desk, step_on(1, "", NEW), "WSL_IP=name\n");
    scratch_unlink(&desk->scratch, NAME);
    assert_int_equal(apply(desk, &step, 1, false), REFUSAL_CHANGED_SINCE);
    scratch_assert(&desk->scratch, NAME, NULL);
}

static void test_several_places_at_once(void **state)
{
    struct desk *desk = *state;
    struct step steps[] = {step_on(1, OLD, NEW), step_on(2, "", NEW), step_on(3, "fd00::1", "fd00::20"),
                           step_on(4, OLD, NEW)};
    struct stat before, after;

    strcpy(steps[3].file.variable, "NODE_IP");
    scratch_write(&desk->scratch, NAME, "WSL_IP=10.0.0.1\nWSL_IP=\nWSL_IP=fd00::1\nNODE_IP=10.0.0.1\n");
    assert_int_equal(fstatat(desk->scratch.root, NAME, &before, 0), 0);
    assert_int_equal(apply(desk, steps, 4, false), REFUSAL_NONE);
    scratch_assert(&desk->scratch, NAME,
                   "WSL_IP=10.0.0.20\nWSL_IP=10.0.0.20\nWSL_IP=fd00::20\nNODE_IP=10.0.0.20\n");
    assert_int_equal(apply(desk, steps, 4, true), REFUSAL_NONE);
    scratch_assert(&desk->scratch, NAME, "WSL_IP=10.0.0.1\nWSL_IP=\nWSL_IP=fd00::1\nNODE_IP=10.0.0.1\n");
    /* One that is not as it should be: none is written. */
    scratch_write(&desk->scratch, NAME, "WSL_IP=10.0.0.1\nWSL_IP=\nWSL_IP=fd00::1\nNODE_IP=10.0.0.9\n");
    assert_int_equal(fstatat(desk->scratch.root, NAME, &before, 0), 0);
    assert_int_equal(apply(desk, steps, 4, false), REFUSAL_CHANGED_SINCE);
    assert_int_equal(fstatat(desk->scratch.root, NAME, &after, 0), 0);
    assert_true(before.st_ino == after.st_ino);
}

static void test_back_takes_what_is_there(void **state)
{
    struct desk *desk = *state;
    struct step steps[] = {step_on(1, OLD, NEW), step_on(2, OLD, NEW)};
    struct stat before, after;

    scratch_write(&desk->scratch, NAME, "WSL_IP=10.0.0.7\nWSL_IP=10.0.0.20\n");
    assert_int_equal(apply(desk, steps, 2, true), REFUSAL_NONE);
    scratch_assert(&desk->scratch, NAME, "WSL_IP=10.0.0.7\nWSL_IP=10.0.0.1\n");
    assert_int_equal(fstatat(desk->scratch.root, NAME, &before, 0), 0);
    assert_int_equal(apply(desk, steps, 2, true), REFUSAL_NONE); /* nothing is left to be taken back */
    assert_int_equal(fstatat(desk->scratch.root, NAME, &after, 0), 0);
    assert_true(before.st_ino == after.st_ino);
    scratch_unlink(&desk->scratch, NAME);
    assert_int_equal(apply(desk, steps, 2, true), REFUSAL_NONE);
    scratch_assert(&desk->scratch, NAME, NULL);
}

/* The last step first: two of the same place end where the first began. */
static void test_back_is_backwards(void **state)
{
    struct desk *desk = *state;
    struct step steps[] = {step_on(1, OLD, "10.0.0.2"), step_on(1, "10.0.0.2", NEW)};

    scratch_write(&desk->scratch, NAME, "WSL_IP=10.0.0.1\n");
    assert_int_equal(apply(desk, steps, 2, false), REFUSAL_NONE);
    scratch_assert(&desk->scratch, NAME, "WSL_IP=10.0.0.20\n");
    assert_int_equal(apply(desk, steps, 2, true), REFUSAL_NONE);
    scratch_assert(&desk->scratch, NAME, "WSL_IP=10.0.0.1\n");
}

static void test_a_file_is_made(void **state)
{
    struct desk *desk = *state;
    struct step step = step_on(1, "", NEW);

    step.file.create = true;
    scratch_mkdir(&desk->scratch, "etc");
    assert_int_equal(apply(desk, &step, 1, false), REFUSAL_NONE);
    scratch_assert(&desk->scratch, NAME, "WSL_IP=\"10.0.0.20\"\n");
    assert_int_equal(apply(desk, &step, 1, false), REFUSAL_CHANGED_SINCE); /* it is there */
    scratch_assert(&desk->scratch, NAME, "WSL_IP=\"10.0.0.20\"\n");
    assert_int_equal(apply(desk, &step, 1, true), REFUSAL_NONE);
    scratch_assert(&desk->scratch, NAME, NULL);
    assert_int_equal(apply(desk, &step, 1, true), REFUSAL_NONE);
    scratch_write(&desk->scratch, NAME, "WSL_IP=\"10.0.0.20\"\n# mine\n"); /* somebody took it over */
    assert_int_equal(apply(desk, &step, 1, true), REFUSAL_NONE);
    scratch_assert(&desk->scratch, NAME, "WSL_IP=\"10.0.0.20\"\n# mine\n");
}

static void test_a_file_that_was_made_is_removed(void **state)
{
    struct desk *desk = *state;
    struct step step = step_on(1, NEW, "");

    step.file.remove = true;
    scratch_write(&desk->scratch, NAME, "WSL_IP=\"10.0.0.20\"\n# mine\n");
    assert_int_equal(apply(desk, &step, 1, false), REFUSAL_CHANGED_SINCE);
    scratch_write(&desk->scratch, NAME, "WSL_IP=\"10.0.0.21\"\n");
    assert_int_equal(apply(desk, &step, 1, false), REFUSAL_CHANGED_SINCE);
    scratch_assert(&desk->scratch, NAME, "WSL_IP=\"10.0.0.21\"\n");
    scratch_write(&desk->scratch, NAME, "WSL_IP=\"10.0.0.20\"\n");
    assert_int_equal(apply(desk, &step, 1, false), REFUSAL_NONE);
    scratch_assert(&desk->scratch, NAME, NULL);
    assert_int_equal(apply(desk, &step, 1, false), REFUSAL_NONE); /* gone is gone */
}

static void test_who_writes_it(void **state)
{
    struct desk *desk = *state;
    struct step step = step_on(1, OLD, NEW);
    struct stat st;

    step.file.uid = 65534;
    scratch_write(&desk->scratch, NAME, "WSL_IP=10.0.0.1\n");
    assert_int_equal(apply(desk, &step, 1, false), REFUSAL_OWNED_BY_OTHER);
    assert_non_null(strstr(desk->refusal.text, "it belongs to uid 0"));
    assert_int_equal(fchownat(desk->scratch.root, NAME, 65534, 65534, 0), 0);
    /* With the rights of that user alone: the directory is root's. */
    assert_int_equal(apply(desk, &step, 1, false), REFUSAL_FAILED);
    assert_non_null(strstr(desk->refusal.text, "make temporary"));
    assert_non_null(strstr(desk->refusal.text, strerror(EACCES)));
    scratch_assert(&desk->scratch, NAME, "WSL_IP=10.0.0.1\n");
    assert_int_equal(fchownat(desk->scratch.root, "etc", 65534, 65534, 0), 0);
    assert_int_equal(apply(desk, &step, 1, false), REFUSAL_NONE);
    scratch_assert(&desk->scratch, NAME, "WSL_IP=10.0.0.20\n");
    assert_int_equal(fstatat(desk->scratch.root, NAME, &st, 0), 0);
    assert_int_equal(st.st_uid, 65534);
    step.file.uid = 4000000000u; /* nobody has it */
    assert_int_equal(apply(desk, &step, 1, false), REFUSAL_FAILED);
    assert_non_null(strstr(desk->refusal.text, "as uid 4000000000"));
}

static void test_a_file_that_is_refused(void **state)
{
    struct desk *desk = *state;
    struct step step = step_on(1, OLD, NEW);

    scratch_write(&desk->scratch, "etc/other", "WSL_IP=10.0.0.1\n");
    scratch_link(&desk->scratch, NAME, "other");
    assert_int_equal(apply(desk, &step, 1, false), REFUSAL_OWNED_BY_OTHER);
    assert_string_equal(desk->refusal.text,
                        PATH " is not touched: it is a symbolic link: name the file itself.");
    scratch_assert(&desk->scratch, "etc/other", "WSL_IP=10.0.0.1\n");
}

static void test_steps_of_one_file_go_together(void **state)
{
    struct step steps[5] = {step_on(1, OLD, NEW), step_on(2, OLD, NEW), step_on(3, OLD, NEW),
                            step_on(4, OLD, NEW), step_on(5, OLD, NEW)};

    assert_int_equal(apply_file_count(steps, 5), 5);
    assert_int_equal(apply_file_count(steps, 2), 2);
    strcpy(steps[2].target, "/etc/other");
    assert_int_equal(apply_file_count(steps, 5), 2);
    assert_int_equal(apply_file_count(steps + 2, 3), 1);
    steps[4].kind = STEP_EFFECT;
    assert_int_equal(apply_file_count(steps + 3, 2), 1);
}

static struct step step_of_resolv(void)
{
    return (struct step){.kind = STEP_RESOLV,
                         .target = "/etc/resolv.conf",
                         .resolv = {.from = RESOLV_OTHER, .to = RESOLV_LASTING}};
}

static struct step step_of_setting(void)
{
    return (struct step){.kind = STEP_SETTING,
                         .target = "/etc/wsl.conf",
                         .setting = {.section = "network", .key = "generateResolvConf", .after = "false"}};
}

/* Steps of other kinds are one at a time, and root's. */
static void test_other_kinds_of_files(void **state)
{
    struct desk *desk = *state;
    struct step steps[2] = {step_of_resolv(), step_of_resolv()}, setting = step_of_setting();

    assert_int_equal(apply_file_count(steps, 2), 1);
    assert_int_equal(apply_file_count(&setting, 1), 1);
    scratch_write(&desk->scratch, "etc/resolv.conf", "nameserver 10.0.0.1\n");
    scratch_write(&desk->scratch, "etc/wsl.conf", "[network]\n");
    assert_int_equal(apply(desk, steps, 1, false), REFUSAL_NONE);
    scratch_assert(&desk->scratch, "etc/resolv.conf.before-wslnode", "nameserver 10.0.0.1\n");
    assert_int_equal(apply(desk, steps, 1, true), REFUSAL_NONE);
    scratch_assert(&desk->scratch, "etc/resolv.conf", "nameserver 10.0.0.1\n");
    assert_int_equal(apply(desk, &setting, 1, false), REFUSAL_NONE);
    scratch_assert(&desk->scratch, "etc/wsl.conf", "[network]\ngenerateResolvConf=false\n");
    assert_int_equal(apply(desk, &setting, 1, true), REFUSAL_NONE);
    scratch_assert(&desk->scratch, "etc/wsl.conf", "[network]\n");
}

static void test_what_other_kinds_say(void **state)
{
    struct desk *desk = *state;
    struct step resolv = step_of_resolv(), setting = step_of_setting();

    scratch_mkdir(&desk->scratch, "etc");
    assert_int_equal(apply(desk, &resolv, 1, false), REFUSAL_CHANGED_SINCE);
    assert_non_null(strstr(desk->refusal.text, "/etc/resolv.conf"));
    assert_int_equal(apply(desk, &setting, 1, false), REFUSAL_CHANGED_SINCE);
    scratch_write(&desk->scratch, "etc/resolv.conf", "nameserver 10.0.0.1\n");
    scratch_write(&desk->scratch, "etc/resolv.conf.before-wslnode", "");
    assert_int_equal(apply(desk, &resolv, 1, false), REFUSAL_OWNED_BY_OTHER);
    assert_string_equal(desk->refusal.text,
                        "/etc/resolv.conf is not touched: /etc/resolv.conf.before-wslnode is in the way, and "
                        "is somebody's: rename it, or remove it.");
    resolv.resolv.from = RESOLV_ABSENT;
    resolv.resolv.to = RESOLV_OTHER;
    assert_int_equal(apply(desk, &resolv, 1, false), REFUSAL_FAILED);
    assert_string_equal(desk->refusal.text,
                        "/etc/resolv.conf is as it was: step “choose” failed: Invalid argument.");
    scratch_write(&desk->scratch, "etc/wsl.conf", "");
    strcpy(setting.setting.key, "none");
    assert_int_equal(apply(desk, &setting, 1, false), REFUSAL_OWNED_BY_OTHER);
    assert_string_equal(desk->refusal.text,
                        "/etc/wsl.conf is not touched: WSL knows no such key in this file.");
}

static void test_freed_while_it_writes(void **state)
{
    struct desk *desk = *state;
    struct step step = step_on(1, OLD, NEW);

    scratch_write(&desk->scratch, NAME, "WSL_IP=10.0.0.1\n");
    apply_file_start(desk->apply, &step, 1, false, on_done, desk);
    desk->apply = apply_file_free(desk->apply);
    while (sd_event_run(desk->event, 50000) > 0)
        continue;
    assert_int_equal(desk->done, 0);
    assert_null(apply_file_free(NULL));
}

#define DESK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_the_address_alone_is_replaced),
        DESK_TEST(test_the_line_tells_which),
        DESK_TEST(test_the_only_assignment_may_have_moved),
        DESK_TEST(test_what_holds_something_else_is_left_alone),
        DESK_TEST(test_several_places_at_once),
        DESK_TEST(test_back_takes_what_is_there),
        DESK_TEST(test_back_is_backwards),
        DESK_TEST(test_a_file_is_made),
        DESK_TEST(test_a_file_that_was_made_is_removed),
        DESK_TEST(test_who_writes_it),
        DESK_TEST(test_a_file_that_is_refused),
        cmocka_unit_test(test_steps_of_one_file_go_together),
        DESK_TEST(test_other_kinds_of_files),
        DESK_TEST(test_what_other_kinds_say),
        DESK_TEST(test_freed_while_it_writes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
