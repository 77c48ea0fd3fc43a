/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How calls ended, in plain words */
#include <libintl.h>
#include <string.h>

#include "../../tray/outcome.h"
#include "../unit.h"

#undef gettext
#undef dgettext
#undef dcgettext

/* Instead of libc's: one word has a translation. */
static char *translate(const char *text)
{
    static char off[] = "aus";

    return strcmp(text, "off") == 0 ? off : (char *)text;
}

char *gettext(const char *text)
{
    return translate(text);
}

char *dgettext(const char *domain, const char *text)
{
    return translate(text);
}

char *dcgettext(const char *domain, const char *text, int category)
{
    return translate(text);
}

static struct outcome outcome;

static int tear_down(void **state)
{
    outcome_clear(&outcome);
    return 0;
}

static GVariant *variant_of(const char *text)
{
    g_autoptr(GError) error = NULL;
    GVariant *variant = g_variant_parse(NULL, text, NULL, NULL, &error);

    assert_null(error);
    return g_variant_take_ref(variant);
}

static void answer_with(const char *answer, gboolean dry_run)
{
    g_autoptr(GVariant) variant = answer ? variant_of(answer) : NULL;

    outcome_clear(&outcome);
    outcome_of_answer(&outcome, "Refresh the address", variant, dry_run);
}

#define NO_STEPS  "@a(sss) []"
#define NO_RESULT "@a{sv} {}"
#define STEPS                                                                                                \
    "[('kernel', 'eth0', 'mtu 1280 → 1340'), ('wanted', 'eth0', 'mtu none → 1340 until the next start')]"

static void test_done(void **state)
{
    answer_with("(@t 7, " STEPS ", {'mtu': <@u 1340>})", FALSE);
    assert_string_equal(outcome.heading, "Refresh the address: done.");
    assert_string_equal(outcome.text,
                        "eth0: mtu 1280 → 1340\neth0: kept: mtu none → 1340 until the next start");
    assert_string_equal(outcome.advice, "");
    assert_null(outcome.command);
    assert_false(outcome.failed);
}

static void test_nothing_to_do(void **state)
{
    answer_with("(@t 0, " NO_STEPS ", " NO_RESULT ")", FALSE);
    assert_string_equal(outcome.heading, "Refresh the address: nothing to do.");
    assert_string_equal(outcome.text, "");
    assert_false(outcome.failed);
    /* An entry in the log, or steps, and it was something. */
    answer_with("(@t 7, " NO_STEPS ", " NO_RESULT ")", FALSE);
    assert_string_equal(outcome.heading, "Refresh the address: done.");
    answer_with("(@t 0, [('effect', 'node.service', 'restart: done')], " NO_RESULT ")", FALSE);
    assert_string_equal(outcome.heading, "Refresh the address: done.");
}

static void test_a_dry_run(void **state)
{
    answer_with("(@t 0, [('kernel', 'eth0', 'mtu 1280 → 1340')], " NO_RESULT ")", TRUE);
    assert_string_equal(outcome.heading, "This will be changed:");
    assert_string_equal(outcome.text, "eth0: mtu 1280 → 1340");
    answer_with("(@t 0, " NO_STEPS ", " NO_RESULT ")", TRUE);
    assert_string_equal(outcome.heading, "There is nothing to do.");
    assert_false(outcome.failed);
}

static void test_what_was_left_alone(void **state)
{
    answer_with("(@t 0, " NO_STEPS ", {'address': <'10.0.0.2'>, 'skipped': <['/etc/a: no', '/b:2: X: no']>})",
                FALSE);
    assert_string_equal(outcome.heading, "Refresh the address: nothing to do.");
    assert_string_equal(outcome.text, "left alone: /etc/a: no\nleft alone: /b:2: X: no");
    answer_with("(@t 7, [('file', '/etc/c', 'IP 1 → 2')], {'skipped': <['/etc/a: no']>})", FALSE);
    assert_string_equal(outcome.text, "/etc/c: IP 1 → 2\nleft alone: /etc/a: no");
    answer_with("(@t 0, " NO_STEPS ", {'skipped': <'not a list'>})", FALSE);
    assert_string_equal(outcome.text, "");
}

