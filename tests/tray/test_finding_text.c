/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The words of findings: translated by id and params, and the daemon's own where that cannot be */
#include <libintl.h>
#include <string.h>

#include "../../tray/finding_text.h"
#include "../unit.h"

#undef gettext
#undef dgettext
#undef dcgettext

/*
 * Instead of libc's: a translation, without a locale that a bare machine does not have. It holds everything,
 * with a mark before it, or one text only, or nothing.
 */
static const char *translated_only;
static bool translating;

static char *translate(const char *text)
{
    static char translation[4096];

    /* Units read alike. */
    if (!translating || strlen(text) <= strlen("min") ||
        (translated_only && strcmp(text, translated_only) != 0))
        return (char *)text;
    g_snprintf(translation, sizeof(translation), "de: %s", text);
    return translation;
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

static int set_up(void **state)
{
    translating = true;
    translated_only = NULL;
    return 0;
}

/* The texts are freed when the next ones are asked for. */
static struct finding_text text;

static void ask_with(const char *id, const char *subject, const char *summary, const char *params)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) variant = NULL;

    if (params) {
        variant = g_variant_parse(G_VARIANT_TYPE_VARDICT, params, NULL, NULL, &error);
        assert_null(error);
    }
    finding_text_clear(&text);
    finding_text_of(&text, id, subject, variant, summary, "Cause.", "Remedy.");
}

static void ask(const char *id, const char *subject, const char *params)
{
    ask_with(id, subject, "Summary.", params);
}

static int tear_down(void **state)
{
    finding_text_clear(&text);
    return 0;
}

#define TUNNEL                                                                                               \
    "'mtu': <uint32 1420>, 'overhead': <uint32 60>, 'uplink': <'eth0'>, 'uplink-mtu': <uint32 1280>"

#define PARTLY "Some peers of the VPN cannot be reached."

#define IN_PIECES "The tunnel's larger packets reach the peer in fragments only."
#define TOO_BIG                                                                                              \
    "The tunnel's larger packets are too big for the way to the peer: ping works, SSH and TLS hang."
#define STUCK                                                                                                \
    "The tunnel's larger packets are too big for the way to the peer, and its MTU cannot be lowered: ping "  \
    "works, SSH and TLS hang."

