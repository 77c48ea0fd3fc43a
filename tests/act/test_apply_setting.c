/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One key of wsl.conf: what is set, removed and left alone */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../service/act/apply_setting.h"
#include "../scratch.h"
#include "../unit.h"

#define PATH "etc/wsl.conf"
#define MADE "[network]\ngenerateResolvConf=false\n"

static const char *failed;
static char problem[160];

static struct step step_of(const char *before, const char *after)
{
    struct step step = {.kind = STEP_SETTING,
                        .target = "/" PATH,
                        .setting = {.section = "network", .key = "generateResolvConf"}};

    strcpy(step.setting.before, before);
    strcpy(step.setting.after, after);
    return step;
}

static int apply(const struct scratch *scratch, const struct step *step, bool back)
{
    problem[0] = 0;
    return apply_setting(scratch->root, step, back, &failed, problem, sizeof(problem));
}

static void test_there_and_back(void **state)
{
    static const struct {
        const char *before, *after; /* the key */
        const char *was, *is;       /* the file */
    } rows[] = {
        {"", "false", "", MADE},
        {"", "false", "[network]\nhostname=node\n", "[network]\nhostname=node\ngenerateResolvConf=false\n"},
        {"true", "false", "[network]\ngenerateResolvConf=true\n", MADE},
        {"true", "false",
         "# mine\r\n[NETWORK]\r\n generateresolvconf = true # yes\r\n[boot]\r\nsystemd=true\r\n",
         "# mine\r\n[NETWORK]\r\n generateresolvconf = false # yes\r\n[boot]\r\nsystemd=true\r\n"},
        {"TRUE", "false", "[network]\ngenerateResolvConf=TRUE\n", MADE},
        {"false", "", MADE "hostname=node\n", "[network]\nhostname=node\n"},
    };
    struct scratch *scratch = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct step step = step_of(rows[i].before, rows[i].after);

        scratch_write(scratch, PATH, rows[i].was);
        assert_int_equal(fchmodat(scratch->root, PATH, 0640, 0), 0);
        assert_int_equal(apply(scratch, &step, false), 0);
        scratch_assert(scratch, PATH, rows[i].is);
        assert_int_equal(scratch_mode(scratch, PATH), 0640);
        assert_int_equal(apply(scratch, &step, false), -ESTALE); /* it is done */
        scratch_assert(scratch, PATH, rows[i].is);
        assert_int_equal(apply(scratch, &step, true), 0);
        if (i == 0) /* the section stays */
            scratch_assert(scratch, PATH, "[network]\n");
        else if (i == COUNT(rows) - 1)
            scratch_assert(scratch, PATH, "[network]\nhostname=node\ngenerateResolvConf=false\n");
        else
            scratch_assert(scratch, PATH, rows[i].was);
        assert_int_equal(apply(scratch, &step, true), 0); /* nothing is left to be taken back */
        scratch_unlink(scratch, PATH);
    }
}

static void test_what_holds_something_else_is_left_alone(void **state)
{
    static const char *const texts[] = {
        "[network]\ngenerateResolvConf=true\n",  "[network]\ngenerateResolvConf=1\n",
        "[network]\ngenerateResolvConf=maybe\n", "[network]\ngenerateResolvConf=1\ngenerateResolvConf=no\n",
        "[network]\ngenerateResolvConf=0\n",
    };
    struct scratch *scratch = *state;
    struct step set = step_of("", "false"), change = step_of("no", "false"), unset = step_of("false", "");

    for (size_t i = 0; i < COUNT(texts); i++) {
        scratch_write(scratch, PATH, texts[i]);
        assert_int_equal(apply(scratch, &set, false), -ESTALE);
        assert_int_equal(apply(scratch, &change, false), -ESTALE);
        assert_int_equal(apply(scratch, &unset, false), -ESTALE);
        unset.setting.remove = true;
        assert_int_equal(apply(scratch, &unset, false), -ESTALE);
        unset.setting.remove = false;
        assert_int_equal(apply(scratch, &set, true), 0);
        assert_int_equal(apply(scratch, &change, true), 0);
        scratch_assert(scratch, PATH, texts[i]);
    }
    scratch_write(scratch, PATH, "[boot]\nsystemd=true\n");
    assert_int_equal(apply(scratch, &change, false), -ESTALE);
    assert_int_equal(apply(scratch, &unset, false), -ESTALE);
    scratch_unlink(scratch, PATH);
    assert_int_equal(apply(scratch, &set, false), -ESTALE); /* to be set in a file that was there */
    assert_int_equal(apply(scratch, &set, true), 0);
    scratch_assert(scratch, PATH, NULL);
}

