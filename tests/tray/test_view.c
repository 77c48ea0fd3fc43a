/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of view: properties → what is shown */
#include "../unit.h"

#include <glib.h>

#include "../../tray/view.h"

#define NODE                                                                                                 \
    "'Health': <'%s'>, 'Platform': <'wsl2'>, 'NetworkingMode': <'nat'>, 'Interop': <'usable'>, 'Uplink': "   \
    "<'eth0'>, "                                                                                             \
    "'Address': <'172.17.1.2'>, 'Gateway': <'172.17.0.1'>, 'UplinkMTU': <uint32 1280>"
#define FINDING(id, subject, severity, verb)                                                                 \
    "{'id': <'" id "'>, 'subject': <'" subject "'>, 'severity': <'" severity "'>, 'summary': <'What " id     \
    " is.'>, "                                                                                               \
    "'cause': <'Why.'>, 'remedy': <'How.'>, 'params': <@a{sv} {}>, 'verb': <'" verb "'>}"

static GVariant *parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    GVariant *value = g_variant_parse(NULL, text, NULL, NULL, &error);

    if (!value)
        fail_msg("%s: %s", text, error->message);
    return value;
}

static struct view *view_of(const char *text)
{
    g_autoptr(GVariant) properties = parse(text);

    return view_new(&(struct view_input){.properties = properties});
}

static const struct view_row *row(const struct view *view, const char *label)
{
    for (guint i = 0; i < view->rows->len; i++) {
        const struct view_row *found = view->rows->pdata[i];

        if (g_str_equal(found->label, label))
            return found;
    }
    return NULL;
}

static void test_levels(void **state)
{
    static const struct {
        const char *word, *icon, *title;
        enum view_level level;
    } rows[] = {
        {"ok", "wslnode-ok-symbolic", "All is well", VIEW_OK},
        {"unknown", "wslnode-unknown-symbolic", "The state is not known yet", VIEW_UNKNOWN},
        {"something new", "wslnode-unknown-symbolic", "The state is not known yet", VIEW_UNKNOWN},
        {"warning", "wslnode-warning-symbolic", "wg0: What a is.", VIEW_WARNING},
        {"critical", "wslnode-critical-symbolic", "wg0: What a is.", VIEW_CRITICAL},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        g_autofree char *text =
            g_strdup_printf("{'Health': <'%s'>, 'Findings': <%s>}", rows[i].word,
                            rows[i].level < VIEW_WARNING ? "@aa{sv} []"
                                                         : "[" FINDING("a", "wg0", "warning", "") "]");
        struct view *view = view_of(text);

        assert_int_equal(view->level, rows[i].level);
        assert_string_equal(view->title, rows[i].title);
        assert_string_equal(view_icon(view->level), rows[i].icon);
        assert_null(view->advice);
        view_free(view);
    }
}

static void test_tailscale_in_windows(void **state)
{
    static const char *const rows[][2] = {{"running", "runs"}, {"absent", NULL}, {"unknown", NULL}};

    for (size_t i = 0; i < COUNT(rows); i++) {
        g_autofree char *text = g_strdup_printf("{'Health': <'ok'>, 'WindowsTailscale': <'%s'>}", rows[i][0]);
        struct view *view = view_of(text);
        const struct view_row *found = row(view, "Tailscale (Windows)");

        assert_int_equal(found != NULL, rows[i][1] != NULL);
        if (found)
            assert_string_equal(found->value, rows[i][1]);
        view_free(view);
    }
}

static void test_rows(void **state)
{
    g_autofree char *text = g_strdup_printf("{" NODE "}", "ok");
    struct view *view = view_of(text);

    assert_int_equal(view->rows->len, 4);
    assert_string_equal(row(view, "Address")->value, "172.17.1.2");
    assert_string_equal(row(view, "Address")->copy, "172.17.1.2");
    assert_string_equal(row(view, "Platform")->value, "wsl2");
    assert_string_equal(row(view, "Mode")->value, "nat");
    assert_null(row(view, "Mode")->copy);
    assert_string_equal(row(view, "Uplink")->value, "eth0, MTU 1280, by 172.17.0.1");
    assert_int_equal(view->links->len, 1);
    view_free(view);
}

