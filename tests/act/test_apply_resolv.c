/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* /etc/resolv.conf: every way from one form to another and back */
#include "resolv_desk.h"

static void test_there_and_back(void **state)
{
    for (size_t i = 0; i < COUNT(ways); i++)
        for (int undo = 0; undo < 2; undo++) {
            struct step step = step_on(&ways[i]), undone = inverse(&step);
            ino_t posed;

            begin(state);
            posed = pose(ways[i].from, ways[i].other);
            assert_int_equal(apply(&step, false), 0);
            assert_is(ways[i].to, AFTER);
            assert_tidy(ways[i].from == RESOLV_OTHER);
            if (ways[i].from == RESOLV_OTHER)
                assert_true(inode(KEPT) == posed);
            assert_true(faults->immutable == 0);
            assert_int_equal(undo ? apply(&undone, false) : apply(&step, true), 0);
            assert_as_posed(&ways[i], posed);
        }
}

static void test_an_undoing_is_taken_back(void **state)
{
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct step step = step_on(&ways[i]), undone = inverse(&step);

        begin(state);
        pose(ways[i].from, ways[i].other);
        assert_int_equal(apply(&step, false), 0);
        assert_int_equal(apply(&undone, false), 0);
        assert_int_equal(apply(&undone, true), 0);
        assert_is(ways[i].to, AFTER);
        assert_tidy(ways[i].from == RESOLV_OTHER);
        assert_true(faults->immutable == 0);
    }
}

static void test_what_else_stands_there_is_left_alone(void **state)
{
    for (enum resolv_form there = 0; there < RESOLV_FORMS; there++)
        for (size_t i = 0; i < COUNT(ways); i++) {
            struct step step = step_of(ways[i].from, ways[i].to), undone = inverse(&step);
            ino_t posed;

            begin(state);
            posed = pose(there, OTHER_FILE);
            if (there != ways[i].from) {
                assert_int_equal(apply(&step, false), -ESTALE);
                assert_true(inode(ETC) == posed);
            }
            if (there != ways[i].to) {
                assert_int_equal(apply(&undone, false), -ESTALE);
                assert_int_equal(apply(&step, true), 0);
                assert_true(inode(ETC) == posed);
                assert_is(there, BEFORE);
                assert_tidy(false);
            }
        }
}

static void test_what_is_in_the_way(void **state)
{
    struct step step = step_of(RESOLV_OTHER, RESOLV_RUNTIME);

    put_other(OTHER_FILE);
    scratch_write(desk.scratch, KEPT, "somebody's\n");
    assert_int_equal(apply(&step, false), -EPERM);
    assert_non_null(strstr(desk.problem, RESOLV_KEPT " is in the way"));
    scratch_assert(desk.scratch, KEPT, "somebody's\n");
    assert_is(RESOLV_OTHER, "");
    assert_int_equal(inode("run/wslnode"), 0);
    scratch_unlink(desk.scratch, KEPT);
    scratch_mkdir(desk.scratch, KEPT);
    assert_int_equal(apply(&step, false), -EPERM);
    scratch_unlink(desk.scratch, KEPT);
    scratch_link(desk.scratch, KEPT, "/mnt/wsl/resolv.conf"); /* WSL put its own there at its last start */
    assert_int_equal(apply(&step, false), 0);
    assert_tidy(true);
    scratch_assert(desk.scratch, KEPT, "nameserver 10.9.9.9\noptions rotate\n");
}

static void test_nothing_is_kept(void **state)
{
    struct step step = step_of(RESOLV_OTHER, RESOLV_RUNTIME), undone = inverse(&step);

    pose(RESOLV_RUNTIME, 0);
    assert_int_equal(apply(&undone, false), -ENOENT);
    assert_string_equal(desk.failed, "find what was kept");
    assert_is(RESOLV_RUNTIME, BEFORE);
    scratch_link(desk.scratch, KEPT, RESOLV_RUNTIME_PATH); /* and ours is nobody's */
    assert_int_equal(apply(&step, true), -ENOENT);
    assert_is(RESOLV_RUNTIME, BEFORE);
}

static void test_immutable_as_planned(void **state)
{
    struct step step = step_of(RESOLV_OTHER, RESOLV_RUNTIME);

    put_other(OTHER_IMMUTABLE);
    assert_int_equal(apply(&step, false), -ESTALE); /* nobody forced that */
    assert_true(faults->immutable == inode(ETC));
    faults->immutable = 0;
    step.resolv.immutable = true;
    assert_int_equal(apply(&step, false), -ESTALE);
    assert_is(RESOLV_OTHER, "");
    begin(state);
    pose(RESOLV_LASTING, 0);
    faults->immutable = inode(ETC);
    step = step_of(RESOLV_ABSENT, RESOLV_LASTING);
    assert_int_equal(apply(&step, true), -EPERM);
    assert_non_null(strstr(desk.problem, "chattr -i"));
    assert_is(RESOLV_LASTING, BEFORE);
}

