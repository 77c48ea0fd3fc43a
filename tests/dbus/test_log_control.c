/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* org.freedesktop.LogControl1 */
#include "../../dbus/log_control.h"

#include "../../service/sys/log.h"
#include "peers.h"

static void call(struct peers *peers, const char *member, const char *types, ...)
{
    sd_bus_message *message = NULL;
    va_list args;

    assert_true(sd_bus_message_new_method_call(peers->client, &message, NULL, "/org/freedesktop/LogControl1",
                                               "org.freedesktop.DBus.Properties", member) >= 0);
    va_start(args, types);
    assert_true(sd_bus_message_appendv(message, types, args) >= 0);
    va_end(args);
    assert_true(sd_bus_send(peers->client, message, NULL) >= 0);
    peers_drain(peers);
    sd_bus_message_unref(message);
}

static void set(struct peers *peers, const char *property, const char *word)
{
    call(peers, "Set", "ssv", "org.freedesktop.LogControl1", property, "s", word);
}

static void test_words_are_taken_and_others_not(void **state)
{
    struct peers *peers = *state;

    assert_true(log_control_add(peers->bus.connection) >= 0);
    set(peers, "LogLevel", "debug");
    assert_string_equal(log_level(), "debug");
    set(peers, "LogLevel", "shout");
    assert_string_equal(log_level(), "debug");
    set(peers, "LogTarget", "journal");
    assert_string_equal(log_target(), "journal");
    set(peers, "LogTarget", "kmsg");
    assert_string_equal(log_target(), "journal");
    set(peers, "LogTarget", "console");
    assert_string_equal(log_target(), "console");
    set(peers, "LogLevel", "emerg");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PEERS_TEST(test_words_are_taken_and_others_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
