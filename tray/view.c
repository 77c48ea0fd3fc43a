/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* view: what is shown, made of the node's properties */
#include "view.h"

#include <glib/gi18n.h>
#include <string.h>

#include "clock_text.h"
#include "dictionary.h"
#include "dns_text.h"
#include "finding_text.h"
#include "vpn_text.h"

/* More is not read by anybody, and a hostile service must not fill the screen. */
#define VIEW_FINDINGS_MAX 64
#define VIEW_TUNNELS_MAX  128
#define VIEW_WISHES_MAX   32

static void row_free(gpointer pointer)
{
    struct view_row *row = pointer;

    g_free(row->label);
    g_free(row->value);
    g_free(row->copy);
    g_free(row);
}

static void finding_free(gpointer pointer)
{
    struct view_finding *finding = pointer;

    g_free(finding->id);
    g_free(finding->subject);
    g_free(finding->title);
    g_free(finding->cause);
    g_free(finding->remedy);
    g_free(finding);
}

static void wish_free(gpointer pointer)
{
    struct view_wish *wish = pointer;

    g_free(wish->kind);
    g_free(wish->target);
    g_free(wish->text);
    g_free(wish);
}

void view_free(struct view *view)
{
    if (!view)
        return;
    g_free(view->title);
    g_free(view->advice);
    g_ptr_array_unref(view->rows);
    g_ptr_array_unref(view->findings);
    g_ptr_array_unref(view->wishes);
    g_ptr_array_unref(view->links);
    g_free(view);
}

static struct view_row *add_row(struct view *view, const char *label, char *value, gboolean copy)
{
    struct view_row *row = g_new0(struct view_row, 1);

    row->label = g_strdup(label);
    row->copy = copy ? g_strdup(value) : NULL;
    row->value = value;
    g_ptr_array_add(view->rows, row);
    return row;
}

static enum view_level level_of(const char *word)
{
    if (g_str_equal(word, "critical"))
        return VIEW_CRITICAL;
    if (g_str_equal(word, "warning"))
        return VIEW_WARNING;
    if (g_str_equal(word, "ok") || g_str_equal(word, "info"))
        return VIEW_OK;
    return VIEW_UNKNOWN;
}

/* A copy that fits a line, whatever stands there. */
static char *line_of(GVariant *dictionary, const char *key)
{
    return finding_text_clean(dictionary_text(dictionary, key), FALSE);
}

static void read_platform(struct view *view, GVariant *properties)
{
    g_autofree char *platform = line_of(properties, "Platform");
    g_autofree char *mode = line_of(properties, "NetworkingMode");

    if (g_str_equal(platform, "linux")) {
        /* Off WSL there is no such thing as a mode. */
        add_row(view, _("Platform"), g_strdup(_("Linux, not WSL")), FALSE);
        return;
    }
    if (platform[0])
        add_row(view, _("Platform"), g_steal_pointer(&platform), FALSE);
    if (mode[0])
        add_row(view, _("Mode"), g_steal_pointer(&mode), FALSE);
}

static void read_rows(struct view *view, GVariant *properties)
{
    g_autofree char *address = line_of(properties, "Address");
    g_autofree char *uplink = line_of(properties, "Uplink");
    g_autofree char *gateway = line_of(properties, "Gateway");
    guint32 mtu = dictionary_number(properties, "UplinkMTU");
    char *value, *clock = clock_text(properties), *dns = dns_text(properties);
    char *windows = vpn_text_windows(dictionary_text(properties, "WindowsTailscale"));

    add_row(view, _("Address"), g_strdup(address[0] ? address : _("none")), address[0] != '\0');
    read_platform(view, properties);
    if (!uplink[0])
        value = g_strdup(_("none"));
    else if (gateway[0])
        value = g_strdup_printf(_("%s, MTU %u, by %s"), uplink, mtu, gateway);
    else
        value = g_strdup_printf(_("%s, MTU %u"), uplink, mtu);
    add_row(view, _("Uplink"), value, FALSE);
    if (clock)
        add_row(view, _("Clock"), clock, FALSE);
    if (dns)
        add_row(view, _("DNS"), dns, FALSE);
    if (windows)
        add_row(view, _("Tailscale (Windows)"), windows, FALSE);
    if (uplink[0])
        g_ptr_array_add(view->links, g_strdup(dictionary_text(properties, "Uplink")));
}

