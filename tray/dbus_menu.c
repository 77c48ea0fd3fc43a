/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dbus_menu: a menu model and its actions as com.canonical.dbusmenu */
#include "dbus_menu.h"

#include "com.canonical.dbusmenu.h"

/* A menu of menus of menus: deeper is nobody's. */
#define DBUS_MENU_DEPTH 4

struct entry {
    gint32 id;
    GVariant *properties; /* a{sv} */
    char *action;         /* without "app."; NULL for what cannot be chosen */
    GVariant *target;
    GPtrArray *children;
};

struct dbus_menu {
    TrayDbusmenu *skeleton;
    GActionGroup *actions;
    void (*about_to_show)(gpointer);
    gpointer userdata;
    struct entry *root;
    GHashTable *entries; /* id → struct entry */
    /*
     * What an item is → its id, which is never given to anything else: a click on a menu that changed
     * meanwhile must not do something else.
     */
    GHashTable *ids;
    gint32 last_id;
    GVariant *layout; /* all of it, to compare with the next */
    guint32 revision;
};

static void entry_free(gpointer pointer)
{
    struct entry *entry = pointer;

    g_clear_pointer(&entry->properties, g_variant_unref);
    g_clear_pointer(&entry->target, g_variant_unref);
    g_ptr_array_unref(entry->children);
    g_free(entry->action);
    g_free(entry);
}

static struct entry *entry_new(struct dbus_menu *menu, struct entry *parent, gint32 id)
{
    struct entry *entry = g_new0(struct entry, 1);

    entry->id = id;
    entry->children = g_ptr_array_new_with_free_func(entry_free);
    g_hash_table_insert(menu->entries, GINT_TO_POINTER(id), entry);
    if (parent)
        g_ptr_array_add(parent->children, entry);
    return entry;
}

/* `former` are the ids of the layout before. */
static gint32 id_of(struct dbus_menu *menu, GHashTable *former, gint32 parent, GMenuModel *model, gint index)
{
    g_autoptr(GVariant) label =
        g_menu_model_get_item_attribute_value(model, index, G_MENU_ATTRIBUTE_LABEL, NULL);
    g_autoptr(GVariant) action =
        g_menu_model_get_item_attribute_value(model, index, G_MENU_ATTRIBUTE_ACTION, NULL);
    g_autoptr(GVariant) target =
        g_menu_model_get_item_attribute_value(model, index, G_MENU_ATTRIBUTE_TARGET, NULL);
    g_autoptr(GString) key = g_string_new(NULL);
    gpointer id;

    g_string_printf(key, "%d ", parent);
    for (GVariant *parts[] = {label, action, target}, **part = parts; part < parts + G_N_ELEMENTS(parts);
         part++) {
        g_autofree char *text = *part ? g_variant_print(*part, TRUE) : g_strdup("-");

        g_string_append_printf(key, "%s ", text);
    }
    /* The same item twice, as separators are. */
    while (g_hash_table_contains(menu->ids, key->str))
        g_string_append_c(key, '+');
    id = g_hash_table_lookup(former, key->str);
    if (!id)
        id = GINT_TO_POINTER(++menu->last_id);
    g_hash_table_insert(menu->ids, g_strdup(key->str), id);
    return GPOINTER_TO_INT(id);
}

static void set_properties(struct entry *entry, GVariant *properties)
{
    entry->properties = g_variant_ref_sink(properties);
}