/* Every finding of the daemon, with what it says of it. */
static const struct {
    const char *id, *subject, *summary, *params;
    const char *in_summary, *in_cause, *in_remedy;
} known[] = {
    {"no-uplink", "", "", "{}", "no default route", "virtual switch", "wsl --shutdown"},
    {"no-address", "eth0", "", "{}", "uplink eth0", "no way back", "nmcli"},
    {"two-uplinks", "eth1", "", "{'uplink': <'eth0'>, 'uplink-metric': <uint32 0>, 'metric': <uint32 7>}",
     "eth1, beside eth0", "eth0 with metric 0, eth1 with 7", "higher metric"},
    {"too-many-links", "", "",
     "{'links-limit': <uint32 1>, 'addresses-limit': <uint32 2>, 'routes-limit': <uint32 3>}", "more links",
     "1 links, 2 addresses or 3 default", "diagnose"},
    {"tunnel-too-big", "wg0", "", "{" TUNNEL ", 'move': <'wg0'>, 'to': <uint32 1280>}",
     "wg0 (MTU 1420) do not fit into those of uplink eth0 (MTU 1280)", "60 bytes",
     "Lower the MTU of tunnel wg0 to 1280, which eth0"},
    {"tunnel-too-big", "wg0", "", "{" TUNNEL ", 'move': <'eth0'>, 'to': <uint32 1360>}",
     "wg0 (MTU 1420) do not fit into those of uplink eth0 (MTU 1280)", "60 bytes",
     "Raise the MTU of uplink eth0 to 1360"},
    {"stale-address", "/etc/node", "",
     "{'variable': <'IP'>, 'line': <uint32 3>, 'found': <'10.0.0.1'>, 'address': <'10.0.0.2'>}",
     "/etc/node holds an address that the node no longer has: 10.0.0.1, in line 3", "every restart",
     "10.0.0.2 is put there"},
    {"stale-address", "/etc/node", "",
     "{'variable': <'IP'>, 'line': <uint32 3>, 'found': <'nothing'>, 'address': <'10.0.0.2'>}",
     "missing in /etc/node", "IP in line 3", "10.0.0.2 is put there"},
    {"file-refused", "/etc/node", "", "{'problem': <'it is a link'>}", "/etc/node is to follow",
     "it is a link", "Files="},
    {"listens-on-gone-address", "tcp 10.0.0.1:80", "",
     "{'protocol': <'tcp'>, 'address': <'10.0.0.1'>, 'port': <uint32 80>}", "tcp 10.0.0.1:80",
     "address 10.0.0.1 went", "whose port 80"},
    {"wanted-mtu-lost", "eth0", "The link no longer has the MTU that was asked for.",
     "{'wanted-mtu': <uint32 1400>, 'mtu': <uint32 1280>}", "eth0 has MTU 1280, no longer 1400", "VPN",
     "If MTU 1400"},
    {"wanted-mtu-lost", "eth0", "The kernel does not take the MTU that was asked for on this link.",
     "{'wanted-mtu': <uint32 1400>, 'mtu': <uint32 1280>}", "not take MTU 1400 on eth0", "other limits",
     "that eth0 takes"},
    {"fighting", "wg0", "", "{'wanted-mtu': <uint32 1400>, 'mtu': <uint32 1280>}", "tunnel wg0",
     "1400 was put back", "MTU 1400"},
    {"fighting", "clock", "",
     "{'seconds': <int64 -7200>, 'period-seconds': <uint32 0>, 'suspects': <'ntpd (runs)'>}",
     "steps the clock again and again", "at work here: ntpd (runs)", "wslnodectl clock"},
    {"fighting", "/etc/resolv.conf", "", "{'times': <uint32 3>, 'owner': <'tailscale'>}",
     "FixDNS's /etc/resolv.conf again and again", "whose the file looks", "resolvconf"},
    {"clock-drift", "", "", "{'seconds': <int64 -7200>, 'reference': <'ptp'>}", "wrong by 2 h.",
     "twelve times", "sync-clock"},
    {"clock-drift", "", "",
     "{'seconds': <int64 3>, 'reference': <'ptp'>, 'slew-left-seconds': <uint32 86400>}", "wrong by 3 s.",
     "takes 1 d more", "sync-clock"},
    {"clock-stepped", "", "", "{'period-seconds': <uint32 30>, 'suspects': <'Docker Desktop (is there)'>}",
     "every 30 s;", "here: Docker Desktop (is there)", "Nothing has"},
    {"no-time-reference", "", "", "{}", "true time", "no NTP server", "NTPServers="},
    {"clock-reference-stale", "", "", "{'reference': <'rtc'>}", "cannot be trusted", "ten minutes",
     "wsl --shutdown"},
    {"dns-no-answer", "", "", "{'owner': <'wsl'>, 'servers': <'10.255.255.254'>}", "names are not found",
     "names none", "fix-dns"},
    {"dns-server-dead", "172.20.0.1",
     "The DNS server that is asked first does not answer: names are found late.", "{'answer': <'timeout'>}",
     "asked first", "five seconds", "fix-dns"},
    {"dns-server-dead", "172.20.0.1", "A DNS server that is listed does not answer.",
     "{'answer': <'refused'>}", "that is listed", "asked only when", "Nothing has"},
    {"dns-tunnel-refuses", "10.255.255.254", "", "{}", "DNS tunnel", "part in Windows", "dnsTunneling=false"},
    {"dns-no-tcp", "172.20.0.1", "", "{'answer': <'timeout'>}", "not by TCP", "too long for UDP", "port 53"},
    {"resolv-conf-missing", "", "", "{'target': <'/mnt/wsl/resolv.conf'>, 'generate': <'yes'>}",
     "no /etc/resolv.conf", "generateResolvConf", "fix-dns"},
    {"resolv-conf-rewritten", "", "", "{'owner': <'wsl'>, 'written-by': <'tailscale'>}",
     "into WSL's resolv.conf", "another's mark", "[network]"},
    {"resolv-conf-immutable", "", "", "{}", "by anybody", "chattr +i", "chattr -i"},
    {"resolv-conf-ours", "", "", "{'servers': <'172.20.0.1'>}", "instead of those", "by themselves",
     "wslnodectl undo"},
    {"hosts-not-found", "", "", "{'name': <'name.test'>}", "do not find names", "may lack dns",
     "getent ahosts NAME"},
    {"hosts-late", "", "", "{'waits-for': <'aaaa'>, 'name': <'name.test'>}", "found late", "(AAAA) as well",
     "no-aaaa"},
    {"hosts-late", "", "", "{'waits-for': <'search'>, 'name': <'name.test'>}", "found late",
     "the search line first", "lower ndots"},
    {"hosts-late", "", "", "{'waits-for': <'unknown'>, 'name': <'name.test'>}", "found late",
     "Another service", "getent ahosts NAME"},
    {"vpn-down", "wg0", "The VPN is down.", "{'reason': <'daemon-gone'>}", "VPN is down.", "ended or hangs",
     "wg-quick up"},
    {"vpn-down", "wg0", "The VPN is down.", "{'reason': <'link-down'>}", "VPN is down.", "set down",
     "ip link set"},
    {"vpn-down", "wg0", "The VPN is down.", "{'reason': <'no-underlay'>}", "VPN is down.", "could come from",
     "on the uplink"},
    {"vpn-down", "wg0", "The VPN is down.", "{'reason': <'no-handshake'>}", "VPN is down.", "three minutes",
     "public key"},
    {"vpn-down", "wg0", "The VPN is down.", "{'reason': <'no-reply'>}", "VPN is down.", "not answered",
     "by itself"},
    {"vpn-down", "wg0", "The VPN is down.", "{'reason': <'no-endpoint'>}", "VPN is down.",
     "where the peer is", "an Endpoint"},
    {"vpn-down", "wg0", PARTLY, "{'reason': <'no-underlay'>}", "Some peers", "could come from",
     "on the uplink"},
    {"vpn-down", "wg0", PARTLY, "{'reason': <'no-handshake'>}", "Some peers", "three minutes", "public key"},
    {"vpn-down", "wg0", PARTLY, "{'reason': <'no-reply'>}", "Some peers", "not answered", "by itself"},
    {"vpn-down", "wg0", PARTLY, "{'reason': <'no-endpoint'>}", "Some peers", "where the peer is",
     "an Endpoint"},
    {"vpn-down", "wg0", "The VPN is down.", "{'reason': <'no-handshake'>, 'evidence': <'unresolved'>}",
     "VPN is down.", "cannot be looked up", "getent ahosts"},
    {"vpn-down", "wg0", PARTLY, "{'reason': <'no-handshake'>, 'evidence': <'moved'>}", "Some peers",
     "another endpoint", "refresh-ip"},
    {"vpn-down", "wg0", "The VPN is down.", "{'reason': <'no-handshake'>, 'evidence': <'unreachable'>}",
     "VPN is down.", "is not there", "the route"},
    {"vpn-down", "wg0", PARTLY, "{'reason': <'no-handshake'>, 'evidence': <'silent'>}", "Some peers",
     "not even ping", "has that address"},
    {"vpn-down", "wg0", "The VPN is down.", "{'reason': <'no-handshake'>, 'evidence': <'refused'>}",
     "VPN is down.", "nothing listens", "ListenPort"},
    {"vpn-down", "wg0", PARTLY, "{'reason': <'no-handshake'>, 'evidence': <'prohibited'>}", "Some peers",
     "refused by a firewall", "that UDP port"},
    {"vpn-down", "wg0", "The VPN is down.", "{'reason': <'no-handshake'>, 'evidence': <'ping-only'>}",
     "VPN is down.", "answers ping", "if it is, compare"},
    {"vpn-down", "wg0", PARTLY, "{'reason': <'no-handshake'>, 'evidence': <'deaf'>}", "Some peers",
     "without a word", "On both sides"},
    {"vpn-down", "wg0", "The VPN is down.", "{'reason': <'no-handshake'>, 'evidence': <''>}", "VPN is down.",
     "three minutes", "public key"},
    {"vpn-no-keepalive", "wg0", "", "{'peers': <uint32 1>, 'peer': <'x='>, 'endpoint': <'192.0.2.1:1'>}",
     "without keepalive", "NAT on the way", "25 seconds"},
    {"vpn-truncated", "", "This machine has more WireGuard tunnels than wslnode watches.",
     "{'tunnels-limit': <uint32 64>}", "more WireGuard tunnels", "after the limit", "Take down"},
    {"vpn-truncated", "wg0", "The tunnel has more peers than wslnode watches.",
     "{'peers-limit': <uint32 16384>}", "more peers", "neither listed nor counted", "several tunnels"},
    {"vpn-down", "Tailscale", "Tailscale is down.", "{'reason': <'daemon-gone'>}", "Tailscale is",
     "tailscaled does not answer", "restart tailscaled"},
    {"vpn-down", "Tailscale", "Tailscale is down.", "{'reason': <'login-needed'>}", "Tailscale is",
     "logged out", "tailscale up"},
    {"vpn-down", "Tailscale", "Tailscale is down.", "{'reason': <'not-authorised'>}", "Tailscale is",
     "has approved", "admin console"},
    {"tailscale-exit-node", "Tailscale", "", "{'state': <'offline'>, 'exit-node': <'berlin'>}",
     "exit node berlin is offline", "cut off", "exit-node list"},
    {"tailscale-exit-node", "Tailscale", "", "{'state': <'not-found'>}", "is not there", "not among the",
     "exit-node list"},
    {"tailscale-key-expires", "Tailscale", "Tailscale's login expires within a week.",
     "{'expires-usec': <int64 1>}", "within a week", "180 days", "force-reauth"},
    {"tailscale-key-expires", "Tailscale", "Tailscale's login expires within a day.",
     "{'expires-usec': <int64 1>}", "within a day", "180 days", "force-reauth"},
    {"tailscale-health", "Tailscale", "", "{'warnings': <uint32 1>, 'warning': <'no DERP'>}",
     "itself: no DERP", "the details", "tailscale status"},
    {"tailscale-twice", "tailscale", "", "{'networking-mode': <'mirrored'>}", "at once", "41641",
     "one of the two"},
    {"tailscale-twice", "tailscale", "", "{'networking-mode': <'nat'>}", "at once", "1280", "one of the two"},
    {"windows-silent", "tailscale.exe", "", "{'error': <'it hangs'>}", "told: it hangs", "no answer",
     "--shutdown"},
    {"tunnel-too-big", "wg0", "", "{" TUNNEL ", 'windows-vpn': <'tailscale-exit-node'>}",
     "wg0 (MTU 1420) do not fit", "60 bytes", "would not help"},
    {"path-too-small", "wg0", IN_PIECES, "{'cause': <'beyond'>, 'mtu': <uint32 1420>}", "in fragments",
     "PPPoE", "lower the tunnel"},
    {"path-too-small", "wg0", IN_PIECES, "{'cause': <'peer'>, 'mtu': <uint32 1420>}", "in fragments",
     "Nothing on the way", "lower the tunnel"},
    {"path-too-small", "wg0", TOO_BIG, "{'cause': <'beyond'>, 'mtu': <uint32 1420>}",
     "too big for the way to the peer: ping", "PPPoE", "Lower the tunnel"},
    {"path-too-small", "wg0", TOO_BIG, "{'cause': <'peer'>, 'mtu': <uint32 1420>}",
     "too big for the way to the peer: ping", "Nothing on the way", "Lower the tunnel"},
    {"path-too-small", "wg0", STUCK, "{'cause': <'beyond'>, 'mtu': <uint32 1420>}", "cannot be lowered",
     "PPPoE", "--force lowers"},
    {"path-too-small", "wg0", STUCK, "{'cause': <'peer'>, 'mtu': <uint32 1420>}", "cannot be lowered",
     "Nothing on the way", "--force lowers"},
    {"wsl-conf-cut-off", "/etc/wsl.conf", "", "{'line': <uint32 7>}", "from line 7 on", "does not understand",
     "lint --wsl"},
    {"wsl-conf-remarks", "/etc/wsl.conf", "", "{'line': <uint32 5>, 'remarks': <uint32 2>}", "line 5",
     "none that WSL knows", "what to write"},
    {"stops-when-idle", "", "", "{'file': <'/mnt/c/Users/Ann/.wslconfig'>, 'milliseconds': <uint32 15000>}",
     "15000 ms after", "not in /mnt/c/Users/Ann/.wslconfig", "\"instanceIdleTimeout=-1\""},
    {"wslconfig-remarks", "", "",
     "{'file': <'/mnt/c/Users/Ann/.wslconfig'>, 'line': <uint32 5>, 'remarks': <uint32 2>}",
     "line 5 of /mnt/c/Users/Ann/.wslconfig", "belongs into wsl.conf", "lint --wslconfig"},
    {"network-dead", "", "", "{}", "loopback", "hibernation", "wsl --shutdown"},
    {"configuration-refused", "/etc/wslnode/wslnode.conf", "", "{'problem': <'line 3: nonsense'>}",
     "in force: /etc/wslnode/wslnode.conf", "line 3: nonsense", "reload"},
};

