/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keepalive in a file of wg-quick's: what is set, taken back and left alone */
#include "../../service/act/apply_keepalive_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../scratch.h"
#include "../unit.h"

#define PATH  "etc/wireguard/wg0.conf"
#define ONE   "AAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define TWO   "AAAAAgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define HEAD  "[Interface]\n# mine\nPrivateKey = QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=\n\n"
#define FIRST "[Peer]\nPublicKey = " ONE "\nPresharedKey = YEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=\n"
#define LINE  "PersistentKeepalive = 25\n"
#define LAST  "[Peer]\nPublicKey = " TWO "\nPersistentKeepalive=10 # ten\n"

static const char *failed;
static char problem[160];

/* The step that the plan would make for a peer of the file as it is. */
static struct step step_for(const struct scratch *scratch, uint8_t peer, uint16_t seconds)
{
    struct step step = {.kind = STEP_KEEPALIVE_FILE, .target = "/" PATH, .keepalive.after_sec = seconds};
    struct keepalive_file file = {.link = ""};

    step.keepalive.key[3] = peer;
    apply_keepalive_file_read(scratch->root, "wg0", seconds, &file);
    assert_string_equal(file.problem, "");
    assert_non_null(keepalive_file_span(&file, step.keepalive.key));
    step.keepalive.span = *keepalive_file_span(&file, step.keepalive.key);
    keepalive_file_done(&file);
    return step;
}

static struct step inverse(struct step step)
{
    struct wireguard_conf_span *span = &step.keepalive.span;
    char kept[WIREGUARD_CONF_TEXT_SIZE];

    memcpy(kept, span->before, sizeof(kept));
    memcpy(span->before, span->after, sizeof(kept));
    memcpy(span->after, kept, sizeof(kept));
    return step;
}

static int apply(const struct scratch *scratch, const struct step *step, bool back)
{
    problem[0] = 0;
    return apply_keepalive_file(scratch->root, step, back, &failed, problem, sizeof(problem));
}

static int set_up(void **state)
{
    struct scratch *scratch;

    scratch_set_up(state);
    scratch = *state;
    scratch_write(scratch, PATH, HEAD FIRST LAST);
    assert_int_equal(fchmodat(scratch->root, PATH, 0600, 0), 0);
    return 0;
}

static void test_there_and_back(void **state)
{
    static const struct {
        uint8_t peer;
        uint16_t seconds;
        const char *is;
    } rows[] = {
        {1, 25, HEAD FIRST LINE LAST},
        {2, 25, HEAD FIRST "[Peer]\nPublicKey = " TWO "\nPersistentKeepalive=25 # ten\n"},
        {2, 0, HEAD FIRST "[Peer]\nPublicKey = " TWO "\nPersistentKeepalive=off # ten\n"},
    };
    struct scratch *scratch = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct step step = step_for(scratch, rows[i].peer, rows[i].seconds), undo = inverse(step);

        assert_int_equal(apply(scratch, &step, false), 0);
        scratch_assert(scratch, PATH, rows[i].is);
        assert_int_equal(scratch_mode(scratch, PATH), 0600);
        assert_int_equal(apply(scratch, &step, true), 0); /* where a later step failed */
        scratch_assert(scratch, PATH, HEAD FIRST LAST);
        assert_int_equal(apply(scratch, &step, false), 0);
        assert_int_equal(apply(scratch, &undo, false), 0); /* Undo */
        scratch_assert(scratch, PATH, HEAD FIRST LAST);
        assert_int_equal(apply(scratch, &undo, true), 0); /* and the Undo's undoing */
        scratch_assert(scratch, PATH, rows[i].is);
        assert_int_equal(apply(scratch, &undo, false), 0);
        assert_int_equal(scratch_mode(scratch, PATH), 0600);
    }
    assert_int_equal(scratch_count(scratch, "etc/wireguard"), 1);
}

