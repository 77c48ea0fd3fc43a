/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps of /etc/resolv.conf and wsl.conf as JSON; the other kinds are among the rows of test_record.c */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../service/act/record_step.h"
#include "../../service/state/dns.h"
#include "../unit.h"

static int read_text(const char *text, struct step *step)
{
    json_t *record = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    int r;

    memset(step, 0xff, sizeof(*step));
    r = record_read_step(record, step);
    json_decref(record);
    return r;
}

static void assert_read_and_written(const char *text, struct step *step)
{
    json_t *record;
    char *again;

    if (read_text(text, step) != 0)
        fail_msg("refused: %s", text);
    record = record_of_step(step);
    again = json_dumps(record, JSON_COMPACT);
    assert_string_equal(again, text);
    free(again);
    json_decref(record);
}

#define DNS_OF(target, from, to, before, after, vc, immutable, foreign)                                      \
    "{\"kind\":\"dns\",\"target\":" target ",\"span\":{\"from\":" from ",\"to\":" to ",\"before\":" before   \
    ",\"after\":" after ",\"before-vc\":false,\"after-vc\":" vc ",\"immutable\":" immutable                  \
    ",\"foreign\":" foreign "}}"
#define DNS_AT(target, from, to, before, after, vc, immutable)                                               \
    DNS_OF(target, from, to, before, after, vc, immutable, "false")
#define DNS(from, to, before, after, vc, immutable)                                                          \
    DNS_AT("\"/etc/resolv.conf\"", from, to, before, after, vc, immutable)

static void test_steps_of_resolv_conf(void **state)
{
    static const char *const rows[] = {
        DNS("\"other\"", "\"runtime\"", "[\"10.255.255.254\"]", "[\"172.20.0.1\",\"10.255.255.254\"]",
            "false", "false"),
        DNS("\"absent\"", "\"lasting\"", "[]", "[\"fd00::1\",\"1.1.1.1\",\"9.9.9.9\"]", "true", "false"),
        DNS("\"lasting\"", "\"other\"", "[\"10.0.0.1\"]", "[]", "false", "true"),
        DNS("\"runtime\"", "\"absent\"", "[]", "[]", "false", "false"),
        DNS_OF("\"/etc/resolv.conf\"", "\"other\"", "\"runtime\"", "[]", "[]", "false", "false", "true"),
        DNS("\"runtime\"", "\"runtime\"", "[]", "[]", "false", "false"),
        DNS("\"runtime\"", "\"lasting\"", "[]", "[]", "false", "false"),
    };
    char text[DNS_LIST_SIZE];
    struct step step;

    for (size_t i = 0; i < COUNT(rows); i++)
        assert_read_and_written(rows[i], &step);
    assert_int_equal(read_text(rows[0], &step), 0);
    assert_int_equal(step.kind, STEP_RESOLV);
    assert_string_equal(step.target, "/etc/resolv.conf");
    assert_int_equal(step.resolv.from, RESOLV_OTHER);
    assert_int_equal(step.resolv.to, RESOLV_RUNTIME);
    assert_string_equal(dns_list_text(&step.resolv.before, text, sizeof(text)), "10.255.255.254");
    assert_string_equal(dns_list_text(&step.resolv.after, text, sizeof(text)), "172.20.0.1 10.255.255.254");
    assert_false(step.resolv.foreign);
    assert_int_equal(read_text(rows[4], &step), 0);
    assert_true(step.resolv.foreign);
    assert_int_equal(read_text(rows[1], &step), 0);
    assert_true(step.resolv.after_vc && !step.resolv.before_vc && !step.resolv.immutable);
    assert_int_equal(read_text(rows[2], &step), 0);
    assert_true(!step.resolv.after_vc && !step.resolv.before_vc && step.resolv.immutable);
}

