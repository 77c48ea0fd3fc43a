/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* outcome: what a verb answered, and why a call failed. */
#include "outcome.h"

#include <glib/gi18n.h>
#include <string.h>

#include "clock_text.h"
#include "dns_text.h"
#include "finding_text.h"
#include "vpn_text.h"

#define ANSWER "(ta(sss)a{sv})"
#define OURS   "org.wslnode.Node1.Error."
#define BUS    "org.freedesktop.DBus.Error."

enum flag {
    FLAG_FORCE = 2,
    FLAG_PERSIST = 4,
};

enum sort {
    SORT_FAILED,
    SORT_DENIED,
    SORT_NO_AGENT,
    SORT_ABSENT,
    SORT_UNSURE, /* it may have been done */
    SORT_OLD,
    SORT_LATER,
    SORT_CANCELLED,
    SORT_NEEDS_FORCE,
    SORT_FIGHTING,
    SORT_CHANGED,
    SORT_GONE,
    SORT_NOT_UNDOABLE,
    SORT_UNSUPPORTED,
    SORT_NOT_WSL,
    SORT_OWNED,
    SORT_NO_REFERENCE,
    SORT_CLOCK_FIGHTING,
    SORT_CLOCK_UNSUPPORTED,
    SORT_NO_SERVER,
    SORT_DNS_NOT_WSL,
    SORT_DNS_OWNED,
    SORT_DNS_FIGHTING,
    SORTS,
};

/* What a call is to mend. */
enum about { ABOUT_ANYTHING, ABOUT_CLOCK, ABOUT_DNS };

#define IF_MEANT                                                                                             \
    N_("If it is meant, wslnodectl does it in a terminal, with --force; that needs an administrator.")

/* A heading follows the name of the action. */
static const struct {
    const char *heading, *advice;
} sorts[SORTS] = {
    [SORT_FAILED] = {N_("that failed."), NULL},
    [SORT_DENIED] = {N_("not allowed."), NULL},
    [SORT_NO_AGENT] = {N_("nothing here can ask for the password."), NULL},
    [SORT_ABSENT] = {N_("wslnoded does not answer."),
                     N_("Start it in a terminal: sudo systemctl start wslnoded")},
    [SORT_UNSURE] = {N_("no answer."),
                     N_("It may have been done all the same: the list of changes shows it.")},
    [SORT_OLD] = {N_("the running wslnoded is another version."),
                  N_("Restart it in a terminal: sudo systemctl restart wslnoded")},
    [SORT_LATER] = {N_("not now."), N_("Too much is waiting. Try again in a moment.")},
    [SORT_CANCELLED] = {N_("cancelled."), NULL},
    [SORT_NEEDS_FORCE] = {N_("refused, because it may do harm."), IF_MEANT},
    [SORT_FIGHTING] = {N_("something else sets that value."),
                       N_("Find out what sets it (wg-quick, NetworkManager, a script).")},
    [SORT_CHANGED] = {N_("something changed meanwhile."), N_("Look at it again, and try once more.")},
    [SORT_GONE] = {N_("it is no longer there."), NULL},
    [SORT_NOT_UNDOABLE] = {N_("it cannot be taken back."), NULL},
    [SORT_UNSUPPORTED] = {N_("that is not possible here."), NULL},
    [SORT_NOT_WSL] = {N_("this is not WSL."), NULL},
    [SORT_OWNED] = {N_("something else decides that."), NULL},
    [SORT_NO_REFERENCE] =
        {N_("nothing tells the true time."),
         N_("Name NTP servers in NTPServers= of section [Clock] in /etc/wslnode/wslnode.conf, "
            "then reload.")},
    [SORT_CLOCK_FIGHTING] = {N_("others step the clock again and again."),
                             N_("Stop what does not follow Windows' time; `wslnodectl clock` shows the "
                                "evidence.")},
    [SORT_CLOCK_UNSUPPORTED] = {N_("that is not possible here."),
                                N_("In a container, set the clock on the host.")},
    [SORT_NO_SERVER] = {N_("no DNS server answers."),
                        N_("Name one that does in Servers= of section [DNS] in /etc/wslnode/wslnode.conf, "
                           "then reload.")},
    [SORT_DNS_NOT_WSL] = {N_("this is not WSL."), IF_MEANT},
    [SORT_DNS_OWNED] = {N_("something else decides that."), IF_MEANT},
    [SORT_DNS_FIGHTING] = {N_("others replace /etc/resolv.conf again and again."),
                           N_("Find out what writes it (Tailscale, NetworkManager, a script).")},
};

