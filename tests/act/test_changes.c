/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The changes log and the wanted state on disk */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../service/act/changes.h"
#include "../scratch.h"
#include "../state/packed.h"
#include "../unit.h"

#define LOG   "var/lib/wslnode/changes"
#define STATE "var/lib/wslnode/wanted"
#define RUN   "run/wslnode/wanted"

struct desk {
    struct scratch scratch;
    struct changes changes;
    struct wanted wanted;
};

static int set_up(void **state)
{
    static struct desk desk;

    memset(&desk, 0, sizeof(desk));
    scratch_make(&desk.scratch);
    changes_init(&desk.changes);
    *state = &desk;
    return 0;
}

static int tear_down(void **state)
{
    struct desk *desk = *state;

    changes_done(&desk->changes);
    scratch_remove(&desk->scratch);
    return 0;
}

/* As the next start of the daemon. */
static int load(struct desk *desk)
{
    changes_done(&desk->changes);
    memset(&desk->wanted, 0, sizeof(desk->wanted));
    return changes_load(&desk->changes, desk->scratch.root, &desk->wanted);
}

static void record(struct desk *desk, uint64_t id, enum change_state done)
{
    struct step step = {.kind = STEP_KERNEL, .target = "wg0", .mtu_before = 1420, .mtu_after = 1280};
    struct change change = {.id = id, .verb = VERB_SET_MTU, .state = done, .steps = packed(&step, 1)};

    assert_int_equal(changes_record(&desk->changes, &change, id % 2), 0);
    steps_done(&change.steps);
}

static unsigned lines_on_disk(struct desk *desk)
{
    char *text = scratch_read(&desk->scratch, LOG);
    unsigned lines = 0;

    for (char *c = text; c && *c; c++)
        lines += *c == '\n';
    free(text);
    return lines;
}

static void test_an_empty_start(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(load(desk), 0);
    assert_int_equal(desk->changes.list.count, 0);
    assert_int_equal(scratch_mode(&desk->scratch, "var/lib/wslnode") & 0022, 0);
}

static void test_what_was_recorded_is_there_again(void **state)
{
    struct desk *desk = *state;

    load(desk);
    record(desk, 1, CHANGE_DONE);
    record(desk, 2, CHANGE_DONE);
    record(desk, 1, CHANGE_UNDONE);
    assert_int_equal(desk->changes.list.count, 2);
    assert_int_equal(lines_on_disk(desk), 3);
    assert_int_equal(load(desk), 0);
    assert_int_equal(desk->changes.list.count, 2);
    assert_int_equal(change_list_find(&desk->changes.list, 1)->state, CHANGE_UNDONE);
    assert_int_equal(change_list_find(&desk->changes.list, 2)->state, CHANGE_DONE);
    assert_int_equal(desk->changes.list.last_id, 2);
    assert_int_equal(scratch_mode(&desk->scratch, LOG), 0600);
}

static void test_temporaries_of_a_crash_go(void **state)
{
    static const char *const left[] = {"var/lib/wslnode/.changes.new", "var/lib/wslnode/.wanted.new",
                                       "run/wslnode/.wanted.new"};
    struct desk *desk = *state;

    for (size_t i = 0; i < 3; i++)
        scratch_write(&desk->scratch, left[i], "half");
    assert_int_equal(load(desk), 0);
    for (size_t i = 0; i < 3; i++)
        assert_int_not_equal(faccessat(desk->scratch.root, left[i], F_OK, 0), 0);
}

static void test_a_line_that_a_crash_cut_off(void **state)
{
    struct desk *desk = *state;
    char *text, *longer;

    load(desk);
    record(desk, 1, CHANGE_DONE);
    text = scratch_read(&desk->scratch, LOG);
    assert_true(asprintf(&longer, "%s{\"id\":2,\"time\":17", text) > 0);
    scratch_write(&desk->scratch, LOG, longer);
    assert_int_equal(load(desk), 1);
    assert_int_equal(desk->changes.list.count, 1);
    record(desk, 2, CHANGE_DONE);
    assert_int_equal(load(desk), 0); /* and it swallowed nothing */
    assert_int_equal(desk->changes.list.count, 2);
    free(text);
    free(longer);
}

