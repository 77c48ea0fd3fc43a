/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* HTTP answers in pieces of any size: their bodies, their ends, and what is none */
#include "../../service/sys/http_answer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../unit.h"

struct body {
    char text[1024];
    size_t length;
    int result;
};

static int take_body(void *userdata, char *bytes, size_t length)
{
    struct body *body = userdata;

    assert_true(length > 0 && body->length + length < sizeof(body->text));
    memcpy(body->text + body->length, bytes, length);
    body->length += length;
    return body->result;
}

/* As http_answer_take() says it of the last piece. */
static int take(const char *text, size_t size, struct http_answer *answer, struct body *body)
{
    size_t length = strlen(text);
    int r = 0;

    memset(body->text, 0, sizeof(body->text));
    body->length = 0;
    http_answer_begin(answer, take_body, body);
    for (size_t at = 0; at < length && r == 0; at += size) {
        size_t part = length - at < size ? length - at : size;
        char *piece = malloc(part);

        memcpy(piece, text + at, part);
        r = http_answer_take(answer, piece, part);
        free(piece);
    }
    return r;
}

static void assert_body(const char *text, int result, int close, const char *expected)
{
    for (size_t size = 1; size <= strlen(text); size++) {
        struct http_answer answer;
        struct body body = {.result = 0};

        assert_int_equal(take(text, size, &answer, &body), result);
        assert_int_equal(http_answer_close(&answer), close);
        assert_string_equal(body.text, expected);
    }
}

static void test_bodies(void **state)
{
    assert_body("HTTP/1.0 200 OK\r\n\r\nabc", 0, 0, "abc");
    assert_body("HTTP/1.0 200\n\nabc", 0, 0, "abc");
    assert_body("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\nabcdef", 1, 0,
                "abc");
    assert_body("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\nabc", 1, 0, "");
    assert_body("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\ne", 1, 0,
                "abcd");
    assert_body("HTTP/1.1 200 OK\r\ntransfer-encoding:Chunked\r\nContent-Length: 1\r\n\r\n"
                "00B;x=\"y\"\r\n0123456789a\r\n0 \r\nTrailer: x\r\n\r\n",
                1, 0, "0123456789a");
}

/* The rest of it is missing. */
static void test_closed_in_the_middle(void **state)
{
    assert_body("HTTP/1.0 200 OK\r\n", 0, -ENODATA, "");
    assert_body("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc", 0, -ENODATA, "abc");
    assert_body("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", 0, -ENODATA, "ab");
    assert_body("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", 0, -ENODATA, "abc");
    assert_body("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n", 0, -ENODATA, "abc");
}

static void test_statuses(void **state)
{
    assert_body("HTTP/1.0 401 Unauthorized\r\n", -EACCES, -ENODATA, "");
    assert_body("HTTP/1.0 403 Forbidden\r\n", -EACCES, -ENODATA, "");
    assert_body("HTTP/1.0 404 Not Found\r\n", -EOPNOTSUPP, -ENODATA, "");
    assert_body("HTTP/1.0 500 Nope\r\n", -EREMOTEIO, -ENODATA, "");
    assert_body("HTTP/1.0 302 Found\r\n", -EREMOTEIO, -ENODATA, "");
}

static void test_what_is_none(void **state)
{
    static const char *const wrong[] = {"\n",
                                        "SSH-2.0-x\n",
                                        "HTTP/2 200 OK\n",
                                        "HTTP/1.0 20 OK\n",
                                        "HTTP/1.0 2000\n",
                                        "HTTP/1.0\n",
                                        "HTTP/1.0 200 OK\nContent-Length: x\n",
                                        "HTTP/1.0 200 OK\nContent-Length: \n",
                                        "HTTP/1.0 200 OK\nContent-Length: 1a\n",
                                        "HTTP/1.0 200 OK\nContent-Length: 99999999999999999999\n",
                                        "HTTP/1.0 200 OK\nTransfer-Encoding: gzip, chunked\n",
                                        "HTTP/1.0 200 OK\nTransfer-Encoding: chunked\n\n\n",
                                        "HTTP/1.0 200 OK\nTransfer-Encoding: chunked\n\ng\n",
                                        "HTTP/1.0 200 OK\nTransfer-Encoding: chunked\n\n1\nab\n",
                                        "HTTP/1.0 200 OK\nTransfer-Encoding: chunked\n\n11111111111111111\n"};

    for (size_t i = 0; i < COUNT(wrong); i++)
        for (size_t size = 1; size <= strlen(wrong[i]); size++) {
            struct http_answer answer;
            struct body body = {.result = 0};

            if (take(wrong[i], size, &answer, &body) != -EBADMSG)
                fail_msg("%s is taken", wrong[i]);
        }
}