static void test_nothing_there(void **state)
{
    struct view *view =
        view_of("{'Health': <'critical'>, 'Uplink': <''>, 'Address': <''>, 'Platform': <'linux'>, "
                "'NetworkingMode': <'unknown'>}");

    assert_string_equal(row(view, "Address")->value, "none");
    assert_null(row(view, "Address")->copy);
    assert_string_equal(row(view, "Uplink")->value, "none");
    assert_string_equal(row(view, "Platform")->value, "Linux, not WSL");
    assert_null(row(view, "Mode"));
    assert_int_equal(view->links->len, 0);
    view_free(view);

    view = view_of("{'Health': <'ok'>, 'Uplink': <'eth0'>, 'UplinkMTU': <uint32 1500>, 'Gateway': <''>}");
    assert_string_equal(row(view, "Uplink")->value, "eth0, MTU 1500");
    view_free(view);
}

static void test_clock(void **state)
{
    g_autofree char *without = g_strdup_printf("{" NODE "}", "ok");
    g_autofree char *text =
        g_strdup_printf("{" NODE
                        ", 'ClockState': <'ok'>, 'ClockReference': <'ptp'>, 'ClockOffsetUSec': <int64 "
                        "-900>, 'ClockErrorBoundUSec': <uint64 800>}",
                        "ok");
    struct view *view = view_of(text), *former = view_of(without);

    assert_string_equal(row(view, "Clock")->value, "right (Windows' clock, within 50 ms)");
    assert_null(row(view, "Clock")->copy);
    assert_null(row(former, "Clock"));
    assert_false(view_equal(view, former));
    view_free(view);
    view_free(former);
    /* What trembles below what is shown is no change. */
    view = view_of("{'ClockState': <'ok'>, 'ClockReference': <'ptp'>, 'ClockOffsetUSec': <int64 5>, "
                   "'ClockErrorBoundUSec': <uint64 800>}");
    former = view_of("{'ClockState': <'ok'>, 'ClockReference': <'ptp'>, 'ClockOffsetUSec': <int64 -700>, "
                     "'ClockErrorBoundUSec': <uint64 801>}");
    assert_true(view_equal(view, former));
    view_free(view);
    view_free(former);
}

static void test_dns(void **state)
{
    struct view *view = view_of("{'DNSState': <'ok'>, 'DNSOwner': <'wsl'>}");
    struct view *latter = view_of("{'DNSState': <'failed'>, 'DNSOwner': <'wsl'>}"),
                *without = view_of("@a{sv} {}");

    assert_string_equal(row(view, "DNS")->value, "works (WSL's servers)");
    assert_null(row(view, "DNS")->copy);
    assert_string_equal(row(latter, "DNS")->value, "fails (WSL's servers)");
    assert_false(view_equal(view, latter));
    assert_null(row(without, "DNS"));
    view_free(view);
    view_free(latter);
    view_free(without);
}

static void test_absent(void **state)
{
    struct view *view =
        view_new(&(struct view_input){.absence = "wslnoded does not run", .advice = "Start it."});

    assert_int_equal(view->level, VIEW_ABSENT);
    assert_string_equal(view->title, "wslnoded does not run");
    assert_string_equal(view->advice, "Start it.");
    assert_int_equal(view->rows->len + view->findings->len + view->wishes->len + view->links->len, 0);
    view_free(view);
}