/* The same with a whole line whose end alone is missing, and with the zeros that a power cut leaves. */
static void test_a_line_without_its_end(void **state)
{
    struct desk *desk = *state;
    char *text, zeros[4096] = {0};

    load(desk);
    record(desk, 1, CHANGE_DONE);
    text = scratch_read(&desk->scratch, LOG);
    text[strlen(text) - 1] = 0;
    scratch_write(&desk->scratch, LOG, text);
    assert_int_equal(load(desk), 0);
    record(desk, 2, CHANGE_DONE);
    assert_int_equal(load(desk), 0);
    assert_int_equal(desk->changes.list.count, 2);
    free(text);
    text = scratch_read(&desk->scratch, LOG);
    memcpy(zeros, text, strlen(text));
    scratch_write_bytes(&desk->scratch, LOG, zeros, sizeof(zeros));
    load(desk);
    assert_int_equal(desk->changes.list.count, 2);
    record(desk, 3, CHANGE_DONE);
    assert_int_equal(load(desk), 0);
    assert_int_equal(desk->changes.list.count, 3);
    free(text);
}

static void test_garbage_is_counted(void **state)
{
    struct desk *desk = *state;
    char *text, *longer;

    load(desk);
    record(desk, 1, CHANGE_DONE);
    text = scratch_read(&desk->scratch, LOG);
    assert_true(asprintf(&longer, "nonsense\n{}\n\n%s[1]\n", text) > 0);
    scratch_write(&desk->scratch, LOG, longer);
    scratch_write(&desk->scratch, STATE, "{ not json");
    scratch_write(&desk->scratch, RUN, "{\"wg0\": 7}");
    assert_int_equal(load(desk), 5);
    assert_int_equal(desk->changes.list.count, 1);
    assert_int_equal(desk->wanted.count, 0);
    free(text);
    free(longer);
}

/* A crash between the two lines of an undoing. */
static void test_an_undoing_that_did_not_mark(void **state)
{
    struct desk *desk = *state;
    struct step step = {.kind = STEP_KERNEL, .target = "wg0", .mtu_before = 1280, .mtu_after = 1420};
    struct change undoing = {
        .id = 2, .verb = VERB_UNDO, .state = CHANGE_FAILED, .undoes = 1, .steps = packed(&step, 1)};

    load(desk);
    record(desk, 1, CHANGE_DONE);
    assert_int_equal(changes_record(&desk->changes, &undoing, false), 0);
    assert_int_equal(load(desk), 0);
    assert_int_equal(change_list_find(&desk->changes.list, 1)->state, CHANGE_DONE); /* it failed */
    undoing.state = CHANGE_DONE;
    assert_int_equal(changes_record(&desk->changes, &undoing, false), 0);
    assert_int_equal(load(desk), 0);
    assert_int_equal(change_list_find(&desk->changes.list, 1)->state, CHANGE_UNDONE);
    /* And for later starts it is written down. */
    record(desk, 3, CHANGE_DONE);
    assert_int_equal(load(desk), 0);
    assert_int_equal(change_list_find(&desk->changes.list, 1)->state, CHANGE_UNDONE);
    assert_int_equal(change_list_find(&desk->changes.list, 3)->state, CHANGE_DONE);
    steps_done(&undoing.steps);
}

