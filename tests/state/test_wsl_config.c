/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What WSL makes of wsl.conf and .wslconfig: the cases that its own parser was run with, and our own */
#include <errno.h>

#include "../unit.h"
#include "wsl_config_cases.h"
#include "wsl_config_rows.h"
#include "wsl_config_shown.h"

static const char *cases;

static void test_rows(void **state)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct wsl_config config;
        char *found;

        assert_int_equal(parse_exactly(rows[i].dialect, rows[i].text, rows[i].size, &config), 0);
        found = shown(&config);
        if (strcmp(found, rows[i].expected) != 0)
            fail_msg("%s: found “%s”, not “%s”", rows[i].rule, found, rows[i].expected);
        free(found);
        wsl_config_done(&config);
    }
}

static void test_as_wsl_reads_them(void **state)
{
    size_t count = 0;

    if (!cases)
        skip();
    assert_int_equal(run_cases(cases, &count), 0);
    assert_true(count >= 48);
}

static struct wsl_config parsed(enum wsl_config_dialect dialect, const char *text)
{
    struct wsl_config config;

    assert_int_equal(parse_exactly(dialect, text, strlen(text), &config), 0);
    return config;
}

static void test_places(void **state)
{
    static const char text[] = "# x\n[boot] # y\n  command = \"a\" \\\n b # z\n\nsystemd=\n";
    struct wsl_config config = parsed(WSL_CONFIG_CONF, text);
    const struct wsl_config_pair *pair = &config.pairs[0];

    assert_int_equal(config.pairs_count, 2);
    assert_int_equal(pair->line, 3);
    assert_int_equal(pair->wsl_line, 4);
    assert_ptr_equal(text + pair->whole.begin, strstr(text, "  command"));
    assert_ptr_equal(text + pair->whole.end, strstr(text, "\nsystemd"));
    assert_ptr_equal(text + pair->name.begin, strstr(text, "command"));
    assert_ptr_equal(text + pair->text.begin, strstr(text, "\"a\""));
    assert_ptr_equal(text + pair->text.end, strstr(text, " # z"));
    assert_ptr_equal(text + pair->comment, strstr(text, "# z"));
    pair++;
    assert_int_equal(pair->text.begin, pair->text.end);
    assert_ptr_equal(text + pair->text.end, strstr(text, "=\n") + 1);
    assert_int_equal(config.sections[0].begin, 4);
    assert_int_equal(config.sections[0].end, strlen(text));
    assert_int_equal(config.end, strlen(text));
    wsl_config_done(&config);
}

static void test_whether_lines_are_ended(void **state)
{
    static const struct {
        const char *text;
        bool section, end;
    } ends[] = {{"[boot]\n", true, true},      {"[boot]", false, false},
                {"[boot]\n# x", true, false},  {"[boot] # x", false, false},
                {"[boot]\nx=1", false, false}, {"[boot]\nx=1 # y", false, false},
                {"[boot]\r", true, true},      {"[boot]\nx=a\\\n", false, false},
                {"[boot]\n  ", true, true},    {"[boot]\n# x\r", true, false}};

    for (size_t i = 0; i < COUNT(ends); i++) {
        struct wsl_config config = parsed(WSL_CONFIG_CONF, ends[i].text);

        if (config.sections[0].ended != ends[i].section || config.ended != ends[i].end)
            fail_msg("in “%s”", ends[i].text);
        wsl_config_done(&config);
    }
}

static void test_lines_as_an_editor_counts(void **state)
{
    struct wsl_config config = parsed(WSL_CONFIG_CONF, "[boot]\r\nsystemd=no\r\n\r\ncommand=\\x\r\n");

    assert_int_equal(config.complaints_count, 2);
    assert_int_equal(config.complaints[0].line, 2);
    assert_int_equal(config.complaints[0].wsl_line, 3);
    assert_int_equal(config.complaints[1].line, 4);
    assert_int_equal(config.complaints[1].wsl_line, 6);
    wsl_config_done(&config);
}

static void test_find(void **state)
{
    struct wsl_config config =
        parsed(WSL_CONFIG_WSLCONFIG, "[experimental]\nNetworkingMode=x\n[wsl2]\nnetworkingMode=Nat\n");

    assert_ptr_equal(wsl_config_find(&config, "wsl2", "networkingmode"), &config.pairs[0]);
    assert_null(wsl_config_find(&config, "wsl2", "memory"));
    assert_null(wsl_config_find(&config, "wsl2", "nonsense"));
    wsl_config_done(&config);
}

static void test_size(void **state)
{
    char *text = malloc(WSL_CONFIG_SIZE_MAX + 1);
    struct wsl_config config;

    memset(text, '#', WSL_CONFIG_SIZE_MAX + 1);
    assert_int_equal(wsl_config_parse(WSL_CONFIG_CONF, text, WSL_CONFIG_SIZE_MAX, &config), 0);
    wsl_config_done(&config);
    assert_int_equal(wsl_config_parse(WSL_CONFIG_CONF, text, WSL_CONFIG_SIZE_MAX + 1, &config), -EFBIG);
    wsl_config_done(&config);
    free(text);
}

/* The largest file in the shapes that could take long. What grows faster than the size ends by the test's
 * timeout. */
static void test_the_largest(void **state)
{
    static const char *const shapes[] = {
        "a=\n",     "[a]\n",    "x\n",  "[boot]\nsystemd=1\n", "\"", "a", "\\\n", "[wsl2 ]\na=\n", "\r", "[",
        "\xf0\x9f", "a=\\\\\\", "a=# ", "ignoredPorts=,0"};
    char *text = malloc(WSL_CONFIG_SIZE_MAX);

    for (size_t i = 0; i < 2 * COUNT(shapes); i++) {
        const char *shape = shapes[i / 2];
        struct wsl_config config;

        for (size_t at = 0; at < WSL_CONFIG_SIZE_MAX; at++)
            text[at] = shape[at % strlen(shape)];
        memcpy(text, "[wsl2]\na=\"", 10);
        assert_int_equal(wsl_config_parse(i % 2 ? WSL_CONFIG_CONF : WSL_CONFIG_WSLCONFIG, text,
                                          WSL_CONFIG_SIZE_MAX, &config),
                         0);
        wsl_config_done(&config);
    }
    free(text);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_as_wsl_reads_them),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_whether_lines_are_ended),
        cmocka_unit_test(test_lines_as_an_editor_counts),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_the_largest),
    };

    cases = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