#define CLOCK_STEP "[('clock', 'CLOCK_REALTIME', 'step by +7200.120 s')]"
#define CLOCK_RESULT                                                                                         \
    "{'offset-before-usec': <int64 -7200120000>, 'error-bound-usec': <uint64 900>, 'reference': <'ptp'>, "   \
    "'outcome': <'stepped'>}"

static void test_the_clock(void **state)
{
    answer_with("(@t 7, " CLOCK_STEP ", " CLOCK_RESULT ")", FALSE);
    assert_string_equal(outcome.heading, "Refresh the address: done.");
    assert_string_equal(outcome.text, "the clock: forward by 2 h");
    answer_with("(@t 0, " CLOCK_STEP ", " CLOCK_RESULT ")", TRUE);
    assert_string_equal(outcome.heading, "This will be changed:");
    assert_string_equal(outcome.text, "the clock: forward by 2 h");
    answer_with("(@t 0, " NO_STEPS ", {'offset-before-usec': <int64 -20>, 'error-bound-usec': <uint64 900>, "
                "'reference': <'ptp'>, 'outcome': <'ok'>})",
                TRUE);
    assert_string_equal(outcome.heading, "There is nothing to do.");
    assert_string_equal(outcome.text, "the clock: right (Windows' clock, within 50 ms)");
    /* Without a result that can be put into words the step speaks. */
    answer_with("(@t 7, " CLOCK_STEP ", {'outcome': <uint32 1>})", FALSE);
    assert_string_equal(outcome.text, "CLOCK_REALTIME: step by +7200.120 s");
}

#define DNS_STEP                                                                                             \
    "('dns', '/etc/resolv.conf', 'nameserver 10.255.255.254 → 172.20.0.1, until the next start of WSL')"
#define DNS_LINE "/etc/resolv.conf: nameserver 10.255.255.254 → 172.20.0.1, until the next start of WSL"

static void test_dns(void **state)
{
    answer_with("(@t 0, [" DNS_STEP "], {'servers': <['172.20.0.1']>, 'restart-required': <false>, 'public': "
                "<false>})",
                TRUE);
    assert_string_equal(outcome.heading, "This will be changed:");
    assert_string_equal(outcome.text, DNS_LINE);
    assert_string_equal(outcome.advice, "");
    answer_with("(@t 0, " NO_STEPS ", {'servers': <['10.255.255.254', '1.1.1.1']>, 'public': <false>})",
                TRUE);
    assert_string_equal(outcome.heading, "There is nothing to do.");
    assert_string_equal(outcome.text, "the DNS servers: 10.255.255.254, 1.1.1.1");
    answer_with("(@t 7, " NO_STEPS ", {'servers': <['a\\nb']>})", FALSE);
    assert_string_equal(outcome.text, "the DNS servers: a b");
}

static void test_dns_for_good(void **state)
{
    answer_with("(@t 7, [('dns', '/etc/resolv.conf', 'nameserver none → 1.1.1.1, for good'), ('setting', "
                "'/etc/wsl.conf', 'network.generateResolvConf none → false')], {'servers': <['1.1.1.1']>, "
                "'restart-required': <true>, 'public': <true>})",
                FALSE);
    assert_string_equal(outcome.heading, "Refresh the address: done.");
    assert_string_equal(
        outcome.text,
        "/etc/resolv.conf: nameserver none → 1.1.1.1, for good\n"
        "/etc/wsl.conf: network.generateResolvConf none → false\n"
        "A public server is among them: it sees what is asked for, and knows no private names.");
    assert_non_null(strstr(outcome.advice, "wsl --terminate"));
}