static void test_a_nul_is_none(void **state)
{
    struct http_answer answer;
    struct body body = {.result = 0};
    char piece[] = "HTTP/1.0 200\0\n";

    http_answer_begin(&answer, take_body, &body);
    assert_int_equal(http_answer_take(&answer, piece, sizeof(piece) - 1), -EBADMSG);
}

/* Only so much of them is read, and nothing of those that do not matter. */
static void test_headers_have_a_limit(void **state)
{
    char text[HTTP_ANSWER_HEAD_MAX + 100] = "HTTP/1.0 200 OK\r\nX: ";
    struct http_answer answer;
    struct body body = {.result = 0};

    memset(text + strlen(text), 'x', HTTP_ANSWER_HEAD_MAX - strlen(text) - 4);
    strcat(text, "\r\n\r\nabc");
    assert_int_equal(take(text, 1000, &answer, &body), 0);
    assert_string_equal(body.text, "abc");
    strcpy(strchr(text, '\r'), "\r\nXX: ");
    memset(text + strlen(text), 'x', HTTP_ANSWER_HEAD_MAX - strlen(text) - 3);
    strcpy(text + HTTP_ANSWER_HEAD_MAX - 3, "\r\n\r\nabc");
    assert_int_equal(take(text, 1000, &answer, &body), -EBADMSG);
}

/* A chunk's frame has it for itself: a stream is endless. */
static void test_chunks_without_end(void **state)
{
    struct http_answer answer;
    struct body body = {.result = 0};
    char chunk[] = "1\r\nx\r\n", line[] = "1;xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", extension[] = "xxxxxxxx";
    int r = 0;

    assert_int_equal(take("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n", 100, &answer, &body), 0);
    for (int i = 0; i < HTTP_ANSWER_HEAD_MAX; i++) {
        body.length = 0;
        assert_int_equal(http_answer_take(&answer, chunk, 6), 0);
    }
    assert_int_equal(http_answer_take(&answer, line, strlen(line)), 0);
    for (int i = 0; i < HTTP_ANSWER_HEAD_MAX && r == 0; i++)
        r = http_answer_take(&answer, extension, strlen(extension));
    assert_int_equal(r, -EBADMSG);
}

static void assert_half(const char *text, int said, bool half)
{
    struct http_answer answer;
    struct body body = {.result = said};

    assert_int_equal(take(text, 100, &answer, &body), 0);
    assert_int_equal(http_answer_half(&answer), half);
}

static void test_what_is_due(void **state)
{
    assert_half("", 0, true);
    assert_half("HTTP/1.0 200 OK\n", 0, true);
    assert_half("HTTP/1.0 200 OK\n\n", 0, true);
    assert_half("HTTP/1.0 200 OK\n\na", 0, false);
    assert_half("HTTP/1.0 200 OK\n\na", 1, true);
    assert_half("HTTP/1.0 200 OK\nContent-Length: 2\n\na", 0, false);
    assert_half("HTTP/1.0 200 OK\nTransfer-Encoding: chunked\n\n2\na", 0, true);
    assert_half("HTTP/1.0 200 OK\nTransfer-Encoding: chunked\n\n2\naa", 0, true);
    assert_half("HTTP/1.0 200 OK\nTransfer-Encoding: chunked\n\n2\naa\n", 0, false);
    assert_half("HTTP/1.0 200 OK\nTransfer-Encoding: chunked\n\n2\naa\n", 1, true);
    assert_half("HTTP/1.0 200 OK\nTransfer-Encoding: chunked\n\n2\naa\n3", 0, true);
}

static void test_a_close_while_something_is_due(void **state)
{
    struct http_answer answer;
    struct body body = {.result = 1};

    assert_int_equal(take("HTTP/1.0 200 OK\n\na", 100, &answer, &body), 0);
    assert_int_equal(http_answer_close(&answer), -ENODATA);
}

static void test_the_reader_has_enough(void **state)
{
    struct http_answer answer;
    struct body body = {.result = -EFBIG};

    assert_int_equal(take("HTTP/1.0 200 OK\n\nab", 1, &answer, &body), -EFBIG);
    assert_string_equal(body.text, "a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_closed_in_the_middle),
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_what_is_none),
        cmocka_unit_test(test_a_nul_is_none),
        cmocka_unit_test(test_headers_have_a_limit),
        cmocka_unit_test(test_chunks_without_end),
        cmocka_unit_test(test_what_is_due),
        cmocka_unit_test(test_a_close_while_something_is_due),
        cmocka_unit_test(test_the_reader_has_enough),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