static void assert_says(const char *said, const char *part)
{
    if (!g_str_has_prefix(said, "de: ") || !strstr(said, part) || strpbrk(said, "{}"))
        fail_msg("\"%s\" is not a filled translation with \"%s\"", said, part);
}

static void test_every_finding_is_translated(void **state)
{
    for (size_t i = 0; i < COUNT(known); i++) {
        ask_with(known[i].id, known[i].subject, known[i].summary, known[i].params);
        assert_says(text.summary, known[i].in_summary);
        assert_says(text.cause, known[i].in_cause);
        assert_says(text.remedy, known[i].in_remedy);
    }
}

static void test_without_a_translation_the_daemon_speaks(void **state)
{
    translating = false;
    for (size_t i = 0; i < COUNT(known); i++) {
        ask_with(known[i].id, known[i].subject, "Summary.", known[i].params);
        assert_string_equal(text.summary, "Summary.");
        assert_string_equal(text.cause, "Cause.");
        assert_string_equal(text.remedy, "Remedy.");
    }
}

static void test_each_text_has_its_own_fallback(void **state)
{
    translated_only = "The node has no way to the network: there is no default route.";
    ask("no-uplink", "", NULL);
    assert_string_equal(text.summary, "de: The node has no way to the network: there is no default route.");
    assert_string_equal(text.cause, "Cause.");
    assert_string_equal(text.remedy, "Remedy.");
}

