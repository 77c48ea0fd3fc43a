/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands at /etc/resolv.conf: whose it is, and whether it is immutable */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../service/act/apply_resolv.h"
#include "../../service/act/resolv_place.h"
#include "../../service/state/resolv_conf.h"
#include "../scratch.h"
#include "../unit.h"
#include "faults.h"

#define NAME "resolv.conf"

static int set_up(void **state)
{
    faults_reset();
    return scratch_set_up(state);
}

static void assert_form(const struct scratch *scratch, enum resolv_form form)
{
    assert_int_equal(resolv_place_form(scratch->root, NAME), form);
}

static char *ours(size_t *length)
{
    struct dns_list none = {.count = 0};

    return resolv_conf_render("", 0, &none, false, length);
}

static void write_ours(const struct scratch *scratch, const char *name)
{
    size_t length;
    char *text = ours(&length);

    scratch_write_bytes(scratch, name, text, length);
    free(text);
}

static void test_links(void **state)
{
    static const struct {
        const char *target;
        enum resolv_form form;
    } rows[] = {
        {RESOLV_RUNTIME_PATH, RESOLV_RUNTIME},
        {RESOLV_RUNTIME_PATH "x", RESOLV_OTHER},
        {"/run/wslnode/resolv.con", RESOLV_OTHER},
        {"/run/wslnode//resolv.conf", RESOLV_OTHER},
        {"../run/wslnode/resolv.conf", RESOLV_OTHER},
        {"/mnt/wsl/resolv.conf", RESOLV_OTHER},
        {"ours", RESOLV_OTHER},    /* a file of ours behind it, but no link of ours */
        {"nowhere", RESOLV_OTHER}, /* something all the same */
        {NAME, RESOLV_OTHER},
    };
    struct scratch *scratch = *state;

    write_ours(scratch, "ours");
    for (size_t i = 0; i < COUNT(rows); i++) {
        scratch_link(scratch, NAME, rows[i].target);
        assert_form(scratch, rows[i].form);
        scratch_unlink(scratch, NAME);
    }
}

static void test_files(void **state)
{
    struct scratch *scratch = *state;
    size_t length;
    char *text = ours(&length), *large = calloc(1, RESOLV_CONF_SIZE_MAX + 1);

    assert_form(scratch, RESOLV_ABSENT);
    write_ours(scratch, NAME);
    assert_form(scratch, RESOLV_LASTING);
    assert_int_equal(linkat(scratch->root, NAME, scratch->root, "second", 0), 0);
    assert_form(scratch, RESOLV_OTHER);
    scratch_unlink(scratch, "second");
    assert_form(scratch, RESOLV_LASTING);
    scratch_write(scratch, NAME, "nameserver 10.0.0.1\n");
    assert_form(scratch, RESOLV_OTHER);
    memcpy(large, text, length);
    scratch_write_bytes(scratch, NAME, large, RESOLV_CONF_SIZE_MAX);
    assert_form(scratch, RESOLV_LASTING);
    scratch_write_bytes(scratch, NAME, large, RESOLV_CONF_SIZE_MAX + 1);
    assert_form(scratch, RESOLV_OTHER);
    free(text);
    free(large);
}

static void test_what_is_no_file(void **state)
{
    struct scratch *scratch = *state;

    scratch_mkdir(scratch, NAME);
    assert_form(scratch, RESOLV_OTHER);
    scratch_unlink(scratch, NAME);
    scratch_fifo(scratch, NAME); /* nothing waits for it */
    assert_form(scratch, RESOLV_OTHER);
    assert_false(resolv_place_immutable(scratch->root, NAME));
    assert_int_equal(resolv_place_form(-1, NAME), RESOLV_OTHER); /* what is not known is not absent */
}

static void test_whose_forms_are(void **state)
{
    assert_true(resolv_place_is_ours(RESOLV_RUNTIME));
    assert_true(resolv_place_is_ours(RESOLV_LASTING));
    assert_false(resolv_place_is_ours(RESOLV_OTHER));
    assert_false(resolv_place_is_ours(RESOLV_ABSENT));
}

static void test_immutable(void **state)
{
    struct scratch *scratch = *state;
    struct stat st;

    assert_false(resolv_place_immutable(scratch->root, NAME));
    assert_int_equal(resolv_place_set_immutable(scratch->root, NAME, true), -ENOENT);
    for (int folder = 0; folder < 2; folder++) {
        if (folder)
            scratch_mkdir(scratch, NAME);
        else
            scratch_write(scratch, NAME, "x");
        assert_int_equal(fstatat(scratch->root, NAME, &st, 0), 0);
        assert_false(resolv_place_immutable(scratch->root, NAME));
        assert_int_equal(resolv_place_set_immutable(scratch->root, NAME, true), 0);
        assert_true(faults->immutable == st.st_ino);
        assert_true(resolv_place_immutable(scratch->root, NAME));
        assert_int_equal(resolv_place_set_immutable(scratch->root, NAME, false), 0);
        assert_true(faults->immutable == 0);
        scratch_unlink(scratch, NAME);
    }
    scratch_write(scratch, "file", "x");
    scratch_link(scratch, NAME, "file"); /* never what a link leads to */
    assert_int_equal(fstatat(scratch->root, "file", &st, 0), 0);
    faults->immutable = st.st_ino;
    assert_false(resolv_place_immutable(scratch->root, NAME));
    assert_int_equal(resolv_place_set_immutable(scratch->root, NAME, false), -EOPNOTSUPP);
    assert_true(faults->immutable == st.st_ino);
}

#define PLACE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, scratch_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(test_links),           PLACE_TEST(test_files),
        PLACE_TEST(test_what_is_no_file), cmocka_unit_test(test_whose_forms_are),
        PLACE_TEST(test_immutable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
