/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tailscaled says of itself: what is no message, half of one, or too large; and what is kept */
#include <errno.h>
#include <malloc.h>

#include "tailscale_story.h"

/* A line that is none is passed over, and the next one counts. */
static void test_lines_that_are_none(void **state)
{
    static const char *const lines[] = {"x",     "[]",   "{\"State\":",      "{\"State\":1}}",
                                        "\"",    "null", "{\"a\":\"\x80\"}", "{\"a\":\"b",
                                        "}{}{}{"};

    for (size_t i = 0; i < COUNT(lines); i++) {
        for (size_t size = 1; size < 30; size++) {
            struct story story = {.messages = 0};
            struct tailscale_message message;
            char text[128];

            snprintf(text, sizeof(text), "\n%s\nnext\n{\"State\":6}\n", lines[i]);
            tailscale_message_begin(&message, TAILSCALE_NOTIFY, on_message, &story);
            assert_int_equal(take(&message, text, strlen(text), size), 0);
            assert_int_equal(story.fact.state, TAILSCALE_RUNNING);
            assert_true(message.wrong >= 1);
        }
    }
}

static void test_a_status_that_is_none(void **state)
{
    struct story story = {.messages = 0};

    assert_int_equal(read_text(&story, TAILSCALE_STATUS, "{\"BackendState\":\"Running\"x"), -EBADMSG);
    assert_int_equal(read_text(&story, TAILSCALE_STATUS, "not found\n"), -EBADMSG);
    assert_int_equal(story.messages, 0);
    assert_int_equal(read_text(&story, TAILSCALE_STATUS, "{} what follows"), 0);
    assert_int_equal(story.messages, 1);
}

static void test_what_is_due(void **state)
{
    struct story story = {.messages = 0};
    struct tailscale_message message;

    assert_int_equal(read_text(&story, TAILSCALE_NOTIFY, "{\"State\":6"), 1);
    assert_int_equal(read_text(&story, TAILSCALE_NOTIFY, "{\"State\":6}"), 0);
    assert_int_equal(read_text(&story, TAILSCALE_NOTIFY, "{\"State\":6}\n"), 0);
    assert_int_equal(read_text(&story, TAILSCALE_NOTIFY, "{}\n{"), 1);
    assert_int_equal(read_text(&story, TAILSCALE_NOTIFY, "x"), 1);
    assert_int_equal(read_text(&story, TAILSCALE_NOTIFY, "x\n"), 0);
    assert_int_equal(read_text(&story, TAILSCALE_STATUS, "{"), 1);
    assert_int_equal(read_text(&story, TAILSCALE_STATUS, "{}"), 0);
    tailscale_message_begin(&message, TAILSCALE_STATUS, on_message, &story);
    assert_int_equal(tailscale_message_take(&message, "\n", 1), 1);
}

/* 1 kB at a time, until it is too much. */
static size_t feed(struct tailscale_message *message, const char *begin, char filler, int *r)
{
    char piece[1024];
    size_t total = strlen(begin);

    *r = tailscale_message_take(message, begin, total);
    memset(piece, filler, sizeof(piece));
    for (; *r >= 0 && total < 100u << 20; total += sizeof(piece))
        *r = tailscale_message_take(message, piece, sizeof(piece));
    return total;
}

static void test_objects_that_are_too_large(void **state)
{
    struct story story = {.messages = 0};
    struct tailscale_message message;
    size_t used = mallinfo2().uordblks;
    int r;

    tailscale_message_begin(&message, TAILSCALE_NOTIFY, on_message, &story);
    assert_in_range(feed(&message, "{\"NetMap\":\"", 'x', &r), TAILSCALE_NOTIFY_MAX,
                    TAILSCALE_NOTIFY_MAX + 2048);
    assert_int_equal(r, -EFBIG);
    tailscale_message_begin(&message, TAILSCALE_NOTIFY, on_message, &story);
    assert_in_range(feed(&message, "x", 'x', &r), TAILSCALE_NOTIFY_MAX, TAILSCALE_NOTIFY_MAX + 2048);
    assert_int_equal(r, -EFBIG);
    tailscale_message_begin(&message, TAILSCALE_STATUS, on_message, &story);
    assert_in_range(feed(&message, "{\"Peer\":{", ' ', &r), TAILSCALE_STATUS_MAX,
                    TAILSCALE_STATUS_MAX + 2048);
    assert_int_equal(r, -EFBIG);
    assert_int_equal(mallinfo2().uordblks, used);
}

/* It is each object's limit, not the stream's. */
static void test_many_messages(void **state)
{
    struct story story = {.messages = 0};
    struct tailscale_message message;
    size_t length, used;
    char *text = read_file("v1.34.bus", &length);

    used = mallinfo2().uordblks;
    tailscale_message_begin(&message, TAILSCALE_NOTIFY, on_message, &story);
    for (size_t total = 0; total < 3u * TAILSCALE_NOTIFY_MAX; total += length)
        assert_int_equal(take(&message, text, length, 1000), 0);
    assert_true(story.messages > 5000);
    assert_int_equal(message.wrong, 0);
    assert_true(mallinfo2().uordblks < used + 4096); /* the pieces */
    free(text);
}

static void test_nothing_is_left(void **state)
{
    struct story story = {.messages = 0};
    struct tailscale_message message;

    tailscale_message_begin(&message, TAILSCALE_NOTIFY, on_message, &story);
    tailscale_message_take(&message, "{\"Prefs\":{\"ProfileName\":\"privkey:", 33);
    assert_non_null(memmem(&message, sizeof(message), "privkey", 7));
    tailscale_message_done(&message);
    assert_null(memmem(&message, sizeof(message), "privkey", 7));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_that_are_none), cmocka_unit_test(test_a_status_that_is_none),
        cmocka_unit_test(test_what_is_due),         cmocka_unit_test(test_objects_that_are_too_large),
        cmocka_unit_test(test_many_messages),       cmocka_unit_test(test_nothing_is_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
