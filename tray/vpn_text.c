/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vpn_text: a tunnel of the VPN in plain words */
#include "vpn_text.h"

#include <glib/gi18n.h>
#include <string.h>

#include "dictionary.h"
#include "duration.h"

/* NULL where the daemon knows more reasons than we do. */
static const char *reason_text(const char *word)
{
    static const struct {
        const char *word, *text;
    } reasons[] = {
        {"daemon-gone", N_("its program does not answer")},
        {"link-down", N_("its link is down")},
        {"no-underlay", N_("no address to send from")},
        {"no-handshake", N_("no handshake")},
        {"no-reply", N_("no reply")},
        {"no-endpoint", N_("no endpoint")},
        {"endpoint-unresolved", N_("its name is not found")},
        {"login-needed", N_("it needs a login")},
        {"not-authorised", N_("it is not let in")},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(reasons); i++)
        if (g_str_equal(word, reasons[i].word))
            return _(reasons[i].text);
    return NULL;
}

static char *down(const char *word)
{
    const char *reason = reason_text(word);

    /* TRANSLATORS: a tunnel; %s is one of "no handshake", "its link is down", … */
    return reason ? g_strdup_printf(_("down: %s"), reason) : g_strdup(_("down"));
}

/* In whole seconds; NULL if there was none, or it is not known. */
static char *age_text(GVariant *properties, gint64 now)
{
    guint64 when = 0;

    g_variant_lookup(properties, "LastHandshakeUSecMonotonic", "t", &when);
    if (!when || now < 0 || when > (guint64)now)
        return NULL;
    return duration_text(((guint64)now - when) / G_USEC_PER_SEC * G_USEC_PER_SEC + G_USEC_PER_SEC);
}

/* Of one peer when it was heard of, of many how many are there. */
static char *up(GVariant *properties, gint64 now)
{
    guint32 peers = dictionary_number(properties, "PeerCount");
    guint32 peers_up = dictionary_number(properties, "PeersUp");
    guint32 peers_down = dictionary_number(properties, "PeersDown");
    g_autofree char *age = age_text(properties, now);

    if (peers > 1 && peers_down)
        /* TRANSLATORS: a tunnel: "up, 3 of 5 peers, 1 down"; the fifth is silent, and nobody misses it */
        return g_strdup_printf(_("up, %u of %u peers, %u down"), peers_up, peers, peers_down);
    if (peers > 1)
        return g_strdup_printf(_("up, %u of %u peers"), peers_up, peers);
    /* TRANSLATORS: a tunnel; %s is a duration, such as "1 min 34 s" */
    return age ? g_strdup_printf(_("up, handshake %s ago"), age) : g_strdup(_("up"));
}

char *vpn_text(GVariant *properties, const char *reason, gint64 now)
{
    const char *state = dictionary_text(properties, "State");
    guint32 mtu = dictionary_number(properties, "MTU");
    g_autofree char *text = NULL;

    if (g_str_equal(state, "down"))
        return down(reason);
    if (g_str_equal(state, "up"))
        text = up(properties, now);
    else
        text = g_strdup(g_str_equal(state, "idle") ? _("idle") : _("not known"));
    return mtu ? g_strdup_printf(_("%s, MTU %u"), text, mtu) : g_steal_pointer(&text);
}

char *vpn_text_windows(const char *word)
{
    static const struct {
        const char *word, *text;
    } states[] = {
        {"running", N_("runs")},
        {"stopped", N_("stopped")},
        {"starting", N_("starts")},
        {"needs-login", N_("it needs a login")},
        {"needs-machine-auth", N_("it is not let in")},
        {"in-use-other-user", N_("another user has it")},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(states); i++)
        if (g_str_equal(word, states[i].word))
            return g_strdup(_(states[i].text));
    return NULL;
}

/* Seconds have one name everywhere. */
static const char *keepalive_word(const char *said)
{
    /* TRANSLATORS: keepalive, which sends something to a peer every so many seconds */
    return strcmp(said, "off") == 0 ? _("off") : said;
}

/* "WORD a → b, peer c": the three, cut out of `said`. */
static gboolean cut(char *said, const char *word, char *parts[3])
{
    const char *const between[] = {word, " → ", ", peer "};

    for (gsize i = 0; i < G_N_ELEMENTS(between); i++) {
        char *found = strstr(said, between[i]);

        if (!found || (i == 0 && found != said))
            return FALSE;
        *found = '\0';
        parts[i] = said = found + strlen(between[i]);
    }
    return TRUE;
}

char *vpn_text_step(const char *said)
{
    g_autofree char *keepalive = g_strdup(said), *endpoint = g_strdup(said);
    char *parts[3];

    /* TRANSLATORS: "keepalive off → 25 s, peer KEY" */
    if (cut(keepalive, "keepalive ", parts))
        return g_strdup_printf(_("keepalive %s → %s, peer %s"), keepalive_word(parts[0]),
                               keepalive_word(parts[1]), parts[2]);
    /* TRANSLATORS: "endpoint 192.0.2.1:51820 → 192.0.2.9:51820, peer KEY" */
    if (cut(endpoint, "endpoint ", parts))
        return g_strdup_printf(_("endpoint %s → %s, peer %s"),
                               strcmp(parts[0], "none") == 0 ? _("not known") : parts[0], parts[1], parts[2]);
    return g_strdup(said);
}