static void read_item(struct dbus_menu *menu, struct entry *entry, GMenuModel *model, gint index,
                      gboolean submenu)
{
    GVariantBuilder properties;
    g_autofree char *label = NULL, *action = NULL;
    gboolean enabled = submenu;

    g_menu_model_get_item_attribute(model, index, G_MENU_ATTRIBUTE_LABEL, "s", &label);
    if (g_menu_model_get_item_attribute(model, index, G_MENU_ATTRIBUTE_ACTION, "s", &action) &&
        g_str_has_prefix(action, "app.")) {
        entry->action = g_strdup(action + strlen("app."));
        entry->target = g_menu_model_get_item_attribute_value(model, index, G_MENU_ATTRIBUTE_TARGET, NULL);
        enabled = g_action_group_get_action_enabled(menu->actions, entry->action);
    }
    g_variant_builder_init(&properties, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&properties, "{sv}", "label", g_variant_new_string(label ? label : ""));
    g_variant_builder_add(&properties, "{sv}", "enabled", g_variant_new_boolean(enabled));
    if (submenu)
        g_variant_builder_add(&properties, "{sv}", "children-display", g_variant_new_string("submenu"));
    set_properties(entry, g_variant_builder_end(&properties));
}

static void read_model(struct dbus_menu *menu, GHashTable *former, struct entry *parent, GMenuModel *model,
                       int depth)
{
    for (gint i = 0; i < g_menu_model_get_n_items(model) && depth < DBUS_MENU_DEPTH; i++) {
        g_autoptr(GMenuModel) section = g_menu_model_get_item_link(model, i, G_MENU_LINK_SECTION);
        g_autoptr(GMenuModel) submenu = g_menu_model_get_item_link(model, i, G_MENU_LINK_SUBMENU);
        struct entry *entry;

        if (section && parent->children->len) {
            entry = entry_new(menu, parent, id_of(menu, former, parent->id, model, i));
            set_properties(entry, g_variant_new_parsed("{'type': <'separator'>}"));
        }
        if (section) {
            read_model(menu, former, parent, section, depth + 1);
            continue;
        }
        entry = entry_new(menu, parent, id_of(menu, former, parent->id, model, i));
        read_item(menu, entry, model, i, submenu != NULL);
        if (submenu)
            read_model(menu, former, entry, submenu, depth + 1);
    }
}

/* Those of the properties that are asked for; none means all. */
static GVariant *chosen(GVariant *properties, const char *const *names)
{
    GVariantDict all, some;

    if (!names || !*names)
        return g_variant_ref(properties);
    g_variant_dict_init(&all, properties);
    g_variant_dict_init(&some, NULL);
    for (; *names; names++) {
        g_autoptr(GVariant) value = g_variant_dict_lookup_value(&all, *names, NULL);

        if (value)
            g_variant_dict_insert_value(&some, *names, value);
    }
    g_variant_dict_clear(&all);
    return g_variant_ref_sink(g_variant_dict_end(&some));
}

static GVariant *layout_of(const struct entry *entry, gint depth, const char *const *names)
{
    g_autoptr(GVariant) properties = chosen(entry->properties, names);
    GVariantBuilder children;

    g_variant_builder_init(&children, G_VARIANT_TYPE("av"));
    for (guint i = 0; depth != 0 && i < entry->children->len; i++)
        g_variant_builder_add(&children, "v",
                              layout_of(entry->children->pdata[i], depth < 0 ? depth : depth - 1, names));
    return g_variant_new("(i@a{sv}av)", entry->id, properties, &children);
}

static struct entry *find(struct dbus_menu *menu, gint id)
{
    return g_hash_table_lookup(menu->entries, GINT_TO_POINTER(id));
}

static gboolean no_such_item(GDBusMethodInvocation *invocation, gint id)
{
    g_dbus_method_invocation_return_error(invocation, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                                          "There is no item %d in this menu", id);
    return TRUE;
}

static gboolean on_get_layout(TrayDbusmenu *skeleton, GDBusMethodInvocation *invocation, gint parent,
                              gint depth, const char *const *names, struct dbus_menu *menu)
{
    struct entry *entry = find(menu, parent);

    if (!entry)
        return no_such_item(invocation, parent);
    tray_dbusmenu_complete_get_layout(skeleton, invocation, menu->revision, layout_of(entry, depth, names));
    return TRUE;
}

