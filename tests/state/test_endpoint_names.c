/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Endpoints by name */
#include "../../service/state/endpoint_names.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../service/state/peer.h"
#include "../unit.h"

#define KEY(n)    "AAAAA" n "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define PEER(key) "[Peer]\nPublicKey = " key "\n"

static struct endpoint_names names;

static int set_up(void **state)
{
    memset(&names, 0, sizeof(names));
    return 0;
}

static void take(const char *link, const char *text)
{
    struct wireguard_conf conf;
    uint32_t line;

    assert_int_equal(wireguard_conf_parse(text, strlen(text), &conf, &line), WIREGUARD_CONF_DONE);
    endpoint_names_take(&names, link, &conf);
    wireguard_conf_done(&conf);
}

static void test_what_is_taken(void **state)
{
    take(
        "wg0",
        "[Interface]\nPrivateKey = QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=\n" PEER(KEY(
            "Q")) "Endpoint = vpn.test:51820\n" PEER(KEY("g")) "Endpoint = 192.0.2.1:51820\n" PEER(KEY("w")) "Endpoint = [fe80::1%eth0]:51820\n" PEER(KEY("A")));
    take("wg1", PEER(KEY("g")) "Endpoint = gate:65535\n");
    assert_int_equal(names.count, 2);
    assert_string_equal(names.list[0].link, "wg0");
    assert_string_equal(names.list[0].host, "vpn.test");
    assert_int_equal(names.list[0].port, 51820);
    assert_int_equal(names.list[0].key[3], 1);
    assert_int_equal(names.list[0].answer, ENDPOINT_ASKED);
    assert_string_equal(names.list[1].link, "wg1");
    assert_int_equal(names.list[1].port, 65535);
    assert_false(names.truncated);
    assert_true(endpoint_names_of(&names, "wg0"));
    assert_true(endpoint_names_of(&names, "wg1"));
    assert_false(endpoint_names_of(&names, "wg2"));
}

static void test_what_is_not_asked(void **state)
{
    take("wg0", PEER(KEY("Q")) "Endpoint = -v.test:51820\n" PEER(KEY("g")) "Endpoint = vpn.test:https\n" PEER(
                    KEY("w")) "Endpoint = vpn.test:0\n");
    assert_int_equal(names.count, 3);
    assert_int_equal(names.list[0].answer, ENDPOINT_BAD_NAME);
    assert_int_equal(names.list[1].answer, ENDPOINT_NO_PORT);
    assert_int_equal(names.list[2].answer, ENDPOINT_NO_PORT);
}

static void test_a_peer_in_two_sections(void **state)
{
    take(
        "wg0",
        PEER(KEY("Q")) "Endpoint = a.test:1\n" PEER(KEY("Q")) "Endpoint = b.test:2\n" PEER(KEY(
            "Q")) "AllowedIPs = 10.0.0.0/8\n" PEER(KEY("g")) "Endpoint = a.test:1\n" PEER(KEY("g")) "Endpoint"
                                                                                                    " = "
                                                                                                    "192.0.2."
                                                                                                    "1:2\n");
    assert_int_equal(names.count, 1);
    assert_string_equal(names.list[0].host, "b.test");
}

static void test_no_more_than_fit(void **state)
{
    char text[128];

    for (int i = 0; i < ENDPOINT_NAMES_MAX + 2; i++) {
        assert_int_equal(names.truncated, i > ENDPOINT_NAMES_MAX);
        snprintf(text, sizeof(text), PEER(KEY("Q")) "Endpoint = name%d.test:1\n", i);
        take("wg0", text);
    }
    assert_int_equal(names.count, ENDPOINT_NAMES_MAX);
    assert_string_equal(names.list[ENDPOINT_NAMES_MAX - 1].host, "name15.test");
}

static struct endpoint_name answered(const char *output)
{
    struct endpoint_name name = {.host = "vpn.test", .port = 51820};

    endpoint_name_answer(&name, 0, output, strlen(output));
    return name;
}

static void assert_place(const char *output, const char *present, const char *expected)
{
    struct endpoint_name name = answered(output);
    struct peer_endpoint at = {0}, place;
    char text[PEER_ENDPOINT_TEXT_SIZE];

    if (*present)
        assert_int_equal(peer_endpoint_parse(present, &at), 0);
    if (!endpoint_name_place(&name, &at, &place))
        assert_string_equal("", expected);
    else
        assert_string_equal(peer_endpoint_text(&place, text, sizeof(text)), expected);
}

