/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* org.freedesktop.LogControl1 */
#include "../../dbus/log_control.h"

#include "../../service/sys/log.h"
#include "peers.h"

static int on_reply(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    struct peers *peers = userdata;

    peers->replies++;
    snprintf(peers->error, sizeof(peers->error), "%s",
             sd_bus_message_get_error(reply) ? sd_bus_message_get_error(reply)->name : "");
    return 1;
}

static void set(struct peers *peers, const char *property, const char *word, const char *error)
{
    unsigned before = peers->replies;

    assert_true(sd_bus_call_method_async(peers->client, NULL, NULL, "/org/freedesktop/LogControl1",
                                         "org.freedesktop.DBus.Properties", "Set", on_reply, peers, "ssv",
                                         "org.freedesktop.LogControl1", property, "s", word) >= 0);
    peers_drain(peers);
    assert_int_equal(peers->replies, before + 1);
    assert_string_equal(peers->error, error);
}

static void test_words_are_taken_and_others_not(void **state)
{
    struct peers *peers = *state;

    assert_true(log_control_add(peers->bus.connection) >= 0);
    set(peers, "LogLevel", "debug", "");
    assert_string_equal(log_level(), "debug");
    set(peers, "LogLevel", "shout", SD_BUS_ERROR_INVALID_ARGS);
    assert_string_equal(log_level(), "debug");
    set(peers, "LogTarget", "journal", "");
    assert_string_equal(log_target(), "journal");
    set(peers, "LogTarget", "kmsg", SD_BUS_ERROR_INVALID_ARGS);
    assert_string_equal(log_target(), "journal");
    set(peers, "LogTarget", "console", "");
    assert_string_equal(log_target(), "console");
    set(peers, "LogLevel", "emerg", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PEERS_TEST(test_words_are_taken_and_others_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