static void test_unknown_findings_keep_the_daemons_words(void **state)
{
    ask("no-uplink-of-the-future", "eth0", "{'mtu': <uint32 1>}");
    assert_string_equal(text.summary, "Summary.");
    ask(NULL, NULL, NULL);
    assert_string_equal(text.summary, "Summary.");
    /* The id is known, the wording is not. */
    ask("wanted-mtu-lost", "eth0", "{'wanted-mtu': <uint32 1400>, 'mtu': <uint32 1280>}");
    assert_string_equal(text.summary, "Summary.");
    assert_string_equal(text.cause, "Cause.");
    assert_string_equal(text.remedy, "Remedy.");
}

static void test_what_lacks_a_param_falls_back(void **state)
{
    ask("tunnel-too-big", "wg0", "{'overhead': <uint32 60>, 'uplink': <'eth0'>, 'move': <'wg0'>}");
    assert_string_equal(text.summary, "Summary.");
    assert_says(text.cause, "60 bytes");
    assert_string_equal(text.remedy, "Remedy.");
    /* Neither end is named: what is to be moved is not known. */
    ask("tunnel-too-big", "wg0", "{" TUNNEL ", 'move': <'eth7'>, 'to': <uint32 1>}");
    assert_says(text.summary, "wg0 (MTU 1420)");
    assert_string_equal(text.remedy, "Remedy.");
    ask("tunnel-too-big", "wg0", NULL);
    assert_string_equal(text.summary, "Summary.");
    ask("no-address", "", NULL);
    assert_string_equal(text.summary, "Summary.");
    ask("no-address", NULL, NULL);
    assert_string_equal(text.summary, "Summary.");
}