#define FOUR "192.0.2.1       STREAM vpn.test\n192.0.2.1       DGRAM\n192.0.2.1       RAW\n"
#define MORE "192.0.2.2       STREAM vpn.test\n"
#define SIX  "2001:db8::1     STREAM vpn.test\n2001:db8::1     DGRAM\n"

static void test_where_a_peer_is(void **state)
{
    assert_place(FOUR, "", "192.0.2.1:51820");
    assert_place(SIX FOUR, "", "[2001:db8::1]:51820");
    /* The family of the present one goes before, and one that is meant already before all. */
    assert_place(SIX FOUR MORE, "198.51.100.1:7", "192.0.2.1:51820");
    assert_place(FOUR SIX, "[2001:db8::9]:7", "[2001:db8::1]:51820");
    assert_place(FOUR MORE SIX, "192.0.2.2:7", "192.0.2.2:51820");
    assert_place(FOUR MORE, "[2001:db8::9]:7", "192.0.2.1:51820");
}

static void test_bad_answers(void **state)
{
    static const char *const bad[] = {"",
                                      "\n",
                                      "nonsense\n",
                                      "192.0.2.1",
                                      "192.0.2.256 STREAM\n",
                                      " 192.0.2.1\n",
                                      "fe80::1%eth0 STREAM\n",
                                      "2001:db8:0000:0000:0000:0000:0000:0000:0000:0001:0002:0003 STREAM\n"};

    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_place(bad[i], "192.0.2.1:51820", "");
        assert_int_equal(answered(bad[i]).answer, ENDPOINT_NOT_FOUND);
    }
    assert_place("nonsense\n\n" FOUR, "", "192.0.2.1:51820");
    assert_int_equal(answered(FOUR).addresses_count, 1);
}

static void test_many_addresses(void **state)
{
    char output[1024] = "";

    for (int i = 0; i < 20; i++)
        snprintf(output + strlen(output), sizeof(output) - strlen(output), "192.0.2.%d STREAM\n", i + 1);
    assert_int_equal(answered(output).addresses_count, ENDPOINT_ADDRESSES_MAX);
    assert_place(output, "192.0.2.8:7", "192.0.2.8:51820");
    assert_place(output, "192.0.2.9:7", "192.0.2.1:51820");
}

static void test_no_answers(void **state)
{
    static const char line[] = "192.0.2.1 STREAM\n";
    struct endpoint_name name = {.port = 1};
    struct peer_endpoint present = {0}, place;

    endpoint_name_answer(&name, 2, line, strlen(line));
    assert_int_equal(name.answer, ENDPOINT_NOT_FOUND);
    assert_false(endpoint_name_place(&name, &present, &place));
    endpoint_name_answer(&name, -ETIME, line, strlen(line));
    assert_int_equal(name.answer, ENDPOINT_LATE);
    endpoint_name_answer(&name, 1, line, strlen(line));
    assert_int_equal(name.answer, ENDPOINT_FAILED);
    endpoint_name_answer(&name, -EFBIG, line, strlen(line));
    assert_int_equal(name.answer, ENDPOINT_FOUND);
}

static void test_texts(void **state)
{
    for (enum endpoint_answer answer = 0; answer < ENDPOINT_ANSWERS; answer++)
        assert_non_null(endpoint_answer_text(answer));
    assert_string_equal(endpoint_answer_text(ENDPOINT_NOT_FOUND), "is not found");
    assert_string_equal(endpoint_answer_text(ENDPOINT_LATE), "is not found in time");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_what_is_taken, set_up),
        cmocka_unit_test_setup(test_what_is_not_asked, set_up),
        cmocka_unit_test_setup(test_a_peer_in_two_sections, set_up),
        cmocka_unit_test_setup(test_no_more_than_fit, set_up),
        cmocka_unit_test(test_where_a_peer_is),
        cmocka_unit_test(test_bad_answers),
        cmocka_unit_test(test_many_addresses),
        cmocka_unit_test(test_no_answers),
        cmocka_unit_test(test_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