/* Whoever could write the log is root; but root's files are what such a step changes. */
static void test_hostile_steps_of_resolv_conf(void **state)
{
#define OTHER   "\"other\""
#define RUNTIME "\"runtime\""
#define FALSE   "false"
    static const char *const bad[] = {
        "{\"kind\":\"dns\",\"target\":\"/etc/resolv.conf\"}",
        "{\"kind\":\"dns\",\"target\":\"/etc/resolv.conf\",\"span\":[]}",
        "{\"kind\":\"dns\",\"target\":\"/etc/resolv.conf\",\"span\":{}}",
        "{\"kind\":\"resolv\",\"target\":\"/etc/resolv.conf\",\"span\":{}}",
        DNS_AT("\"/etc/passwd\"", OTHER, RUNTIME, "[]", "[]", FALSE, FALSE),
        DNS_AT("\"etc/resolv.conf\"", OTHER, RUNTIME, "[]", "[]", FALSE, FALSE),
        DNS_AT("7", OTHER, RUNTIME, "[]", "[]", FALSE, FALSE),
        DNS("\"elsewhere\"", RUNTIME, "[]", "[]", FALSE, FALSE),
        DNS(OTHER, "\"Runtime\"", "[]", "[]", FALSE, FALSE),
        DNS(OTHER, "\"\"", "[]", "[]", FALSE, FALSE),
        DNS("1", "2", "[]", "[]", FALSE, FALSE),
        DNS(OTHER, OTHER, "[]", "[]", FALSE, FALSE), /* nothing of ours */
        DNS(OTHER, "\"absent\"", "[]", "[]", FALSE, FALSE),
        DNS("\"absent\"", OTHER, "[]", "[]", FALSE, FALSE),
        DNS("\"absent\"", "\"absent\"", "[]", "[]", FALSE, FALSE),
        DNS(OTHER, RUNTIME, "null", "[]", FALSE, FALSE),
        DNS(OTHER, RUNTIME, "[]", "{}", FALSE, FALSE),
        DNS(OTHER, RUNTIME, "\"10.0.0.1\"", "[]", FALSE, FALSE),
        DNS(OTHER, RUNTIME, "[1]", "[]", FALSE, FALSE),
        DNS(OTHER, RUNTIME, "[null]", "[]", FALSE, FALSE),
        DNS(OTHER, RUNTIME, "[\"\"]", "[]", FALSE, FALSE),
        DNS(OTHER, RUNTIME, "[\"localhost\"]", "[]", FALSE, FALSE),
        DNS(OTHER, RUNTIME, "[]", "[\"10.0.0.1\\nsearch evil\"]", FALSE, FALSE),
        DNS(OTHER, RUNTIME, "[]", "[\"10.0.0.256\"]", FALSE, FALSE),
        DNS(OTHER, RUNTIME, "[]", "[\"fe80::1%eth0\"]", FALSE, FALSE),
        DNS(OTHER, RUNTIME, "[\"1.1.1.1\",\"1.1.1.2\",\"1.1.1.3\",\"1.1.1.4\"]", "[]", FALSE, FALSE),
        DNS(OTHER, RUNTIME, "[]", "[\"1.1.1.1\",\"1.1.1.2\",\"1.1.1.3\",\"1.1.1.4\"]", FALSE, FALSE),
        DNS(OTHER, RUNTIME, "[]", "[]", "0", FALSE),
        DNS(OTHER, RUNTIME, "[]", "[]", FALSE, "null"),
        DNS_OF("\"/etc/resolv.conf\"", OTHER, RUNTIME, "[]", "[]", FALSE, FALSE, "1"),
    };
    struct step step;

    for (size_t i = 0; i < COUNT(bad); i++)
        if (read_text(bad[i], &step) != -EINVAL)
            fail_msg("accepted: %s", bad[i]);
}

#define LINK_DNS(target, before, after)                                                                      \
    "{\"kind\":\"link-dns\",\"target\":" target ",\"before\":" before ",\"after\":" after "}"

static void test_steps_of_a_links_servers(void **state)
{
    static const char *const rows[] = {
        LINK_DNS("\"eth0\"", "[]", "[\"10.255.255.254\",\"172.20.0.1\"]"),
        LINK_DNS("\"eth0\"", "[\"fd00::1\"]", "[]"),
    };
    static const char *const bad[] = {
        LINK_DNS("\"a-name-of-16-byt\"", "[]", "[]"),
        LINK_DNS("\"eth0\"", "[\"name\"]", "[]"),
        LINK_DNS("\"eth0\"", "[]", "[7]"),
        LINK_DNS("\"eth0\"", "{}", "[]"),
        LINK_DNS("\"eth0\"", "[]", "null"),
    };
    char text[DNS_LIST_SIZE];
    struct step step;

    for (size_t i = 0; i < COUNT(rows); i++)
        assert_read_and_written(rows[i], &step);
    assert_int_equal(read_text(rows[0], &step), 0);
    assert_int_equal(step.kind, STEP_LINK_DNS);
    assert_int_equal(step.link_dns.before.count, 0);
    assert_string_equal(dns_list_text(&step.link_dns.after, text, sizeof(text)), "10.255.255.254 172.20.0.1");
    for (size_t i = 0; i < COUNT(bad); i++)
        if (read_text(bad[i], &step) != -EINVAL)
            fail_msg("accepted: %s", bad[i]);
}

