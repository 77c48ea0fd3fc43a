/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is told of a resume */
#include "../unit.h"

#include <string.h>

#include "../../tray/resume_text.h"

#define HOURS "7200120000"
#define FINDINGS                                                                                             \
    "[{'id': <'clock-drift'>, 'subject': <''>, 'severity': <'critical'>, 'summary': <'The clock is "         \
    "wrong.'>, 'cause': <'C.'>, 'remedy': <'R.'>, 'params': <{'seconds': <int64 -7200>}>}, {'id': "          \
    "<'tunnel-too-big'>, 'subject': <'wg0'>, 'severity': <'warning'>, 'summary': <'It is too big.'>}, "      \
    "{'id': <'clock-stepped'>, 'subject': <''>, 'severity': <'info'>, 'summary': <'A note.'>}, {'id': "      \
    "<'network-dead'>, 'subject': <''>, 'severity': <'critical'>, 'summary': <'The network stack is "        \
    "dead: not even loopback answers.'>}]"

static struct resume_text text;

static int tear_down(void **state)
{
    resume_text_clear(&text);
    return 0;
}

static void resume_with(const char *asleep, const char *details, const char *findings)
{
    g_autoptr(GVariant) parsed = g_variant_parse(G_VARIANT_TYPE_VARDICT, details, NULL, NULL, NULL);
    g_autoptr(GVariant) wrong = g_variant_parse(G_VARIANT_TYPE("aa{sv}"), findings, NULL, NULL, NULL);

    assert_true(parsed && wrong);
    resume_text_clear(&text);
    resume_text_of(&text, g_ascii_strtoull(asleep, NULL, 10), parsed, wrong);
}

static void resume(const char *details)
{
    resume_with(HOURS, details, FINDINGS);
}

static void assert_keys(const char *expected)
{
    g_autofree char *keys = g_strjoinv(", ", (char **)text.keys->pdata);

    assert_string_equal(keys, expected);
}

static void test_title(void **state)
{
    resume("{}");
    assert_string_equal(text.title, "Awake again after 2 h");
    resume_with("0", "{}", "[]");
    assert_string_equal(text.title, "Awake again");
    resume_with("18446744073709551615", "{}", "[]");
    assert_string_equal(text.title, "Awake again after 213503982 d 8 h");
}

static void test_what_was_mended(void **state)
{
    resume("{'mended': <['clock', 'mtu wg0', 'address']>, 'findings': <@as []>, 'clock': <'stepped'>, "
           "'offset-usec': <int64 -7200120000>, 'network': <'ok'>}");
    assert_string_equal(text.body, "The clock was set forward by 2 h.\nThe MTU of wg0 was put back.\n"
                                   "Files and services follow the new address.");
    assert_int_equal(text.level, VIEW_OK);
    assert_keys("");
    resume("{'mended': <['dns', 'dns 1.1.1.1']>, 'findings': <@as []>, 'clock': <'ok'>}");
    assert_string_equal(text.body, "DNS was mended.");
    resume("{'mended': <['clock', 'moon', 'mtu wg0', 'mtu']>}");
    assert_string_equal(text.body, "The clock was set right.\nThe MTU of wg0 was put back.");
}

static void test_nothing(void **state)
{
    resume("{'mended': <@as []>, 'findings': <@as []>, 'clock': <'ok'>, 'network': <'ok'>}");
    assert_string_equal(text.body, "Nothing had to be mended.");
    assert_int_equal(text.level, VIEW_OK);
}

static void test_what_is_wrong(void **state)
{
    resume("{'mended': <['mtu wg1']>, 'findings': <['tunnel-too-big wg0']>, 'clock': <'ok'>}");
    assert_string_equal(text.body, "The MTU of wg1 was put back.\nwg0: It is too big.");
    assert_int_equal(text.level, VIEW_WARNING);
    assert_keys("tunnel-too-big wg0");
    /* Of one without a subject the space may stand there. */
    resume("{'findings': <['clock-drift ', 'tunnel-too-big wg0']>, 'clock': <'left'>}");
    assert_string_equal(text.body, "The clock was left as it is.\nThe clock is wrong.\nwg0: It is too big.");
    assert_int_equal(text.level, VIEW_CRITICAL);
    assert_keys("clock-drift, tunnel-too-big wg0");
}

static void test_the_vpn(void **state)
{
    resume("{'vpn': <'ok'>}");
    assert_string_equal(text.body, "The VPN is up.");
    assert_int_equal(text.level, VIEW_OK);
    resume("{'mended': <['clock']>, 'vpn': <'unknown'>}");
    assert_string_equal(text.body, "The clock was set right.\nWhether the VPN is up cannot be told yet.");
    assert_int_equal(text.level, VIEW_OK);
    for (int i = 0; i < 3; i++) {
        resume(((const char *[]){"{'vpn': <'none'>}", "{'vpn': <uint32 1>}", "{'vpn': <'moon'>}"})[i]);
        assert_string_equal(text.body, "Nothing had to be mended.");
    }
    /* On a dead network it cannot be. */
    resume("{'network': <'dead'>, 'vpn': <'unknown'>}");
    assert_string_equal(text.body,
                        "The network is dead: run wsl --shutdown in Windows, then start WSL again.");
}

