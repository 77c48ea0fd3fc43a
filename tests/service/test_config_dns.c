/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration of DNS: each key, each text for what is wrong with it */
#include "../../service/config_dns.h"

#include <stdio.h>
#include <string.h>

#include "../../service/config.h"
#include "../../service/config_targets.h"
#include "../../service/sys/log.h"
#include "../scratch.h"
#include "../unit.h"

#define NAME "dns.msftncsi.com"

struct desk {
    struct scratch scratch;
    struct dns_config dns;
    char problem[96];
};

static int set_up(void **state)
{
    static struct desk desk;

    log_set_target("console");
    log_set_level("emerg");
    memset(&desk, 0xaa, sizeof(desk));
    config_dns_default(&desk.dns);
    scratch_make(&desk.scratch);
    *state = &desk;
    return 0;
}

static int tear_down(void **state)
{
    scratch_remove(&((struct desk *)*state)->scratch);
    return 0;
}

static int take(struct desk *desk, const char *section, const char *name, const char *value)
{
    struct config_pair pair = {.section = section, .name = name, .value = value};

    desk->problem[0] = 0;
    return config_dns_take(&desk->dns, &pair, desk->problem, sizeof(desk->problem));
}

static void good(struct desk *desk, const char *name, const char *value)
{
    if (take(desk, "DNS", name, value) != 1)
        fail_msg("%s=%s: %s", name, value, desk->problem);
    assert_string_equal(desk->problem, "");
}

static void bad(struct desk *desk, const char *name, const char *value, const char *problem)
{
    assert_int_equal(take(desk, "DNS", name, value), -1);
    assert_string_equal(desk->problem, problem);
}

static void assert_servers(const struct dns_config *dns, const char *expected)
{
    char text[DNS_LIST_SIZE];

    assert_string_equal(dns_list_text(&dns->servers, text, sizeof(text)), expected);
}

static void assert_default(const struct dns_config *dns)
{
    assert_servers(dns, "");
    assert_true(dns->public_fallback);
    assert_string_equal(dns->probe_name, NAME);
}

static void test_what_is_not_ours(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(take(desk, "Node", "PublicFallback", "no"), 0);
    assert_int_equal(take(desk, "dns", "PublicFallback", "no"), 0);
    assert_int_equal(take(desk, "DNS", "publicfallback", "no"), 0);
    assert_int_equal(take(desk, "DNS", "Server", "192.0.2.1"), 0);
    assert_int_equal(take(desk, "DNS", "Probe", "a.example"), 0);
    assert_int_equal(take(desk, "", "Servers", "192.0.2.1"), 0);
    assert_default(&desk->dns);
}

static void test_public_fallback(void **state)
{
    struct desk *desk = *state;

    good(desk, "PublicFallback", "no");
    assert_false(desk->dns.public_fallback);
    good(desk, "PublicFallback", "yes");
    assert_true(desk->dns.public_fallback);
    good(desk, "PublicFallback", "off");
    assert_false(desk->dns.public_fallback);
    good(desk, "PublicFallback", "1");
    assert_true(desk->dns.public_fallback);
    bad(desk, "PublicFallback", "never", "'never' is neither yes nor no");
    bad(desk, "PublicFallback", "", "'' is neither yes nor no");
    assert_true(desk->dns.public_fallback);
}

static void test_servers(void **state)
{
    struct desk *desk = *state;

    good(desk, "Servers", "192.0.2.1 \t 2001:db8::1");
    good(desk, "Servers", "10.0.0.1");
    assert_servers(&desk->dns, "192.0.2.1 2001:db8::1 10.0.0.1");
    good(desk, "Servers", "2001:db8:0::1 192.0.2.1"); /* twice is once */
    assert_servers(&desk->dns, "192.0.2.1 2001:db8::1 10.0.0.1");
    good(desk, "Servers", "");
    assert_servers(&desk->dns, "");
    good(desk, "Servers", "127.0.0.1 ::1");
    assert_servers(&desk->dns, "127.0.0.1 ::1");
}

static void test_names_are_no_addresses(void **state)
{
    static const char *const words[] = {"dns.example",  "192.0.2", "192.0.2.256",   "192.0.2.1:53",
                                        "[2001:db8::]", "::1%lo",  "192.0.2.1,::1", "192.0.2.01"};
    struct desk *desk = *state;
    char problem[96];

    for (size_t i = 0; i < COUNT(words); i++) {
        snprintf(problem, sizeof(problem), "Servers= takes addresses, not names: '%s' is none", words[i]);
        bad(desk, "Servers", words[i], problem);
    }
    assert_servers(&desk->dns, "");
}