static void test_findings(void **state)
{
    struct view *view =
        view_of("{'Health': <'critical'>, 'Findings': <[" FINDING("a", "", "critical", "") ", " FINDING(
            "b", "wg0", "warning", "SetMTU") ", " FINDING("c", "wg1", "info", "SetMTU") "]>}");
    const struct view_finding *finding = view->findings->pdata[0];

    assert_string_equal(view->title, "2 things are wrong");
    assert_string_equal(finding->title, "What a is.");
    assert_false(finding->mendable);
    assert_int_equal(finding->level, VIEW_CRITICAL);
    finding = view->findings->pdata[1];
    assert_string_equal(finding->title, "wg0: What b is.");
    assert_string_equal(finding->cause, "Why.");
    assert_string_equal(finding->remedy, "How.");
    assert_true(finding->mendable);
    finding = view->findings->pdata[2];
    assert_int_equal(finding->level, VIEW_OK);
    view_free(view);
}

static void test_wishes(void **state)
{
    struct view *view =
        view_of("{'Health': <'ok'>, 'Wanted': <[{'kind': <'mtu'>, 'target': <'wg0'>, 'value': <uint32 1280>, "
                "'persist': <false>, 'origin': <'verb'>}, {'kind': <'mtu'>, 'target': <'wg1'>, 'value': "
                "<uint32 1300>, "
                "'persist': <true>, 'origin': <'verb'>}, {'kind': <'mtu'>, 'target': <'wg2'>, 'value': "
                "<uint32 1400>, "
                "'persist': <true>, 'origin': <'configuration'>}, {'kind': <'new'>, 'target': <'x'>}]>}");
    static const struct {
        const char *text;
        gboolean releasable;
    } rows[] = {{"wg0: MTU 1280, until the next start", TRUE},
                {"wg1: MTU 1300, for good", TRUE},
                {"wg2: MTU 1400, by the configuration", FALSE},
                {"x: new", TRUE}};

    assert_int_equal(view->wishes->len, COUNT(rows));
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct view_wish *wish = view->wishes->pdata[i];

        assert_string_equal(wish->text, rows[i].text);
        assert_int_equal(wish->releasable, rows[i].releasable);
    }
    view_free(view);
}

static void test_tunnels(void **state)
{
    g_autofree char *text = g_strdup_printf("{" NODE "}", "ok");
    g_autoptr(GVariant) properties = parse(text);
    g_autoptr(GVariant) links = parse(
        "[{'name': <'lo'>, 'role': <'loopback'>, 'up': <true>, 'mtu': <uint32 65536>}, {'name': <'eth0'>, "
        "'role': <'uplink'>, 'up': <true>, 'mtu': <uint32 1280>}, {'name': <'wg0'>, 'role': <'tunnel'>, "
        "'up': "
        "<true>, 'mtu': <uint32 1420>}, {'name': <'wg1'>, 'role': <'tunnel'>, 'up': <false>, 'mtu': <uint32 "
        "1280>}]");
    struct view *view = view_new(&(struct view_input){.properties = properties, .links = links});

    assert_string_equal(row(view, "wg0")->value, "up, MTU 1420");
    assert_string_equal(row(view, "wg1")->value, "down, MTU 1280");
    assert_null(row(view, "lo"));
    assert_int_equal(view->links->len, 3);
    assert_string_equal(view->links->pdata[0], "eth0");
    assert_string_equal(view->links->pdata[2], "wg1");
    view_free(view);
}

/* Which rows there are: "wg0: up; wg1: down". */
static char *rows_of(const struct view *view)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < view->rows->len; i++) {
        const struct view_row *found = view->rows->pdata[i];

        if (found->tunnel)
            g_string_append_printf(text, "%s%s: %s", text->len ? "; " : "", found->label, found->value);
    }
    return g_string_free(text, FALSE);
}

#define LINK(name)      "{'name': <'" name "'>, 'role': <'tunnel'>, 'up': <true>, 'mtu': <uint32 1420>}"
#define VPN(name, word) "{'Name': <'" name "'>, 'Link': <'" name "'>, 'State': <'" word "'>}"

