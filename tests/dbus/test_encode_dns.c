/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DNS, as D-Bus values: keys, types and words as the introspection data has them */
#include "../../dbus/encode_dns.h"
#include "resolver.h"

#define ALL_ROLES                                                                                            \
    (DNS_ROLE_WSL | DNS_ROLE_LISTED | DNS_ROLE_TUNNEL | DNS_ROLE_GATEWAY | DNS_ROLE_CONFIGURED |             \
     DNS_ROLE_PUBLIC)

static sd_bus_message *begin(struct ends *ends)
{
    sd_bus_message *message = NULL;

    assert_true(sd_bus_message_new_signal(ends->client, &message, "/x", "x.y", "Z") >= 0);
    return message;
}

static void assert_encoded(sd_bus_message *message, int r, const char *signature, const char *expected)
{
    char text[4096];

    assert_true(r >= 0);
    assert_true(sd_bus_message_seal(message, 1, 0) >= 0);
    assert_string_equal(sd_bus_message_get_signature(message, true), signature);
    ends_flatten(message, text, sizeof(text));
    assert_string_equal(text, expected);
    sd_bus_message_unref(message);
}

static void assert_servers(struct ends *ends, const char *expected)
{
    sd_bus_message *message = begin(ends);

    assert_encoded(message, encode_dns_servers(message, &ends->stand->node), "aa{sv}", expected);
}

static void test_servers(void **state)
{
    struct ends *ends = *state;
    struct fact fact = fact_of(FACT_SERVER);

    assert_servers(ends, "[]");
    fact.server.address = resolver_address("fd00::53");
    fact.server.roles = ALL_ROLES;
    fact.server.udp = DNS_ANSWER_TIMEOUT;
    fact.server.tcp = DNS_ANSWER_DEGRADED;
    fact.server.latency_usec = UINT32_MAX;
    tell(&ends->stand->node, fact);
    resolver_answers(&ends->stand->node, "192.0.2.1", 0, DNS_ANSWER_REFUSED);
    assert_servers(ends,
                   "[{\"address\": \"fd00::53\", \"udp\": \"timeout\", \"tcp\": \"degraded\", "
                   "\"latency-usec\": 4294967295, "
                   "\"roles\": [\"wsl\", \"listed\", \"tunnel\", \"gateway\", \"configured\", \"public\"]}, "
                   "{\"address\": \"192.0.2.1\", \"udp\": \"refused\", \"tcp\": \"refused\", "
                   "\"latency-usec\": 0, \"roles\": []}]");
}

static void test_each_role_has_its_word(void **state)
{
    static const char *const words[] = {"wsl", "listed", "tunnel", "gateway", "configured", "public"};
    struct ends *ends = *state;
    char expected[192];

    for (size_t i = 0; i < COUNT(words); i++) {
        resolver_answers(&ends->stand->node, "192.0.2.1", 1 << i, DNS_ANSWER_OK);
        snprintf(expected, sizeof(expected),
                 "[{\"address\": \"192.0.2.1\", \"udp\": \"ok\", \"tcp\": \"ok\", \"latency-usec\": 12345, "
                 "\"roles\": [\"%s\"]}]",
                 words[i]);
        assert_servers(ends, expected);
    }
    assert_int_equal(1 << (COUNT(words) - 1), DNS_ROLE_PUBLIC);
}

/* Variants are read as what the introspection data calls them, or not at all. */
static void test_types(void **state)
{
    struct ends *ends = *state;
    sd_bus_message *message = begin(ends);
    const char *key, *text, *role;
    uint64_t latency;

    resolver_answers(&ends->stand->node, "192.0.2.1", DNS_ROLE_LISTED, DNS_ANSWER_OK);
    assert_true(encode_dns_servers(message, &ends->stand->node) >= 0);
    assert_true(sd_bus_message_seal(message, 1, 0) >= 0);
    assert_true(sd_bus_message_read(message, "aa{sv}", 1, 5, &key, "s", &text, &key, "s", &text, &key, "s",
                                    &text, &key, "t", &latency, &key, "as", 1, &role) > 0);
    assert_int_equal(latency, 12345);
    assert_string_equal(role, "listed");
    sd_bus_message_unref(message);
}

static void assert_fixed(struct ends *ends, const char *servers, bool restart_required, const char *expected)
{
    static struct plan plan;
    sd_bus_message *message = begin(ends);

    plan.dns = (struct plan_dns){.servers = resolver_list(servers), .restart_required = restart_required};
    assert_encoded(message, encode_dns_fixed(message, &plan), "a{sv}", expected);
}

static void test_what_was_fixed(void **state)
{
    char public[DNS_ADDRESS_SIZE], list[DNS_LIST_SIZE], expected[256];

    assert_fixed(*state, "", false, "{\"servers\": [], \"restart-required\": false, \"public\": false}");
    assert_fixed(*state, "172.20.0.1 fd00::53 10.255.255.254", true,
                 "{\"servers\": [\"172.20.0.1\", \"fd00::53\", \"10.255.255.254\"], "
                 "\"restart-required\": true, \"public\": false}");
    assert_true(dns_public.count > 0);
    for (size_t i = 0; i < dns_public.count; i++) {
        dns_address_text(&dns_public.servers[i], public, sizeof(public));
        snprintf(list, sizeof(list), "10.255.255.254 %s", public);
        snprintf(expected, sizeof(expected),
                 "{\"servers\": [\"10.255.255.254\", \"%s\"], \"restart-required\": false, \"public\": true}",
                 public);
        assert_fixed(*state, list, false, expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENDS_TEST(test_servers),
        ENDS_TEST(test_each_role_has_its_word),
        ENDS_TEST(test_types),
        ENDS_TEST(test_what_was_fixed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
