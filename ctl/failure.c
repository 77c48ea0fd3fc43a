/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* failure: what went wrong, in words for a person, as JSON and as an exit code. */
#include "failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "json.h"
#include "text.h"

struct failure_kind {
    /* A name, or the beginning of one if it ends in a dot. */
    const char *name;
    enum command_exit code;
    const char *advice;
};

#define FAILURE_START                                                                                        \
    "wslnoded does not answer. Start it with 'sudo systemctl start wslnoded', or with ./run in the source "  \
    "tree."
#define FAILURE_SUDO                                                                                         \
    "Use sudo, or join the group wslnode: 'sudo usermod -aG wslnode $USER', then open a new shell.\n"        \
    "Undoing what another user changed always needs an administrator."
#define FAILURE_FORCE "--force always needs an administrator: use sudo."
#define FAILURE_LATER "Try again in a moment."

static const struct failure_kind failure_kinds[] = {
    {SD_BUS_ERROR_SERVICE_UNKNOWN, COMMAND_NOT_RUNNING, FAILURE_START},
    {SD_BUS_ERROR_NAME_HAS_NO_OWNER, COMMAND_NOT_RUNNING, FAILURE_START},
    /* The bus tried to start the daemon in vain. */
    {"org.freedesktop.DBus.Error.Spawn.", COMMAND_NOT_RUNNING, FAILURE_START},
    {"org.freedesktop.systemd1.", COMMAND_NOT_RUNNING, FAILURE_START},
    {"org.freedesktop.DBus.Error.TimedOut", COMMAND_NOT_RUNNING, FAILURE_START},
    {SD_BUS_ERROR_DISCONNECTED, COMMAND_NOT_RUNNING, "The system bus closed the connection."},
    {SD_BUS_ERROR_ACCESS_DENIED, COMMAND_NOT_AUTHORISED, NULL},
    {SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED, COMMAND_NOT_AUTHORISED, NULL},
    {SD_BUS_ERROR_TIMEOUT, COMMAND_TIMED_OUT,
     "No answer in time. 'wslnodectl changes' shows whether something was done."},
    {SD_BUS_ERROR_NO_REPLY, COMMAND_FAILED,
     "wslnoded ended before it answered. 'wslnodectl changes' shows whether something was done."},
    {SD_BUS_ERROR_UNKNOWN_METHOD, COMMAND_FAILED, "The running wslnoded is another version: restart it."},
    {SD_BUS_ERROR_UNKNOWN_INTERFACE, COMMAND_FAILED, "The running wslnoded is another version: restart it."},
    {SD_BUS_ERROR_UNKNOWN_OBJECT, COMMAND_FAILED, "The running wslnoded is another version: restart it."},
    {SD_BUS_ERROR_LIMITS_EXCEEDED, COMMAND_FAILED, FAILURE_LATER},
    {FAILURE_PREFIX "Busy", COMMAND_FAILED, FAILURE_LATER},
    {FAILURE_PREFIX "NeedsForce", COMMAND_FAILED, "If you mean it, add --force; it needs an administrator."},
    {FAILURE_PREFIX "NotWSL", COMMAND_FAILED, "If you mean it, add --force; it needs an administrator."},
    {FAILURE_PREFIX "NoWorkingServer", COMMAND_FAILED,
     "'wslnodectl dns' shows how each answered, and 'wslnodectl status' whether there is a network at all."},
    {FAILURE_PREFIX "Fighting", COMMAND_FAILED, "Find out who else sets it; --force tries once more."},
    {FAILURE_PREFIX "ChangedSince", COMMAND_FAILED, "Look at 'wslnodectl status' and try again."},
};

static const struct failure_kind *failure_find(const char *name)
{
    static const struct failure_kind other = {"", COMMAND_FAILED, NULL};

    for (size_t i = 0; i < sizeof(failure_kinds) / sizeof(*failure_kinds); i++) {
        const char *known = failure_kinds[i].name;
        size_t length = strlen(known);

        if (known[length - 1] == '.' ? strncmp(name, known, length) == 0 : strcmp(name, known) == 0)
            return &failure_kinds[i];
    }
    return &other;
}

static void failure_emit(const char *name, const char *message)
{
    _json_ json_t *document = json_document();
    json_t *error = json_object();

    if (!document || !error || json_put(error, "name", json_string(name)) < 0 ||
        json_put(error, "message", json_string(message)) < 0) {
        json_decref(error);
        return;
    }
    if (json_put(document, "error", error) == 0)
        json_emit(document);
}

const char *failure_word(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot ? dot + 1 : name;
}

static int failure_say(const struct command_options *options, const struct failure_kind *kind,
                       const char *name, const char *message)
{
    _free_ char *cleaned = text_clean(message);
    const char *advice = kind->advice;

    if (kind->code == COMMAND_NOT_AUTHORISED)
        advice = geteuid() == 0 ? NULL : options->force ? FAILURE_FORCE : FAILURE_SUDO;
    fprintf(stderr, "wslnodectl: %s: %s\n", failure_word(name), cleaned ? cleaned : "");
    if (advice)
        fprintf(stderr, "%s\n", advice);
    if (options->json)
        failure_emit(name, cleaned ? cleaned : "");
    return kind->code;
}

int failure_report(const struct command_options *options, const sd_bus_error *error, int r)
{
    _error_ sd_bus_error local = SD_BUS_ERROR_NULL;
    const char *name;

    if (!sd_bus_error_is_set(error)) {
        sd_bus_error_set_errno(&local, r);
        error = &local;
    }
    name = error->name;
    /* The bus went away under the call, or never let us in. */
    if (r == -ECONNRESET || r == -ENOTCONN || r == -EPIPE || r == -ESHUTDOWN)
        name = SD_BUS_ERROR_DISCONNECTED;
    if (r == -ETIMEDOUT)
        name = SD_BUS_ERROR_TIMEOUT;
    return failure_say(options, failure_find(name), name,
                       error->message ? error->message : "no more is known");
}

int failure_put(json_t *document, const sd_bus_error *error, int r)
{
    json_t *object = json_object();
    int put = json_put(document, "error", object);

    if (put == 0)
        put = json_put(object, "name", json_string(error->name ? error->name : SD_BUS_ERROR_FAILED));
    if (put == 0)
        put = json_put(object, "message", json_string(error->message ? error->message : strerror(-r)));
    return put;
}

int failure_usage(const struct command_options *options, const char *name, const char *format, ...)
{
    static const struct failure_kind usage = {"", COMMAND_USAGE, "'wslnodectl --help' shows how to call it."};
    _free_ char *message = NULL;
    va_list arguments;
    int r;

    va_start(arguments, format);
    r = vasprintf(&message, format, arguments);
    va_end(arguments);
    if (r < 0) {
        message = NULL;
        return -ENOMEM;
    }
    return failure_say(options, &usage, name, message);
}

int failure_no_bus(const struct command_options *options, int r)
{
    static const struct failure_kind no_bus = {"", COMMAND_NOT_RUNNING,
                                               "The system bus cannot be reached. Is D-Bus running? In WSL: "
                                               "'systemd=true' in [boot] of /etc/wsl.conf, "
                                               "or ./run\nin the source tree."};

    return failure_say(options, &no_bus, SD_BUS_ERROR_NO_SERVER, strerror(-r));
}
