/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DNS: states, what is chosen, names and texts */
#include <errno.h>

#include "dns_facts.h"

#define PUBLIC_1 "1.1.1.1"
#define PUBLIC_2 "9.9.9.9"

static int set_up(void **state)
{
    static struct node node;

    node_with_tunnel(&node);
    *state = &node;
    return 0;
}

static int tear_down(void **state)
{
    node_done(*state);
    return 0;
}

static void test_addresses_are_numeric(void **state)
{
    static const char *const good[] = {
        "10.255.255.254", "0.0.0.0",         "::1",
        "fd00::2",        "::ffff:10.0.0.1", "2001:db8:1111:2222:3333:4444:5555:6666"};
    static const char *const bad[] = {"",          "dns.test",   "10.0.0",    "10.0.0.1 ",   " 10.0.0.1",
                                      "010.0.0.1", "10.0.0.256", "fe80::1%2", "10.0.0.1:53", "[::1]",
                                      "::1::",     ":",          "1"};
    struct dns_address address;
    char text[DNS_ADDRESS_SIZE];

    for (size_t i = 0; i < COUNT(good); i++) {
        assert_int_equal(dns_address_parse(good[i], &address), 0);
        assert_int_equal(address.family, strchr(good[i], ':') ? AF_INET6 : AF_INET);
        assert_string_equal(dns_address_text(&address, text, sizeof(text)), good[i]);
    }
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(dns_address_parse(bad[i], &address), -EINVAL);
    memset(&address, 0, sizeof(address));
    assert_string_equal(dns_address_text(&address, text, sizeof(text)), "?");
}

/* Of an IPv4 address the bytes behind the fourth are nobody's. */
static void test_equal_addresses(void **state)
{
    struct dns_address a = dns_of("10.0.0.1"), b = a, six = dns_of("fd00::1"), other = six;

    b.bytes[4] = 7;
    assert_true(dns_address_equal(&a, &b));
    b.bytes[3]++;
    assert_false(dns_address_equal(&a, &b));
    assert_false(dns_address_equal(&a, &six));
    other.bytes[15]++;
    assert_false(dns_address_equal(&six, &other));
    other = a;
    other.family = AF_INET6;
    assert_false(dns_address_equal(&a, &other));
    assert_false(dns_address_equal(&other, &a));
}

static void test_lists(void **state)
{
    struct dns_list list = dns_list_of("10.0.0.1 fd00::1"), other = dns_list_of("fd00::1 10.0.0.1");
    struct dns_address third = dns_of("10.0.0.3"), fourth = dns_of("10.0.0.4");
    char text[DNS_LIST_SIZE], small[12];

    assert_dns_list(&list, "10.0.0.1 fd00::1");
    assert_false(dns_list_equal(&list, &other)); /* the order counts */
    dns_list_add(&list, &other.servers[0]);
    assert_int_equal(list.count, 2); /* it is there */
    dns_list_add(&list, &third);
    assert_false(dns_list_equal(&list, &other));
    dns_list_add(&list, &fourth);
    assert_dns_list(&list, "10.0.0.1 fd00::1 10.0.0.3"); /* full */
    assert_true(dns_list_has(&list, &third));
    assert_false(dns_list_has(&list, &fourth));
    assert_true(dns_list_equal(&list, &list));
    other = dns_list_of("10.0.0.1 fd00::1");
    assert_false(dns_list_equal(&list, &other) || dns_list_equal(&other, &list));
    list.count = 0;
    assert_string_equal(dns_list_text(&list, text, sizeof(text)), "");
    list = dns_list_of("10.0.0.1 10.0.0.2 10.0.0.3");
    assert_int_equal(strlen(dns_list_text(&list, small, sizeof(small))), sizeof(small) - 1);
    list = dns_list_of("2001:db8:1111:2222:3333:4444:5555:6661 2001:db8:1111:2222:3333:4444:5555:6662 "
                       "2001:db8:1111:2222:3333:4444:5555:6663");
    assert_int_equal(strlen(dns_list_text(&list, text, sizeof(text))), 3 * 38 + 2);
}