/* A name, or the beginning of names if it ends in a dot. */
static const struct {
    const char *name;
    enum sort sort;
} names[] = {
    {BUS "AccessDenied", SORT_DENIED},
    {BUS "InteractiveAuthorizationRequired", SORT_NO_AGENT},
    {BUS "ServiceUnknown", SORT_ABSENT},
    {BUS "NameHasNoOwner", SORT_ABSENT},
    {BUS "Spawn.", SORT_ABSENT},
    {"org.freedesktop.systemd1.", SORT_ABSENT},
    {BUS "TimedOut", SORT_ABSENT}, /* of the activation: the method's own is Timeout */
    {BUS "NoServer", SORT_ABSENT},
    {BUS "Disconnected", SORT_UNSURE},
    {BUS "NoReply", SORT_UNSURE},
    {BUS "Timeout", SORT_UNSURE},
    {BUS "UnknownMethod", SORT_OLD},
    {BUS "UnknownObject", SORT_OLD},
    {BUS "UnknownInterface", SORT_OLD},
    {BUS "LimitsExceeded", SORT_LATER},
    {OURS "Busy", SORT_LATER},
    {OURS "NeedsForce", SORT_NEEDS_FORCE},
    {OURS "Fighting", SORT_FIGHTING},
    {OURS "ChangedSince", SORT_CHANGED},
    {OURS "InvalidMTU", SORT_UNSUPPORTED},
    {OURS "NoSuchFinding", SORT_GONE},
    {OURS "NoSuchLink", SORT_GONE},
    {OURS "NoSuchPeer", SORT_GONE},
    {OURS "NoSuchChange", SORT_GONE},
    {OURS "NotUndoable", SORT_NOT_UNDOABLE},
    {OURS "Unsupported", SORT_UNSUPPORTED},
    {OURS "NotWSL", SORT_NOT_WSL},
    {OURS "OwnedByOther", SORT_OWNED},
    {OURS "NoTimeReference", SORT_NO_REFERENCE},
    {OURS "NoWorkingServer", SORT_NO_SERVER},
};

static void add_line(GString *text, const char *line)
{
    g_autofree char *clean = finding_text_clean(line, FALSE);

    if (text->len)
        g_string_append_c(text, '\n');
    g_string_append(text, clean);
}

static void add_step(GString *text, const char *kind, const char *target, const char *said, const char *clock)
{
    g_autofree char *line = NULL, *ours = NULL;

    if (strcmp(kind, "clock") == 0 && clock)
        return;
    if (strcmp(kind, "dns") == 0)
        ours = dns_text_step(said);
    else if (strcmp(kind, "keepalive") == 0 || strcmp(kind, "keepalive-file") == 0 ||
             strcmp(kind, "endpoint") == 0)
        ours = vpn_text_step(said);
    /* The kernel's value and the wish to keep it would read alike. */
    if (strcmp(kind, "wanted") == 0)
        line = g_strdup_printf(_("%s: kept: %s"), target, said);
    else
        line = g_strdup_printf("%s: %s", target, ours ? ours : said);
    add_line(text, line);
}

/* What became of the clock stands in the result, where it can be put into words. */
static void add_steps(GString *text, GVariant *steps, GVariant *result)
{
    g_autofree char *clock = clock_text_answer(result);
    g_autofree char *line = clock ? g_strdup_printf(_("the clock: %s"), clock) : NULL;
    const char *kind, *target, *said;
    GVariantIter iter;

    if (line)
        add_line(text, line);
    g_variant_iter_init(&iter, steps);
    while (g_variant_iter_next(&iter, "(&s&s&s)", &kind, &target, &said))
        add_step(text, kind, target, said, clock);
}

static void add_skipped(GString *text, GVariant *result)
{
    g_autoptr(GVariant) skipped = g_variant_lookup_value(result, "skipped", G_VARIANT_TYPE_STRING_ARRAY);
    const char *what;
    GVariantIter iter;

    if (!skipped)
        return;
    g_variant_iter_init(&iter, skipped);
    while (g_variant_iter_next(&iter, "&s", &what)) {
        g_autofree char *line = g_strdup_printf(_("left alone: %s"), what);

        add_line(text, line);
    }
}

/* The step names the servers too. */
static void add_servers(GString *text, GVariant *steps, GVariant *result)
{
    g_autofree char *servers = g_variant_n_children(steps) == 0 ? dns_text_servers(result) : NULL;
    const char *warning = dns_text_warning(result);

    if (servers)
        add_line(text, servers);
    if (warning)
        add_line(text, warning);
}

static char *heading_of(const char *what, const char *rest)
{
    /* Translators: the name of an action, and how it ended. */
    g_autofree char *heading = g_strdup_printf(_("%s: %s"), what, rest);

    return finding_text_clean(heading, FALSE);
}

static char *heading_of_answer(const char *what, gboolean dry_run, gboolean something)
{
    if (dry_run)
        return g_strdup(something ? _("This will be changed:") : _("There is nothing to do."));
    return heading_of(what, something ? _("done.") : _("nothing to do."));
}