static void test_a_check_that_passes_keeps_its_words(void **state)
{
    finding_text_clear(&text);
    finding_text_of(&text, "no-uplink", "", NULL, "There is a default route.", "", "");
    assert_string_equal(text.summary, "There is a default route.");
    assert_string_equal(text.cause, "");
    finding_text_clear(&text);
    finding_text_of(&text, "no-uplink", "", NULL, NULL, NULL, NULL);
    assert_string_equal(text.summary, "");
    assert_string_equal(text.remedy, "");
}

static char *fill(const char *template, const char *subject, const char *params)
{
    g_autoptr(GVariant) variant = g_variant_parse(G_VARIANT_TYPE_VARDICT, params, NULL, NULL, NULL);

    return finding_text_fill(template, subject, variant);
}

#define assert_filled(template, subject, params, expected)                                                   \
    do {                                                                                                     \
        g_autofree char *filled = fill(template, subject, params);                                           \
        assert_non_null(filled);                                                                             \
        assert_string_equal(filled, expected);                                                               \
    } while (0)

static void test_every_type_of_value(void **state)
{
    assert_filled(
        "{u} {s} {t} {x}.", "",
        "{'u': <uint32 4294967295>, 's': <'text'>, 't': <uint64 18446744073709551615>, 'x': <int64 -5>}",
        "4294967295 text 18446744073709551615 -5.");
    assert_filled(
        "{seconds} {a-seconds} {b-seconds} {c-seconds}", "",
        "{'seconds': <int64 -9223372036854775808>, 'a-seconds': <uint32 4294967295>, 'b-seconds': <uint64 "
        "18446744073709551615>, 'c-seconds': <'as it is'>}",
        "213503982 d 8 h 49710 d 6 h 213503982 d 8 h as it is");
    assert_null(fill("{d}", "", "{'d': <1.5>}"));
    assert_null(fill("{v}", "", "{'v': <<'text'>>}"));
    assert_null(fill("{gone}", "", "{}"));
    assert_null(finding_text_fill("{gone}", "wg0", NULL));
}