static void read_finding(struct view *view, GVariant *dictionary)
{
    struct view_finding *finding = g_new0(struct view_finding, 1);
    g_autoptr(GVariant) params = g_variant_lookup_value(dictionary, "params", G_VARIANT_TYPE_VARDICT);
    struct finding_text text;

    finding->id = g_strdup(dictionary_text(dictionary, "id"));
    finding->subject = g_strdup(dictionary_text(dictionary, "subject"));
    finding->level = level_of(dictionary_text(dictionary, "severity"));
    finding->mendable = dictionary_text(dictionary, "verb")[0] != '\0';
    finding_text_of(&text, finding->id, finding->subject, params, dictionary_text(dictionary, "summary"),
                    dictionary_text(dictionary, "cause"), dictionary_text(dictionary, "remedy"));
    finding->title = g_steal_pointer(&text.title);
    finding->cause = g_steal_pointer(&text.cause);
    finding->remedy = g_steal_pointer(&text.remedy);
    finding_text_clear(&text);
    g_ptr_array_add(view->findings, finding);
}

static void read_findings(struct view *view, GVariant *properties)
{
    g_autoptr(GVariant) list = g_variant_lookup_value(properties, "Findings", G_VARIANT_TYPE("aa{sv}"));

    for (gsize i = 0; list && i < g_variant_n_children(list) && i < VIEW_FINDINGS_MAX; i++) {
        g_autoptr(GVariant) finding = g_variant_get_child_value(list, i);

        read_finding(view, finding);
    }
}

static void read_wish(struct view *view, GVariant *dictionary)
{
    struct view_wish *wish = g_new0(struct view_wish, 1);
    gboolean persist = FALSE;
    guint32 value = dictionary_number(dictionary, "value");
    g_autofree char *kept = NULL, *target = NULL;

    g_variant_lookup(dictionary, "persist", "b", &persist);
    wish->kind = g_strdup(dictionary_text(dictionary, "kind"));
    wish->target = g_strdup(dictionary_text(dictionary, "target"));
    wish->releasable = !g_str_equal(dictionary_text(dictionary, "origin"), "configuration");
    if (!g_str_equal(wish->kind, "mtu"))
        kept = line_of(dictionary, "kind");
    else if (!wish->releasable)
        kept = g_strdup_printf(_("MTU %u, by the configuration"), value);
    else if (persist)
        kept = g_strdup_printf(_("MTU %u, for good"), value);
    else
        kept = g_strdup_printf(_("MTU %u, until the next start"), value);
    target = finding_text_clean(wish->target, FALSE);
    wish->text = g_strdup_printf("%s: %s", target, kept);
    g_ptr_array_add(view->wishes, wish);
}

static void read_wishes(struct view *view, GVariant *properties)
{
    g_autoptr(GVariant) list = g_variant_lookup_value(properties, "Wanted", G_VARIANT_TYPE("aa{sv}"));

    for (gsize i = 0; list && i < g_variant_n_children(list) && i < VIEW_WISHES_MAX; i++) {
        g_autoptr(GVariant) wish = g_variant_get_child_value(list, i);

        read_wish(view, wish);
    }
}

static void add_tunnel(struct view *view, const char *name, char *value)
{
    g_autofree char *label = finding_text_clean(name, FALSE);

    add_row(view, label, value, FALSE)->tunnel = TRUE;
}

struct tunnel {
    GVariant *properties;
    gboolean down;
    char *key; /* wg2 before wg10 */
};

static void tunnel_free(gpointer pointer)
{
    struct tunnel *tunnel = pointer;

    g_variant_unref(tunnel->properties);
    g_free(tunnel->key);
    g_free(tunnel);
}

static gint compare_tunnels(gconstpointer a, gconstpointer b)
{
    const struct tunnel *x = *(const struct tunnel *const *)a, *y = *(const struct tunnel *const *)b;

    return x->down != y->down ? y->down - x->down : strcmp(x->key, y->key);
}

