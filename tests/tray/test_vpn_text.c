/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A tunnel of the VPN in plain words */
#include "../unit.h"

#include <libintl.h>

#include "../../tray/vpn_text.h"

#undef gettext
#undef dgettext
#undef dcgettext

/* Instead of libc's: steps are translated, or nothing. */
static gboolean translating;

static char *translate(const char *text)
{
    static char format[] = "Keepalive %s → %s, Peer %s", off[] = "aus",
                endpoint[] = "Endpunkt %s → %s, Peer %s";

    if (translating && g_str_equal(text, "off"))
        return off;
    if (translating && g_str_has_prefix(text, "endpoint "))
        return endpoint;
    return translating && g_str_has_prefix(text, "keepalive ") ? format : (char *)text;
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

#define NOW G_GINT64_CONSTANT(1000000000)

struct row {
    const char *properties, *reason, *text;
};

static void run(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        g_autoptr(GVariant) properties =
            g_variant_parse(G_VARIANT_TYPE_VARDICT, rows[i].properties, NULL, NULL, NULL);
        g_autofree char *text = vpn_text(properties, rows[i].reason, NOW);

        if (g_strcmp0(text, rows[i].text) != 0)
            fail_msg("%s is \"%s\", not \"%s\"", rows[i].properties, text, rows[i].text);
    }
}

#define UP "'State': <'up'>, 'MTU': <uint32 1420>"
#define PEERS(n, up, dn)                                                                                     \
    ", 'PeerCount': <uint32 " n ">, 'PeersUp': <uint32 " up ">, 'PeersDown': <uint32 " dn ">"
#define AT(usec) ", 'LastHandshakeUSecMonotonic': <uint64 " usec ">"

static void test_one_peer(void **state)
{
    static const struct row rows[] = {
        {"{" UP PEERS("1", "1", "0") AT("966500000") "}", "", "up, handshake 34 s ago, MTU 1420"},
        {"{" UP PEERS("1", "1", "0") AT("1000000000") "}", "", "up, handshake 1 s ago, MTU 1420"},
        {"{" UP PEERS("1", "1", "0") AT("900000000") "}", "", "up, handshake 1 min 41 s ago, MTU 1420"},
        {"{" UP PEERS("1", "1", "0") AT("1") "}", "", "up, handshake 16 min 40 s ago, MTU 1420"},
        {"{'State': <'up'>, 'MTU': <uint32 0>" PEERS("1", "1", "0") AT("966500000") "}", "",
         "up, handshake 34 s ago"},
    };

    run(rows, COUNT(rows));
}

/* Never, not read yet, of another kind, or later than now. */
static void test_no_age(void **state)
{
    static const struct row rows[] = {
        {"{" UP PEERS("1", "1", "0") AT("0") "}", "", "up, MTU 1420"},
        {"{" UP "}", "", "up, MTU 1420"},
        {"{'State': <'up'>}", "", "up"},
        {"{" UP ", 'LastHandshakeUSecMonotonic': <'34'>}", "", "up, MTU 1420"},
        {"{" UP AT("1000000001") "}", "", "up, MTU 1420"},
        {"{" UP AT("18446744073709551615") "}", "", "up, MTU 1420"},
    };

    run(rows, COUNT(rows));
}

static void test_many_peers(void **state)
{
    static const struct row rows[] = {
        {"{" UP PEERS("5", "3", "0") AT("966500000") "}", "", "up, 3 of 5 peers, MTU 1420"},
        {"{" UP PEERS("5", "3", "1") "}", "no-reply", "up, 3 of 5 peers, 1 down, MTU 1420"},
        {"{" UP PEERS("2", "2", "0") "}", "", "up, 2 of 2 peers, MTU 1420"},
        {"{" UP ", 'PeerCount': <'5'>}", "", "up, MTU 1420"},
    };

    run(rows, COUNT(rows));
}