static void test_keepalive(void **state)
{
    answer_with("(@t 7, [('keepalive', 'wg0', 'keepalive off → 25 s, peer x='), ('keepalive-file', "
                "'/etc/wireguard/wg0.conf', 'keepalive off → 25 s, peer x=')], {'peers': <@u 1>})",
                FALSE);
    assert_string_equal(outcome.heading, "Refresh the address: done.");
    assert_string_equal(outcome.text, "wg0: keepalive aus → 25 s, peer x=\n"
                                      "/etc/wireguard/wg0.conf: keepalive aus → 25 s, peer x=");
    assert_string_equal(outcome.advice, "");
}

static void test_endpoints(void **state)
{
    answer_with("(@t 7, [('endpoint', 'wg0', 'endpoint none → 192.0.2.9:1, peer x=')], {'skipped': "
                "<['wg0: vpn.test is not found']>})",
                FALSE);
    assert_string_equal(outcome.text, "wg0: endpoint not known → 192.0.2.9:1, peer x=\n"
                                      "left alone: wg0: vpn.test is not found");
}

static void test_hostile_steps_stay_lines(void **state)
{
    answer_with("(@t 1, [('kernel', 'eth0\\nwg0: done', '%s\\u202e\\u001b[m')], {'skipped': <['a\\nb']>})",
                FALSE);
    assert_string_equal(outcome.text, "eth0 wg0: done: %s  [m\nleft alone: a b");
}

static void test_an_answer_of_another_kind(void **state)
{
    answer_with("(@t 1, 'what')", FALSE);
    assert_string_equal(outcome.heading, "Refresh the address: the running wslnoded is another version.");
    assert_non_null(strstr(outcome.advice, "systemctl restart wslnoded"));
    assert_true(outcome.failed);
    answer_with(NULL, FALSE);
    assert_true(outcome.failed);
}

static void fail_as(GError *error, const char *method, const char *arguments)
{
    g_autoptr(GVariant) variant = arguments ? variant_of(arguments) : NULL;

    outcome_clear(&outcome);
    outcome_of_error(&outcome, "Fix", error, method, variant);
    assert_true(outcome.failed);
    g_error_free(error);
}

/* As GDBus makes it of a D-Bus error: in its own domain if it knows the name, else in another. */
static void fail_with(const char *name, const char *method, const char *arguments)
{
    fail_as(g_dbus_error_new_for_dbus_error(name, "What the daemon said."), method, arguments);
}

#define BUS  "org.freedesktop.DBus.Error."
#define OURS "org.wslnode.Node1.Error."

static void test_each_error_in_plain_words(void **state)
{
    static const struct {
        const char *name, *heading, *advice;
    } errors[] = {
        {BUS "ServiceUnknown", "does not answer", "systemctl start"},
        {BUS "NameHasNoOwner", "does not answer", "systemctl start"},
        {BUS "Spawn.ChildExited", "does not answer", "systemctl start"},
        {BUS "TimedOut", "does not answer", "systemctl start"},
        {"org.freedesktop.systemd1.LoadFailed", "does not answer", "systemctl start"},
        {BUS "NoReply", "no answer", "list of changes"},
        {BUS "Timeout", "no answer", "list of changes"},
        {BUS "Disconnected", "no answer", "list of changes"},
        {BUS "UnknownMethod", "another version", "systemctl restart"},
        {BUS "UnknownObject", "another version", "systemctl restart"},
        {BUS "LimitsExceeded", "not now", "in a moment"},
        {OURS "Busy", "not now", "in a moment"},
        {OURS "NeedsForce", "may do harm", "--force"},
        {OURS "Fighting", "something else sets", "wg-quick"},
        {OURS "ChangedSince", "changed meanwhile", "once more"},
        {OURS "NoSuchFinding", "no longer there", ""},
        {OURS "NoSuchLink", "no longer there", ""},
        {OURS "NotUndoable", "cannot be taken back", ""},
        {OURS "Unsupported", "not possible here", ""},
        {OURS "NotWSL", "not WSL", ""},
        {OURS "InvalidMTU", "not possible here", ""},
        {OURS "OwnedByOther", "something else decides", ""},
        {OURS "NoTimeReference", "nothing tells the true time", "NTPServers="},
        {OURS "NoWorkingServer", "no DNS server answers", "Servers="},
        {OURS "New", "that failed", ""},
        {BUS "Failed", "that failed", ""},
        {BUS "SpawnNot", "that failed", ""},
    };

    for (size_t i = 0; i < COUNT(errors); i++) {
        fail_with(errors[i].name, "Mend", "('tunnel-too-big', 'wg0', @t 0)");
        if (!g_str_has_prefix(outcome.heading, "Fix: ") || !strstr(outcome.heading, errors[i].heading))
            fail_msg("%s is \"%s\"", errors[i].name, outcome.heading);
        if (*errors[i].advice ? !strstr(outcome.advice, errors[i].advice) : *outcome.advice != '\0')
            fail_msg("%s advises \"%s\"", errors[i].name, outcome.advice);
        assert_string_equal(outcome.text, "What the daemon said.");
        assert_null(outcome.command);
    }
}

