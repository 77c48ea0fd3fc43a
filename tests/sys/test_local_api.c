/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A GET of tailscaled's LocalAPI: a server in the same loop, whose time is the test's */
#include "../../service/sys/local_api.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../scratch.h"
#include "../timers.h"
#include "../unit.h"

#define HEAD     "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n"
#define DEADLINE LOCAL_API_DEADLINE_USEC

struct hall {
    struct scratch scratch;
    sd_event *event;
    struct local_api *api;
    int listener, server;
    char body[256];
    size_t length;
    int half; /* what on_body() says */
    unsigned calls;
    int result;
};

static void listen_at(struct hall *hall, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    assert_int_equal(fchdir(hall->scratch.root), 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    hall->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(hall->listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(hall->listener, 4), 0);
    assert_int_equal(chdir("/"), 0);
}

static int set_up(void **state)
{
    static struct hall hall;

    memset(&hall, 0, sizeof(hall));
    scratch_make(&hall.scratch);
    scratch_mkdir(&hall.scratch, "run/tailscale");
    hall.listener = hall.server = -1;
    assert_true(sd_event_new(&hall.event) >= 0);
    timers_start(hall.event, 1000000);
    *state = &hall;
    return 0;
}

static int tear_down(void **state)
{
    struct hall *hall = *state;

    local_api_free(hall->api);
    close(hall->listener);
    close(hall->server);
    sd_event_unref(hall->event);
    scratch_remove(&hall->scratch);
    return 0;
}

static int on_body(void *userdata, char *bytes, size_t length)
{
    struct hall *hall = userdata;

    assert_true(hall->length + length < sizeof(hall->body));
    memcpy(hall->body + hall->length, bytes, length);
    hall->length += length;
    return hall->half;
}

static void on_done(void *userdata, int result)
{
    struct hall *hall = userdata;

    hall->calls++;
    hall->result = result;
    hall->api = local_api_free(hall->api);
}

static int get(struct hall *hall, const char *target)
{
    return local_api_get(hall->event, hall->scratch.root, target, on_body, on_done, hall, &hall->api);
}

static void begin(struct hall *hall)
{
    if (hall->listener < 0)
        listen_at(hall, LOCAL_API_SOCKET);
    assert_int_equal(get(hall, "/localapi/v0/status"), 0);
    hall->server = accept(hall->listener, NULL, NULL);
    assert_true(hall->server >= 0);
}

static void say(struct hall *hall, const char *text)
{
    assert_int_equal(send(hall->server, text, strlen(text), MSG_NOSIGNAL), strlen(text));
    timers_run();
}

static void end(struct hall *hall)
{
    char request[512];

    recv(hall->server, request, sizeof(request), MSG_DONTWAIT);
    close(hall->server);
    hall->server = -1;
    timers_run();
}

static void assert_ended(struct hall *hall, int result, const char *body)
{
    assert_int_equal(hall->calls, 1);
    assert_int_equal(hall->result, result);
    assert_string_equal(hall->body, body);
    assert_int_equal(timers_next(), -1);
}

static void test_an_answer(void **state)
{
    struct hall *hall = *state;
    char request[512] = "";

    begin(hall);
    assert_true(recv(hall->server, request, sizeof(request) - 1, 0) > 0);
    assert_string_equal(request, "GET /localapi/v0/status HTTP/1.0\r\nHost: local-tailscaled.sock\r\n"
                                 "Accept: application/json\r\n\r\n");
    say(hall, HEAD);
    say(hall, "{\"a\":");
    say(hall, "1}");
    assert_int_equal(hall->calls, 0);
    end(hall);
    assert_ended(hall, 0, "{\"a\":1}");
}

/* Should it come so all the same. */
static void test_an_answer_in_chunks(void **state)
{
    struct hall *hall = *state;

    begin(hall);
    say(hall, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n");
    assert_ended(hall, 0, "{}");
}

static void test_nobody_is_there(void **state)
{
    struct hall *hall = *state;

    assert_int_equal(get(hall, "/"), -ENOENT);
    scratch_write(&hall->scratch, LOCAL_API_SOCKET, "x");
    assert_int_equal(get(hall, "/"), -ENOENT);
    scratch_unlink(&hall->scratch, LOCAL_API_SOCKET);
    scratch_fifo(&hall->scratch, LOCAL_API_SOCKET);
    assert_int_equal(get(hall, "/"), -ENOENT);
    scratch_unlink(&hall->scratch, LOCAL_API_SOCKET);
    listen_at(hall, LOCAL_API_SOCKET);
    close(hall->listener);
    hall->listener = -1;
    assert_int_equal(get(hall, "/"), -ECONNREFUSED);
    assert_null(hall->api);
    assert_int_equal(hall->calls, 0);
}

static void test_the_folder_is_a_file(void **state)
{
    struct hall *hall = *state;

    assert_int_equal(unlinkat(hall->scratch.root, "run/tailscale", AT_REMOVEDIR), 0);
    scratch_write(&hall->scratch, "run/tailscale", "x");
    assert_int_equal(get(hall, "/"), -ENOENT);
}

static void test_too_many_wait(void **state)
{
    struct hall *hall = *state;
    struct local_api *others[64];
    int r = 0, count = 0;

    listen_at(hall, LOCAL_API_SOCKET);
    while (count < 64 && r == 0)
        r = local_api_get(hall->event, hall->scratch.root, "/", on_body, on_done, hall, &others[count++]);
    assert_int_equal(r, -EAGAIN);
    for (int i = 0; i < count - 1; i++)
        local_api_free(others[i]);
}

/* Links go by the root, and a path may be longer than an address of a socket. */
static void test_below_the_root(void **state)
{
    struct hall *hall = *state;

    scratch_mkdir(&hall->scratch, "var/elsewhere");
    assert_int_equal(unlinkat(hall->scratch.root, "run/tailscale", AT_REMOVEDIR), 0);
    scratch_link(&hall->scratch, "run/tailscale", "/var/elsewhere");
    listen_at(hall, "var/elsewhere/tailscaled.sock");
    begin(hall);
    say(hall, HEAD "x");
    end(hall);
    assert_int_equal(hall->calls, 1);
    assert_int_equal(hall->length, 1);
}

static void test_a_target_that_is_too_long(void **state)
{
    struct hall *hall = *state;
    char target[600];

    memset(target, 'x', sizeof(target));
    target[sizeof(target) - 1] = 0;
    listen_at(hall, LOCAL_API_SOCKET);
    assert_int_equal(get(hall, target), -ENAMETOOLONG);
}

static void test_it_does_not_answer(void **state)
{
    struct hall *hall = *state;

    begin(hall);
    timers_pass(DEADLINE - 1);
    assert_int_equal(hall->calls, 0);
    timers_pass(1);
    assert_ended(hall, -ETIME, "");
}

/* From its first byte on: more that trickles in does not help. */
static void test_half_of_something(void **state)
{
    struct hall *hall = *state;

    begin(hall);
    timers_pass(DEADLINE - 1);
    hall->half = 1;
    say(hall, HEAD "x");
    timers_pass(1);
    assert_ended(hall, -ETIME, "x");
}

static void test_between_two_messages_nothing_is_due(void **state)
{
    struct hall *hall = *state;

    begin(hall);
    say(hall, HEAD "x");
    assert_int_equal(timers_next(), -1);
    timers_pass(100 * (int64_t)DEADLINE);
    hall->half = 1;
    say(hall, "y");
    timers_pass(DEADLINE - 2);
    say(hall, "z");
    timers_pass(1);
    assert_int_equal(hall->calls, 0);
    hall->half = 0;
    say(hall, "!");
    timers_pass(100 * (int64_t)DEADLINE);
    assert_int_equal(hall->calls, 0);
    end(hall);
    assert_ended(hall, 0, "xyz!");
}

static void test_it_closes_in_the_middle(void **state)
{
    struct hall *hall = *state;

    begin(hall);
    say(hall, "HTTP/1.0 200");
    end(hall);
    assert_ended(hall, -ENODATA, "");
}

/* With bytes of ours that it never read. */
static void test_it_resets(void **state)
{
    struct hall *hall = *state;

    begin(hall);
    close(hall->server);
    hall->server = -1;
    timers_run();
    assert_ended(hall, -ENODATA, "");
}

static void test_what_is_no_answer(void **state)
{
    struct hall *hall = *state;

    begin(hall);
    say(hall, "no\n");
    assert_ended(hall, -EBADMSG, "");
}

static void test_a_refusal(void **state)
{
    struct hall *hall = *state;

    begin(hall);
    say(hall, "HTTP/1.0 403 Forbidden\r\n\r\ndenied");
    assert_ended(hall, -EACCES, "");
}

static void test_the_reader_has_enough(void **state)
{
    struct hall *hall = *state;

    begin(hall);
    hall->half = -EFBIG;
    say(hall, HEAD "x");
    assert_ended(hall, -EFBIG, "x");
}

/* On the stack of the next one of its kind. */
static char *seen;

static int keep_place(void *userdata, char *bytes, size_t length)
{
    seen = bytes;
    return on_body(userdata, bytes, length);
}

static void __attribute__((no_sanitize("address"))) test_the_bytes_are_wiped(void **state)
{
    struct hall *hall = *state;
    volatile const char *place;

    listen_at(hall, LOCAL_API_SOCKET);
    assert_int_equal(local_api_get(hall->event, hall->scratch.root, "/", keep_place, on_done, hall,
                                   &hall->api),
                     0);
    hall->server = accept(hall->listener, NULL, NULL);
    assert_int_equal(send(hall->server, HEAD "0badc0ffee15dead", strlen(HEAD) + 16, MSG_NOSIGNAL),
                     strlen(HEAD) + 16);
    assert_true(sd_event_run(hall->event, 1000000) > 0);
    place = seen;
    for (int i = 0; i < 13; i++)
        assert_false(place[i] == '0' && place[i + 1] == 'b' && place[i + 2] == 'a' && place[i + 3] == 'd');
    assert_string_equal(hall->body, "0badc0ffee15dead");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_answer_in_chunks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nobody_is_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_folder_is_a_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_too_many_wait, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_below_the_root, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_target_that_is_too_long, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_it_does_not_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_half_of_something, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_between_two_messages_nothing_is_due, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_it_closes_in_the_middle, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_it_resets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_no_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_refusal, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_reader_has_enough, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_bytes_are_wiped, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
