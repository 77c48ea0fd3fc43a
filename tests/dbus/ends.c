/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two ends of a connection for a test */
#include "ends.h"

#include <sys/socket.h>

#include "../../dbus/object.h"
#include "../../service/sys/log.h"

static void add_text(char *text, size_t size, const char *more)
{
    size_t length = strlen(text);

    assert_true(length + strlen(more) < size);
    strcpy(text + length, more);
}

static void flatten_basic(sd_bus_message *message, char type, char *text, size_t size)
{
    char value[32];
    union {
        const char *s;
        uint8_t y;
        uint32_t u;
        int32_t i;
        int64_t x;
        uint64_t t;
        int b;
    } v;

    assert_true(sd_bus_message_read_basic(message, type, &v) > 0);
    switch (type) {
    case 'y':
        snprintf(value, sizeof(value), "%u", v.y);
        break;
    case 'u':
        snprintf(value, sizeof(value), "%u", v.u);
        break;
    case 'i':
        snprintf(value, sizeof(value), "%d", v.i);
        break;
    case 'x':
        snprintf(value, sizeof(value), "%ld", (long)v.x);
        break;
    case 't':
        snprintf(value, sizeof(value), "%lu", (unsigned long)v.t);
        break;
    case 'b':
        snprintf(value, sizeof(value), "%s", v.b ? "true" : "false");
        break;
    default:
        add_text(text, size, "\"");
        add_text(text, size, v.s);
        snprintf(value, sizeof(value), "\"");
    }
    add_text(text, size, value);
}

static void flatten_all(sd_bus_message *message, char *text, size_t size, const char *between)
{
    const char *contents;
    char type;
    bool first = true;

    while (sd_bus_message_peek_type(message, &type, &contents) > 0) {
        if (!first)
            add_text(text, size, between);
        first = false;
        if (!strchr("avre", type)) {
            flatten_basic(message, type, text, size);
            continue;
        }
        assert_true(sd_bus_message_enter_container(message, type, contents) > 0);
        add_text(text, size, type == 'a' ? (contents[0] == '{' ? "{" : "[") : type == 'r' ? "(" : "");
        flatten_all(message, text, size, type == 'e' ? ": " : ", ");
        add_text(text, size, type == 'a' ? (contents[0] == '{' ? "}" : "]") : type == 'r' ? ")" : "");
        assert_true(sd_bus_message_exit_container(message) >= 0);
    }
}

void ends_flatten(sd_bus_message *message, char *text, size_t size)
{
    text[0] = 0;
    assert_true(sd_bus_message_rewind(message, true) >= 0);
    flatten_all(message, text, size, ", ");
}

static int answer_lookup(struct ends *ends, sd_bus_message *call)
{
    ends->lookups++;
    if (ends->unknown_sender)
        return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_NAME_HAS_NO_OWNER, "gone");
    return sd_bus_reply_method_return(call, "u", ends->uid);
}

static int answer_check(struct ends *ends, sd_bus_message *call)
{
    ends->checks++;
    ends_flatten(call, ends->check, sizeof(ends->check));
    switch (ends->polkit) {
    case POLKIT_YES:
        return sd_bus_reply_method_return(call, "(bba{ss})", 1, 0, 0);
    case POLKIT_NO:
        return sd_bus_reply_method_return(call, "(bba{ss})", 0, 0, 0);
    case POLKIT_CHALLENGE:
        return sd_bus_reply_method_return(call, "(bba{ss})", 0, 1, 0);
    case POLKIT_ABSENT:
        return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_SERVICE_UNKNOWN, "no polkit");
    case POLKIT_NONSENSE:
        return sd_bus_reply_method_return(call, "s", "yes");
    case POLKIT_SILENT:
        break;
    }
    return 1;
}

/* What arrives at the client. */
static int on_message(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    struct ends *ends = userdata;

    if (sd_bus_message_is_method_call(message, NULL, "GetConnectionUnixUser"))
        return answer_lookup(ends, message);
    if (sd_bus_message_is_method_call(message, NULL, "CheckAuthorization"))
        return answer_check(ends, message);
    if (sd_bus_message_is_method_call(message, NULL, "CancelCheckAuthorization")) {
        ends->cancels++;
        return 1;
    }
    if (sd_bus_message_is_signal(message, NULL, NULL) && sd_bus_message_get_path(message) &&
        strncmp(sd_bus_message_get_path(message), BUS_PATH, strlen(BUS_PATH)) == 0) {
        struct told *told = &ends->told[ends->told_count++];

        assert_true(ends->told_count <= COUNT(ends->told));
        snprintf(told->path, sizeof(told->path), "%s", sd_bus_message_get_path(message));
        snprintf(told->member, sizeof(told->member), "%s", sd_bus_message_get_member(message));
        ends_flatten(message, told->text, sizeof(told->text));
        return 1;
    }
    return 0;
}

static void measure(void *userdata)
{
    ((struct ends *)userdata)->measured++;
}

static const char *late(void *userdata)
{
    return ((struct ends *)userdata)->late;
}