#define PEER "AAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define KEEPALIVE(target, peer, before, after)                                                               \
    "{\"kind\":\"keepalive\",\"target\":" target ",\"keepalive\":{\"peer\":\"" peer "\",\"before\":" before  \
    ",\"after\":" after "}}"
#define KEEPALIVE_FILE(offset, line, before, after, lenient)                                                 \
    "{\"kind\":\"keepalive-file\",\"target\":\"/etc/wireguard/wg0.conf\",\"keepalive\":{\"peer\":\"" PEER    \
    "\",\"before\":0,\"after\":25},\"span\":{\"offset\":" offset ",\"line\":" line ",\"before\":" before     \
    ",\"after\":" after ",\"lenient\":" lenient "}}"

#define ENDPOINT(target, peer, before, after)                                                                \
    "{\"kind\":\"endpoint\",\"target\":" target ",\"endpoint\":{\"peer\":\"" peer "\",\"before\":\"" before  \
    "\",\"after\":\"" after "\"}}"

static void test_steps_of_endpoints(void **state)
{
    static const char *const rows[] = {
        ENDPOINT("\"wg0\"", PEER, "192.0.2.1:51820", "192.0.2.9:1"),
        ENDPOINT("\"wg0\"", PEER, "", "[2001:db8::1]:65535"),
    };
    static const char *const bad[] = {
        "{\"kind\":\"endpoint\",\"target\":\"wg0\"}",
        ENDPOINT("\"a-name-of-16-byt\"", PEER, "", "192.0.2.9:1"),
        ENDPOINT("\"wg0\"", "AAAA", "", "192.0.2.9:1"),
        ENDPOINT("\"wg0\"", PEER, "192.0.2.1", "192.0.2.9:1"),
        ENDPOINT("\"wg0\"", PEER, "192.0.2.1:51820", ""), /* nobody is told to be nowhere */
        ENDPOINT("\"wg0\"", PEER, "192.0.2.1:51820", "name.test:51820"),
    };
    struct step step;

    for (size_t i = 0; i < COUNT(rows); i++)
        assert_read_and_written(rows[i], &step);
    assert_int_equal(step.kind, STEP_ENDPOINT);
    assert_int_equal(step.endpoint.key[3], 1);
    assert_int_equal(step.endpoint.before.family, 0);
    assert_int_equal(step.endpoint.after.port, 65535);
    for (size_t i = 0; i < COUNT(bad); i++)
        if (read_text(bad[i], &step) != -EINVAL)
            fail_msg("accepted: %s", bad[i]);
}

static void test_steps_of_keepalive(void **state)
{
#define CONF96                                                                                               \
    "\"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456\""
    static const char *const rows[] = {
        KEEPALIVE("\"wg0\"", PEER, "0", "65535"),
        KEEPALIVE("\"wg0\"", PEER, "25", "0"),
        KEEPALIVE_FILE("159", "6", "\"\"", "\"\\nPersistentKeepalive = 25\"", "false"),
        KEEPALIVE_FILE("4294967295", "4294967295", "\"25\"", "\"off\"", "true"),
    };
    static const char *const bad[] = {
        "{\"kind\":\"keepalive\",\"target\":\"wg0\"}",
        KEEPALIVE("\"a-name-of-16-byt\"", PEER, "0", "25"),
        KEEPALIVE("\"wg0\"", "AAAA", "0", "25"),
        KEEPALIVE("\"wg0\"", PEER, "-1", "25"),
        KEEPALIVE("\"wg0\"", PEER, "0", "65536"),
        KEEPALIVE("\"wg0\"", PEER, "0", "\"25\""),
        KEEPALIVE_FILE("-1", "6", "\"25\"", "\"off\"", "false"),
        KEEPALIVE_FILE("1", "4294967296", "\"25\"", "\"off\"", "false"),
        KEEPALIVE_FILE("1", "6", "\"\"", "\"\"", "false"),
        KEEPALIVE_FILE("1", "6", CONF96, "\"off\"", "false"),
        KEEPALIVE_FILE("1", "6", "\"off\"", CONF96, "false"),
        KEEPALIVE_FILE("1", "6", "\"25\"", "\"off\"", "1"),
    };
    struct step step;

    for (size_t i = 0; i < COUNT(rows); i++)
        assert_read_and_written(rows[i], &step);
    assert_int_equal(read_text(rows[2], &step), 0);
    assert_int_equal(step.kind, STEP_KEEPALIVE_FILE);
    assert_int_equal(step.keepalive.after_sec, 25);
    assert_int_equal(step.keepalive.key[3], 1);
    assert_memory_equal(step.keepalive.span.key, step.keepalive.key, PEER_KEY_SIZE);
    assert_string_equal(step.keepalive.span.after, "\nPersistentKeepalive = 25");
    assert_int_equal(step.keepalive.span.offset, 159);
    for (size_t i = 0; i < COUNT(bad); i++)
        if (read_text(bad[i], &step) != -EINVAL)
            fail_msg("accepted: %s", bad[i]);
}

