/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* finding_text: the words of findings. */
#include "finding_text.h"

#include <glib/gi18n.h>
#include <string.h>

#include "duration.h"

/* What a key is made of; a brace before anything else is a brace. */
#define KEY_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

/* In characters: more is not read by anybody, and makes windows that no screen holds. */
#define FINDING_TEXT_MOST      2000
#define FINDING_TEXT_LINE_MOST 200

/* The first row whose conditions hold; a text that is NULL is the daemon's. */
struct wording {
    const char *id;
    const char *said;     /* the daemon's summary, where nothing else tells two wordings apart */
    const char *key, *is; /* a param, and what it must say: a template */
    const char *summary, *cause, *remedy;
};

#define LOST    "The link no longer has the MTU that was asked for."
#define REFUSED "The kernel does not take the MTU that was asked for on this link."

#define STALE_CAUSE                                                                                          \
    N_("WSL2 gives the node another address at every restart; what was written into a file stays what it "   \
       "was.")
#define STALE_REMEDY                                                                                         \
    N_("Mend it: {address} is put there, and nothing else is changed. Refreshing the address does the same " \
       "for all files.")
#define TUNNEL_SUMMARY                                                                                       \
    N_("The packets of tunnel {subject} (MTU {mtu}) do not fit into those of uplink {uplink} (MTU "          \
       "{uplink-mtu}).")
#define TUNNEL_CAUSE                                                                                         \
    N_("A tunnel wraps each packet into one that is {overhead} bytes larger. Under WSL the uplink's MTU is " \
       "the least of all connected links of Windows, a VPN there included: ping works, SSH and TLS hang.")

#define DRIFT_SUMMARY N_("The clock is wrong by {seconds}.")
#define DRIFT_REMEDY                                                                                         \
    N_("Mend it: the clock is stepped once (wslnodectl sync-clock). In a container, set it on the host.")

