/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of menu: the view → a menu model */
#include "../unit.h"

#include <gio/gio.h>
#include <string.h>

#include "../../tray/menu.h"

/* One line for each item: label, action and target, with a deeper level indented. */
static void print(GString *text, GMenuModel *model, int depth)
{
    for (gint i = 0; i < g_menu_model_get_n_items(model); i++) {
        g_autoptr(GMenuModel) section = g_menu_model_get_item_link(model, i, G_MENU_LINK_SECTION);
        g_autoptr(GMenuModel) submenu = g_menu_model_get_item_link(model, i, G_MENU_LINK_SUBMENU);
        g_autoptr(GVariant) target =
            g_menu_model_get_item_attribute_value(model, i, G_MENU_ATTRIBUTE_TARGET, NULL);
        g_autofree char *label = NULL, *action = NULL,
                        *printed = target ? g_variant_print(target, FALSE) : NULL;

        if (section) {
            g_string_append(text, "--\n");
            print(text, section, depth);
            continue;
        }
        g_menu_model_get_item_attribute(model, i, G_MENU_ATTRIBUTE_LABEL, "s", &label);
        g_menu_model_get_item_attribute(model, i, G_MENU_ATTRIBUTE_ACTION, "s", &action);
        g_string_append_printf(text, "%*s%s|%s|%s\n", depth * 2, "", label, action ? action : "",
                               printed ? printed : "");
        if (submenu)
            print(text, submenu, depth + 1);
    }
}

static char *menu_of(const char *properties, const char *links)
{
    g_autoptr(GVariant) parsed = properties ? g_variant_parse(NULL, properties, NULL, NULL, NULL) : NULL;
    g_autoptr(GVariant) parsed_links = links ? g_variant_parse(NULL, links, NULL, NULL, NULL) : NULL;
    struct view *view = view_new(&(struct view_input){.properties = parsed,
                                                      .links = parsed_links,
                                                      .absence = "wslnoded does not run",
                                                      .advice = "Start it."});
    g_autoptr(GMenuModel) menu = menu_new(view);
    GString *text = g_string_new(NULL);

    assert_true(!properties == !parsed && !links == !parsed_links);
    print(text, menu, 0);
    view_free(view);
    return g_string_free(text, FALSE);
}

#define VERBS                                                                                                \
    "Refresh the address…|app.refresh-ip|\n"                                                               \
    "Set an MTU…|app.set-mtu|\n"                                                                           \
    "Set the clock right…|app.sync-clock|\n"                                                               \
    "Mend DNS…|app.fix-dns|\n"                                                                             \
    "Undo the last change…|app.undo|\n"
#define END                                                                                                  \
    "--\nOpen report|app.report|\nSettings…|app.settings|\n--\nShow wslnode|app.show|\nQuit|app.quit|\n"

static void test_all(void **state)
{
    g_autofree char *menu = menu_of(
        "{'Health': <'warning'>, 'Platform': <'wsl2'>, 'NetworkingMode': <'nat'>, 'Address': <'172.17.1.2'>, "
        "'Uplink': <'eth_0'>, 'UplinkMTU': <uint32 1280>, 'ClockState': <'drifting'>, 'ClockOffsetUSec': "
        "<int64 "
        "-7380000000>, 'DNSState': <'ok'>, 'DNSOwner': <'wsl'>, 'Findings': <[{'id': <'tunnel-x'>, "
        "'subject': "
        "<'wg0'>, "
        "'severity': <'warning'>, 'summary': <'It is.'>, 'verb': <'SetMTU'>}, {'id': <'note'>, 'subject': "
        "<''>, "
        "'severity': <'info'>, 'summary': <'Known.'>}]>, 'Wanted': <[{'kind': <'mtu'>, 'target': <'wg0'>, "
        "'value': "
        "<uint32 1280>, 'origin': <'verb'>}, {'kind': <'mtu'>, 'target': <'wg1'>, 'value': <uint32 1280>, "
        "'origin': <'configuration'>}]>}",
        "[{'name': <'wg0'>, 'role': <'tunnel'>, 'up': <true>, 'mtu': <uint32 1420>}]");

    assert_string_equal(menu, "--\n"
                              "wg0: It is.|app.show|\n"
                              "Address: 172.17.1.2|app.copy|'172.17.1.2'\n"
                              "Platform: wsl2||\n"
                              "Mode: nat||\n"
                              "Uplink: eth__0, MTU 1280||\n"
                              "Clock: 2 h 3 min behind||\n"
                              "DNS: works (WSL's servers)||\n"
                              "wg0: up, MTU 1420||\n"
                              "--\n"
                              "Fix: wg0: It is…|app.mend|('tunnel-x', 'wg0')\n"
                              "Known.|app.details|('note', '')\n"
                              "--\n" VERBS "Release||\n"
                              "  wg0: MTU 1280, until the next start|app.release|('mtu', 'wg0')\n"
                              "  wg1: MTU 1280, by the configuration||\n" END);
}

static void test_absent(void **state)
{
    g_autofree char *menu = menu_of(NULL, NULL);

    assert_string_equal(menu, "--\nwslnoded does not run|app.show|\n--\n" VERBS END);
}

/* As many as a screen holds; the others are counted. */
static void test_many_tunnels(void **state)
{
    static const struct {
        int count;
        const char *more, *not_more;
    } rows[] = {{8, "wg7: up, MTU 1420||\n--", "more tunnel"},
                {9, "wg7: up, MTU 1420||\nand 1 more tunnel|app.show|\n--", "wg8"},
                {64, "wg7: up, MTU 1420||\nand 56 more tunnels|app.show|\n--", "wg8"}};

    for (size_t i = 0; i < COUNT(rows); i++) {
        g_autoptr(GString) links = g_string_new("[");
        g_autofree char *menu = NULL;

        for (int n = 0; n < rows[i].count; n++)
            g_string_append_printf(
                links, "%s{'name': <'wg%d'>, 'role': <'tunnel'>, 'up': <true>, 'mtu': <uint32 1420>}",
                n ? ", " : "", n);
        g_string_append(links, "]");
        menu = menu_of("{'Health': <'ok'>}", links->str);
        assert_non_null(strstr(menu, rows[i].more));
        assert_null(strstr(menu, rows[i].not_more));
    }
}

static void test_hostile_words(void **state)
{
    g_autoptr(GString) properties = g_string_new("{'Health': <'warning'>, 'Findings': <[");
    g_autofree char *menu = NULL;
    g_auto(GStrv) lines = NULL;
    guint fixes = 0;

    for (int i = 0; i < 100; i++)
        g_string_append_printf(
            properties,
            "%s{'id': <'f%d'>, 'subject': <'a\\nb'>, 'severity': <'warning'>, 'verb': <'X'>, "
            "'summary': <'ü_0123456789012345678901234567890123456789012345678901234567890123456789"
            "0123456789012345678901234567890123456789'>}",
            i ? ", " : "", i);
    g_string_append(properties, "]>}");
    menu = menu_of(properties->str, NULL);
    lines = g_strsplit(menu, "\n", -1);
    for (char **line = lines; *line; line++) {
        if (!g_str_has_prefix(*line, "Fix: "))
            continue;
        fixes++;
        assert_true(g_str_has_prefix(*line, "Fix: a b: ü__0123456789"));
        assert_true(g_utf8_strlen(*line, strchr(*line, '|') - *line) < 100);
    }
    assert_int_equal(fixes, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_absent),
        cmocka_unit_test(test_many_tunnels),
        cmocka_unit_test(test_hostile_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
