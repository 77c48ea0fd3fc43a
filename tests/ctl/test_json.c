/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists of texts for a person */
#include "../../ctl/json.h"

#include <stdlib.h>

#include "../unit.h"

static void assert_joined(json_t *list, const char *expected)
{
    char *joined = json_join(list, "-");

    assert_string_equal(joined, expected);
    free(joined);
    json_decref(list);
}

static void test_texts_are_joined(void **state)
{
    assert_joined(json_pack("[s]", "one"), "one");
    assert_joined(json_pack("[s, s, s]", "one", "two", "three"), "one, two, three");
    assert_joined(json_pack("[s, i, s]", "one", 2, "three"), "one, , three");
}

static void test_there_are_none(void **state)
{
    assert_joined(json_array(), "-");
    assert_joined(json_string("one"), "-");
    assert_joined(NULL, "-");
}

static void test_what_drives_a_terminal_is_replaced(void **state)
{
    assert_joined(json_pack("[s, s]", "a\033[31m", "b\nc"), "a?[31m, b c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_are_joined),
        cmocka_unit_test(test_there_are_none),
        cmocka_unit_test(test_what_drives_a_terminal_is_replaced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
