/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A JSON object in pieces of any size: what is told, what is not one, and what is not kept */
#include "../../service/sys/json_scan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../unit.h"

enum { WITHIN = 2 };

struct trace {
    char text[2048];
    size_t length;
};

/* "key=text", "key{" and "}"; what is within "skip" is not wanted. */
static uint8_t tell(void *userdata, uint8_t place, const char *key, enum json_scan_kind kind,
                    const char *text)
{
    static const char *const words[] = {
        [JSON_SCAN_NULL] = "null", [JSON_SCAN_FALSE] = "false", [JSON_SCAN_TRUE] = "true"};
    struct trace *trace = userdata;
    char *at = trace->text + trace->length;
    size_t size = sizeof(trace->text) - trace->length;

    assert_true(place == JSON_SCAN_TOP || place == WITHIN);
    if (kind == JSON_SCAN_END)
        trace->length += snprintf(at, size, "}");
    else if (kind == JSON_SCAN_OBJECT || kind == JSON_SCAN_ARRAY)
        trace->length += snprintf(at, size, "%s%c", key, kind == JSON_SCAN_OBJECT ? '{' : '[');
    else
        trace->length += snprintf(at, size, "%s=%s;", key, kind < JSON_SCAN_NUMBER ? words[kind] : text);
    return strcmp(key, "skip") == 0 ? JSON_SCAN_SKIPPED : WITHIN;
}

static ssize_t scan_pieces(const char *text, size_t length, size_t size, struct trace *trace,
                           struct json_scan *scan)
{
    size_t at = 0;
    ssize_t r;

    memset(trace, 0, sizeof(*trace));
    json_scan_begin(scan, tell, trace);
    assert_true(json_scan_is_new(scan));
    while (at < length && !json_scan_ended(scan)) {
        r = json_scan_take(scan, text + at, length - at < size ? length - at : size);
        if (r < 0)
            return r;
        at += r;
    }
    return at;
}

static void assert_told(const char *text, const char *told)
{
    for (size_t size = 1; size <= strlen(text); size++) {
        struct json_scan scan = {.depth = 0};
        struct trace trace;

        assert_int_equal(scan_pieces(text, strlen(text), size, &trace, &scan), strlen(text));
        assert_true(json_scan_ended(&scan));
        assert_string_equal(trace.text, told);
    }
}

static void test_what_is_told(void **state)
{
    assert_told("{}", "");
    assert_told(" \t\r\n{ }", "");
    assert_told("{\"a\":1}", "a=1;");
    assert_told("{ \"a\" : 1 , \"b\" : -0.5e+10 , \"c\" : [ ] , \"d\" : { } }", "a=1;b=-0.5e+10;c[}d{}");
    assert_told("{\"a\":[null,true,false,\"\",[2]]}", "a[=null;=true;=false;=;[=2;}}");
    assert_told("{\"a\":{\"b\":{\"c\":\"d\"}},\"e\":\"f\"}", "a{b{c=d;}}e=f;");
    assert_told("{\"\":\"x\"}", "=x;");
}

static void test_what_is_skipped(void **state)
{
    assert_told("{\"skip\":{\"a\":[1,{\"b\":\"c\"}],\"d\":null},\"e\":2}", "skip{e=2;");
    assert_told("{\"skip\":[\"a\",[]],\"e\":2}", "skip[e=2;");
    assert_told("{\"a\":[{\"skip\":{\"x\":1}}]}", "a[{skip{}}");
}

static void test_texts(void **state)
{
    assert_told("{\"a\":\"\\\"\\\\\\/\"}", "a=\"\\/;");
    assert_told("{\"a\":\"x\\b\\f\\n\\r\\ty\\u0000\\u001f\\u007f\\u0085z\"}", "a=x     y    z;");
    assert_told("{\"\\u0061\":\"\\u00e9\\u20ac\\uD83D\\uDe00\\u003c\"}", "a=\u00e9\u20ac\U0001f600<;");
    assert_told("{\"\u00e9\":\"\u20ac\U0001f600\"}", "\u00e9=\u20ac\U0001f600;");
}