static void test_braces_that_are_none(void **state)
{
    assert_filled("{} { } {A} {u", "", "{'u': <uint32 1>}", "{} { } {A} {u");
    assert_filled("{{u}}", "", "{'u': <uint32 1>}", "{1}");
    assert_filled("", "", "{}", "");
}

static void test_values_are_not_filled(void **state)
{
    assert_filled("{subject}: {to}", "{to}", "{'to': <'{subject}{to}'>}", "{to}: {subject}{to}");
    assert_filled("{subject}", "%s%n", "{}", "%s%n");
}

static void test_the_subject_is_no_param(void **state)
{
    assert_filled("{subject}", "wg0", "{'subject': <'eth0'>}", "wg0");
}

static void test_hostile_values(void **state)
{
    assert_filled("{subject}|{s}", "a\nb\xff\x1b[31m", "{'s': <'x\\u202ey\\tz'>}",
                  "a b\xef\xbf\xbd [31m|x y z");
}

static void test_clean(void **state)
{
    static const struct {
        const char *dirty, *clean, *lines;
    } texts[] = {
        {"a\nb\tc\r", "a b c ", "a\nb c "},
        {"\x7f\xc2\x85", "  ", "  "},
        {"\xe2\x80\xa8\xe2\x80\xae\xe2\x81\xa6\xef\xbb\xbf", "    ", "    "},
        {"\xc3\xa4 \xe2\x86\x92 \xf0\x9f\x98\x80", "\xc3\xa4 \xe2\x86\x92 \xf0\x9f\x98\x80",
         "\xc3\xa4 \xe2\x86\x92 \xf0\x9f\x98\x80"},
        {"cut \xe2\x86", "cut \xef\xbf\xbd\xef\xbf\xbd", "cut \xef\xbf\xbd\xef\xbf\xbd"},
        {NULL, "", ""},
    };

    for (size_t i = 0; i < COUNT(texts); i++) {
        g_autofree char *clean = finding_text_clean(texts[i].dirty, FALSE);
        g_autofree char *lines = finding_text_clean(texts[i].dirty, TRUE);

        assert_string_equal(clean, texts[i].clean);
        assert_string_equal(lines, texts[i].lines);
    }
}