static void test_names(void **state)
{
    assert_string_equal(dns_owner_name(DNS_OWNER_NONE), "none");
    assert_string_equal(dns_owner_name(DNS_OWNER_WSL), "wsl");
    assert_string_equal(dns_owner_name(DNS_OWNER_RESOLVED), "resolved");
    assert_string_equal(dns_owner_name(DNS_OWNER_TAILSCALE), "tailscale");
    assert_string_equal(dns_owner_name(DNS_OWNER_WSLNODE), "wslnode");
    assert_string_equal(dns_owner_name(DNS_OWNER_USER), "user");
    assert_string_equal(dns_state_name(DNS_STATE_UNKNOWN), "unknown");
    assert_string_equal(dns_state_name(DNS_STATE_OK), "ok");
    assert_string_equal(dns_state_name(DNS_STATE_DEGRADED), "degraded");
    assert_string_equal(dns_state_name(DNS_STATE_FAILED), "failed");
    assert_string_equal(dns_answer_name(DNS_ANSWER_UNKNOWN), "unknown");
    assert_string_equal(dns_answer_name(DNS_ANSWER_OK), "ok");
    assert_string_equal(dns_answer_name(DNS_ANSWER_DEGRADED), "degraded");
    assert_string_equal(dns_answer_name(DNS_ANSWER_REFUSED), "refused");
    assert_string_equal(dns_answer_name(DNS_ANSWER_TIMEOUT), "timeout");
}

static void test_constants(void **state)
{
    char text[DNS_ADDRESS_SIZE];

    assert_string_equal(dns_address_text(&dns_tunnel, text, sizeof(text)), TUNNEL);
    assert_dns_list(&dns_public, PUBLIC_1 " " PUBLIC_2);
}

static void test_state(void **state)
{
    static const struct {
        const char *listed;
        bool use_vc;
        enum dns_answer udp[3], tcp[3];
        enum dns_state state;
    } rows[] = {
        {"10.0.0.1", false, {OK}, {NO_WORD}, DNS_STATE_OK},
        {"10.0.0.1", false, {OK}, {SILENT}, DNS_STATE_OK},
        {"10.0.0.1", false, {BAD}, {OK}, DNS_STATE_FAILED},
        {"10.0.0.1", false, {CLOSED}, {OK}, DNS_STATE_FAILED},
        {"10.0.0.1", false, {SILENT}, {OK}, DNS_STATE_FAILED},
        {"10.0.0.1", false, {NO_WORD}, {OK}, DNS_STATE_UNKNOWN},
        {"10.0.0.1", true, {SILENT}, {OK}, DNS_STATE_OK},
        {"10.0.0.1", true, {OK}, {SILENT}, DNS_STATE_FAILED},
        {"10.0.0.1", true, {OK}, {NO_WORD}, DNS_STATE_UNKNOWN},
        {"10.0.0.1 10.0.0.2 10.0.0.3", false, {OK, OK, OK}, {NO_WORD}, DNS_STATE_OK},
        {"10.0.0.1 10.0.0.2 10.0.0.3", false, {OK, OK, BAD}, {NO_WORD}, DNS_STATE_DEGRADED},
        {"10.0.0.1 10.0.0.2 10.0.0.3", false, {SILENT, CLOSED, OK}, {NO_WORD}, DNS_STATE_DEGRADED},
        {"10.0.0.1 10.0.0.2 10.0.0.3", false, {SILENT, CLOSED, BAD}, {NO_WORD}, DNS_STATE_FAILED},
        {"10.0.0.1 10.0.0.2 10.0.0.3", false, {SILENT, CLOSED, NO_WORD}, {NO_WORD}, DNS_STATE_UNKNOWN},
        {"10.0.0.1 10.0.0.2 10.0.0.3", false, {OK, OK, NO_WORD}, {NO_WORD}, DNS_STATE_UNKNOWN},
        {"", false, {NO_WORD}, {NO_WORD}, DNS_STATE_FAILED},
    };
    struct node *node = *state;
    static const char *const addresses[] = {"10.0.0.1", "10.0.0.2", "10.0.0.3"};

    assert_int_equal(dns_state(node), DNS_STATE_UNKNOWN);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fact fact = resolver_of(RESOLVER_LINK, DNS_OWNER_WSL, rows[i].listed);

        fact.resolver.use_vc = rows[i].use_vc;
        tell(node, fact);
        for (size_t j = 0; j < COUNT(addresses); j++)
            tell(node, server_of(addresses[j], DNS_ROLE_WSL, rows[i].udp[j], rows[i].tcp[j]));
        if (dns_state(node) != rows[i].state)
            fail_msg("row %zu: %s", i, dns_state_name(dns_state(node)));
    }
    /* A server that nobody told of. */
    tell(node, resolver_of(RESOLVER_LINK, DNS_OWNER_WSL, "10.0.0.9"));
    assert_int_equal(dns_state(node), DNS_STATE_UNKNOWN);
}

