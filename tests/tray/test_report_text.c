/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of report_text: the daemon's answers → text */
#include "../unit.h"

#include <glib.h>
#include <string.h>

#include "../../tray/report_text.h"

static char *report_of(const char *properties, const char *checks, const char *changes)
{
    const char *texts[] = {properties, checks, changes};
    GVariant *values[3] = {NULL};
    char *report;

    for (int i = 0; i < 3; i++) {
        values[i] = texts[i] ? g_variant_parse(NULL, texts[i], NULL, NULL, NULL) : NULL;
        assert_true(!texts[i] == !values[i]);
    }
    report = report_text(values[0], values[1], values[2]);
    for (int i = 0; i < 3; i++)
        if (values[i])
            g_variant_unref(values[i]);
    return report;
}

static void test_all(void **state)
{
    g_autofree char *report =
        report_of("{'Uplink': <'eth0'>, 'Address': <'172.17.1.2'>, 'UplinkMTU': <uint32 1280>, 'Findings': "
                  "<@aa{sv} []>}",
                  "[{'id': <'no-uplink'>, 'subject': <''>, 'severity': <'ok'>, 'summary': <'The node has an "
                  "uplink.'>, 'cause': "
                  "<'not shown'>}, {'id': <'a'>, 'subject': <'wg0'>, 'severity': <'warning'>, 'summary': "
                  "<'It is.'>, 'cause': "
                  "<'Why.'>, 'remedy': <'How.'>, 'params': <{'mtu': <uint32 1420>, 'uplink': <'eth0'>}>}]",
                  "[{'id': <uint64 7>, 'time': <uint64 1700000000000000>, 'verb': <'SetMTU'>, 'state': "
                  "<'done'>, 'steps': "
                  "<[('kernel', 'wg0', 'mtu 1420 → 1280')]>}]");

    assert_string_equal(report, "wslnode report\n\n"
                                "Address          172.17.1.2\n"
                                "Uplink           eth0\n"
                                "UplinkMTU        1280\n"
                                "\nChecks\n"
                                "[ok] no-uplink: The node has an uplink.\n"
                                "[warning] a wg0: It is.\n"
                                "    cause: Why.\n"
                                "    remedy: How.\n"
                                "    params: mtu 1420, uplink eth0\n"
                                "\nChanges, newest first\n"
                                "7 2023-11-14 22:13:20Z SetMTU: done\n"
                                "    kernel wg0: mtu 1420 → 1280\n");
}

static void test_nothing(void **state)
{
    g_autofree char *report = report_of(NULL, NULL, "@aa{sv} []");

    assert_string_equal(report, "wslnode report\n\nwslnoded does not answer.\n\nChecks\ncould not be read\n"
                                "\nChanges, newest first\nnone\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all), cmocka_unit_test(test_nothing)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