static void test_the_daemons_words_are_cleaned(void **state)
{
    finding_text_clear(&text);
    finding_text_of(&text, "new", "", NULL, "a\nb", "c\nd\x1b", "e\nf\xff");
    assert_string_equal(text.summary, "a b");
    assert_string_equal(text.cause, "c\nd ");
    assert_string_equal(text.remedy, "e\nf\xef\xbf\xbd");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static void test_title(void **state)
{
    static const struct {
        const char *subject, *summary, *title;
    } rows[] = {
        {"wg0", "It is.", "wg0: It is."},
        {"", "It is.", "It is."},
        {"wg0", "The link wg0 is.", "The link wg0 is."},
        {"a\nb", "It is.", "a b: It is."},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct finding_text said;

        finding_text_of(&said, "no such id", rows[i].subject, NULL, rows[i].summary, "Why.", "How.");
        assert_string_equal(said.title, rows[i].title);
        finding_text_clear(&said);
    }
}

/* Its subject is no name; a tunnel's is. */
static void test_title_of_a_fight(void **state)
{
    ask("fighting", "clock", "{'suspects': <'unknown'>}");
    assert_string_equal(text.title, text.summary);
    assert_says(text.summary, "steps the clock");
    ask("fighting", "/etc/resolv.conf", "{'times': <uint32 3>, 'owner': <'user'>}");
    assert_string_equal(text.title, text.summary);
    assert_says(text.summary, "replaces");
    ask("fighting", "wg0", "{'wanted-mtu': <uint32 1400>}");
    assert_says(text.title, "tunnel wg0");
    translating = false;
    ask("fighting", "clock", "{'suspects': <'unknown'>}");
    assert_string_equal(text.title, "Summary.");
}

static void test_only_so_long(void **state)
{
    g_autofree char *long_one = g_strnfill(10000, 'x');
    g_autofree char *line = finding_text_clean(long_one, FALSE), *lines = finding_text_clean(long_one, TRUE);
    g_autofree char *fits = g_strnfill(200, 'y'), *same = finding_text_clean(fits, FALSE);

    assert_int_equal(g_utf8_strlen(line, -1), 201);
    assert_true(g_str_has_suffix(line, "x…"));
    assert_int_equal(g_utf8_strlen(lines, -1), 2001);
    assert_string_equal(same, fits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_title),
        cmocka_unit_test(test_only_so_long),
        TEST(test_title_of_a_fight),
        TEST(test_every_finding_is_translated),
        TEST(test_without_a_translation_the_daemon_speaks),
        TEST(test_each_text_has_its_own_fallback),
        TEST(test_unknown_findings_keep_the_daemons_words),
        TEST(test_what_lacks_a_param_falls_back),
        TEST(test_a_check_that_passes_keeps_its_words),
        TEST(test_every_type_of_value),
        TEST(test_braces_that_are_none),
        TEST(test_values_are_not_filled),
        TEST(test_the_subject_is_no_param),
        TEST(test_hostile_values),
        TEST(test_clean),
        TEST(test_the_daemons_words_are_cleaned),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