void outcome_of_answer(struct outcome *outcome, const char *what, GVariant *answer, gboolean dry_run)
{
    g_autoptr(GVariant) steps = NULL, result = NULL;
    GString *text = g_string_new(NULL);
    guint64 change;

    *outcome = (struct outcome){.failed = TRUE};
    if (answer && g_variant_is_of_type(answer, G_VARIANT_TYPE(ANSWER))) {
        g_variant_get(answer, "(t@a(sss)@a{sv})", &change, &steps, &result);
        add_steps(text, steps, result);
        add_skipped(text, result);
        add_servers(text, steps, result);
        outcome->heading = heading_of_answer(what, dry_run, g_variant_n_children(steps) > 0 || change != 0);
        outcome->advice = g_strdup(dns_text_advice(result));
        outcome->failed = FALSE;
    } else {
        outcome->heading = heading_of(what, _(sorts[SORT_OLD].heading));
        outcome->advice = g_strdup(_(sorts[SORT_OLD].advice));
    }
    outcome->text = g_string_free(text, FALSE);
}

static enum sort sort_of_name(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_str_has_suffix(names[i].name, ".") ? g_str_has_prefix(name, names[i].name)
                                                 : strcmp(name, names[i].name) == 0)
            return names[i].sort;
    return SORT_FAILED;
}

/* What our own end of the bus says. */
static enum sort sort_of(const GError *error)
{
    g_autofree char *name = g_dbus_error_get_remote_error(error);

    if (name)
        return sort_of_name(name);
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return SORT_CANCELLED;
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) ||
        g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CLOSED) ||
        g_error_matches(error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE))
        return SORT_UNSURE;
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED) ||
        g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED) ||
        g_error_matches(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
        return SORT_ABSENT;
    return SORT_FAILED;
}

static enum about about_of_finding(const char *finding, const char *subject)
{
    gboolean fighting = strcmp(finding, "fighting") == 0;

    if (g_str_has_prefix(finding, "clock-") || (fighting && strcmp(subject, "clock") == 0))
        return ABOUT_CLOCK;
    if (g_str_has_prefix(finding, "dns-") || g_str_has_prefix(finding, "resolv-conf-") ||
        (fighting && strcmp(subject, "/etc/resolv.conf") == 0))
        return ABOUT_DNS;
    return ABOUT_ANYTHING;
}

static enum about about_of(const char *method, GVariant *arguments)
{
    const char *finding, *subject;

    if (g_strcmp0(method, "SyncClock") == 0)
        return ABOUT_CLOCK;
    if (g_strcmp0(method, "FixDNS") == 0)
        return ABOUT_DNS;
    if (g_strcmp0(method, "Mend") != 0 || !arguments ||
        !g_variant_is_of_type(arguments, G_VARIANT_TYPE("(sst)")))
        return ABOUT_ANYTHING;
    g_variant_get(arguments, "(&s&st)", &finding, &subject, NULL);
    return about_of_finding(finding, subject);
}

static enum sort sort_of_call(const GError *error, const char *method, GVariant *arguments)
{
    /* The same errors mean something else of these. */
    static const struct {
        enum sort sort;
        enum about about;
        enum sort particular;
    } particulars[] = {
        {SORT_FIGHTING, ABOUT_CLOCK, SORT_CLOCK_FIGHTING},
        {SORT_UNSUPPORTED, ABOUT_CLOCK, SORT_CLOCK_UNSUPPORTED},
        {SORT_FIGHTING, ABOUT_DNS, SORT_DNS_FIGHTING},
        {SORT_NOT_WSL, ABOUT_DNS, SORT_DNS_NOT_WSL},
        {SORT_OWNED, ABOUT_DNS, SORT_DNS_OWNED},
    };
    enum sort sort = sort_of(error);
    enum about about = about_of(method, arguments);

    for (size_t i = 0; i < G_N_ELEMENTS(particulars); i++)
        if (particulars[i].sort == sort && particulars[i].about == about)
            return particulars[i].particular;
    return sort;
}

static char *message_of(const GError *error)
{
    g_autoptr(GError) copy = g_error_copy(error);

    g_dbus_error_strip_remote_error(copy);
    return finding_text_clean(copy->message, TRUE);
}

/* NULL for what a person could not read as the shell does. */
static char *quoted(const char *argument)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-";
    g_autofree char *clean = finding_text_clean(argument, FALSE);

    if (strcmp(clean, argument) != 0)
        return NULL;
    return *argument && !argument[strspn(argument, plain)] ? g_steal_pointer(&clean)
                                                           : g_shell_quote(argument);
}