static const struct wording wordings[] = {
    {
        .id = "no-uplink",
        .summary = N_("The node has no way to the network: there is no default route."),
        .cause = N_("Under WSL the virtual switch gave no link or no address, or the networking mode fell "
                    "back to none. Elsewhere the network is not configured."),
        .remedy = N_("Under WSL run `wsl --shutdown` in Windows and start again; if it stays, look at "
                     "networkingMode in .wslconfig. Elsewhere configure a default route."),
    },
    {
        .id = "no-address",
        .summary = N_("The uplink {subject} has a default route, but no global address."),
        .cause = N_("Nothing gave the link an address, or it went. Nobody can reach the node, and what it "
                    "sends has no way back."),
        .remedy = N_("Under WSL run `wsl --shutdown` in Windows and start again. Elsewhere look at what "
                     "configures the link (networkctl, nmcli, dhclient)."),
    },
    {
        .id = "two-uplinks",
        .summary = N_("A second link carries a default route too: {subject}, beside {uplink}."),
        .cause = N_("Two links offer a way to the network: {uplink} with metric {uplink-metric}, {subject} "
                    "with {metric}. The kernel takes the lower metric, and the order of configuration where "
                    "they are equal. Answers may leave by the wrong one."),
        .remedy = N_("Remove the default route that is not meant, or give it a higher metric (ip route "
                     "change default … metric N)."),
    },
    {
        .id = "too-many-links",
        .summary = N_("This machine has more links, addresses or default routes than wslnode keeps."),
        .cause = N_("Memory is bounded: of more than {links-limit} links, {addresses-limit} addresses or "
                    "{routes-limit} default routes, the rest is not known here."),
        .remedy = N_("Remove what is not needed; then run `wslnodectl diagnose`."),
    },
    {
        .id = "tunnel-too-big",
        .key = "move",
        .is = "{subject}",
        .summary = TUNNEL_SUMMARY,
        .cause = TUNNEL_CAUSE,
        .remedy = N_("Lower the MTU of tunnel {move} to {to}, which {uplink} carries."),
    },
    {
        .id = "tunnel-too-big",
        .key = "move",
        .is = "{uplink}",
        .summary = TUNNEL_SUMMARY,
        .cause = TUNNEL_CAUSE,
        .remedy = N_("Raise the MTU of uplink {move} to {to}, so that it carries the tunnel: lowering the "
                     "tunnel would end its IPv6. If Windows itself goes through a VPN of that size, raising "
                     "does not help: end one of the two tunnels."),
    },
    {.id = "tunnel-too-big", .summary = TUNNEL_SUMMARY, .cause = TUNNEL_CAUSE},
    {
        .id = "stale-address",
        .key = "found",
        .is = "nothing", /* the daemon's word for an empty value */
        .summary = N_("The node's address is missing in {subject}."),
        .cause = N_("{variable} in line {line} is to follow the node's address, but is empty."),
        .remedy = STALE_REMEDY,
    },
    {
        .id = "stale-address",
        .summary = N_("{subject} holds an address that the node no longer has: {found}, in line {line}."),
        .cause = STALE_CAUSE,
        .remedy = STALE_REMEDY,
    },
    {
        .id = "file-refused",
        .summary = N_("{subject} is to follow the node's address, but is not touched."),
        .cause = N_("It is not a file that can be changed safely, or not one that holds the address: "
                    "{problem}"),
        .remedy = N_("Mend that, or take the file out of Files= in /etc/wslnode/wslnode.conf."),
    },
    {
        .id = "listens-on-gone-address",
        .summary = N_("A service listens on an address that the node no longer has: {subject}."),
        .cause = N_("The address {address} went while the service ran: WSL gave the node another one, or a "
                    "VPN's link went. Nobody reaches the service there. A proxy that binds other machines' "
                    "addresses on purpose (HAProxy or keepalived, by ip_nonlocal_bind) looks the same."),
        .remedy = N_("Restart the service with the address that the node has now, or let it listen on "
                     "0.0.0.0 or [::]; `ss -ltunp` shows whose port {port} is. Nothing is to be done for "
                     "such a proxy."),
    },
    {
        .id = "wanted-mtu-lost",
        .said = LOST,
        .summary = N_("{subject} has MTU {mtu}, no longer {wanted-mtu} as was asked for."),
        .cause = N_("WSL writes the uplink's MTU when something changed in Windows, a VPN there that came or "
                    "went for instance, and at every start. So a smaller value may be right now."),
        .remedy = N_("If MTU {wanted-mtu} is still wanted, mend it; if not, release the wish (wslnodectl "
                     "release mtu LINK)."),
    },
    {
        .id = "wanted-mtu-lost",
        .said = REFUSED,
        .summary = N_("The kernel does not take MTU {wanted-mtu} on {subject}, as was asked for."),
        .cause = N_("The link is of another kind or has other limits than when it was asked for."),
        .remedy = N_("Set a value that {subject} takes (wslnodectl set-mtu LINK MTU), or release the wish "
                     "(wslnodectl release mtu LINK)."),
    },
    {
        .id = "fighting",
        .key = "subject",
        .is = "clock",
        .summary =
            N_("Something steps the clock again and again, and it stays wrong; wslnode does not join in."),
        .cause = N_("The kernel does not say who sets the clock. The suspects are those that are at work "
                    "here: {suspects}"),
        .remedy = N_("Stop what does not follow Windows' time; `wslnodectl clock` shows the evidence."),
    },
    {
        .id = "fighting",
        .summary = N_("Something sets the MTU of tunnel {subject} again and again; wslnode has stopped "
                      "joining in."),
        .cause = N_("The kernel does not say who writes an MTU. {wanted-mtu} was put back three times within "
                    "a minute and changed again."),
        .remedy = N_("Find what else configures this tunnel (wg-quick, NetworkManager, a script) and give it "
                     "MTU {wanted-mtu}; or release the wish (wslnodectl release mtu LINK)."),
    },
    {
        .id = "clock-drift",
        .key = "slew-left-seconds",
        .is = "{slew-left-seconds}", /* wherever there is one */
        .summary = DRIFT_SUMMARY,
        .cause = N_("WSL's clock stands still while Windows sleeps, and WSL's own correction is at work, but "
                    "takes {slew-left-seconds} more."),
        .remedy = DRIFT_REMEDY,
    },
    {
        .id = "clock-drift",
        .summary = DRIFT_SUMMARY,
        .cause =
            N_("WSL's clock stands still while Windows sleeps, and WSL's own correction takes twelve times "
               "as long as the sleep."),
        .remedy = DRIFT_REMEDY,
    },
    {
        .id = "clock-stepped",
        .summary = N_("Something sets the clock every {period-seconds}; it does no harm."),
        .cause = N_("Docker Desktop does so every 30 s, for instance. The kernel does not say who it is. The "
                    "suspects are those that are at work here: {suspects}"),
        .remedy = N_("Nothing has to be done."),
    },
    {
        .id = "no-time-reference",
        .summary = N_("Nothing tells the true time."),
        .cause =
            N_("WSL's PTP clock and the hardware clock are missing or cannot be read, and no NTP server is "
               "configured or answers."),
        .remedy = N_("Name NTP servers in NTPServers= of section [Clock] in /etc/wslnode/wslnode.conf, then "
                     "reload."),
    },
    {
        .id = "clock-reference-stale",
        .summary = N_("WSL's PTP clock cannot be trusted now."),
        .cause = N_("It has had no fresh sample of Windows' time for ten minutes, or it contradicts itself."),
        .remedy =
            N_("Nothing has to be done while another reference is there; if it stays so, restart WSL (wsl "
               "--shutdown in Windows)."),
    },
    {
        .id = "network-dead",
        .summary = N_("The network stack is dead: not even loopback answers."),
        .cause = N_("So it can be after hibernation. Nothing inside WSL ends it."),
        .remedy = N_("Run wsl --shutdown in Windows, then start WSL again."),
    },
    {
        .id = "wsl-conf-cut-off",
        .summary = N_("WSL ignores the rest of its configuration file, from line {line} on."),
        .cause =
            N_("There is a line that WSL does not understand, and it reads nothing from there on. It says so "
               "at the next start, if at all."),
        .remedy =
            N_("`wslnodectl config lint --wsl` says what is wrong with the line. It counts from the next "
               "start of the distribution on (wsl --terminate in Windows)."),
    },
    {
        .id = "wsl-conf-remarks",
        .summary = N_("WSL takes something in its configuration file otherwise than it looks: line {line}."),
        .cause = N_("A key or a value is none that WSL knows there, or it reads another one."),
        .remedy = N_("`wslnodectl config lint --wsl` says which, and what to write instead."),
    },
    {
        .id = "configuration-refused",
        .summary = N_("The configuration file was refused; the one before it stays in force: {subject}"),
        .cause = N_("The file cannot be read, or a line of it cannot be understood: {problem}"),
        .remedy = N_("Mend the line, then run `systemctl reload wslnoded` (without systemd: send SIGHUP)."),
    },
};

