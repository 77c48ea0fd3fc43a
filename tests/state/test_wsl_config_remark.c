/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be wrong in a configuration file of WSL's, in words */
#include <string.h>

#include "../../service/state/wsl_config_remark.h"
#include "../unit.h"

static void test_every_kind_has_words(void **state)
{
    for (enum wsl_config_remark_kind kind = 0; kind <= WSL_CONFIG_REMARK_UTF16; kind++) {
        const char *what = wsl_config_remark_what(kind), *next = wsl_config_remark_next(kind);

        assert_true(strlen(wsl_config_remark_id(kind)) >= 3);
        assert_true(strlen(what) > 10 && what[strlen(what) - 1] != '.');
        assert_true(strlen(next) > 10 && next[strlen(next) - 1] != '.');
        assert_true(next[0] >= 'A' && next[0] <= 'Z');
    }
}

static void test_names_are_words(void **state)
{
    for (enum wsl_config_remark_kind kind = 0; kind <= WSL_CONFIG_REMARK_UTF16; kind++)
        assert_int_equal(strspn(wsl_config_remark_id(kind), "abcdefghijklmnopqrstuvwxyz0123456789-"),
                         strlen(wsl_config_remark_id(kind)));
}

/* The choices of three keys have one name. */
static void test_names_tell_kinds_apart(void **state)
{
    for (enum wsl_config_remark_kind kind = 0; kind <= WSL_CONFIG_REMARK_UTF16; kind++)
        for (enum wsl_config_remark_kind other = 0; other < kind; other++)
            if (strcmp(wsl_config_remark_id(kind), wsl_config_remark_id(other)) == 0)
                assert_string_equal(wsl_config_remark_id(kind), "choice");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_has_words),
        cmocka_unit_test(test_names_are_words),
        cmocka_unit_test(test_names_tell_kinds_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
