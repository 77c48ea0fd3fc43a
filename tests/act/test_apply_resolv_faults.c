/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* /etc/resolv.conf: what is left when a call fails, or was the last, or somebody else comes in between */
#include <sys/wait.h>

#include "resolv_desk.h"

/* How often the last thing that failed was that /etc comes onto the disk. */
static unsigned syncs;

static int apply_with(const struct step *step, enum fault fault, unsigned at)
{
    int status;
    pid_t pid;
    int r;

    faults->fault = fault;
    faults->at = at;
    faults->calls = 0;
    faults->error = EIO;
    if (fault == FAULT_FAIL) {
        r = apply(step, false);
    } else {
        pid = fork();
        if (pid == 0)
            _exit(apply(step, false) < 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        r = WEXITSTATUS(status) == FAULT_STATUS ? -ECANCELED : WEXITSTATUS(status);
    }
    faults->fault = FAULT_NONE;
    syncs += fault == FAULT_FAIL && r < 0 && strcmp(desk.failed, "sync directory") == 0;
    return r;
}

/* What failed says that all is as it was, and then it is; what was taken back is so in any case. */
static unsigned fail_at(void **state, const struct way *way, bool undo, enum fault fault, unsigned at)
{
    struct step step = step_on(way), run = undo ? inverse(&step) : step;
    ino_t posed;
    int r;

    begin(state);
    posed = pose(way->from, way->other);
    if (undo)
        assert_int_equal(apply(&step, false), 0);
    r = apply_with(&run, fault, at);
    if (fault == FAULT_FAIL && r < 0 && strcmp(desk.failed, "sync directory") != 0 &&
        run.resolv.from != run.resolv.to) {
        assert_int_equal(r, -EIO);
        assert_true(desk.failed[0] != 0);
        if (undo)
            assert_is(way->to, AFTER);
        else
            assert_is(way->from, BEFORE);
        if (way->from == RESOLV_OTHER)
            assert_true(inode(undo ? KEPT : ETC) == posed);
        assert_true(faults->immutable == (way->other == OTHER_IMMUTABLE && !undo ? posed : 0));
    }
    assert_int_equal(apply(&run, true), 0);
    if (undo) {
        assert_is(way->to, AFTER);
        assert_true(faults->immutable == 0);
        assert_int_equal(apply(&step, true), 0);
    }
    assert_as_posed(way, posed);
    return faults->calls;
}

static void fail_everywhere(void **state, enum fault fault)
{
    for (size_t i = 0; i < COUNT(ways); i++)
        for (int undo = 0; undo < 2; undo++)
            for (unsigned at = 1; fail_at(state, &ways[i], undo, fault, at) >= at; at++)
                assert_in_range(at, 1, 30);
}

static void test_every_call_may_fail(void **state)
{
    syncs = 0;
    fail_everywhere(state, FAULT_FAIL);
    assert_int_equal(syncs, 2 * COUNT(ways));
}

/* And every one may be the last before a power cut. */
static void test_it_may_end_at_every_call(void **state)
{
    fail_everywhere(state, FAULT_END);
}

static void put_another(void *userdata)
{
    scratch_write(desk.scratch, "etc/new", "nameserver 10.8.8.8\n");
    assert_int_equal(renameat(desk.scratch->root, "etc/new", desk.scratch->root, ETC), 0);
}

static void test_what_comes_in_the_last_moment_stays(void **state)
{
    for (size_t i = 0; i < COUNT(ways); i++)
        for (int undo = 0; undo < 2; undo++) {
            struct step step = step_on(&ways[i]), run = undo ? inverse(&step) : step;

            /* Another's in the place of another's is kept like it; ours in /run is changed without a look. */
            if (run.resolv.from == RESOLV_OTHER ||
                (run.resolv.from == RESOLV_RUNTIME && run.resolv.to == RESOLV_RUNTIME))
                continue;
            begin(state);
            pose(ways[i].from, ways[i].other);
            if (undo)
                assert_int_equal(apply(&step, false), 0);
            faults->on_rename = put_another;
            assert_int_equal(apply(&run, false), -ESTALE);
            scratch_assert(desk.scratch, ETC, "nameserver 10.8.8.8\n");
            assert_tidy(undo && ways[i].from == RESOLV_OTHER);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_every_call_may_fail),
        DESK_TEST(test_it_may_end_at_every_call),
        DESK_TEST(test_what_comes_in_the_last_moment_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