static gboolean is_harmless(gunichar c)
{
    if (g_unichar_iscntrl(c))
        return FALSE;
    return c != 0x61c && c != 0x200e && c != 0x200f && !(c >= 0x2028 && c <= 0x202e) &&
           !(c >= 0x2066 && c <= 0x2069) && c != 0xfeff;
}

char *finding_text_clean(const char *text, gboolean lines)
{
    g_autofree char *valid = g_utf8_make_valid(text ? text : "", -1);
    GString *clean = g_string_sized_new(strlen(valid));
    glong length = 0, most = lines ? FINDING_TEXT_MOST : FINDING_TEXT_LINE_MOST;

    for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);

        if (++length > most) {
            g_string_append(clean, "…");
            break;
        }
        if (is_harmless(c) || (c == '\n' && lines))
            g_string_append_unichar(clean, c);
        else
            g_string_append_c(clean, ' ');
    }
    return g_string_free(clean, FALSE);
}

static gboolean is_duration(const char *key)
{
    return strcmp(key, "seconds") == 0 || g_str_has_suffix(key, "-seconds");
}

static char *duration_of_seconds(guint64 seconds)
{
    guint64 usec;

    return duration_text(g_uint64_checked_mul(&usec, seconds, G_USEC_PER_SEC) ? usec : G_MAXUINT64);
}

static char *unsigned_text(const char *key, guint64 number)
{
    return is_duration(key) ? duration_of_seconds(number) : g_strdup_printf("%" G_GUINT64_FORMAT, number);
}

/* A duration loses its sign: which way it goes has other words. */
static char *signed_text(const char *key, gint64 number)
{
    return is_duration(key) ? duration_of_seconds(duration_of(number))
                            : g_strdup_printf("%" G_GINT64_FORMAT, number);
}