static void test_two_hundred_are_kept(void **state)
{
    struct desk *desk = *state;

    load(desk);
    for (uint64_t id = 1; id <= 2 * CHANGES_MAX + 150; id++) {
        record(desk, id, CHANGE_DONE);
        assert_true(lines_on_disk(desk) <= 2 * CHANGES_MAX);
    }
    assert_int_equal(desk->changes.list.count, CHANGES_MAX);
    assert_int_equal(load(desk), 0);
    assert_int_equal(desk->changes.list.count, CHANGES_MAX);
    assert_int_equal(desk->changes.list.list[0].id, CHANGES_MAX + 151);
    assert_int_equal(desk->changes.list.last_id, 2 * CHANGES_MAX + 150);
}

static void test_superseded_lines_go_when_it_is_rewritten(void **state)
{
    struct desk *desk = *state;

    load(desk);
    for (int i = 0; i < 2 * CHANGES_MAX; i++)
        record(desk, 1, i % 2 ? CHANGE_UNDONE : CHANGE_DONE);
    assert_int_equal(lines_on_disk(desk), 2 * CHANGES_MAX);
    record(desk, 2, CHANGE_DONE);
    assert_int_equal(lines_on_disk(desk), 2);
    assert_int_equal(load(desk), 0);
    assert_int_equal(change_list_find(&desk->changes.list, 1)->state, CHANGE_UNDONE);
    assert_int_equal(scratch_mode(&desk->scratch, LOG), 0600);
}

static void test_a_log_that_cannot_be_written(void **state)
{
    struct desk *desk = *state;
    struct step step = {.kind = STEP_KERNEL, .target = "wg0"};
    struct change change = {.id = 1, .steps = packed(&step, 1)};

    scratch_mkdir(&desk->scratch, LOG);
    assert_int_equal(load(desk), 1);
    assert_int_equal(changes_record(&desk->changes, &change, true), -EISDIR);
    assert_int_equal(desk->changes.list.count, 0);
    scratch_unlink(&desk->scratch, LOG);
    scratch_unlink(&desk->scratch, "var/lib/wslnode");
    scratch_write(&desk->scratch, "var/lib/wslnode", "a file");
    assert_int_equal(load(desk), 0);
    assert_int_equal(changes_record(&desk->changes, &change, true), -ENOTDIR);
    assert_int_equal(desk->changes.list.count, 0);
    steps_done(&change.steps);
}

static int save(struct desk *desk, struct wish before, struct wish after)
{
    wanted_set(&desk->wanted, "wg0", &after);
    return changes_save_wanted(&desk->changes, &desk->wanted, &before, &after);
}

static void test_wishes_are_where_they_belong(void **state)
{
    const struct wish none = {.set = false}, now = {.set = true, .mtu = 1280, .since_usec = 1},
                      for_good = {.set = true, .mtu = 1300, .persist = true, .since_usec = 2};
    struct desk *desk = *state;

    load(desk);
    assert_int_equal(save(desk, none, now), 0);
    scratch_assert(&desk->scratch, STATE, NULL);
    assert_int_equal(load(desk), 0);
    assert_true(wish_equal(&wanted_find(&desk->wanted, "wg0")->by_verb, &now));
    assert_int_equal(save(desk, now, for_good), 0);
    scratch_assert(&desk->scratch, RUN, "{}");
    assert_int_equal(load(desk), 0);
    assert_true(wish_equal(&wanted_find(&desk->wanted, "wg0")->by_verb, &for_good));
    assert_int_equal(save(desk, for_good, now), 0);
    scratch_assert(&desk->scratch, STATE, "{}");
    assert_int_equal(scratch_mode(&desk->scratch, STATE), 0600);
    assert_int_equal(scratch_mode(&desk->scratch, RUN), 0600);
    assert_int_equal(save(desk, now, none), 0);
    assert_int_equal(load(desk), 0);
    assert_int_equal(desk->wanted.count, 0);
}

static void test_the_next_start_ends_what_is_not_for_good(void **state)
{
    const struct wish none = {.set = false}, now = {.set = true, .mtu = 1280};
    struct desk *desk = *state;

    load(desk);
    assert_int_equal(save(desk, none, now), 0);
    scratch_unlink(&desk->scratch, RUN); /* /run is empty then */
    assert_int_equal(load(desk), 0);
    assert_int_equal(desk->wanted.count, 0);
}