/* Why it is down its finding says; a tunnel that is gone has none. */
static void test_a_vpn_that_is_down(void **state)
{
    resume_with(HOURS, "{'findings': <['vpn-down wg0']>, 'vpn': <'down'>}",
                "[{'id': <'vpn-down'>, 'subject': <'wg0'>, 'severity': <'critical'>, 'summary': <'The VPN is "
                "down.'>, 'params': <{'reason': <'no-reply'>}>}]");
    assert_null(strstr(text.body, "gone"));
    assert_non_null(strstr(text.body, "wg0"));
    assert_int_equal(text.level, VIEW_CRITICAL);
    assert_keys("vpn-down wg0");
    resume("{'findings': <['vpn-no-keepalive wg1']>, 'vpn': <'down'>}");
    assert_non_null(strstr(text.body, "A tunnel of the VPN is gone."));
    resume("{'vpn': <'down'>}");
    assert_string_equal(text.body, "A tunnel of the VPN is gone.");
    assert_int_equal(text.level, VIEW_WARNING);
}

static void test_notes_are_no_trouble(void **state)
{
    resume("{'findings': <['clock-stepped']>, 'clock': <'ok'>}");
    assert_string_equal(text.body, "Nothing had to be mended.");
    assert_int_equal(text.level, VIEW_OK);
    assert_keys("");
}

static void test_what_is_not_in_the_list(void **state)
{
    resume_with(HOURS, "{'findings': <['stale-address /etc/a\\nb']>}", "[]");
    assert_string_equal(text.body, "stale-address /etc/a b");
    assert_int_equal(text.level, VIEW_WARNING);
    assert_keys("stale-address /etc/a\nb");
}

static void test_a_clock_that_could_not_be_set(void **state)
{
    resume("{'clock': <'failed'>}");
    assert_string_equal(text.body, "The clock could not be set.");
    assert_int_equal(text.level, VIEW_WARNING);
}

/* Once, with what to do. */
static void test_a_dead_network(void **state)
{
    static const char *const details[] = {
        "{'network': <'dead'>}",
        "{'network': <'dead'>, 'findings': <['network-dead']>}",
    };

    for (size_t i = 0; i < COUNT(details); i++) {
        resume(details[i]);
        assert_string_equal(text.body,
                            "The network is dead: run wsl --shutdown in Windows, then start WSL again.");
        assert_int_equal(text.level, VIEW_CRITICAL);
    }
    assert_keys("network-dead");
    resume("{'network': <'ok'>, 'findings': <['network-dead']>}");
    assert_string_equal(text.body, "The network stack is dead: not even loopback answers.");
}

static void test_hostile_details(void **state)
{
    static const char *const details[] = {
        "{'mended': <'clock'>, 'findings': <uint32 1>, 'clock': <['ok']>, 'offset-usec': <'x'>, 'network': "
        "<1>}",
        "{'mended': <[1, 2]>, 'findings': <[['a']]>, 'new': <<'x'>>}",
    };

    for (size_t i = 0; i < COUNT(details); i++) {
        resume(details[i]);
        assert_string_equal(text.body, "Nothing had to be mended.");
        assert_keys("");
    }
    resume("{'mended': <['clock', 'mtu a\\nb\\u202e%s%n']>, 'offset-usec': <int64 -9223372036854775808>}");
    assert_string_equal(text.body, "The clock was set forward by 106751991 d 4 h.\n"
                                   "The MTU of a b %s%n was put back.");
    resume_with(HOURS, "{'findings': <['clock-drift']>}", "[{'id': <uint32 1>}, {}]");
    assert_string_equal(text.body, "clock-drift");
}

/* What was mended leaves room for what is wrong. */
static void test_without_end(void **state)
{
    g_autoptr(GString) details = g_string_new("{'network': <'dead'>, 'mended': <['clock'");
    g_auto(GStrv) lines = NULL;

    for (int i = 0; i < 1000; i++)
        g_string_append_printf(details, ", 'mtu wg%d'", i);
    g_string_append(details, "]>, 'findings': <['x'");
    for (int i = 0; i < 1000; i++)
        g_string_append_printf(details, ", 'finding %d'", i);
    g_string_append(details, "]>}");
    resume(details->str);
    lines = g_strsplit(text.body, "\n", -1);
    assert_int_equal(g_strv_length(lines), 12);
    assert_string_equal(lines[5], "The MTU of wg4 was put back.");
    assert_true(g_str_has_prefix(lines[6], "The network is dead"));
    assert_string_equal(lines[7], "x");
    assert_int_equal(text.keys->len, 64 + 1);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_title),
        TEST(test_what_was_mended),
        TEST(test_nothing),
        TEST(test_what_is_wrong),
        TEST(test_the_vpn),
        TEST(test_a_vpn_that_is_down),
        TEST(test_notes_are_no_trouble),
        TEST(test_what_is_not_in_the_list),
        TEST(test_a_clock_that_could_not_be_set),
        TEST(test_a_dead_network),
        TEST(test_hostile_details),
        TEST(test_without_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