/* The first pair counts for WSL, whatever it holds; and what it has is given back as it was. */
static void test_values_that_are_none(void **state)
{
    struct scratch *scratch = *state;
    struct step step = step_of("maybe", "false");

    scratch_write(scratch, PATH, "[network]\ngenerateResolvConf=maybe\ngenerateResolvConf=true\n");
    assert_int_equal(apply(scratch, &step, false), 0);
    scratch_assert(scratch, PATH, MADE "generateResolvConf=true\n");
    /* WSL would not take it: without it its default holds as well. The second pair goes, or it would count.
     */
    assert_int_equal(apply(scratch, &step, true), 0);
    scratch_assert(scratch, PATH, "[network]\n");
    step = step_of("", "false");
    scratch_write(scratch, PATH, "[network]\ngenerateResolvConf=\n");
    assert_int_equal(apply(scratch, &step, false), -EPERM);
    assert_non_null(strstr(problem, "without a value"));
    assert_int_equal(apply(scratch, &step, true), 0);
    scratch_assert(scratch, PATH, "[network]\ngenerateResolvConf=\n");
}

static void test_a_file_is_made(void **state)
{
    struct scratch *scratch = *state;
    struct step step = step_of("", "false");

    step.setting.create = true;
    scratch_mkdir(scratch, "etc");
    assert_int_equal(apply(scratch, &step, true), 0); /* it is not there to be taken back */
    assert_int_equal(apply(scratch, &step, false), 0);
    scratch_assert(scratch, PATH, MADE);
    assert_int_equal(scratch_mode(scratch, PATH), 0644);
    assert_int_equal(apply(scratch, &step, false), -ESTALE);
    assert_int_equal(apply(scratch, &step, true), 0);
    scratch_assert(scratch, PATH, NULL);
    scratch_write(scratch, PATH, MADE "hostname=node\n"); /* somebody took it over */
    assert_int_equal(apply(scratch, &step, true), 0);
    scratch_assert(scratch, PATH, "[network]\nhostname=node\n");
    scratch_write(scratch, PATH, "[network]\ngenerateResolvConf=true\n");
    assert_int_equal(apply(scratch, &step, true), 0);
    scratch_assert(scratch, PATH, "[network]\ngenerateResolvConf=true\n");
    assert_int_equal(apply(scratch, &step, false), -ESTALE);
}

static void test_a_file_that_was_made_is_removed(void **state)
{
    struct scratch *scratch = *state;
    struct step step = step_of("false", "");

    step.setting.remove = true;
    scratch_mkdir(scratch, "etc");
    assert_int_equal(apply(scratch, &step, false), 0); /* gone is gone */
    scratch_write(scratch, PATH, MADE);
    assert_int_equal(apply(scratch, &step, false), 0);
    scratch_assert(scratch, PATH, NULL);
    assert_int_equal(apply(scratch, &step, true), 0);
    scratch_assert(scratch, PATH, MADE);
    /* With more in it only the key goes, and that is taken back too. */
    scratch_write(scratch, PATH, MADE "hostname=node\n");
    assert_int_equal(apply(scratch, &step, false), 0);
    scratch_assert(scratch, PATH, "[network]\nhostname=node\n");
    assert_int_equal(apply(scratch, &step, true), 0);
    scratch_assert(scratch, PATH, "[network]\nhostname=node\ngenerateResolvConf=false\n");
}

static void test_what_is_refused(void **state)
{
    struct scratch *scratch = *state;
    struct step step = step_of("", "false");

    scratch_write_bytes(scratch, PATH, "\xff\xfe[\0b\0]\0", 8); /* UTF-16 */
    assert_int_equal(apply(scratch, &step, false), -EPERM);
    assert_non_null(strstr(problem, "encoding"));
    scratch_write(scratch, PATH, "[boot]\n");
    strcpy(step.setting.key, "generateEverything");
    assert_int_equal(apply(scratch, &step, false), -EPERM);
    assert_non_null(strstr(problem, "no such key"));
    scratch_assert(scratch, PATH, "[boot]\n");
    step = step_of("", "false");
    scratch_unlink(scratch, PATH);
    scratch_link(scratch, PATH, "other");
    assert_int_equal(apply(scratch, &step, false), -EPERM);
    assert_non_null(strstr(problem, "symbolic link"));
    scratch_unlink(scratch, PATH);
    scratch_write(scratch, PATH, "[boot]\n");
    assert_int_equal(fchmodat(scratch->root, "etc", 0777, 0), 0);
    assert_int_equal(apply(scratch, &step, false), -EPERM);
    assert_non_null(strstr(problem, "by others"));
    assert_int_equal(fchmodat(scratch->root, "etc", 0755, 0), 0);
    scratch_mkdir(scratch, "etc/.wsl.conf.wslnode/in-the-way");
    assert_true(apply(scratch, &step, false) < 0);
    assert_string_equal(failed, "make temporary");
    assert_string_equal(problem, "");
    scratch_assert(scratch, PATH, "[boot]\n");
}

#define SETTING_TEST(name) cmocka_unit_test_setup_teardown(name, scratch_set_up, scratch_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SETTING_TEST(test_there_and_back),
        SETTING_TEST(test_what_holds_something_else_is_left_alone),
        SETTING_TEST(test_values_that_are_none),
        SETTING_TEST(test_a_file_is_made),
        SETTING_TEST(test_a_file_that_was_made_is_removed),
        SETTING_TEST(test_what_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
