/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a value stands in a configuration file */
#include <string.h>

#include "../../service/state/wsl_config_text.h"
#include "../unit.h"

static enum wsl_config_text_end read_text(enum wsl_config_dialect dialect, const char *text, char *value,
                                          struct wsl_config_text *read, int *behind)
{
    struct wsl_config_reader reader;
    char *write = value;
    enum wsl_config_text_end end;

    wsl_config_reader_begin(&reader, dialect, text, strlen(text));
    end = wsl_config_text_read(&reader, &write, read);
    *behind = reader.unit;
    if (end == WSL_CONFIG_TEXT_COMPLETE)
        assert_ptr_equal(write, value + strlen(value) + 1);
    return end;
}

static void test_read(void **state)
{
    static const struct {
        const char *text, *value;
        size_t end;
        uint32_t lines;
        int behind;
    } rows[] = {
        {"", "", 99, 0, WSL_CONFIG_END},
        {"a b \n", "a b", 3, 0, '\n'},
        {"a#b", "a", 1, 0, '#'},
        {"\"a#\" #", "a#", 4, 0, '#'},
        {"a\\\n\\\nb\r", "ab", 6, 2, '\r'},
        {"a\\\r\n", "a", 3, 0, '\n'},
        {" \t", "", 99, 0, WSL_CONFIG_END},
        {"\"\"", "", 2, 0, WSL_CONFIG_END},
        {"a \\\n", "a ", 4, 1, WSL_CONFIG_END},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct wsl_config_text read = {.end = 99};
        char value[32];
        int behind;

        assert_int_equal(read_text(WSL_CONFIG_CONF, rows[i].text, value, &read, &behind),
                         WSL_CONFIG_TEXT_COMPLETE);
        assert_string_equal(value, rows[i].value);
        assert_int_equal(read.end, rows[i].end);
        assert_int_equal(read.lines, rows[i].lines);
        assert_int_equal(behind, rows[i].behind);
    }
}

static void test_errors(void **state)
{
    struct wsl_config_text read = {0};
    char value[32];
    int behind;

    assert_int_equal(read_text(WSL_CONFIG_CONF, "a\\q", value, &read, &behind), WSL_CONFIG_TEXT_ESCAPE);
    assert_int_equal(behind, 'q');
    assert_int_equal(read_text(WSL_CONFIG_CONF, "\"a\nb\"", value, &read, &behind), WSL_CONFIG_TEXT_QUOTE);
    assert_int_equal(behind, '\n');
}

/* Of every value of up to four of these characters, what is written is read as it was. */
static void test_what_is_written_is_read(void **state)
{
    static const char set[] = "a \t#\\\"\nb;'\b\v";

    for (int dialect = 0; dialect < 2; dialect++)
        for (size_t i = 0; i < 12 * 12 * 12 * 12; i++) {
            char value[5] = {set[i % 12], set[i / 12 % 12], set[i / 144 % 12], set[i / 1728]}, text[16],
                 again[16];
            struct wsl_config_text read = {0};
            size_t length;
            int behind;

            value[i % 5] = 0;
            assert_true(wsl_config_text_can_be_written(dialect, value));
            length = wsl_config_text_write(value, text);
            assert_int_equal(length, strlen(text));
            assert_true(length <= 2 * strlen(value) + 2);
            assert_null(strchr(text, '\n'));
            assert_int_equal(read_text(dialect, text, again, &read, &behind), WSL_CONFIG_TEXT_COMPLETE);
            assert_string_equal(again, value);
            assert_int_equal(behind, WSL_CONFIG_END);
        }
}

static void test_what_cannot_be_written(void **state)
{
    assert_false(wsl_config_text_can_be_written(WSL_CONFIG_CONF, "a\rb"));
    assert_false(wsl_config_text_can_be_written(WSL_CONFIG_WSLCONFIG, "a\rb"));
    assert_true(wsl_config_text_can_be_written(WSL_CONFIG_CONF, "\032\xff"));
    assert_false(wsl_config_text_can_be_written(WSL_CONFIG_WSLCONFIG, "\032"));
    assert_false(wsl_config_text_can_be_written(WSL_CONFIG_WSLCONFIG, "\xc3\xbc"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_what_cannot_be_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