/* The same errors, of the clock. */
static void test_the_clock_fails(void **state)
{
    static const struct {
        const char *method, *arguments;
    } calls[] = {
        {"SyncClock", "(@t 0,)"},
        {"Mend", "('clock-drift', '', @t 0)"},
        {"Mend", "('fighting', 'clock', @t 0)"},
    };

    for (size_t i = 0; i < COUNT(calls); i++) {
        fail_with(OURS "Fighting", calls[i].method, calls[i].arguments);
        assert_string_equal(outcome.heading, "Fix: others step the clock again and again.");
        assert_non_null(strstr(outcome.advice, "wslnodectl clock"));
        fail_with(OURS "Unsupported", calls[i].method, calls[i].arguments);
        assert_string_equal(outcome.heading, "Fix: that is not possible here.");
        assert_non_null(strstr(outcome.advice, "on the host"));
        fail_with(OURS "NeedsForce", calls[i].method, calls[i].arguments);
        assert_non_null(strstr(outcome.advice, "--force"));
    }
    fail_with(OURS "Fighting", "Mend", "('fighting', 'wg0', @t 0)");
    assert_non_null(strstr(outcome.advice, "wg-quick"));
    fail_with(OURS "Unsupported", "Mend", "('a', @t 0)");
    assert_string_equal(outcome.advice, "");
    fail_with(OURS "Unsupported", "Mend", NULL);
    assert_string_equal(outcome.advice, "");
}

/* And of DNS. */
static void test_dns_fails(void **state)
{
    static const struct {
        const char *method, *arguments;
    } calls[] = {
        {"FixDNS", "(@t 0,)"},
        {"Mend", "('dns-no-answer', '', @t 0)"},
        {"Mend", "('resolv-conf-missing', '', @t 0)"},
        {"Mend", "('fighting', '/etc/resolv.conf', @t 0)"},
    };
    static const struct {
        const char *name, *heading, *advice;
    } errors[] = {
        {OURS "NoWorkingServer", "Fix: no DNS server answers.", "Servers="},
        {OURS "NotWSL", "Fix: this is not WSL.", "--force"},
        {OURS "OwnedByOther", "Fix: something else decides that.", "--force"},
        {OURS "Fighting", "Fix: others replace /etc/resolv.conf again and again.", "Tailscale"},
        {OURS "NeedsForce", "Fix: refused, because it may do harm.", "--force"},
    };

    for (size_t i = 0; i < COUNT(calls); i++)
        for (size_t j = 0; j < COUNT(errors); j++) {
            fail_with(errors[j].name, calls[i].method, calls[i].arguments);
            assert_string_equal(outcome.heading, errors[j].heading);
            assert_non_null(strstr(outcome.advice, errors[j].advice));
        }
    /* Of another trouble with that file. */
    fail_with(OURS "OwnedByOther", "Mend", "('stale-address', '/etc/resolv.conf', @t 0)");
    assert_string_equal(outcome.advice, "");
    fail_with(OURS "OwnedByOther", "RefreshIP", "(@t 0,)");
    assert_string_equal(outcome.advice, "");
}