static void check_tunnels(const char *properties, const char *links, const char *tunnels, const char *rows)
{
    g_autoptr(GVariant) node = parse(properties), these = parse(links), those = parse(tunnels);
    struct view *view = view_new(&(struct view_input){
        .properties = node, .links = these, .tunnels = those, .now = G_GINT64_CONSTANT(100000000)});
    g_autofree char *text = rows_of(view);

    assert_string_equal(text, rows);
    view_free(view);
}

static void test_tunnels_of_the_vpn(void **state)
{
    static const struct {
        const char *links, *tunnels, *rows;
    } cases[] = {
        {"@aa{sv} []", "@aa{sv} []", ""},
        /* A tunnel says more than its link. */
        {"[" LINK("wg0") "," LINK("tun0") "]", "[" VPN("wg0", "idle") "]", "wg0: idle; tun0: up, MTU 1420"},
        /* Its link is not read yet, or is called otherwise. */
        {"@aa{sv} []", "[" VPN("wg0", "up") "]", "wg0: up"},
        {"[" LINK("wt0") "]", "[{'Name': <'mesh'>, 'Link': <'wt0'>, 'State': <'up'>}]", "mesh: up"},
        /* What is broken first, then as people count. */
        {"@aa{sv} []",
         "[" VPN("wg10", "up") "," VPN("wg2", "idle") "," VPN("wg9", "down") "," VPN("wg11", "down") "]",
         "wg9: down; wg11: down; wg2: idle; wg10: up"},
        {"@aa{sv} []",
         "[{'Name': <'wg0'>, 'State': <'up'>, 'LastHandshakeUSecMonotonic': <uint64 66500000>}]",
         "wg0: up, handshake 34 s ago"},
        /* Of another make. */
        {"[" LINK("wg0") "]", "[{'Name': <uint32 1>, 'State': <'up'>}, {'State': <'up'>}, {'Name': <'wg0'>}]",
         "wg0: up, MTU 1420"},
        {"@aa{sv} []", "[{'Name': <'a\nb'>, 'State': <'up'>}]", "a b: up"},
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        check_tunnels("{'Health': <'ok'>}", cases[i].links, cases[i].tunnels, cases[i].rows);
}

#define VPN_DOWN(subject, reason)                                                                            \
    "{'id': <'vpn-down'>, 'subject': <'" subject "'>, 'severity': <'critical'>, 'summary': <'It is.'>, "     \
    "'params': <{'reason': " reason "}>}"

/* Which the finding says. */
static void test_why_a_tunnel_is_down(void **state)
{
    static const struct {
        const char *findings, *rows;
    } cases[] = {
        {VPN_DOWN("wg0", "<'no-handshake'>"), "wg0: down: no handshake"},
        {VPN_DOWN("wg1", "<'no-handshake'>"), "wg0: down"},
        {VPN_DOWN("wg0", "<uint32 1>"), "wg0: down"},
        {"{'id': <'other'>, 'subject': <'wg0'>, 'params': <{'reason': <'no-reply'>}>}", "wg0: down"},
        {"{'id': <'vpn-down'>, 'subject': <'wg0'>}", "wg0: down"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        g_autofree char *properties =
            g_strdup_printf("{'Health': <'critical'>, 'Findings': <[%s]>}", cases[i].findings);

        check_tunnels(properties, "@aa{sv} []", "[" VPN("wg0", "down") "]", cases[i].rows);
    }
}

static void test_tunnels_without_end(void **state)
{
    g_autoptr(GString) text = g_string_new("["), links = g_string_new("[");
    g_autoptr(GVariant) properties = parse("{'Health': <'ok'>}"), tunnels = NULL, link_list = NULL;
    guint count = 0;
    struct view *view;

    for (int i = 0; i < 1000; i++) {
        g_string_append_printf(text, "%s{'Name': <'wg%d'>, 'State': <'up'>}", i ? ", " : "", i);
        g_string_append_printf(links, "%s{'name': <'tun%d'>, 'role': <'tunnel'>}", i ? ", " : "", i);
    }
    g_string_append(text, "]");
    g_string_append(links, "]");
    tunnels = parse(text->str);
    link_list = parse(links->str);
    view = view_new(&(struct view_input){.properties = properties, .links = link_list, .tunnels = tunnels});
    for (guint i = 0; i < view->rows->len; i++)
        count += ((const struct view_row *)view->rows->pdata[i])->tunnel;
    assert_int_equal(count, 128);
    assert_int_equal(view->links->len, 128);
    view_free(view);
}

static void test_equal(void **state)
{
    static const char *const texts[] = {
        "{'Health': <'ok'>}",
        "{'Health': <'critical'>}",
        "{'Health': <'ok'>, 'Address': <'172.17.1.2'>}",
        "{'Health': <'ok'>, 'Findings': <[" FINDING("a", "b", "info", "") "]>}",
        "{'Health': <'ok'>, 'Findings': <[" FINDING("a", "b", "info", "SetMTU") "]>}",
        "{'Health': <'ok'>, 'Findings': <[" FINDING("a", "c", "info", "") "]>}",
        "{'Health': <'ok'>, 'Wanted': <[{'kind': <'mtu'>, 'target': <'wg0'>, 'value': <uint32 1280>}]>}",
        "{'Health': <'ok'>, 'Wanted': <[{'kind': <'mtu'>, 'target': <'wg0'>, 'value': <uint32 1281>}]>}",
    };

    for (size_t i = 0; i < COUNT(texts); i++)
        for (size_t j = 0; j < COUNT(texts); j++) {
            struct view *a = view_of(texts[i]), *b = view_of(texts[j]);

            assert_int_equal(view_equal(a, b), i == j);
            assert_false(view_same_rows(a, NULL) || view_same_findings(a, NULL) || view_same_wishes(a, NULL));
            view_free(a);
            view_free(b);
        }
}

/* A service of another make may send what it likes. */
static void test_strange_types(void **state)
{
    g_autoptr(GVariant) links = parse("[{'name': <uint32 1>, 'role': <'tunnel'>}, {'role': <'tunnel'>}]");
    g_autoptr(GVariant) properties = parse(
        "{'Health': <uint32 1>, 'Findings': <'none'>, 'Wanted': <[1, 2]>, 'Address': <['a']>, 'UplinkMTU': "
        "<'x'>, 'Uplink': <'eth0'>}");
    struct view *view = view_new(&(struct view_input){.properties = properties, .links = links});

    assert_int_equal(view->level, VIEW_UNKNOWN);
    assert_string_equal(row(view, "Uplink")->value, "eth0, MTU 0");
    assert_int_equal(view->findings->len + view->wishes->len, 0);
    assert_int_equal(view->links->len, 1);
    view_free(view);

    view = view_of("{'Health': <'warning'>, 'Findings': <[{'id': <uint32 4>}, @a{sv} {}]>}");
    assert_int_equal(view->findings->len, 2);
    view_free(view);
}

static void test_without_end(void **state)
{
    g_autoptr(GString) text = g_string_new("{'Health': <'warning'>, 'Findings': <[");
    struct view *view;

    for (int i = 0; i < 1000; i++)
        g_string_append_printf(text, "%s{'id': <'f'>, 'subject': <'%d'>, 'severity': <'warning'>}",
                               i ? ", " : "", i);
    g_string_append(text, "]>}");
    view = view_of(text->str);
    assert_int_equal(view->findings->len, 64);
    view_free(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_tailscale_in_windows),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_nothing_there),
        cmocka_unit_test(test_absent),
        cmocka_unit_test(test_clock),
        cmocka_unit_test(test_findings),
        cmocka_unit_test(test_wishes),
        cmocka_unit_test(test_tunnels),
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_strange_types),
        cmocka_unit_test(test_without_end),
        cmocka_unit_test(test_dns),
        cmocka_unit_test(test_tunnels_of_the_vpn),
        cmocka_unit_test(test_why_a_tunnel_is_down),
        cmocka_unit_test(test_tunnels_without_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