static void add_group(GVariantBuilder *list, const struct entry *entry, const char *const *names)
{
    g_autoptr(GVariant) properties = chosen(entry->properties, names);

    g_variant_builder_add(list, "(i@a{sv})", entry->id, properties);
}

static gboolean on_get_group_properties(TrayDbusmenu *skeleton, GDBusMethodInvocation *invocation,
                                        GVariant *ids, const char *const *names, struct dbus_menu *menu)
{
    gsize count = g_variant_n_children(ids);
    GVariantBuilder list;
    GHashTableIter every;
    gpointer entry;

    g_variant_builder_init(&list, G_VARIANT_TYPE("a(ia{sv})"));
    for (gsize i = 0; i < count; i++) {
        gint32 id;

        g_variant_get_child(ids, i, "i", &id);
        if (find(menu, id))
            add_group(&list, find(menu, id), names);
    }
    g_hash_table_iter_init(&every, menu->entries);
    while (!count && g_hash_table_iter_next(&every, NULL, &entry))
        add_group(&list, entry, names);
    tray_dbusmenu_complete_get_group_properties(skeleton, invocation, g_variant_builder_end(&list));
    return TRUE;
}

static gboolean on_get_property(TrayDbusmenu *skeleton, GDBusMethodInvocation *invocation, gint id,
                                const char *name, struct dbus_menu *menu)
{
    struct entry *entry = find(menu, id);
    g_autoptr(GVariant) value = entry ? g_variant_lookup_value(entry->properties, name, NULL) : NULL;

    if (!value)
        return no_such_item(invocation, id);
    tray_dbusmenu_complete_get_property(skeleton, invocation, g_variant_new_variant(value));
    return TRUE;
}

static gboolean happen(struct dbus_menu *menu, gint id, const char *event)
{
    struct entry *entry = find(menu, id);

    if (entry && entry->action && g_str_equal(event, "clicked"))
        g_action_group_activate_action(menu->actions, entry->action, entry->target);
    return entry != NULL;
}

static gboolean on_event(TrayDbusmenu *skeleton, GDBusMethodInvocation *invocation, gint id,
                         const char *event, GVariant *data, guint timestamp, struct dbus_menu *menu)
{
    if (!find(menu, id))
        return no_such_item(invocation, id);
    tray_dbusmenu_complete_event(skeleton, invocation);
    happen(menu, id, event);
    return TRUE;
}

static gboolean on_event_group(TrayDbusmenu *skeleton, GDBusMethodInvocation *invocation, GVariant *events,
                               struct dbus_menu *menu)
{
    GVariantBuilder unknown;

    g_variant_builder_init(&unknown, G_VARIANT_TYPE("ai"));
    for (gsize i = 0; i < g_variant_n_children(events); i++) {
        g_autoptr(GVariant) data = NULL;
        const char *event;
        guint32 timestamp;
        gint32 id;

        g_variant_get_child(events, i, "(i&svu)", &id, &event, &data, &timestamp);
        if (!happen(menu, id, event))
            g_variant_builder_add(&unknown, "i", id);
    }
    tray_dbusmenu_complete_event_group(skeleton, invocation, g_variant_builder_end(&unknown));
    return TRUE;
}

/* What a host needs anew it hears of by LayoutUpdated; it is not kept waiting. */
static gboolean on_about_to_show(TrayDbusmenu *skeleton, GDBusMethodInvocation *invocation, gint id,
                                 struct dbus_menu *menu)
{
    if (menu->about_to_show)
        menu->about_to_show(menu->userdata);
    tray_dbusmenu_complete_about_to_show(skeleton, invocation, FALSE);
    return TRUE;
}