#define SETTING(section, key, before, after, create, remove)                                                 \
    "{\"kind\":\"setting\",\"target\":\"/etc/wsl.conf\",\"span\":{\"section\":" section ",\"key\":" key      \
    ",\"before\":" before ",\"after\":" after ",\"create\":" create ",\"remove\":" remove "}}"
#define KEY(before, after, create, remove)                                                                   \
    SETTING("\"network\"", "\"generateResolvConf\"", before, after, create, remove)

static void test_steps_of_settings(void **state)
{
    static const char *const rows[] = {
        KEY("\"\"", "\"false\"", "true", "false"),
        KEY("\"false\"", "\"\"", "false", "true"),
        KEY("\"true\"", "\"false\"", "false", "false"),
        SETTING("\"\"", "\"key\"", "\"\"", "\"\"", "false", "false"),
    };
    struct step step;

    for (size_t i = 0; i < COUNT(rows); i++)
        assert_read_and_written(rows[i], &step);
    assert_int_equal(read_text(rows[1], &step), 0);
    assert_int_equal(step.kind, STEP_SETTING);
    assert_string_equal(step.target, "/etc/wsl.conf");
    assert_string_equal(step.setting.section, "network");
    assert_string_equal(step.setting.key, "generateResolvConf");
    assert_string_equal(step.setting.before, "false");
    assert_string_equal(step.setting.after, "");
    assert_true(step.setting.remove && !step.setting.create);
}

static void test_hostile_steps_of_settings(void **state)
{
#define TEXT16 "0123456789abcdef"
#define TEXT64 "\"" TEXT16 TEXT16 TEXT16 TEXT16 "\""
    static const char *const bad[] = {
        "{\"kind\":\"setting\",\"target\":\"/etc/wsl.conf\"}",
        "{\"kind\":\"setting\",\"target\":\"/etc/wsl.conf\",\"span\":{}}",
        SETTING("null", "\"key\"", "\"\"", "\"x\"", FALSE, FALSE),
        SETTING("\"section\"", "\"\"", "\"\"", "\"x\"", FALSE, FALSE),
        SETTING("\"section\"", "7", "\"\"", "\"x\"", FALSE, FALSE),
        SETTING(TEXT64, "\"key\"", "\"\"", "\"x\"", FALSE, FALSE),
        SETTING("\"section\"", TEXT64, "\"\"", "\"x\"", FALSE, FALSE),
        KEY(TEXT64, "\"x\"", FALSE, FALSE),
        KEY("\"x\"", TEXT64, FALSE, FALSE),
        KEY("false", "\"x\"", FALSE, FALSE),
        KEY("\"\"", "true", FALSE, FALSE),
        KEY("\"\"", "\"false\"", "1", FALSE),
        KEY("\"\"", "\"false\"", FALSE, "null"),
        KEY("\"\"", "\"false\"", "true", "true"),
        KEY("\"true\"", "\"false\"", "true", FALSE), /* in a file that is not there */
        KEY("\"\"", "\"\"", "true", FALSE),
        KEY("\"false\"", "\"true\"", FALSE, "true"),
        KEY("\"\"", "\"\"", FALSE, "true"),
    };
    struct step step;

    for (size_t i = 0; i < COUNT(bad); i++)
        if (read_text(bad[i], &step) != -EINVAL)
            fail_msg("accepted: %s", bad[i]);
}

static void test_of_every_kind_there_is_a_record(void **state)
{
    for (enum step_kind kind = 0; kind < STEP_KINDS; kind++) {
        struct step step = {.kind = kind, .target = "x"};
        json_t *record = record_of_step(&step);

        assert_non_null(record);
        assert_string_equal(json_string_value(json_object_get(record, "kind")), step_kind_name(kind));
        json_decref(record);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_of_resolv_conf),
        cmocka_unit_test(test_hostile_steps_of_resolv_conf),
        cmocka_unit_test(test_steps_of_a_links_servers),
        cmocka_unit_test(test_steps_of_keepalive),
        cmocka_unit_test(test_steps_of_endpoints),
        cmocka_unit_test(test_steps_of_settings),
        cmocka_unit_test(test_hostile_steps_of_settings),
        cmocka_unit_test(test_of_every_kind_there_is_a_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