static void test_wsl_answers(void **state)
{
    struct node *node = *state;
    struct fact ours = ours_of(RESOLVER_LINK, GATEWAY, TUNNEL " 10.0.0.2");

    tell(node, ours);
    assert_false(dns_wsl_answers(node)); /* not asked */
    tell(node, server_of(TUNNEL, DNS_ROLE_WSL, CLOSED, OK));
    tell(node, server_of("10.0.0.2", DNS_ROLE_WSL, OK, OK));
    assert_false(dns_wsl_answers(node)); /* only its second one */
    tell(node, server_of(TUNNEL, DNS_ROLE_WSL, OK, SILENT));
    assert_true(dns_wsl_answers(node));
    ours.resolver.wsl_there = false;
    tell(node, ours);
    assert_false(dns_wsl_answers(node));
    ours = ours_of(RESOLVER_LINK, GATEWAY, "");
    tell(node, ours);
    assert_false(dns_wsl_answers(node));
}

struct candidate {
    const char *address;
    unsigned roles;
    enum dns_answer udp, tcp;
};

#define WSL        (DNS_ROLE_WSL | DNS_ROLE_LISTED)
#define LISTED     DNS_ROLE_LISTED
#define GATE       DNS_ROLE_GATEWAY
#define CONFIGURED DNS_ROLE_CONFIGURED
#define PUBLIC     DNS_ROLE_PUBLIC
#define ALL_PUBLIC                                                                                           \
    {PUBLIC_2, PUBLIC, OK, OK},                                                                              \
    {                                                                                                        \
        PUBLIC_1, PUBLIC, OK, OK                                                                             \
    }