static void test_our_own_end_of_the_bus(void **state)
{
    static const struct {
        int code;
        const char *heading;
    } errors[] = {
        {G_IO_ERROR_TIMED_OUT, "Fix: no answer."},
        {G_IO_ERROR_CLOSED, "Fix: no answer."},
        {G_IO_ERROR_BROKEN_PIPE, "Fix: no answer."},
        {G_IO_ERROR_CANCELLED, "Fix: cancelled."},
        {G_IO_ERROR_NOT_CONNECTED, "Fix: wslnoded does not answer."},
        {G_IO_ERROR_CONNECTION_REFUSED, "Fix: wslnoded does not answer."},
        {G_IO_ERROR_NOT_FOUND, "Fix: wslnoded does not answer."},
        {G_IO_ERROR_FAILED, "Fix: that failed."},
    };

    for (size_t i = 0; i < COUNT(errors); i++) {
        fail_as(g_error_new_literal(G_IO_ERROR, errors[i].code, "GIO's words"), "Mend", NULL);
        assert_string_equal(outcome.heading, errors[i].heading);
        assert_string_equal(outcome.text, "GIO's words");
    }
}

static void test_a_denied_call(void **state)
{
    fail_with(BUS "AccessDenied", "Mend", "('tunnel-too-big', 'wg0', @t 0)");
    assert_string_equal(outcome.heading, "Fix: not allowed.");
    assert_string_equal(outcome.command, "sudo wslnodectl mend tunnel-too-big wg0");
    assert_non_null(strstr(outcome.advice, "sudo usermod -aG wslnode $USER"));
    assert_non_null(strstr(outcome.advice, "wsl --terminate"));
    assert_non_null(strstr(outcome.advice, "terminal"));
    assert_null(strstr(outcome.advice, "another user"));
    fail_with(BUS "InteractiveAuthorizationRequired", "Mend", "('tunnel-too-big', 'wg0', @t 0)");
    assert_string_equal(outcome.heading, "Fix: nothing here can ask for the password.");
    assert_string_equal(outcome.command, "sudo wslnodectl mend tunnel-too-big wg0");
    assert_non_null(strstr(outcome.advice, "usermod"));
}

static void test_what_the_group_does_not_open(void **state)
{
    fail_with(BUS "AccessDenied", "Undo", "(@t 7, @t 0)");
    assert_non_null(strstr(outcome.advice, "another user"));
    fail_with(BUS "AccessDenied", "SetMTU", "('wg0', @u 1000, @t 2)");
    assert_null(strstr(outcome.advice, "usermod"));
    assert_non_null(strstr(outcome.advice, "always needs an administrator"));
    assert_string_equal(outcome.command, "sudo wslnodectl set-mtu --force wg0 1000");
}

static void test_denied_without_a_command(void **state)
{
    fail_with(BUS "AccessDenied", "ListChanges", "(@t 0, @u 0)");
    assert_null(outcome.command);
    assert_null(strstr(outcome.advice, "terminal"));
    fail_with(BUS "AccessDenied", "Mend", NULL);
    assert_null(outcome.command);
    fail_with(BUS "AccessDenied", NULL, "()");
    assert_null(outcome.command);
}

static void test_hostile_messages(void **state)
{
    fail_as(g_error_new_literal(G_IO_ERROR, G_IO_ERROR_FAILED, "a\xff\n\x1b[31m%s"), "Mend", NULL);
    assert_string_equal(outcome.text, "a\xef\xbf\xbd\n [31m%s");
}

