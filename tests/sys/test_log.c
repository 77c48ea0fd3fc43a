/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The log: levels and targets, on the console */
#include <string.h>
#include <unistd.h>

#include "../../service/sys/log.h"
#include "../unit.h"

/* What was written to stderr meanwhile. */
static const char *captured(void (*speak)(void))
{
    static char text[2048];
    int fds[2], saved = dup(2);
    ssize_t length;

    assert_int_equal(pipe(fds), 0);
    dup2(fds[1], 2);
    speak();
    dup2(saved, 2);
    close(saved);
    close(fds[1]);
    length = read(fds[0], text, sizeof(text) - 1);
    text[length < 0 ? 0 : length] = 0;
    close(fds[0]);
    return text;
}

static void speak(void)
{
    log_event(LOG_WARNING, LOG_ID_LINK, "wg0", "%s: %d", "number", 5);
    log_debug("whispered");
    log_error("loud");
}

static void speak_long(void)
{
    char text[2000];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    log_error("%s", text);
}

static void test_levels(void **state)
{
    assert_true(log_set_target("console"));
    assert_true(log_set_level("info"));
    assert_string_equal(captured(speak), "wslnoded: warning: number: 5\nwslnoded: err: loud\n");
    assert_true(log_set_level("err"));
    assert_string_equal(captured(speak), "wslnoded: err: loud\n");
    assert_string_equal(log_level(), "err");
    assert_true(log_set_level("debug"));
    assert_non_null(strstr(captured(speak), "whispered"));
    assert_false(log_set_level("loud"));
    assert_false(log_set_level(""));
    assert_string_equal(log_level(), "debug");
}

static void test_targets(void **state)
{
    assert_true(log_set_target("journal"));
    assert_string_equal(log_target(), "journal");
    assert_false(log_set_target("syslog"));
    assert_string_equal(log_target(), "journal");
    assert_true(log_set_target("auto"));
    assert_string_equal(log_target(),
                        access("/run/systemd/journal/socket", W_OK) == 0 ? "journal" : "console");
    assert_true(log_set_target("console"));
    assert_string_equal(log_target(), "console");
}

static void test_long_lines_are_cut(void **state)
{
    size_t length;

    assert_true(log_set_target("console"));
    length = strlen(captured(speak_long));
    assert_true(length > 400 && length < 600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_long_lines_are_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
