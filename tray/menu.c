/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* menu: the icon's menu, made of the view */
#include "menu.h"

#include <glib/gi18n.h>
#include <string.h>

/* A host draws no more than a screen holds; the window has all. */
#define MENU_FINDINGS_MAX 8
#define MENU_TUNNELS_MAX  8
#define MENU_LABEL_MAX    80

/* For one line of a menu: short, and with nothing that could be taken for a mnemonic. The view has cleaned
 * it. */
static char *label_of(const char *text)
{
    g_autoptr(GString) label = g_string_new(NULL);
    glong length = 0;

    for (const char *at = text; *at; at = g_utf8_next_char(at)) {
        if (++length > MENU_LABEL_MAX) {
            g_string_append(label, "…");
            break;
        }
        if (*at == '_')
            g_string_append_c(label, '_');
        g_string_append_unichar(label, g_utf8_get_char(at));
    }
    return g_string_free(g_steal_pointer(&label), FALSE);
}

static void add(GMenu *section, const char *label, const char *action, GVariant *target)
{
    g_autoptr(GMenuItem) item = g_menu_item_new(label, NULL);

    if (action)
        g_menu_item_set_action_and_target_value(item, action, target);
    g_menu_append_item(section, item);
}

static void add_section(GMenu *menu, GMenu *section)
{
    if (g_menu_model_get_n_items(G_MENU_MODEL(section)) > 0)
        g_menu_append_section(menu, NULL, G_MENU_MODEL(section));
    g_object_unref(section);
}

static void add_row(GMenu *section, const struct view_row *row)
{
    g_autofree char *text = g_strdup_printf("%s: %s", row->label, row->value);
    g_autofree char *label = label_of(text);

    /* Without an action it can be read and not chosen. */
    add(section, label, row->copy ? "app.copy" : NULL, row->copy ? g_variant_new_string(row->copy) : NULL);
}

static GMenu *state_section(const struct view *view)
{
    GMenu *section = g_menu_new();
    g_autofree char *title = label_of(view->title), *more = NULL;
    guint tunnels = 0;

    add(section, title, "app.show", NULL);
    for (guint i = 0; i < view->rows->len; i++) {
        const struct view_row *row = view->rows->pdata[i];

        tunnels += row->tunnel;
        if (!row->tunnel || tunnels <= MENU_TUNNELS_MAX)
            add_row(section, row);
    }
    if (tunnels <= MENU_TUNNELS_MAX)
        return section;
    tunnels -= MENU_TUNNELS_MAX;
    /* TRANSLATORS: in the menu, below those that are shown. The window has them all. */
    more = g_strdup_printf(ngettext("and %u more tunnel", "and %u more tunnels", tunnels), tunnels);
    add(section, more, "app.show", NULL);
    return section;
}

/* What is mended, without the full stop of a sentence: dots follow. */
static char *fix_label(const char *title)
{
    g_autofree char *trouble = g_strdup(title);

    if (g_str_has_suffix(trouble, "."))
        trouble[strlen(trouble) - 1] = '\0';
    /* TRANSLATORS: in the menu; %s is what is wrong. A dry run is shown before anything is done. */
    return g_strdup_printf(_("Fix: %s…"), trouble);
}

static GMenu *findings_section(const struct view *view)
{
    GMenu *section = g_menu_new();

    for (guint i = 0; i < view->findings->len && i < MENU_FINDINGS_MAX; i++) {
        const struct view_finding *finding = view->findings->pdata[i];
        g_autofree char *title = label_of(finding->title);
        g_autofree char *label = finding->mendable ? fix_label(title) : g_strdup(title);

        add(section, label, finding->mendable ? "app.mend" : "app.details",
            g_variant_new("(ss)", finding->id, finding->subject));
    }
    return section;
}

static void add_wishes(GMenu *section, const struct view *view)
{
    g_autoptr(GMenu) wishes = g_menu_new();

    for (guint i = 0; i < view->wishes->len; i++) {
        const struct view_wish *wish = view->wishes->pdata[i];
        g_autofree char *label = label_of(wish->text);

        add(wishes, label, wish->releasable ? "app.release" : NULL,
            wish->releasable ? g_variant_new("(ss)", wish->kind, wish->target) : NULL);
    }
    if (view->wishes->len)
        g_menu_append_submenu(section, _("Release"), G_MENU_MODEL(wishes));
}

static GMenu *verbs_section(const struct view *view)
{
    GMenu *section = g_menu_new();

    add(section, _("Refresh the address…"), "app.refresh-ip", NULL);
    add(section, _("Set an MTU…"), "app.set-mtu", NULL);
    add(section, _("Set the clock right…"), "app.sync-clock", NULL);
    add(section, _("Mend DNS…"), "app.fix-dns", NULL);
    add(section, _("Undo the last change…"), "app.undo", NULL);
    add_wishes(section, view);
    return section;
}

GMenuModel *menu_new(const struct view *view)
{
    GMenu *menu = g_menu_new();
    GMenu *section;

    add_section(menu, state_section(view));
    add_section(menu, findings_section(view));
    add_section(menu, verbs_section(view));
    section = g_menu_new();
    add(section, _("Open report"), "app.report", NULL);
    add(section, _("Settings…"), "app.settings", NULL);
    add_section(menu, section);
    section = g_menu_new();
    add(section, _("Show wslnode"), "app.show", NULL);
    add(section, _("Quit"), "app.quit", NULL);
    add_section(menu, section);
    return G_MENU_MODEL(menu);
}
