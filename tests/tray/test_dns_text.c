/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DNS in plain words */
#include "../unit.h"

#include <libintl.h>

#include "../../tray/dns_text.h"

#undef gettext
#undef dgettext
#undef dcgettext

/* Instead of libc's: one text is translated, or none. */
static const char *translated;

static char *translate(const char *text)
{
    static char translation[] = " für immer";

    return translated && g_str_equal(text, translated) ? translation : (char *)text;
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

struct row {
    const char *dictionary, *text;
};

static char *warning_of(GVariant *result)
{
    return g_strdup(dns_text_warning(result));
}

static char *advice_of(GVariant *result)
{
    return g_strdup(dns_text_advice(result));
}

static void run(char *(*say)(GVariant *), const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        g_autoptr(GVariant) dictionary =
            g_variant_parse(G_VARIANT_TYPE_VARDICT, rows[i].dictionary, NULL, NULL, NULL);
        g_autofree char *text = NULL;

        assert_non_null(dictionary);
        text = say(dictionary);
        if (g_strcmp0(text, rows[i].text) != 0)
            fail_msg("%s is \"%s\", not \"%s\"", rows[i].dictionary, text, rows[i].text);
    }
}

static void test_state(void **state)
{
    static const struct row rows[] = {
        {"{'DNSState': <'ok'>, 'DNSOwner': <'wsl'>}", "works (WSL's servers)"},
        {"{'DNSState': <'ok'>, 'DNSOwner': <'wslnode'>}", "works (wslnode's servers stand in)"},
        {"{'DNSState': <'ok'>, 'DNSOwner': <'resolved'>}", "works (systemd-resolved)"},
        {"{'DNSState': <'ok'>, 'DNSOwner': <'tailscale'>}", "works (Tailscale)"},
        {"{'DNSState': <'degraded'>, 'DNSOwner': <'wsl'>}", "not every server answers (WSL's servers)"},
        {"{'DNSState': <'failed'>, 'DNSOwner': <'wsl'>}", "fails (WSL's servers)"},
        {"{'DNSState': <'failed'>, 'DNSOwner': <'none'>}", "fails (no resolv.conf)"},
        /* Whose they are says nothing, or is not known yet. */
        {"{'DNSState': <'ok'>, 'DNSOwner': <'user'>}", "works"},
        {"{'DNSState': <'degraded'>, 'DNSOwner': <'unknown'>}", "not every server answers"},
        {"{'DNSState': <'failed'>}", "fails"},
        {"{'DNSState': <'ok'>, 'DNSOwner': <uint32 1>}", "works"},
        {"{'DNSState': <'unknown'>, 'DNSOwner': <'wsl'>}", "not known"},
        {"{'DNSState': <'something new'>, 'DNSOwner': <'moon'>}", "not known"},
        {"{'DNSOwner': <'wsl'>}", NULL}, /* an older daemon */
        {"{'DNSState': <''>}", NULL},
        {"{'DNSState': <['ok']>}", NULL},
    };

    run(dns_text, rows, COUNT(rows));
}

static void test_steps(void **state)
{
    static const char *const said[] = {
        "nameserver 10.255.255.254 → 172.20.0.1 10.255.255.254, until the next start of WSL",
        "nameserver none → 1.1.1.1, for good",
        "nameserver 172.20.0.1 → 10.255.255.254, as it was before",
        "nameserver 172.20.0.1 → none, and no file as before",
        "something new",
        ", for good",
        "",
    };

    for (size_t i = 0; i < COUNT(said); i++) {
        g_autofree char *text = dns_text_step(said[i]);

        assert_string_equal(text, said[i]);
    }
}

static void test_the_end_of_a_step_is_translated(void **state)
{
    static const char *const rows[][2] = {
        {"nameserver none → 1.1.1.1, for good", "nameserver none → 1.1.1.1 für immer"},
        {", for good", " für immer"},
        {", for good, for good", ", for good für immer"},
        {"nameserver none → 1.1.1.1, for good and all", "nameserver none → 1.1.1.1, for good and all"},
    };

    translated = ", for good";
    for (size_t i = 0; i < COUNT(rows); i++) {
        g_autofree char *text = dns_text_step(rows[i][0]);

        assert_string_equal(text, rows[i][1]);
    }
    translated = NULL;
}

static void test_servers(void **state)
{
    static const struct row rows[] = {
        {"{'servers': <['10.255.255.254']>, 'public': <false>}", "the DNS servers: 10.255.255.254"},
        {"{'servers': <['172.20.0.1', 'fd00::1', '1.1.1.1', '9.9.9.9']>}",
         "the DNS servers: 172.20.0.1, fd00::1, 1.1.1.1"},
        {"{'servers': <@as []>}", NULL},
        {"{'servers': <'10.255.255.254'>}", NULL},
        {"{'servers': <[1]>}", NULL},
        {"{'mtu': <uint32 1280>}", NULL},
    };

    run(dns_text_servers, rows, COUNT(rows));
}

static void test_warning(void **state)
{
    static const struct row rows[] = {
        {"{'public': <true>}",
         "A public server is among them: it sees what is asked for, and knows no private names."},
        {"{'public': <false>}", NULL},
        {"{'public': <'true'>}", NULL},
        {"{}", NULL},
    };

    run(warning_of, rows, COUNT(rows));
}

static void test_advice(void **state)
{
    static const struct row rows[] = {
        {"{'restart-required': <true>}",
         "What only WSL's own servers know is lost with it: split DNS and the names of Windows' hosts file. "
         "It lasts once WSL has read its wsl.conf again: run `wsl --terminate` for this distribution in "
         "Windows, and start it again."},
        {"{'restart-required': <false>}", ""},
        {"{'restart-required': <uint32 1>}", ""},
        {"{}", ""},
    };

    run(advice_of, rows, COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_state),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_the_end_of_a_step_is_translated),
        cmocka_unit_test(test_servers),
        cmocka_unit_test(test_warning),
        cmocka_unit_test(test_advice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
