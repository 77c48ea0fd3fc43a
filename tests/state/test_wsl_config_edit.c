/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One key of a configuration file of WSL's is set or removed, and every other byte stays */
#include "../unit.h"
#include "wsl_config_edit_rows.h"

static void test_rows(void **state)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct row *row = &rows[i];
        struct wsl_config_edit edit;
        enum wsl_config_edit_error error = edit_exactly(&row->change, row->text, row->size, &edit);

        if (error != row->error)
            fail_msg("%s: %s", row->rule, wsl_config_edit_problem(error));
        if (row->after && (edit.size != row->after_size || memcmp(edit.text, row->after, edit.size) != 0))
            fail_msg("%s: became “%.*s”, not “%s”", row->rule, (int)edit.size, edit.text, row->after);
        if (!row->after)
            assert_null(edit.text);
        assert_int_equal(edit.changed, row->after && (row->size != row->after_size ||
                                                      memcmp(row->text, row->after, row->size) != 0));
        free(edit.text);
    }
}

/* Every change, to the text of every row, and to that cut off anywhere. */
static void test_one_key_changes_and_nothing_else(void **state)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t j = 0; j < COUNT(rows); j++)
            for (size_t size = i == j ? 0 : rows[j].size; size <= rows[j].size; size++)
                if (!edits_well(&rows[i].change, rows[j].text, size))
                    fail_msg("%s: to %zu bytes of “%s”", rows[i].rule, size, rows[j].text);
}

static void test_too_large(void **state)
{
    struct change change = {WSL_CONFIG_CONF, "boot", "systemd", "true"};
    char *text = malloc(WSL_CONFIG_SIZE_MAX + 1);
    struct wsl_config_edit edit;

    memset(text, '#', WSL_CONFIG_SIZE_MAX + 1);
    assert_int_equal(edit_exactly(&change, text, WSL_CONFIG_SIZE_MAX + 1, &edit), WSL_CONFIG_EDIT_TOO_LARGE);
    assert_int_equal(edit_exactly(&change, text, WSL_CONFIG_SIZE_MAX - 10, &edit), WSL_CONFIG_EDIT_TOO_LARGE);
    assert_null(edit.text);
    assert_int_equal(edit_exactly(&change, text, WSL_CONFIG_SIZE_MAX - 100, &edit), WSL_CONFIG_EDIT_DONE);
    free(edit.text);
    memset(text, 'a', WSL_CONFIG_SIZE_MAX);
    text[WSL_CONFIG_SIZE_MAX] = 0;
    change = (struct change){WSL_CONFIG_CONF, "boot", "command", text};
    assert_int_equal(edit_exactly(&change, "", 0, &edit), WSL_CONFIG_EDIT_TOO_LARGE);
    free(text);
}

static void test_every_error_has_words(void **state)
{
    for (enum wsl_config_edit_error error = WSL_CONFIG_EDIT_DONE; error <= WSL_CONFIG_EDIT_UNSURE; error++)
        assert_true(strlen(wsl_config_edit_problem(error)) > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_one_key_changes_and_nothing_else),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_every_error_has_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