/* Options stand first: after "--" nothing is one. */
static char *command_line(const char *command, guint64 flags, const char *const *arguments)
{
    g_autoptr(GString) line = g_string_new("sudo wslnodectl ");
    gboolean dashes = FALSE;

    g_string_append(line, command);
    if (flags & FLAG_FORCE)
        g_string_append(line, " --force");
    if (flags & FLAG_PERSIST)
        g_string_append(line, " --persist");
    for (const char *const *argument = arguments; *argument; argument++)
        dashes = dashes || **argument == '-';
    if (dashes)
        g_string_append(line, " --");
    for (; *arguments; arguments++) {
        g_autofree char *word = quoted(*arguments);

        if (!word)
            return NULL;
        g_string_append_printf(line, " %s", word);
    }
    return g_strdup(line->str);
}

static guint64 flags_of(GVariant *arguments)
{
    gsize count = arguments ? g_variant_n_children(arguments) : 0;
    g_autoptr(GVariant) last = count ? g_variant_get_child_value(arguments, count - 1) : NULL;

    return last && g_variant_is_of_type(last, G_VARIANT_TYPE_UINT64) ? g_variant_get_uint64(last) : 0;
}

/* Every argument but the flags is a word; a subject that is empty is left out. */
static char *command_of(const char *command, GVariant *arguments)
{
    gsize count = g_variant_n_children(arguments) - 1;
    g_auto(GStrv) words = g_new0(char *, count + 1);

    for (gsize i = 0; i < count; i++) {
        g_autoptr(GVariant) argument = g_variant_get_child_value(arguments, i);
        gboolean text = g_variant_is_of_type(argument, G_VARIANT_TYPE_STRING);

        if (!text || i + 1 < count || *g_variant_get_string(argument, NULL))
            words[i] = text ? g_variant_dup_string(argument, NULL) : g_variant_print(argument, FALSE);
    }
    return command_line(command, flags_of(arguments), (const char *const *)words);
}

char *outcome_command(const char *method, GVariant *arguments)
{
    static const struct {
        const char *method, *type, *command;
    } commands[] = {
        {"SetMTU", "(sut)", "set-mtu"},  {"RefreshIP", "(t)", "refresh-ip"},
        {"Mend", "(sst)", "mend"},       {"Undo", "(tt)", "undo"},
        {"Release", "(sst)", "release"}, {"SyncClock", "(t)", "sync-clock"},
        {"FixDNS", "(t)", "fix-dns"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        if (g_strcmp0(method, commands[i].method) == 0 && arguments &&
            g_variant_is_of_type(arguments, G_VARIANT_TYPE(commands[i].type)))
            return command_of(commands[i].command, arguments);
    return NULL;
}

static void add_sentence(GString *advice, const char *sentence)
{
    if (advice->len)
        g_string_append_c(advice, '\n');
    g_string_append(advice, sentence);
}

/* The group opens what is safe only. WSLg has no agent that could ask for a password, a terminal has. */
static char *advise_denied(const struct outcome *outcome, const char *method, GVariant *arguments)
{
    GString *advice = g_string_new(NULL);

    if (flags_of(arguments) & FLAG_FORCE) {
        add_sentence(advice, _("What may do harm always needs an administrator."));
    } else {
        add_sentence(advice, _("Ask an administrator, or become a member of the group wslnode: "
                               "sudo usermod -aG wslnode $USER"));
        add_sentence(advice, _("That counts in a new session: log out and in again; under WSL run "
                               "`wsl --terminate` for this distribution in Windows, and start it again."));
        if (g_strcmp0(method, "Undo") == 0)
            add_sentence(advice, _("What another user changed is for an administrator to undo."));
    }
    if (outcome->command)
        add_sentence(advice, _("A terminal can do it at once, and asks for the password there:"));
    return g_string_free(advice, FALSE);
}

void outcome_of_error(struct outcome *outcome, const char *what, const GError *error, const char *method,
                      GVariant *arguments)
{
    enum sort sort = sort_of_call(error, method, arguments);

    *outcome = (struct outcome){.failed = TRUE};
    outcome->heading = heading_of(what, _(sorts[sort].heading));
    outcome->text = message_of(error);
    if (sort == SORT_DENIED || sort == SORT_NO_AGENT) {
        outcome->command = outcome_command(method, arguments);
        outcome->advice = advise_denied(outcome, method, arguments);
    } else {
        outcome->advice = g_strdup(sorts[sort].advice ? _(sorts[sort].advice) : "");
    }
}

void outcome_clear(struct outcome *outcome)
{
    g_clear_pointer(&outcome->heading, g_free);
    g_clear_pointer(&outcome->text, g_free);
    g_clear_pointer(&outcome->advice, g_free);
    g_clear_pointer(&outcome->command, g_free);
}