static void connect_ends(struct ends *ends)
{
    sd_id128_t id;
    int fds[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
    assert_true(sd_id128_randomize(&id) >= 0);
    assert_true(sd_bus_new(&ends->bus.connection) >= 0);
    assert_true(sd_bus_set_fd(ends->bus.connection, fds[0], fds[0]) >= 0);
    assert_true(sd_bus_set_server(ends->bus.connection, true, id) >= 0);
    assert_true(sd_bus_start(ends->bus.connection) >= 0);
    assert_true(sd_bus_attach_event(ends->bus.connection, ends->stand->event, 0) >= 0);
    assert_true(sd_bus_new(&ends->client) >= 0);
    assert_true(sd_bus_set_fd(ends->client, fds[1], fds[1]) >= 0);
    assert_true(sd_bus_start(ends->client) >= 0);
    assert_true(sd_bus_attach_event(ends->client, ends->stand->event, 0) >= 0);
    assert_true(sd_bus_add_filter(ends->client, NULL, on_message, ends) >= 0);
    ends_drain(ends);
}

int ends_set_up(void **state)
{
    static struct ends ends;

    log_set_target("console");
    log_set_level("emerg");
    memset(&ends, 0, sizeof(ends));
    stand_set_up((void **)&ends.stand);
    ends.sender = ":1.5";
    ends.bus.context = (struct bus_context){.event = ends.stand->event,
                                            .view = ends.stand->view,
                                            .executor = ends.stand->executor,
                                            .measure = measure,
                                            .late = late,
                                            .userdata = &ends};
    assert_true(authorize_new(&ends.bus.authorize) >= 0);
    assert_true(publish_init(&ends.bus.publish, ends.stand->event, &ends.bus.context.view,
                             &ends.bus.vpn_object) >= 0);
    assert_true(diagnose_init(&ends.bus.diagnose, ends.stand->event, &ends.bus.context.view, measure, late,
                              &ends) >= 0);
    connect_ends(&ends);
    assert_true(object_add(&ends.bus) >= 0);
    assert_true(vpn_object_add(&ends.bus) >= 0);
    publish_start(&ends.bus.publish, ends.bus.connection);
    *state = &ends;
    return 0;
}

int ends_tear_down(void **state)
{
    struct ends *ends = *state;

    ends->bus.authorize = authorize_free(ends->bus.authorize);
    diagnose_done(&ends->bus.diagnose);
    publish_done(&ends->bus.publish);
    sd_bus_detach_event(ends->client);
    sd_bus_detach_event(ends->bus.connection);
    sd_bus_close_unref(ends->client);
    sd_bus_close_unref(ends->bus.connection);
    return stand_tear_down((void **)&ends->stand);
}

void ends_drain(struct ends *ends)
{
    int idle = 0;

    /* An answer to an answer may need a round more. */
    while (idle < 3) {
        int r = sd_event_run(ends->stand->event, 0);

        assert_true(r >= 0);
        idle = r == 0 ? idle + 1 : 0;
    }
}

void ends_run(struct ends *ends, uint64_t usec)
{
    uint64_t now, until;

    ends_drain(ends);
    sd_event_now(ends->stand->event, CLOCK_MONOTONIC, &now);
    for (until = now + usec; now < until;) {
        assert_true(sd_event_run(ends->stand->event, until - now) >= 0);
        sd_event_now(ends->stand->event, CLOCK_MONOTONIC, &now);
    }
    ends_drain(ends);
}

static int on_reply(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    struct ends *ends = userdata;
    const sd_bus_error *failure = sd_bus_message_get_error(reply);

    ends->replies++;
    snprintf(ends->error, sizeof(ends->error), "%s", failure ? failure->name : "");
    if (failure)
        snprintf(ends->reply, sizeof(ends->reply), "%s", failure->message);
    else
        ends_flatten(reply, ends->reply, sizeof(ends->reply));
    return 1;
}

static void send_call(struct ends *ends, const char *interface, const char *member, const char *types,
                      va_list args)
{
    sd_bus_message *call = NULL;

    assert_true(sd_bus_message_new_method_call(ends->client, &call, NULL, ends->path ? ends->path : BUS_PATH,
                                               interface, member) >= 0);
    if (ends->sender)
        assert_true(sd_bus_message_set_sender(call, ends->sender) >= 0);
    if (types[0])
        assert_true(sd_bus_message_appendv(call, types, args) >= 0);
    assert_true(sd_bus_call_async(ends->client, NULL, call, on_reply, ends, 0) >= 0);
    sd_bus_message_unref(call);
}

void ends_send(struct ends *ends, const char *interface, const char *member, const char *types, ...)
{
    va_list args;

    va_start(args, types);
    send_call(ends, interface, member, types, args);
    va_end(args);
}

static void wait_for_reply(struct ends *ends, unsigned before)
{
    for (int i = 0; i < 500 && ends->replies == before; i++)
        assert_true(sd_event_run(ends->stand->event, 10000) >= 0);
    assert_int_equal(ends->replies, before + 1);
}

void ends_call(struct ends *ends, const char *member, const char *types, ...)
{
    unsigned before = ends->replies;
    va_list args;

    va_start(args, types);
    send_call(ends, BUS_INTERFACE, member, types, args);
    va_end(args);
    wait_for_reply(ends, before);
}

void ends_call_at(struct ends *ends, const char *path, const char *interface, const char *member,
                  const char *types, ...)
{
    unsigned before = ends->replies;
    va_list args;

    ends->path = path;
    va_start(args, types);
    send_call(ends, interface, member, types, args);
    va_end(args);
    ends->path = NULL;
    wait_for_reply(ends, before);
}

void ends_leave(struct ends *ends, const char *name)
{
    sd_bus_message *signal = NULL;

    assert_true(sd_bus_message_new_signal(ends->client, &signal, "/org/freedesktop/DBus",
                                          "org.freedesktop.DBus", "NameOwnerChanged") >= 0);
    assert_true(sd_bus_message_set_sender(signal, "org.freedesktop.DBus") >= 0);
    assert_true(sd_bus_message_append(signal, "sss", name, name, "") >= 0);
    assert_true(sd_bus_send(ends->client, signal, NULL) >= 0);
    sd_bus_message_unref(signal);
    ends_drain(ends);
}
