/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* org.freedesktop.LogControl1 */
#include "../../dbus/log_control.h"

#include "../../service/sys/log.h"
#include "ends.h"

static int on_reply(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    struct ends *ends = userdata;

    ends->replies++;
    snprintf(ends->error, sizeof(ends->error), "%s",
             sd_bus_message_get_error(reply) ? sd_bus_message_get_error(reply)->name : "");
    return 1;
}

static void set(struct ends *ends, const char *property, const char *word, const char *error)
{
    unsigned before = ends->replies;

    assert_true(sd_bus_call_method_async(ends->client, NULL, NULL, "/org/freedesktop/LogControl1",
                                         "org.freedesktop.DBus.Properties", "Set", on_reply, ends, "ssv",
                                         "org.freedesktop.LogControl1", property, "s", word) >= 0);
    ends_drain(ends);
    assert_int_equal(ends->replies, before + 1);
    assert_string_equal(ends->error, error);
}

static void test_words_are_taken_and_others_not(void **state)
{
    struct ends *ends = *state;

    assert_true(log_control_add(ends->bus.connection) >= 0);
    set(ends, "LogLevel", "debug", "");
    assert_string_equal(log_level(), "debug");
    set(ends, "LogLevel", "shout", SD_BUS_ERROR_INVALID_ARGS);
    assert_string_equal(log_level(), "debug");
    set(ends, "LogTarget", "journal", "");
    assert_string_equal(log_target(), "journal");
    set(ends, "LogTarget", "kmsg", SD_BUS_ERROR_INVALID_ARGS);
    assert_string_equal(log_target(), "journal");
    set(ends, "LogTarget", "console", "");
    assert_string_equal(log_target(), "console");
    set(ends, "LogLevel", "emerg", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENDS_TEST(test_words_are_taken_and_others_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