/* WSL's own servers are listed. */
static const struct choice_row {
    const char *wsl;
    struct candidate candidates[6];
    bool use_vc, public_allowed;
    const char *chosen;
    size_t answering;
    bool chosen_vc, chosen_public;
} choices[] = {
    {.wsl = TUNNEL, .candidates = {{TUNNEL, WSL, OK, OK}}, .chosen = TUNNEL, .answering = 1},
    /* What answers comes first; WSL's others stay behind it. */
    {.wsl = "10.0.0.1 10.0.0.2",
     .candidates = {{"10.0.0.2", WSL, OK, OK}, {"10.0.0.1", WSL, SILENT, OK}},
     .chosen = "10.0.0.2 10.0.0.1",
     .answering = 1},
    {.wsl = TUNNEL,
     .candidates = {{GATEWAY, GATE, OK, OK}, {TUNNEL, WSL, CLOSED, CLOSED}},
     .chosen = GATEWAY " " TUNNEL,
     .answering = 1},
    /* By their roles, WSL's in its own order, the others in that of arrival. */
    {.wsl = "10.0.0.2 10.0.0.1",
     .candidates = {{"10.0.0.9", CONFIGURED, OK, OK},
                    {GATEWAY, GATE, OK, OK},
                    {"10.0.0.1", WSL, OK, OK},
                    {"10.0.0.2", WSL, OK, OK}},
     .chosen = "10.0.0.2 10.0.0.1 " GATEWAY,
     .answering = 3},
    {.wsl = "10.0.0.1",
     .candidates = {{"10.0.0.9", CONFIGURED, OK, OK},
                    {"10.0.0.8", CONFIGURED, OK, OK},
                    {"10.0.0.1", WSL, BAD, BAD},
                    {GATEWAY, GATE, SILENT, SILENT},
                    {TUNNEL, DNS_ROLE_TUNNEL, OK, OK}},
     .chosen = TUNNEL " 10.0.0.9 10.0.0.8",
     .answering = 3},
    /* The first of several roles counts. */
    {.wsl = "10.0.0.1",
     .candidates = {{"10.0.0.9", CONFIGURED, OK, OK},
                    {GATEWAY, GATE | CONFIGURED, OK, OK},
                    {"10.0.0.1", WSL, SILENT, SILENT}},
     .chosen = GATEWAY " 10.0.0.9 10.0.0.1",
     .answering = 2},
    /* Public ones are the last resort. */
    {.wsl = "10.0.0.1",
     .candidates = {ALL_PUBLIC, {"10.0.0.1", WSL, SILENT, SILENT}, {GATEWAY, GATE, OK, OK}},
     .public_allowed = true,
     .chosen = GATEWAY " 10.0.0.1",
     .answering = 1},
    {.wsl = "10.0.0.1",
     .candidates = {ALL_PUBLIC, {"10.0.0.1", WSL, SILENT, SILENT}},
     .public_allowed = true,
     .chosen = PUBLIC_1 " " PUBLIC_2 " 10.0.0.1",
     .answering = 2,
     .chosen_public = true},
    {.wsl = "10.0.0.1",
     .candidates = {{PUBLIC_1, PUBLIC, SILENT, OK}, {PUBLIC_2, PUBLIC, OK, OK}},
     .public_allowed = true,
     .chosen = PUBLIC_2 " 10.0.0.1",
     .answering = 1,
     .chosen_public = true},
    {.wsl = "10.0.0.1",
     .candidates = {ALL_PUBLIC, {"10.0.0.1", WSL, SILENT, SILENT}},
     .chosen = "10.0.0.1",
     .answering = 0},
    /* One that WSL lists or that is configured is nobody's fallback. */
    {.wsl = PUBLIC_1, .candidates = {{PUBLIC_1, WSL | PUBLIC, OK, OK}}, .chosen = PUBLIC_1, .answering = 1},
    {.wsl = "10.0.0.1",
     .candidates = {{PUBLIC_2, CONFIGURED | PUBLIC, OK, OK}},
     .chosen = PUBLIC_2 " 10.0.0.1",
     .answering = 1},
    /* UDP before TCP, TCP before the public ones. */
    {.wsl = "10.0.0.1",
     .candidates = {{"10.0.0.1", WSL, SILENT, OK}, {GATEWAY, GATE, OK, SILENT}},
     .chosen = GATEWAY " 10.0.0.1",
     .answering = 1},
    {.wsl = "10.0.0.1",
     .candidates = {{"10.0.0.1", WSL, SILENT, OK}, ALL_PUBLIC},
     .public_allowed = true,
     .chosen = "10.0.0.1",
     .answering = 1,
     .chosen_vc = true},
    {.wsl = "10.0.0.1",
     .candidates = {{"10.0.0.1", WSL, SILENT, BAD}, {PUBLIC_2, PUBLIC, SILENT, OK}},
     .public_allowed = true,
     .chosen = PUBLIC_2 " 10.0.0.1",
     .answering = 1,
     .chosen_vc = true,
     .chosen_public = true},
    /* Where use-vc stays, UDP alone is not enough. */
    {.wsl = "10.0.0.1",
     .candidates = {{"10.0.0.1", WSL, OK, SILENT}, {GATEWAY, GATE, OK, OK}},
     .use_vc = true,
     .chosen = GATEWAY " 10.0.0.1",
     .answering = 1},
    {.wsl = "10.0.0.1",
     .candidates = {{"10.0.0.1", WSL, OK, SILENT}, {GATEWAY, GATE, SILENT, OK}},
     .use_vc = true,
     .chosen = GATEWAY " 10.0.0.1",
     .answering = 1,
     .chosen_vc = true},
    {.wsl = "", .candidates = {{GATEWAY, GATE, NO_WORD, NO_WORD}}, .chosen = "", .answering = 0},
};

