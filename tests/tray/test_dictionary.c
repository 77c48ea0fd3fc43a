/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of dictionary */
#include "../unit.h"

#include <glib.h>

#include "../../tray/dictionary.h"

static void test_what_is_there_and_what_is_not(void **state)
{
    g_autoptr(GVariant) dictionary =
        g_variant_parse(G_VARIANT_TYPE_VARDICT,
                        "{'text': <'eth0'>, 'number': <uint32 1280>, 'big': <uint64 1>}", NULL, NULL, NULL);

    assert_string_equal(dictionary_text(dictionary, "text"), "eth0");
    assert_string_equal(dictionary_text(dictionary, "number"), "");
    assert_string_equal(dictionary_text(dictionary, "none"), "");
    assert_int_equal(dictionary_number(dictionary, "number"), 1280);
    assert_int_equal(dictionary_number(dictionary, "text"), 0);
    assert_int_equal(dictionary_number(dictionary, "big"), 0);
    assert_int_equal(dictionary_number(dictionary, "none"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_is_there_and_what_is_not)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