static void test_wishes_that_cannot_be_written(void **state)
{
    const struct wish none = {.set = false}, now = {.set = true, .mtu = 1280},
                      for_good = {.set = true, .mtu = 1300, .persist = true};
    struct desk *desk = *state;

    scratch_mkdir(&desk->scratch, "run/wslnode/wanted/x");
    load(desk);
    assert_true(save(desk, none, now) < 0);
    assert_int_equal(save(desk, none, for_good), 0);
    changes_done(&desk->changes);
    assert_int_equal(save(desk, none, for_good), -EBADF);
    assert_int_equal(save(desk, none, none), 0); /* nothing to write */
}

/* A crash between the two files left a wish in both: the newer holds, and the other does not come back. */
static void test_of_two_wishes_the_newer_holds(void **state)
{
    static const char for_good[] = "{\"wg0\":{\"mtu\":1300,\"persist\":true,\"since\":%d}}",
                      now[] = "{\"wg0\":{\"mtu\":1280,\"persist\":false,\"since\":5}}";
    struct desk *desk = *state;
    char text[128];

    for (int since = 4; since <= 6; since += 2) {
        snprintf(text, sizeof(text), for_good, since);
        scratch_write(&desk->scratch, STATE, text);
        scratch_write(&desk->scratch, RUN, now);
        assert_int_equal(load(desk), 0);
        assert_int_equal(desk->wanted.count, 1);
        assert_int_equal(wanted_find(&desk->wanted, "wg0")->by_verb.mtu, since == 6 ? 1300 : 1280);
        scratch_assert(&desk->scratch, since == 6 ? RUN : STATE, "{}");
        assert_int_equal(load(desk), 0);
        assert_int_equal(wanted_find(&desk->wanted, "wg0")->by_verb.mtu, since == 6 ? 1300 : 1280);
    }
}

/* The file that gains it first: when the other cannot be written, it is in both, and never in none. */
static void test_a_wish_that_moves_is_never_in_no_file(void **state)
{
    const struct wish now = {.set = true, .mtu = 1280, .since_usec = 1},
                      for_good = {.set = true, .mtu = 1300, .persist = true, .since_usec = 2},
                      later = {.set = true, .mtu = 1290, .since_usec = 3};
    struct desk *desk = *state;
    char *text;

    load(desk);
    scratch_mkdir(&desk->scratch, "run/wslnode/wanted/in-the-way");
    assert_true(save(desk, now, for_good) < 0);
    text = scratch_read(&desk->scratch, STATE);
    assert_non_null(text);
    assert_non_null(strstr(text, "1300"));
    free(text);
    assert_true(save(desk, for_good, later) < 0);
    text = scratch_read(&desk->scratch, STATE);
    assert_non_null(strstr(text, "1300")); /* not given up before the other file has it */
    free(text);
}

#define DESK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_an_empty_start),
        DESK_TEST(test_what_was_recorded_is_there_again),
        DESK_TEST(test_temporaries_of_a_crash_go),
        DESK_TEST(test_a_line_that_a_crash_cut_off),
        DESK_TEST(test_a_line_without_its_end),
        DESK_TEST(test_garbage_is_counted),
        DESK_TEST(test_two_hundred_are_kept),
        DESK_TEST(test_an_undoing_that_did_not_mark),
        DESK_TEST(test_superseded_lines_go_when_it_is_rewritten),
        DESK_TEST(test_a_log_that_cannot_be_written),
        DESK_TEST(test_wishes_are_where_they_belong),
        DESK_TEST(test_the_next_start_ends_what_is_not_for_good),
        DESK_TEST(test_of_two_wishes_the_newer_holds),
        DESK_TEST(test_a_wish_that_moves_is_never_in_no_file),
        DESK_TEST(test_wishes_that_cannot_be_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