static void test_what_it_is_made_from(void **state)
{
    struct step step = step_of(RESOLV_OTHER, RESOLV_RUNTIME);

    put_other(OTHER_LINK);
    assert_int_equal(apply(&step, false), 0);
    assert_says(RUNTIME, "search corp.example\n", true);
    /* WSL's own, which is another by now. */
    scratch_write(desk.scratch, WSL, "nameserver 10.0.0.1\nsearch new.example\noptions rotate\n");
    step = step_of(RESOLV_RUNTIME, RESOLV_LASTING);
    assert_int_equal(apply(&step, false), 0);
    assert_says(ETC, "search new.example\noptions rotate\n", true);
    assert_says(ETC, "corp", false);
    /* Without it, our own. */
    scratch_unlink(desk.scratch, WSL);
    step = step_of(RESOLV_LASTING, RESOLV_LASTING);
    step.resolv.after_vc = true;
    assert_int_equal(apply(&step, false), 0);
    assert_says(ETC, "search new.example\noptions rotate\n", true);
    assert_says(ETC, "options use-vc\n", true);
    assert_int_equal(apply(&step, true), 0);
    assert_says(ETC, "use-vc", false);
    assert_says(ETC, "search new.example\n", true);
}

/* Not even that of another is larger than what we read. */
/* Another's lines are not WSL's. */
static void test_what_it_is_made_from_again(void **state)
{
    struct step step = step_of(RESOLV_OTHER, RESOLV_RUNTIME);

    put_other(OTHER_FILE);
    scratch_write(desk.scratch, WSL, "nameserver 10.0.0.1\nsearch wsl.example\n");
    assert_int_equal(apply(&step, false), 0);
    step = step_of(RESOLV_RUNTIME, RESOLV_RUNTIME);
    step.resolv.after_vc = true;
    assert_int_equal(apply(&step, false), 0);
    assert_says(RUNTIME, "options rotate\n", true);
    assert_says(RUNTIME, "options use-vc\n", true);
    assert_says(RUNTIME, "wsl.example", false);
    /* Nothing is kept where there was none. */
    scratch_unlink(desk.scratch, KEPT);
    step = step_of(RESOLV_RUNTIME, RESOLV_RUNTIME);
    assert_int_equal(apply(&step, false), 0);
    assert_says(RUNTIME, "search wsl.example\n", true);
}

static void test_what_is_too_large_is_not_taken_over(void **state)
{
    static char text[RESOLV_CONF_SIZE_MAX + 1];
    struct step step = step_of(RESOLV_OTHER, RESOLV_LASTING);

    for (size_t extra = 0; extra < 2; extra++) {
        begin(state);
        memset(text, 'x', sizeof(text));
        memcpy(text, "search ", 7);
        scratch_write_bytes(desk.scratch, ETC, text, RESOLV_CONF_SIZE_MAX + extra);
        assert_int_equal(apply(&step, false), 0);
        assert_is(RESOLV_LASTING, AFTER);
        assert_says(ETC, "search", false);
    }
}

static void test_folders_may_be_links(void **state)
{
    struct step step = step_of(RESOLV_OTHER, RESOLV_RUNTIME);

    scratch_unlink(desk.scratch, "etc");
    scratch_unlink(desk.scratch, "run");
    scratch_mkdir(desk.scratch, "wslnode-usr/etc");
    scratch_mkdir(desk.scratch, "wslnode-var/run");
    scratch_link(desk.scratch, "etc", "/wslnode-usr/etc");
    scratch_link(desk.scratch, "run", "/../wslnode-var/run"); /* no way out of the root */
    scratch_write(desk.scratch, "wslnode-usr/etc/resolv.conf", "nameserver 10.9.9.9\n");
    assert_int_equal(apply(&step, false), 0);
    assert_servers("wslnode-var/run/wslnode/resolv.conf", AFTER);
    scratch_assert(desk.scratch, "wslnode-usr/etc/resolv.conf.before-wslnode", "nameserver 10.9.9.9\n");
    assert_int_equal(apply(&step, true), 0);
    scratch_assert(desk.scratch, "wslnode-usr/etc/resolv.conf", "nameserver 10.9.9.9\n");
}

static void test_folders_that_are_not_there(void **state)
{
    struct step step = step_of(RESOLV_ABSENT, RESOLV_RUNTIME);

    scratch_unlink(desk.scratch, "run");
    assert_int_equal(apply(&step, false), -ENOENT);
    assert_string_equal(desk.failed, "write");
    /* Ours is never a link. Names that no machine has: who breaks this code must not lose a file of his. */
    scratch_mkdir(desk.scratch, "wslnode-elsewhere");
    scratch_link(desk.scratch, "run/wslnode", "/wslnode-elsewhere");
    assert_true(apply(&step, false) < 0);
    assert_int_equal(scratch_count(desk.scratch, "wslnode-elsewhere"), 0);
    scratch_unlink(desk.scratch, "etc");
    assert_int_equal(apply(&step, false), -ENOENT);
    assert_string_equal(desk.failed, "open");
}

static void test_steps_that_are_none(void **state)
{
    static const enum resolv_form theirs[] = {RESOLV_ABSENT, RESOLV_OTHER};

    for (size_t i = 0; i < 4; i++) {
        struct step step = step_of(theirs[i / 2], theirs[i % 2]);

        assert_int_equal(apply(&step, false), -EINVAL);
        assert_int_equal(apply(&step, true), -EINVAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_there_and_back),
        DESK_TEST(test_an_undoing_is_taken_back),
        DESK_TEST(test_what_else_stands_there_is_left_alone),
        DESK_TEST(test_what_is_in_the_way),
        DESK_TEST(test_nothing_is_kept),
        DESK_TEST(test_immutable_as_planned),
        DESK_TEST(test_what_it_is_made_from),
        DESK_TEST(test_what_it_is_made_from_again),
        DESK_TEST(test_what_is_too_large_is_not_taken_over),
        DESK_TEST(test_folders_may_be_links),
        DESK_TEST(test_folders_that_are_not_there),
        DESK_TEST(test_steps_that_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