static void test_what_is_none(void **state)
{
    static const char *const wrong[] = {"[]",
                                        "1 ",
                                        "\"a\"",
                                        "x",
                                        "}",
                                        "{,}",
                                        "{\"a\"}",
                                        "{\"a\",",
                                        "{\"a\":}",
                                        "{\"a\":1,}",
                                        "{\"a\" 1}",
                                        "{a:1}",
                                        "{'a':1}",
                                        "{\"a\":1]",
                                        "{\"a\":[1}",
                                        "{\"a\":[,",
                                        "{\"a\":[1,]}",
                                        "{\"a\":[1 2]}",
                                        "{\"a\":tru}",
                                        "{\"a\":True}",
                                        "{\"a\":nulll}",
                                        "{\"a\":+1}",
                                        "{\"a\":01}",
                                        "{\"a\":1.}",
                                        "{\"a\":.5}",
                                        "{\"a\":1e}",
                                        "{\"a\":-}",
                                        "{\"a\":0x1}",
                                        "{\"a\":NaN}",
                                        "{\"a\":1 \"b\":2}",
                                        "{\"a\":\"\n\"}",
                                        "{\"a\":\"\\x\"}",
                                        "{\"a\":\"\\u12g4\"}",
                                        "{\"a\":\"\\ud83d\"}",
                                        "{\"a\":\"\\ude00\"}",
                                        "{\"a\":\"\\ud83dx\"}",
                                        "{\"a\":\"\\ud83d\\u0041\"}",
                                        "{\"a\":\"\\ud83d\\ud83d\"}",
                                        "{\"a\":\"\x80\"}",
                                        "{\"a\":\"\xc0\x80\"}",
                                        "{\"a\":\"\xc1\xbf\"}",
                                        "{\"a\":\"\xe0\x80\x80\"}",
                                        "{\"a\":\"\xed\xa0\x80\"}",
                                        "{\"a\":\"\xf4\x90\x80\x80\"}",
                                        "{\"a\":\"\xf5\x80\x80\x80\"}",
                                        "{\"a\":\"\xe2\x82\"}",
                                        "{\"a\":\"\xff\"}",
                                        "{\"skip\":{\"a\":\"\x80\"}}",
                                        "{\"skip\":{\"a\":01}}",
                                        "{\"a\":1/**/}",
                                        "{\"a\":1\v}"};

    for (size_t i = 0; i < COUNT(wrong); i++)
        for (size_t size = 1; size <= strlen(wrong[i]); size++) {
            struct json_scan scan = {.depth = 0};
            struct trace trace;

            if (scan_pieces(wrong[i], strlen(wrong[i]), size, &trace, &scan) != -EBADMSG)
                fail_msg("%s is taken", wrong[i]);
            assert_int_equal(json_scan_take(&scan, "}", 1), -EBADMSG);
            assert_false(json_scan_ended(&scan));
        }
}

static void test_a_nul_is_none(void **state)
{
    static const char *const wrong[] = {"\0{}",        "{\0}",        "{\"a\":\0}",
                                        "{\"a\":1\0}", "{\"a\0\":1}", "{\"\\\0"};
    static const size_t lengths[] = {3, 3, 7, 8, 8, 4};

    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct json_scan scan = {.depth = 0};
        struct trace trace;

        assert_int_equal(scan_pieces(wrong[i], lengths[i], 100, &trace, &scan), -EBADMSG);
    }
}

static void test_what_has_not_ended(void **state)
{
    static const char text[] = "{\"a\":{\"b\":[1,\"\\u20ac\",true]}}";

    for (size_t length = 0; length < strlen(text); length++) {
        struct json_scan scan = {.depth = 0};
        struct trace trace;

        assert_int_equal(scan_pieces(text, length, 100, &trace, &scan), length);
        assert_false(json_scan_ended(&scan));
        assert_int_equal(json_scan_is_new(&scan), length == 0);
    }
}

