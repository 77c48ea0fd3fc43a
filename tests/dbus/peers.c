/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two ends of a connection for a test */
#include "peers.h"

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
    char value[600];
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
        snprintf(value, sizeof(value), "\"%s\"", v.s);
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

void peers_flatten(sd_bus_message *message, char *text, size_t size)
{
    text[0] = 0;
    assert_true(sd_bus_message_rewind(message, true) >= 0);
    flatten_all(message, text, size, ", ");
}

static int answer_lookup(struct peers *peers, sd_bus_message *call)
{
    peers->lookups++;
    if (peers->unknown_sender)
        return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_NAME_HAS_NO_OWNER, "gone");
    return sd_bus_reply_method_return(call, "u", peers->uid);
}

static int answer_check(struct peers *peers, sd_bus_message *call)
{
    peers->checks++;
    peers_flatten(call, peers->check, sizeof(peers->check));
    switch (peers->polkit) {
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
    struct peers *peers = userdata;

    if (sd_bus_message_is_method_call(message, NULL, "GetConnectionUnixUser"))
        return answer_lookup(peers, message);
    if (sd_bus_message_is_method_call(message, NULL, "CheckAuthorization"))
        return answer_check(peers, message);
    if (sd_bus_message_is_method_call(message, NULL, "CancelCheckAuthorization")) {
        peers->cancels++;
        return 1;
    }
    if (sd_bus_message_is_signal(message, NULL, NULL) && sd_bus_message_get_path(message) &&
        strcmp(sd_bus_message_get_path(message), BUS_PATH) == 0) {
        struct told *told = &peers->told[peers->told_count++];

        assert_true(peers->told_count <= COUNT(peers->told));
        snprintf(told->member, sizeof(told->member), "%s", sd_bus_message_get_member(message));
        peers_flatten(message, told->text, sizeof(told->text));
        return 1;
    }
    return 0;
}

static void measure(void *userdata)
{
    ((struct peers *)userdata)->measured++;
}

static void connect_ends(struct peers *peers)
{
    sd_id128_t id;
    int fds[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
    assert_true(sd_id128_randomize(&id) >= 0);
    assert_true(sd_bus_new(&peers->bus.connection) >= 0);
    assert_true(sd_bus_set_fd(peers->bus.connection, fds[0], fds[0]) >= 0);
    assert_true(sd_bus_set_server(peers->bus.connection, true, id) >= 0);
    assert_true(sd_bus_start(peers->bus.connection) >= 0);
    assert_true(sd_bus_attach_event(peers->bus.connection, peers->stand->event, 0) >= 0);
    assert_true(sd_bus_new(&peers->client) >= 0);
    assert_true(sd_bus_set_fd(peers->client, fds[1], fds[1]) >= 0);
    assert_true(sd_bus_start(peers->client) >= 0);
    assert_true(sd_bus_attach_event(peers->client, peers->stand->event, 0) >= 0);
    assert_true(sd_bus_add_filter(peers->client, NULL, on_message, peers) >= 0);
    peers_drain(peers);
}

int peers_set_up(void **state)
{
    static struct peers peers;

    log_set_target("console");
    log_set_level("emerg");
    memset(&peers, 0, sizeof(peers));
    stand_set_up((void **)&peers.stand);
    peers.sender = ":1.5";
    peers.bus.context = (struct bus_context){.event = peers.stand->event,
                                             .view = peers.stand->view,
                                             .executor = peers.stand->executor,
                                             .measure = measure,
                                             .userdata = &peers};
    assert_true(authorize_new(&peers.bus.authorize) >= 0);
    assert_true(publish_init(&peers.bus.publish, peers.stand->event, &peers.bus.context.view) >= 0);
    assert_true(diagnose_init(&peers.bus.diagnose, peers.stand->event, &peers.bus.context.view, measure,
                              &peers) >= 0);
    connect_ends(&peers);
    assert_true(object_add(&peers.bus) >= 0);
    publish_start(&peers.bus.publish, peers.bus.connection);
    *state = &peers;
    return 0;
}

int peers_tear_down(void **state)
{
    struct peers *peers = *state;

    peers->bus.authorize = authorize_free(peers->bus.authorize);
    diagnose_done(&peers->bus.diagnose);
    publish_done(&peers->bus.publish);
    sd_bus_detach_event(peers->client);
    sd_bus_detach_event(peers->bus.connection);
    sd_bus_close_unref(peers->client);
    sd_bus_close_unref(peers->bus.connection);
    return stand_tear_down((void **)&peers->stand);
}

void peers_drain(struct peers *peers)
{
    int idle = 0;

    /* An answer to an answer may need a round more. */
    while (idle < 3) {
        int r = sd_event_run(peers->stand->event, 0);

        assert_true(r >= 0);
        idle = r == 0 ? idle + 1 : 0;
    }
}

void peers_run(struct peers *peers, uint64_t usec)
{
    uint64_t now, until;

    peers_drain(peers);
    sd_event_now(peers->stand->event, CLOCK_MONOTONIC, &now);
    for (until = now + usec; now < until;) {
        assert_true(sd_event_run(peers->stand->event, until - now) >= 0);
        sd_event_now(peers->stand->event, CLOCK_MONOTONIC, &now);
    }
    peers_drain(peers);
}

static int on_reply(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    struct peers *peers = userdata;
    const sd_bus_error *failure = sd_bus_message_get_error(reply);

    peers->replies++;
    snprintf(peers->error, sizeof(peers->error), "%s", failure ? failure->name : "");
    if (failure)
        snprintf(peers->reply, sizeof(peers->reply), "%s", failure->message);
    else
        peers_flatten(reply, peers->reply, sizeof(peers->reply));
    return 1;
}

static void send_call(struct peers *peers, const char *interface, const char *member, const char *types,
                      va_list args)
{
    sd_bus_message *call = NULL;

    assert_true(sd_bus_message_new_method_call(peers->client, &call, NULL, BUS_PATH, interface, member) >= 0);
    if (peers->sender)
        assert_true(sd_bus_message_set_sender(call, peers->sender) >= 0);
    if (types[0])
        assert_true(sd_bus_message_appendv(call, types, args) >= 0);
    assert_true(sd_bus_call_async(peers->client, NULL, call, on_reply, peers, 0) >= 0);
    sd_bus_message_unref(call);
}

void peers_send(struct peers *peers, const char *interface, const char *member, const char *types, ...)
{
    va_list args;

    va_start(args, types);
    send_call(peers, interface, member, types, args);
    va_end(args);
}

void peers_call(struct peers *peers, const char *member, const char *types, ...)
{
    unsigned before = peers->replies;
    va_list args;

    va_start(args, types);
    send_call(peers, BUS_INTERFACE, member, types, args);
    va_end(args);
    for (int i = 0; i < 500 && peers->replies == before; i++)
        assert_true(sd_event_run(peers->stand->event, 10000) >= 0);
    assert_int_equal(peers->replies, before + 1);
}

void peers_leave(struct peers *peers, const char *name)
{
    sd_bus_message *signal = NULL;

    assert_true(sd_bus_message_new_signal(peers->client, &signal, "/org/freedesktop/DBus",
                                          "org.freedesktop.DBus", "NameOwnerChanged") >= 0);
    assert_true(sd_bus_message_set_sender(signal, "org.freedesktop.DBus") >= 0);
    assert_true(sd_bus_message_append(signal, "sss", name, name, "") >= 0);
    assert_true(sd_bus_send(peers->client, signal, NULL) >= 0);
    sd_bus_message_unref(signal);
    peers_drain(peers);
}