static void test_down(void **state)
{
    static const struct row rows[] = {
        {"{'State': <'down'>, 'MTU': <uint32 1420>" PEERS("1", "0", "1") AT("966500000") "}", "no-handshake",
         "down: no handshake"},
        {"{'State': <'down'>}", "daemon-gone", "down: its program does not answer"},
        {"{'State': <'down'>}", "link-down", "down: its link is down"},
        {"{'State': <'down'>}", "no-underlay", "down: no address to send from"},
        {"{'State': <'down'>}", "no-reply", "down: no reply"},
        {"{'State': <'down'>}", "no-endpoint", "down: no endpoint"},
        {"{'State': <'down'>}", "endpoint-unresolved", "down: its name is not found"},
        {"{'State': <'down'>}", "login-needed", "down: it needs a login"},
        {"{'State': <'down'>}", "not-authorised", "down: it is not let in"},
        {"{'State': <'down'>}", "", "down"},
        {"{'State': <'down'>}", "eclipse", "down"},
    };

    run(rows, COUNT(rows));
}

static void test_neither(void **state)
{
    static const struct row rows[] = {
        {"{'State': <'idle'>, 'MTU': <uint32 1420>" PEERS("1", "0", "0") AT("966500000") "}", "",
         "idle, MTU 1420"},
        {"{'State': <'idle'>}", "no-reply", "idle"},
        {"{'State': <'unknown'>, 'MTU': <uint32 1420>}", "", "not known, MTU 1420"},
        {"{'State': <'something new'>}", "", "not known"},
        {"{'State': <uint32 1>}", "", "not known"},
        {"{}", "", "not known"},
    };

    run(rows, COUNT(rows));
}

/* As the daemon says it, and in another language; what is no such step stays. */
static void test_steps(void **state)
{
    static const char *const rows[][2] = {
        {"keepalive off → 25 s, peer x=", "Keepalive aus → 25 s, Peer x="},
        {"keepalive 25 s → off, peer x=", "Keepalive 25 s → aus, Peer x="},
        {"keepalive 7 s → 65535 s, peer x=", "Keepalive 7 s → 65535 s, Peer x="},
        {"keepalive %s → %n, peer %s", "Keepalive %s → %n, Peer %s"},
        {"endpoint 192.0.2.1:1 → [::1]:2, peer x=", "Endpunkt 192.0.2.1:1 → [::1]:2, Peer x="},
        {"endpoint 192.0.2.1:1", "endpoint 192.0.2.1:1"},
        {"keepalive off, peer x=", "keepalive off, peer x="},
        {"keepalive off → 25 s", "keepalive off → 25 s"},
        {"a keepalive off → 25 s, peer x=", "a keepalive off → 25 s, peer x="},
        {"off", "off"},
        {"", ""},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        g_autofree char *plain = vpn_text_step(rows[i][0]);
        g_autofree char *text = NULL;

        translating = TRUE;
        text = vpn_text_step(rows[i][0]);
        translating = FALSE;
        assert_string_equal(plain, rows[i][0]);
        assert_string_equal(text, rows[i][1]);
    }
}

static void test_an_endpoint_that_nobody_knew(void **state)
{
    g_autofree char *text = vpn_text_step("endpoint none → 192.0.2.9:7, peer x=");

    assert_string_equal(text, "endpoint not known → 192.0.2.9:7, peer x=");
}

static void test_the_one_in_windows(void **state)
{
    static const char *const rows[][2] = {{"running", "runs"},
                                          {"stopped", "stopped"},
                                          {"starting", "starts"},
                                          {"needs-login", "it needs a login"},
                                          {"needs-machine-auth", "it is not let in"},
                                          {"in-use-other-user", "another user has it"}};
    static const char *const silent[] = {"", "unknown", "absent", "no-state", "something new"};

    for (size_t i = 0; i < COUNT(rows); i++) {
        g_autofree char *text = vpn_text_windows(rows[i][0]);

        assert_string_equal(text, rows[i][1]);
    }
    for (size_t i = 0; i < COUNT(silent); i++)
        assert_null(vpn_text_windows(silent[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_peer),
        cmocka_unit_test(test_no_age),
        cmocka_unit_test(test_many_peers),
        cmocka_unit_test(test_down),
        cmocka_unit_test(test_neither),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_an_endpoint_that_nobody_knew),
        cmocka_unit_test(test_the_one_in_windows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
