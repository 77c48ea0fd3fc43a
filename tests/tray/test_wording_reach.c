/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What findings on a peer that is down say of where it should be: the rows' own rules are test_wording's */
#include "../unit.h"

#include <string.h>

#include "../../tray/wording_reach.h"

/* The first row that holds counts, and what is known of any peer that is down holds as well. */
static void test_they_come_before_the_others(void **state)
{
    const struct wording *wording;
    gsize found = 0;

    for (gsize i = 0; (wording = wording_at(i)); i++) {
        if (strcmp(wording->id, "vpn-down") != 0)
            continue;
        if (found < wordings_reach_count)
            assert_ptr_equal(wording, &wordings_reach[found]);
        found++;
    }
    assert_true(wordings_reach_count == 16 && found > wordings_reach_count);
}

static void test_each_is_by_what_was_found(void **state)
{
    for (gsize i = 0; i < wordings_reach_count; i++) {
        assert_string_equal(wordings_reach[i].key, "evidence");
        assert_string_equal(wordings_reach[i].is, wordings_reach[i ^ 1].is); /* all of it, and some peers */
        assert_string_not_equal(wordings_reach[i].said, wordings_reach[i ^ 1].said);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_they_come_before_the_others),
        cmocka_unit_test(test_each_is_by_what_was_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
