/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Refusals */
#include <string.h>

#include "../../service/state/refusal.h"
#include "../unit.h"

static void test_a_refusal_has_kind_and_text(void **state)
{
    struct refusal refusal;

    assert_int_equal(refuse(&refusal, REFUSAL_BUSY, "%d calls wait.", 16), -1);
    assert_int_equal(refusal.kind, REFUSAL_BUSY);
    assert_string_equal(refusal.text, "16 calls wait.");
}

static void test_a_long_text_is_cut(void **state)
{
    struct refusal refusal;
    char text[1000];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    assert_int_equal(refuse(&refusal, REFUSAL_FAILED, "%s", text), -1);
    assert_int_equal(strlen(refusal.text), sizeof(refusal.text) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_refusal_has_kind_and_text),
        cmocka_unit_test(test_a_long_text_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