static void test_choices(void **state)
{
    for (size_t i = 0; i < COUNT(choices); i++) {
        const struct choice_row *row = &choices[i];
        struct fact fact = resolver_of(RESOLVER_LINK, DNS_OWNER_WSL, row->wsl);
        struct dns_choice choice;
        struct node node;

        node_init(&node);
        fact.resolver.use_vc = row->use_vc;
        tell(&node, fact);
        for (size_t j = 0; j < COUNT(row->candidates) && row->candidates[j].address; j++)
            tell(&node, server_of(row->candidates[j].address, row->candidates[j].roles,
                                  row->candidates[j].udp, row->candidates[j].tcp));
        dns_choose(&node, row->public_allowed, &choice);
        print_message("choice %zu\n", i);
        assert_dns_list(&choice.servers, row->chosen);
        assert_int_equal(choice.answering, row->answering);
        assert_int_equal(choice.use_vc, row->chosen_vc);
        assert_int_equal(choice.public_used, row->chosen_public);
        node_done(&node);
    }
}

/* That we listed them ourselves makes public servers no better, and use-vc no wish of anybody's. */
static void test_choices_after_ours(void **state)
{
    struct node *node = *state;
    struct fact fact = ours_of(RESOLVER_LINK, PUBLIC_1, TUNNEL);
    struct dns_choice choice;

    fact.resolver.use_vc = true;
    tell(node, fact);
    tell(node, server_of(PUBLIC_1, LISTED, OK, OK));
    tell(node, server_of(TUNNEL, DNS_ROLE_WSL, CLOSED, CLOSED));
    tell(node, server_of(GATEWAY, GATE, OK, SILENT));
    dns_choose(node, true, &choice);
    assert_dns_list(&choice.servers, GATEWAY " " TUNNEL);
    assert_false(choice.use_vc || choice.public_used);
    tell(node, server_of(GATEWAY, GATE, SILENT, SILENT));
    dns_choose(node, true, &choice);
    assert_dns_list(&choice.servers, PUBLIC_1 " " TUNNEL);
    assert_true(choice.public_used);
    dns_choose(node, false, &choice);
    assert_int_equal(choice.answering, 0);
    /* A listed one of no other role counts on: a person's file may have had it. */
    tell(node, server_of("10.0.0.7", LISTED, OK, OK));
    dns_choose(node, false, &choice);
    assert_dns_list(&choice.servers, "10.0.0.7 " TUNNEL);
    /* And so does a public one that somebody else listed. */
    tell(node, resolver_of(RESOLVER_FILE, DNS_OWNER_USER, PUBLIC_1));
    tell(node, gone(server_of("10.0.0.7", LISTED, OK, OK)));
    dns_choose(node, false, &choice);
    assert_dns_list(&choice.servers, PUBLIC_1);
    assert_false(choice.public_used);
}

static void test_a_server_is_found(void **state)
{
    struct node *node = *state;
    struct dns_address there = dns_of("10.0.0.2"), gone_one = dns_of("10.0.0.3");

    tell(node, server_of("10.0.0.1", LISTED, OK, OK));
    tell(node, server_of("10.0.0.2", LISTED, BAD, SILENT));
    assert_int_equal(dns_server(node, &there)->udp, DNS_ANSWER_DEGRADED);
    assert_null(dns_server(node, &gone_one));
    tell(node, resolver_of(RESOLVER_FILE, DNS_OWNER_USER, "10.0.0.2"));
    assert_int_equal(dns_listed_answer(node, &there), DNS_ANSWER_DEGRADED);
    node->resolver.use_vc = true;
    assert_int_equal(dns_listed_answer(node, &there), DNS_ANSWER_TIMEOUT);
    assert_int_equal(dns_listed_answer(node, &gone_one), DNS_ANSWER_UNKNOWN);
}

#define NODE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_are_numeric),
        cmocka_unit_test(test_equal_addresses),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_constants),
        NODE_TEST(test_state),
        NODE_TEST(test_wsl_answers),
        cmocka_unit_test(test_choices),
        NODE_TEST(test_choices_after_ours),
        NODE_TEST(test_a_server_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