static void assert_command(const char *method, const char *arguments, const char *expected)
{
    g_autoptr(GVariant) variant = variant_of(arguments);
    g_autofree char *command = outcome_command(method, variant);

    if (g_strcmp0(command, expected) != 0)
        fail_msg("%s%s is %s", method, arguments, command);
}

static void test_commands(void **state)
{
    assert_command("SetMTU", "('wg0', @u 1280, @t 0)", "sudo wslnodectl set-mtu wg0 1280");
    assert_command("SetMTU", "('wg0', @u 1280, @t 4)", "sudo wslnodectl set-mtu --persist wg0 1280");
    assert_command("SetMTU", "('wg0', @u 68, @t 7)", "sudo wslnodectl set-mtu --force --persist wg0 68");
    assert_command("SyncClock", "(@t 0,)", "sudo wslnodectl sync-clock");
    assert_command("SyncClock", "(@t 2,)", "sudo wslnodectl sync-clock --force");
    assert_command("FixDNS", "(@t 0,)", "sudo wslnodectl fix-dns");
    assert_command("FixDNS", "(@t 6,)", "sudo wslnodectl fix-dns --force --persist");
    assert_command("RefreshIP", "(@t 0,)", "sudo wslnodectl refresh-ip");
    assert_command("RefreshIP", "(@t 1,)", "sudo wslnodectl refresh-ip");
    assert_command("Mend", "('stale-address', '/etc/a b', @t 0)",
                   "sudo wslnodectl mend stale-address '/etc/a b'");
    assert_command("Mend", "('no-uplink', '', @t 0)", "sudo wslnodectl mend no-uplink");
    assert_command("Undo", "(@t 18446744073709551615, @t 0)", "sudo wslnodectl undo 18446744073709551615");
    assert_command("Release", "('mtu', 'wg0', @t 0)", "sudo wslnodectl release mtu wg0");
}

static void test_no_command(void **state)
{
    assert_command("Diagnose", "()", NULL);
    assert_command("SetMTU", "('wg0', @t 0)", NULL);
    assert_command("Mend", "()", NULL);
    assert_command("Mend", "('a', 'b\\nc', @t 0)", NULL);
    assert_command("Mend", "('a', 'b\\u202ec', @t 0)", NULL);
}

static void test_commands_are_quoted(void **state)
{
    assert_command("Release", "('mtu', 'a;reboot', @t 0)", "sudo wslnodectl release mtu 'a;reboot'");
    assert_command("Release", "('mtu', '$(id)', @t 0)", "sudo wslnodectl release mtu '$(id)'");
    assert_command("Release", "('mtu', \"it's\", @t 0)", "sudo wslnodectl release mtu 'it'\\''s'");
    assert_command("Release", "('', 'wg0', @t 0)", "sudo wslnodectl release '' wg0");
    assert_command("Release", "('mtu', '~root', @t 0)", "sudo wslnodectl release mtu '~root'");
    assert_command("SetMTU", "('--odd', @u 1400, @t 4)", "sudo wslnodectl set-mtu --persist -- --odd 1400");
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_done),
        TEST(test_nothing_to_do),
        TEST(test_a_dry_run),
        TEST(test_what_was_left_alone),
        TEST(test_the_clock),
        TEST(test_the_clock_fails),
        TEST(test_dns),
        TEST(test_dns_for_good),
        TEST(test_dns_fails),
        TEST(test_keepalive),
        TEST(test_endpoints),
        TEST(test_hostile_steps_stay_lines),
        TEST(test_an_answer_of_another_kind),
        TEST(test_each_error_in_plain_words),
        TEST(test_our_own_end_of_the_bus),
        TEST(test_a_denied_call),
        TEST(test_what_the_group_does_not_open),
        TEST(test_denied_without_a_command),
        TEST(test_hostile_messages),
        TEST(test_commands),
        TEST(test_no_command),
        TEST(test_commands_are_quoted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