/* Those that say what they are, sorted. */
static GPtrArray *sort_tunnels(GVariant *tunnels)
{
    GPtrArray *sorted = g_ptr_array_new_with_free_func(tunnel_free);

    for (gsize i = 0; tunnels && i < g_variant_n_children(tunnels); i++) {
        g_autoptr(GVariant) properties = g_variant_get_child_value(tunnels, i);
        const char *name = dictionary_text(properties, "Name"), *state = dictionary_text(properties, "State");
        struct tunnel *tunnel;

        if (!name[0] || !state[0])
            continue;
        tunnel = g_new(struct tunnel, 1);
        *tunnel = (struct tunnel){.properties = g_variant_ref(properties),
                                  .down = g_str_equal(state, "down"),
                                  .key = g_utf8_collate_key_for_filename(name, -1)};
        g_ptr_array_add(sorted, tunnel);
    }
    g_ptr_array_sort(sorted, compare_tunnels);
    return sorted;
}

/* Why it is down: the finding knows. NULL if there is none. */
static GVariant *find_params(GVariant *properties, const char *name)
{
    g_autoptr(GVariant) list = g_variant_lookup_value(properties, "Findings", G_VARIANT_TYPE("aa{sv}"));

    for (gsize i = 0; list && i < g_variant_n_children(list) && i < VIEW_FINDINGS_MAX; i++) {
        g_autoptr(GVariant) finding = g_variant_get_child_value(list, i);

        if (g_str_equal(dictionary_text(finding, "id"), "vpn-down") &&
            g_str_equal(dictionary_text(finding, "subject"), name))
            return g_variant_lookup_value(finding, "params", G_VARIANT_TYPE_VARDICT);
    }
    return NULL;
}

/* How many; `shown` gets the names of the links that have a row by it. */
static guint read_tunnels(struct view *view, const struct view_input *input, GHashTable *shown)
{
    g_autoptr(GPtrArray) sorted = sort_tunnels(input->tunnels);

    guint i;

    for (i = 0; i < sorted->len && i < VIEW_TUNNELS_MAX; i++) {
        const struct tunnel *tunnel = sorted->pdata[i];
        const char *name = dictionary_text(tunnel->properties, "Name");
        g_autoptr(GVariant) params = find_params(input->properties, name);

        add_tunnel(view, name,
                   vpn_text(tunnel->properties, params ? dictionary_text(params, "reason") : "", input->now));
        g_hash_table_add(shown, g_strdup(dictionary_text(tunnel->properties, "Link")));
    }
    return i;
}

/* Links of tunnels: a row for those that nobody says more of, beside `tunnels` rows that are there. */
static void read_links(struct view *view, GVariant *links, GHashTable *shown, guint tunnels)
{
    for (gsize i = 0; links && i < g_variant_n_children(links) && view->links->len < VIEW_TUNNELS_MAX; i++) {
        g_autoptr(GVariant) link = g_variant_get_child_value(links, i);
        const char *name = dictionary_text(link, "name");
        gboolean up = FALSE;

        if (!g_str_equal(dictionary_text(link, "role"), "tunnel") || !name[0])
            continue;
        g_ptr_array_add(view->links, g_strdup(name));
        if (g_hash_table_contains(shown, name) || tunnels++ >= VIEW_TUNNELS_MAX)
            continue;
        g_variant_lookup(link, "up", "b", &up);
        add_tunnel(view, name,
                   g_strdup_printf(up ? _("up, MTU %u") : _("down, MTU %u"), dictionary_number(link, "mtu")));
    }
}

/* The state in one line: how bad, and of what if it is one thing. */
static char *title_of(const struct view *view)
{
    guint troubles = 0;
    const struct view_finding *first = NULL;

    for (guint i = 0; i < view->findings->len; i++) {
        const struct view_finding *finding = view->findings->pdata[i];

        if (finding->level < VIEW_WARNING)
            continue;
        first = first ? first : finding;
        troubles++;
    }
    if (view->level == VIEW_UNKNOWN)
        return g_strdup(_("The state is not known yet"));
    if (!troubles)
        return g_strdup(_("All is well"));
    return troubles == 1
               ? g_strdup(first->title)
               : g_strdup_printf(ngettext("%u thing is wrong", "%u things are wrong", troubles), troubles);
}