static gboolean on_about_to_show_group(TrayDbusmenu *skeleton, GDBusMethodInvocation *invocation,
                                       GVariant *ids, struct dbus_menu *menu)
{
    GVariantBuilder unknown;

    if (menu->about_to_show)
        menu->about_to_show(menu->userdata);
    g_variant_builder_init(&unknown, G_VARIANT_TYPE("ai"));
    for (gsize i = 0; i < g_variant_n_children(ids); i++) {
        gint32 id;

        g_variant_get_child(ids, i, "i", &id);
        if (!find(menu, id))
            g_variant_builder_add(&unknown, "i", id);
    }
    tray_dbusmenu_complete_about_to_show_group(skeleton, invocation, g_variant_new("ai", NULL),
                                               g_variant_builder_end(&unknown));
    return TRUE;
}

static void begin(struct dbus_menu *menu)
{
    menu->entries = g_hash_table_new(NULL, NULL);
    menu->ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    menu->root = entry_new(menu, NULL, 0);
    set_properties(menu->root, g_variant_new_parsed("{'children-display': <'submenu'>}"));
}

static void end(struct dbus_menu *menu)
{
    g_hash_table_unref(menu->entries);
    g_hash_table_unref(menu->ids);
    entry_free(menu->root);
}

void dbus_menu_set(struct dbus_menu *menu, GMenuModel *model)
{
    g_autoptr(GHashTable) former = g_hash_table_ref(menu->ids);
    g_autoptr(GVariant) layout = NULL;

    end(menu);
    begin(menu);
    read_model(menu, former, menu->root, model, 0);
    layout = g_variant_ref_sink(layout_of(menu->root, -1, NULL));
    if (menu->layout && g_variant_equal(layout, menu->layout))
        return;
    g_clear_pointer(&menu->layout, g_variant_unref);
    menu->layout = g_steal_pointer(&layout);
    menu->revision++;
    tray_dbusmenu_emit_layout_updated(menu->skeleton, menu->revision, 0);
}

struct dbus_menu *dbus_menu_new(GDBusConnection *session, GActionGroup *actions,
                                void (*about_to_show)(gpointer), gpointer userdata, GError **error)
{
    static const char *const no_folders[] = {NULL};
    struct dbus_menu *menu = g_new0(struct dbus_menu, 1);
    const struct {
        const char *signal;
        GCallback handler;
    } handlers[] = {
        {"handle-get-layout", G_CALLBACK(on_get_layout)},
        {"handle-get-group-properties", G_CALLBACK(on_get_group_properties)},
        {"handle-get-property", G_CALLBACK(on_get_property)},
        {"handle-event", G_CALLBACK(on_event)},
        {"handle-event-group", G_CALLBACK(on_event_group)},
        {"handle-about-to-show", G_CALLBACK(on_about_to_show)},
        {"handle-about-to-show-group", G_CALLBACK(on_about_to_show_group)},
    };

    menu->actions = g_object_ref(actions);
    menu->about_to_show = about_to_show;
    menu->userdata = userdata;
    begin(menu);
    menu->skeleton = tray_dbusmenu_skeleton_new();
    tray_dbusmenu_set_version(menu->skeleton, 3);
    tray_dbusmenu_set_text_direction(menu->skeleton, "ltr");
    tray_dbusmenu_set_status(menu->skeleton, "normal");
    tray_dbusmenu_set_icon_theme_path(menu->skeleton, no_folders);
    for (gsize i = 0; i < G_N_ELEMENTS(handlers); i++)
        g_signal_connect(menu->skeleton, handlers[i].signal, handlers[i].handler, menu);
    if (g_dbus_interface_skeleton_export(G_DBUS_INTERFACE_SKELETON(menu->skeleton), session, DBUS_MENU_PATH,
                                         error))
        return menu;
    dbus_menu_free(menu);
    return NULL;
}

void dbus_menu_free(struct dbus_menu *menu)
{
    if (!menu)
        return;
    g_dbus_interface_skeleton_unexport(G_DBUS_INTERFACE_SKELETON(menu->skeleton));
    g_signal_handlers_disconnect_by_data(menu->skeleton, menu);
    g_object_unref(menu->skeleton);
    g_object_unref(menu->actions);
    end(menu);
    g_clear_pointer(&menu->layout, g_variant_unref);
    g_free(menu);
}
