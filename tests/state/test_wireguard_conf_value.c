/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pieces of lines of WireGuard configuration files: what the rows of whole files leave open */
#include <stdlib.h>
#include <string.h>

#include "../../service/state/wireguard_conf_value.h"
#include "../unit.h"

static struct wireguard_conf_run run_of(const char *text)
{
    return (struct wireguard_conf_run){text, text + strlen(text)};
}

static void test_white_space(void **state)
{
    for (int c = 0; c < 256; c++)
        assert_int_equal(wireguard_conf_is_space((char)c), c && strchr(" \t\n\v\f\r", c));
}

static void test_trim(void **state)
{
    struct wireguard_conf_run run = wireguard_conf_trim(run_of(" \t a b\r\n"));

    assert_int_equal(run.end - run.begin, 3);
    assert_memory_equal(run.begin, "a b", 3);
    run = wireguard_conf_trim(run_of(" \f "));
    assert_ptr_equal(run.begin, run.end);
}

static void test_names(void **state)
{
    assert_true(wireguard_conf_same(run_of("mTu"), "MTU"));
    assert_false(wireguard_conf_same(run_of("MTU "), "MTU"));
    assert_false(wireguard_conf_same(run_of("MT"), "MTU"));
    assert_false(wireguard_conf_same(run_of("{MTU}"), "[MTU]"));
    assert_string_equal(wireguard_conf_behind(run_of("public k\tey =x"), "PublicKey="), "x");
    assert_string_equal(wireguard_conf_behind(run_of("PublicKey="), "PublicKey="), "");
    assert_null(wireguard_conf_behind(run_of("PublicKey "), "PublicKey="));
    assert_null(wireguard_conf_behind(run_of("PublicKeys="), "PublicKey="));
    assert_null(wireguard_conf_behind(run_of("\xd0ublicKey="), "PublicKey="));
}

static void test_keys(void **state)
{
    static const char *const good[] = {"AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=",
                                       "/+///////////////////////////////////////9 8=",
                                       " A QIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA\t=\r"};
    static const char *const bad[] = {"",
                                      "=",
                                      "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA",
                                      "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAA",
                                      "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA==",
                                      "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyB=",
                                      "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyC=",
                                      "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eH_A=",
                                      "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eH=A=",
                                      "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHy=="};

    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(wireguard_conf_is_key(run_of(good[i])));
    for (size_t i = 0; i < COUNT(bad); i++)
        if (wireguard_conf_is_key(run_of(bad[i])))
            fail_msg("taken: %s", bad[i]);
}

static void test_a_copy_that_fits(void **state)
{
    char buffer[4] = "xyz";

    assert_true(wireguard_conf_copy(run_of(" a b\nc "), buffer, sizeof(buffer)));
    assert_string_equal(buffer, "abc");
    assert_false(wireguard_conf_copy(run_of("abcd"), buffer, sizeof(buffer)));
    assert_string_equal(buffer, "");
    assert_true(wireguard_conf_copy(run_of(""), buffer, sizeof(buffer)));
    assert_string_equal(buffer, "");
}

static void test_numbers(void **state)
{
    char text[80], port[WIREGUARD_CONF_PORT_SIZE];
    uint16_t seconds = 7;
    int32_t mtu = 7;

    assert_false(wireguard_conf_keepalive(run_of(""), &seconds));
    assert_true(wireguard_conf_keepalive(run_of("6553 5"), &seconds));
    assert_int_equal(seconds, 65535);
    assert_false(wireguard_conf_keepalive(run_of("offf"), &seconds));
    memset(text, '0', sizeof(text));
    text[63] = 0;
    assert_true(wireguard_conf_keepalive(run_of(text), &seconds));
    text[63] = '0';
    text[64] = 0;
    assert_false(wireguard_conf_keepalive(run_of(text), &seconds));
    assert_false(wireguard_conf_mtu(run_of(text), &mtu));
    assert_false(wireguard_conf_mtu(run_of(""), &mtu));
    assert_false(wireguard_conf_mtu(run_of("99999999999999999999"), &mtu));
    assert_int_equal(mtu, 7);
    assert_false(wireguard_conf_port(run_of(" "), port));
    assert_false(wireguard_conf_port(run_of("65536"), port));
    assert_true(wireguard_conf_port(run_of("65 535"), port));
    assert_string_equal(port, "65535");
}

static void test_the_longest_endpoint(void **state)
{
    char host[WIREGUARD_CONF_HOST_SIZE], port[WIREGUARD_CONF_PORT_SIZE];
    char text[WIREGUARD_CONF_HOST_SIZE + WIREGUARD_CONF_PORT_SIZE + 3];

    memset(text, 'a', sizeof(text));
    text[0] = '[';
    memcpy(text + 256, "]:", 2);
    text[sizeof(text) - 2] = 0;
    assert_true(wireguard_conf_endpoint(run_of(text), host, port));
    assert_int_equal(strlen(host), WIREGUARD_CONF_HOST_SIZE - 1);
    assert_int_equal(strlen(port), WIREGUARD_CONF_PORT_SIZE - 1);
    text[sizeof(text) - 2] = 'a';
    text[sizeof(text) - 1] = 0;
    assert_false(wireguard_conf_endpoint(run_of(text), host, port));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_white_space),
        cmocka_unit_test(test_trim),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_a_copy_that_fits),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_the_longest_endpoint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