/* A param as text; NULL if there is none that can be shown. */
static char *value_of(const char *key, const char *subject, GVariant *params)
{
    g_autoptr(GVariant) value = NULL;

    if (strcmp(key, "subject") == 0)
        return subject && *subject ? finding_text_clean(subject, FALSE) : NULL;
    if (params && g_variant_is_of_type(params, G_VARIANT_TYPE_VARDICT))
        value = g_variant_lookup_value(params, key, NULL);
    if (!value)
        return NULL;
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING))
        return finding_text_clean(g_variant_get_string(value, NULL), FALSE);
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_UINT32))
        return unsigned_text(key, g_variant_get_uint32(value));
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_UINT64))
        return unsigned_text(key, g_variant_get_uint64(value));
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_INT64))
        return signed_text(key, g_variant_get_int64(value));
    return NULL;
}

char *finding_text_fill(const char *template, const char *subject, GVariant *params)
{
    GString *filled = g_string_new(NULL);

    while (*template) {
        size_t length = *template == '{' ? strspn(template + 1, KEY_LETTERS) : 0;
        g_autofree char *key = NULL, *value = NULL;

        if (length == 0 || template[length + 1] != '}') {
            g_string_append_c(filled, *template ++);
            continue;
        }
        key = g_strndup(template + 1, length);
        value = value_of(key, subject, params);
        if (!value) {
            g_string_free(filled, TRUE);
            return NULL;
        }
        g_string_append(filled, value);
        template += length + 2;
    }
    return g_string_free(filled, FALSE);
}

static gboolean fits(const struct wording *wording, const char *id, const char *subject, GVariant *params,
                     const char *summary)
{
    g_autofree char *value = NULL, *expected = NULL;

    if (g_strcmp0(wording->id, id) != 0 || (wording->said && g_strcmp0(wording->said, summary) != 0))
        return FALSE;
    if (!wording->key)
        return TRUE;
    value = value_of(wording->key, subject, params);
    expected = finding_text_fill(wording->is, subject, params);
    return value && expected && strcmp(value, expected) == 0;
}

static const struct wording *find(const char *id, const char *subject, GVariant *params, const char *summary)
{
    for (size_t i = 0; i < G_N_ELEMENTS(wordings); i++)
        if (fits(&wordings[i], id, subject, params, summary))
            return &wordings[i];
    return NULL;
}

static char *say(const char *template, const char *subject, GVariant *params, const char *theirs,
                 gboolean lines)
{
    const char *translated = template ? gettext(template) : NULL;
    char *filled;

    /* The same pointer comes back where there is no translation. */
    filled = translated != template ? finding_text_fill(translated, subject, params) : NULL;
    return filled ? filled : finding_text_clean(theirs, lines);
}

static gboolean is_empty(const char *text)
{
    return !text || !*text;
}

/* A wording of one subject alone has it in its words. */
static gboolean names_subject(const struct wording *wording)
{
    return wording->key && strcmp(wording->key, "subject") == 0;
}

static char *title_of(const char *summary, const char *subject)
{
    g_autofree char *clean = finding_text_clean(subject, FALSE);

    return *clean && !strstr(summary, clean) ? g_strdup_printf("%s: %s", clean, summary) : g_strdup(summary);
}

void finding_text_of(struct finding_text *text, const char *id, const char *subject, GVariant *params,
                     const char *summary, const char *cause, const char *remedy)
{
    static const struct wording unknown = {0};
    const struct wording *wording = NULL;

    if (!is_empty(cause) || !is_empty(remedy))
        wording = find(id, subject, params, summary);
    if (!wording)
        wording = &unknown;
    text->summary = say(wording->summary, subject, params, summary, FALSE);
    text->title = title_of(text->summary, names_subject(wording) ? NULL : subject);
    text->cause = say(wording->cause, subject, params, cause, TRUE);
    text->remedy = say(wording->remedy, subject, params, remedy, TRUE);
}

void finding_text_clear(struct finding_text *text)
{
    g_clear_pointer(&text->title, g_free);
    g_clear_pointer(&text->summary, g_free);
    g_clear_pointer(&text->cause, g_free);
    g_clear_pointer(&text->remedy, g_free);
}