/* What follows is the next one's. */
static void test_it_takes_no_more(void **state)
{
    struct json_scan scan = {.depth = 0};
    struct trace trace = {.length = 0};

    json_scan_begin(&scan, tell, &trace);
    assert_int_equal(json_scan_take(&scan, "{\"a\":1}{\"b\":2}", 14), 7);
    assert_int_equal(json_scan_take(&scan, "{\"b\":2}", 7), 0);
    json_scan_begin(&scan, tell, &trace);
    assert_int_equal(json_scan_take(&scan, "{\"b\":2}", 7), 7);
    assert_string_equal(trace.text, "a=1;b=2;");
}

static void test_how_deep_it_may_be(void **state)
{
    for (size_t depth = 1; depth <= JSON_SCAN_DEPTH_MAX + 1; depth++) {
        char text[256] = "{\"skip\":";
        struct json_scan scan = {.depth = 0};
        struct trace trace;
        size_t length = strlen(text), inner = depth - 1;

        memset(text + length, '[', inner);
        memset(text + length + inner, ']', inner);
        if (!inner)
            text[length++] = '1';
        text[length + 2 * inner] = '}';
        length += 2 * inner + 1;
        assert_int_equal(scan_pieces(text, length, 7, &trace, &scan),
                         depth <= JSON_SCAN_DEPTH_MAX ? (ssize_t)length : -EBADMSG);
    }
}

/* Three bytes a character: the last one that fits is whole. */
static void test_long_texts(void **state)
{
    char text[4096] = "{\"", expected[JSON_SCAN_TEXT_SIZE + JSON_SCAN_KEY_SIZE + 4] = "";
    struct json_scan scan = {.depth = 0};
    struct trace trace;

    for (int i = 0; i < 100; i++)
        strcat(text, "\u20ac");
    strcat(text, "\":\"x");
    for (int i = 0; i < 500; i++)
        strcat(text, "\u20ac");
    strcat(text, "y\"}");
    for (int i = 0; i < (JSON_SCAN_KEY_SIZE - 1) / 3; i++)
        strcat(expected, "\u20ac");
    strcat(expected, "=x");
    for (int i = 0; i < (JSON_SCAN_TEXT_SIZE - 2) / 3; i++)
        strcat(expected, "\u20ac");
    strcat(expected, ";");
    assert_int_equal(scan_pieces(text, strlen(text), 5, &trace, &scan), strlen(text));
    assert_string_equal(trace.text, expected);
}

static void test_a_long_number(void **state)
{
    char text[100] = "{\"a\":1";
    struct json_scan scan = {.depth = 0};
    struct trace trace;

    for (int i = 0; i < 62; i++)
        strcat(text, "0");
    strcat(text, "}");
    assert_int_equal(scan_pieces(text, strlen(text), 100, &trace, &scan), strlen(text));
    strcpy(text + strlen(text) - 1, "0}");
    assert_int_equal(scan_pieces(text, strlen(text), 100, &trace, &scan), -EBADMSG);
}

static void test_nothing_is_kept(void **state)
{
    static const char text[] = "{\"skip\":{\"secret-key\":\"secret-text\"},\"a\":\"b";
    struct json_scan scan = {.depth = 0};
    struct trace trace;

    for (size_t length = 1; length < sizeof(text); length++) {
        scan_pieces(text, length, 100, &trace, &scan);
        assert_null(memmem(&scan, sizeof(scan), "secret", 6));
    }
    scan_pieces("{\"secret\":\"secret", 17, 100, &trace, &scan);
    assert_non_null(memmem(&scan, sizeof(scan), "secret", 6));
    json_scan_done(&scan);
    assert_null(memmem(&scan, sizeof(scan), "secret", 6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_told),
        cmocka_unit_test(test_what_is_skipped),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_what_is_none),
        cmocka_unit_test(test_a_nul_is_none),
        cmocka_unit_test(test_what_has_not_ended),
        cmocka_unit_test(test_it_takes_no_more),
        cmocka_unit_test(test_how_deep_it_may_be),
        cmocka_unit_test(test_long_texts),
        cmocka_unit_test(test_a_long_number),
        cmocka_unit_test(test_nothing_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
