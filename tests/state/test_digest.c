/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Digests */
#include "../../service/state/digest.h"

#include "../unit.h"

/* As http://www.isthe.com/chongo/tech/comp/fnv/ has them. */
static void test_known_ones(void **state)
{
    assert_true(digest_add(DIGEST_BEGIN, "", 0) == DIGEST_BEGIN);
    assert_true(digest_add(DIGEST_BEGIN, "a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(digest_add(DIGEST_BEGIN, "foobar", 6) == UINT64_C(0x85944171f73967e8));
}

static uint64_t of_two(const char *a, const char *b)
{
    return digest_add_text(digest_add_text(DIGEST_BEGIN, a), b);
}

static void test_texts_do_not_run_together(void **state)
{
    assert_true(of_two("ab", "c") == of_two("ab", "c"));
    assert_true(of_two("ab", "c") != of_two("a", "bc"));
    assert_true(of_two("", "a") != of_two("a", ""));
}

static void test_numbers(void **state)
{
    assert_true(digest_add_number(DIGEST_BEGIN, 1) != digest_add_number(DIGEST_BEGIN, UINT64_C(1) << 32));
    assert_true(digest_add_number(DIGEST_BEGIN, 0) != DIGEST_BEGIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_ones),
        cmocka_unit_test(test_texts_do_not_run_together),
        cmocka_unit_test(test_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