static void test_addresses_of_no_server(void **state)
{
    static const char *const words[] = {"0.0.0.0",         "0.1.2.3", "224.0.0.251", "240.0.0.1",
                                        "255.255.255.255", "::",      "ff02::fb",    "fe80::1"};
    struct desk *desk = *state;
    char problem[96];

    for (size_t i = 0; i < COUNT(words); i++) {
        snprintf(problem, sizeof(problem), "%s is not the address of a server", words[i]);
        bad(desk, "Servers", words[i], problem);
    }
    good(desk, "Servers", "1.0.0.0 223.255.255.255 fd00::1");
}

static void test_there_are_only_so_many(void **state)
{
    struct desk *desk = *state;

    good(desk, "Servers", "192.0.2.1 192.0.2.2 192.0.2.3");
    bad(desk, "Servers", "192.0.2.4", "Servers= takes at most 3 addresses");
    good(desk, "Servers", "192.0.2.3");
    assert_servers(&desk->dns, "192.0.2.1 192.0.2.2 192.0.2.3");
    good(desk, "Servers", "");
    good(desk, "Servers", "192.0.2.4");
    assert_servers(&desk->dns, "192.0.2.4");
}

static void test_probe_name(void **state)
{
    static const char *const names[] = {"a", "localhost", "a-b.c_d.Example", "_dns.resolver.arpa", "9.9"};
    struct desk *desk = *state;

    for (size_t i = 0; i < COUNT(names); i++) {
        good(desk, "ProbeName", names[i]);
        assert_string_equal(desk->dns.probe_name, names[i]);
    }
}

static void test_names_of_no_host(void **state)
{
    static const char *const names[] = {"",    ".",    ".a",
                                        "a.",  "a..b", "a b",
                                        "a/b", "a\\b", "\xc3\xa4.example",
                                        "a:53"};
    struct desk *desk = *state;
    char problem[96];

    for (size_t i = 0; i < COUNT(names); i++) {
        snprintf(problem, sizeof(problem), "ProbeName= takes the name of a host, not '%s'", names[i]);
        bad(desk, "ProbeName", names[i], problem);
    }
    assert_string_equal(desk->dns.probe_name, NAME);
}

/* 253 characters in all, and 63 between two dots, is what a question has room for. */
static void test_long_names(void **state)
{
    struct desk *desk = *state;
    char name[300];

    memset(name, 'a', sizeof(name));
    name[63] = name[127] = name[191] = '.';
    name[253] = 0;
    good(desk, "ProbeName", name);
    assert_string_equal(desk->dns.probe_name, name);
    name[253] = 'a';
    name[254] = 0;
    assert_int_equal(take(desk, "DNS", "ProbeName", name), -1);
    name[63] = 0;
    good(desk, "ProbeName", name);
    name[63] = 'a';
    name[64] = 0;
    assert_int_equal(take(desk, "DNS", "ProbeName", name), -1);
    assert_int_equal(strlen(desk->dns.probe_name), 63);
}

static void test_whole_files_and_drop_ins(void **state)
{
    struct desk *desk = *state;
    struct config_fact problem = {.path = ""};
    struct config config;

    memset(&config, 0xaa, sizeof(config));
    assert_int_equal(config_load(desk->scratch.root, &config, &problem), 0);
    assert_default(&config.dns);
    scratch_write(&desk->scratch, "etc/wslnode/wslnode.conf",
                  "[DNS]\nServers=2001:db8::53\nPublicFallback=no\nPort=9\n[Node]\nMTU=wg0:1280\n");
    scratch_write(&desk->scratch, "etc/wslnode/wslnode.conf.d/10.conf",
                  "[DNS]\nServers=192.0.2.53\nProbeName=a.example\n");
    assert_int_equal(config_load(desk->scratch.root, &config, &problem), 0);
    assert_servers(&config.dns, "2001:db8::53 192.0.2.53");
    assert_false(config.dns.public_fallback);
    assert_string_equal(config.dns.probe_name, "a.example");
    assert_int_equal(config.unknown, 1);
    assert_int_equal(config.mtus_count, 1);
    scratch_write(&desk->scratch, "etc/wslnode/wslnode.conf.d/10.conf", "[DNS]\nServers=\nProbeName=-.\n");
    assert_int_equal(config_load(desk->scratch.root, &config, &problem), -1);
    assert_string_equal(problem.path, "/etc/wslnode/wslnode.conf.d/10.conf");
    assert_string_equal(problem.problem, "line 3: ProbeName= takes the name of a host, not '-.'");
    assert_servers(&config.dns, "2001:db8::53 192.0.2.53");
}

#define DESK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_what_is_not_ours),
        DESK_TEST(test_public_fallback),
        DESK_TEST(test_servers),
        DESK_TEST(test_names_are_no_addresses),
        DESK_TEST(test_addresses_of_no_server),
        DESK_TEST(test_there_are_only_so_many),
        DESK_TEST(test_probe_name),
        DESK_TEST(test_names_of_no_host),
        DESK_TEST(test_long_names),
        DESK_TEST(test_whole_files_and_drop_ins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
