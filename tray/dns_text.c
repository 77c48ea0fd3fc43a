/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dns_text: DNS in plain words */
#include "dns_text.h"

#include <glib/gi18n.h>
#include <string.h>

#include "dictionary.h"

/* A resolv.conf has no more, and a hostile service must not fill the screen. */
#define SERVERS_MAX 3

/* Whose servers are asked; NULL where that is anybody else. */
static const char *owner_text(const char *word)
{
    static const struct {
        const char *word, *text;
    } owners[] = {
        {"wsl", N_("WSL's servers")},     {"wslnode", N_("wslnode's servers stand in")},
        {"resolved", "systemd-resolved"}, {"tailscale", "Tailscale"},
        {"none", N_("no resolv.conf")},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(owners); i++)
        if (g_str_equal(word, owners[i].word))
            return _(owners[i].text);
    return NULL;
}

char *dns_text(GVariant *properties)
{
    static const struct {
        const char *word, *text;
    } states[] = {{"ok", N_("works")}, {"degraded", N_("not every server answers")}, {"failed", N_("fails")}};
    const char *state = dictionary_text(properties, "DNSState");
    const char *owner = owner_text(dictionary_text(properties, "DNSOwner"));

    if (!state[0])
        return NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(states); i++)
        if (g_str_equal(state, states[i].word))
            return owner ? g_strdup_printf("%s (%s)", _(states[i].text), owner) : g_strdup(_(states[i].text));
    return g_strdup(_("not known"));
}

char *dns_text_step(const char *said)
{
    static const char *const ends[] = {N_(", until the next start of WSL"), N_(", for good"),
                                       N_(", as it was before"), N_(", and no file as before")};

    for (gsize i = 0; i < G_N_ELEMENTS(ends); i++) {
        g_autofree char *before = NULL;

        if (!g_str_has_suffix(said, ends[i]))
            continue;
        before = g_strndup(said, strlen(said) - strlen(ends[i]));
        return g_strconcat(before, _(ends[i]), NULL);
    }
    return g_strdup(said);
}

char *dns_text_servers(GVariant *result)
{
    g_autoptr(GVariant) servers = g_variant_lookup_value(result, "servers", G_VARIANT_TYPE_STRING_ARRAY);
    g_autoptr(GString) text = g_string_new(NULL);

    for (gsize i = 0; servers && i < g_variant_n_children(servers) && i < SERVERS_MAX; i++) {
        const char *server;

        g_variant_get_child(servers, i, "&s", &server);
        g_string_append_printf(text, "%s%s", i ? ", " : "", server);
    }
    return text->len ? g_strdup_printf(_("the DNS servers: %s"), text->str) : NULL;
}

static gboolean holds(GVariant *result, const char *key)
{
    gboolean held = FALSE;

    g_variant_lookup(result, key, "b", &held);
    return held;
}

const char *dns_text_warning(GVariant *result)
{
    if (!holds(result, "public"))
        return NULL;
    return _("A public server is among them: it sees what is asked for, and knows no private names.");
}

const char *dns_text_advice(GVariant *result)
{
    if (!holds(result, "restart-required"))
        return "";
    return _(
        "What only WSL's own servers know is lost with it: split DNS and the names of Windows' hosts file. "
        "It lasts once WSL has read its wsl.conf again: run `wsl --terminate` for this distribution in "
        "Windows, and start it again.");
}