struct view *view_new(const struct view_input *input)
{
    struct view *view = g_new0(struct view, 1);
    g_autoptr(GHashTable) shown = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    view->rows = g_ptr_array_new_with_free_func(row_free);
    view->findings = g_ptr_array_new_with_free_func(finding_free);
    view->wishes = g_ptr_array_new_with_free_func(wish_free);
    view->links = g_ptr_array_new_with_free_func(g_free);
    if (!input->properties) {
        view->level = VIEW_ABSENT;
        view->title = g_strdup(input->absence);
        view->advice = g_strdup(input->advice);
        return view;
    }
    view->level = level_of(dictionary_text(input->properties, "Health"));
    read_rows(view, input->properties);
    read_findings(view, input->properties);
    read_wishes(view, input->properties);
    read_links(view, input->links, shown, read_tunnels(view, input, shown));
    view->title = title_of(view);
    return view;
}

gboolean view_same_row(const struct view_row *row, const struct view_row *former)
{
    return g_str_equal(row->label, former->label) && g_str_equal(row->value, former->value) &&
           !g_strcmp0(row->copy, former->copy);
}

static gboolean row_equal(gconstpointer a, gconstpointer b)
{
    return view_same_row(a, b);
}

static gboolean finding_equal(gconstpointer a, gconstpointer b)
{
    const struct view_finding *x = a, *y = b;

    return x->level == y->level && x->mendable == y->mendable && g_str_equal(x->id, y->id) &&
           g_str_equal(x->subject, y->subject) && g_str_equal(x->title, y->title) &&
           g_str_equal(x->cause, y->cause) && g_str_equal(x->remedy, y->remedy);
}

static gboolean wish_equal(gconstpointer a, gconstpointer b)
{
    const struct view_wish *x = a, *y = b;

    return x->releasable == y->releasable && g_str_equal(x->kind, y->kind) &&
           g_str_equal(x->target, y->target) && g_str_equal(x->text, y->text);
}

static gboolean list_equal(const GPtrArray *a, const GPtrArray *b, GEqualFunc equal)
{
    if (a->len != b->len)
        return FALSE;
    for (guint i = 0; i < a->len; i++)
        if (!equal(a->pdata[i], b->pdata[i]))
            return FALSE;
    return TRUE;
}

gboolean view_same_rows(const struct view *view, const struct view *former)
{
    return former && list_equal(view->rows, former->rows, row_equal);
}

gboolean view_same_findings(const struct view *view, const struct view *former)
{
    return former && list_equal(view->findings, former->findings, finding_equal);
}

gboolean view_same_wishes(const struct view *view, const struct view *former)
{
    return former && list_equal(view->wishes, former->wishes, wish_equal);
}

gboolean view_equal(const struct view *a, const struct view *b)
{
    return a->level == b->level && g_str_equal(a->title, b->title) && !g_strcmp0(a->advice, b->advice) &&
           view_same_rows(a, b) && view_same_findings(a, b) && view_same_wishes(a, b) &&
           list_equal(a->links, b->links, g_str_equal);
}

const char *view_icon(enum view_level level)
{
    static const char *const names[] = {
        [VIEW_ABSENT] = "wslnode-absent-symbolic",
        [VIEW_UNKNOWN] = "wslnode-unknown-symbolic",
        [VIEW_OK] = "wslnode-ok-symbolic",
        [VIEW_WARNING] = "wslnode-warning-symbolic",
        [VIEW_CRITICAL] = "wslnode-critical-symbolic",
    };

    return names[level];
}

const char *view_colour_icon(enum view_level level)
{
    static const char *const names[] = {
        [VIEW_ABSENT] = "wslnode-absent",   [VIEW_UNKNOWN] = "wslnode-unknown",   [VIEW_OK] = "wslnode-ok",
        [VIEW_WARNING] = "wslnode-warning", [VIEW_CRITICAL] = "wslnode-critical",
    };

    return names[level];
}