/* Several peers one after the other: each span was found in the file as it was before all. */
static void test_one_after_the_other(void **state)
{
    struct scratch *scratch = *state;
    struct step one = step_for(scratch, 1, 25), two = step_for(scratch, 2, 25);

    assert_int_equal(apply(scratch, &one, false), 0);
    assert_int_equal(apply(scratch, &two, false), 0);
    scratch_assert(scratch, PATH,
                   HEAD FIRST LINE "[Peer]\nPublicKey = " TWO "\nPersistentKeepalive=25 # ten\n");
    assert_int_equal(apply(scratch, &two, true), 0);
    assert_int_equal(apply(scratch, &one, true), 0);
    scratch_assert(scratch, PATH, HEAD FIRST LAST);
}

static void test_others_changed_it(void **state)
{
    static const char *const texts[] = {
        HEAD FIRST "PersistentKeepalive = 7\n" LAST, /* another stands there */
        HEAD LAST,                                   /* the peer is gone */
    };
    struct scratch *scratch = *state;
    struct step step = step_for(scratch, 1, 25);

    for (size_t i = 0; i < COUNT(texts); i++) {
        scratch_write(scratch, PATH, texts[i]);
        assert_int_equal(apply(scratch, &step, false), -ESTALE);
        assert_int_equal(apply(scratch, &step, true), 0); /* nothing of ours is there */
        scratch_assert(scratch, PATH, texts[i]);
    }
    step.keepalive.lenient = true;
    assert_int_equal(apply(scratch, &step, false), 0);
    scratch_assert(scratch, PATH, texts[1]);
    step.keepalive.lenient = false;
    scratch_unlink(scratch, PATH);
    assert_int_equal(apply(scratch, &step, false), -ESTALE);
    assert_int_equal(apply(scratch, &step, true), 0);
    assert_int_equal(scratch_count(scratch, "etc/wireguard"), 0);
}

/* Elsewhere in it others may change what they like. */
static void test_lines_moved(void **state)
{
    struct scratch *scratch = *state;
    struct step step = step_for(scratch, 1, 25);

    scratch_write(scratch, PATH, "# above\n\n" HEAD FIRST LAST "# below\n");
    assert_int_equal(apply(scratch, &step, false), 0);
    scratch_assert(scratch, PATH, "# above\n\n" HEAD FIRST LINE LAST "# below\n");
    scratch_write(scratch, PATH, HEAD FIRST LINE LAST);
    assert_int_equal(apply(scratch, &step, true), 0);
    scratch_assert(scratch, PATH, HEAD FIRST LAST);
}

static void assert_problem(const struct scratch *scratch, const char *text)
{
    struct keepalive_file file = {.link = ""};

    apply_keepalive_file_read(scratch->root, "wg0", 25, &file);
    assert_string_equal(file.link, "wg0");
    if (!strstr(file.problem, text))
        fail_msg("“%s” has no “%s”", file.problem, text);
    keepalive_file_done(&file);
}

static void test_files_that_are_refused(void **state)
{
    struct scratch *scratch = *state;
    struct step step = step_for(scratch, 1, 25);

    scratch_write(scratch, PATH, HEAD FIRST "nonsense\n");
    assert_problem(scratch, "line 8: ");
    assert_int_equal(apply(scratch, &step, false), -EPERM);
    assert_true(*problem && !strstr(problem, "nonsense"));
    scratch_unlink(scratch, PATH);
    assert_problem(scratch, "it is not there");
    scratch_write(scratch, "etc/wireguard/other.conf", HEAD FIRST LAST);
    scratch_link(scratch, PATH, "other.conf");
    assert_problem(scratch, "symbolic link");
    assert_int_equal(apply(scratch, &step, false), -EPERM);
    assert_non_null(strstr(problem, "symbolic link"));
    scratch_assert(scratch, "etc/wireguard/other.conf", HEAD FIRST LAST);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, scratch_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_there_and_back), TEST(test_one_after_the_other),    TEST(test_others_changed_it),
        TEST(test_lines_moved),    TEST(test_files_that_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
