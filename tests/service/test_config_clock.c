/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration of the clock: each key, each text for what is wrong with it */
#include "../../service/config_clock.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "../../service/config.h"
#include "../../service/config_targets.h"
#include "../../service/sys/log.h"
#include "../scratch.h"
#include "../unit.h"

struct desk {
    struct scratch scratch;
    struct clock_config clock;
    char problem[96];
};

static int set_up(void **state)
{
    static struct desk desk;

    log_set_target("console");
    log_set_level("emerg");
    memset(&desk, 0, sizeof(desk));
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
    return config_clock_take(&desk->clock, &pair, desk->problem, sizeof(desk->problem));
}

static void good(struct desk *desk, const char *name, const char *value)
{
    if (take(desk, "Clock", name, value) != 1)
        fail_msg("%s=%s: %s", name, value, desk->problem);
    assert_string_equal(desk->problem, "");
}

static void bad(struct desk *desk, const char *name, const char *value, const char *problem)
{
    assert_int_equal(take(desk, "Clock", name, value), -1);
    assert_string_equal(desk->problem, problem);
}

/* "192.0.2.1 2001:db8::1" */
static void assert_servers(const struct clock_config *clock, const char *expected)
{
    char text[512] = "", address[INET6_ADDRSTRLEN];

    for (size_t i = 0; i < clock->servers_count; i++) {
        assert_int_equal(clock->servers[i].port, 0);
        assert_non_null(
            inet_ntop(clock->servers[i].family, clock->servers[i].bytes, address, sizeof(address)));
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? " " : "", address);
    }
    assert_string_equal(text, expected);
}

static void test_what_is_not_ours(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(take(desk, "Node", "AutoSync", "no"), 0);
    assert_int_equal(take(desk, "clock", "AutoSync", "no"), 0);
    assert_int_equal(take(desk, "Clock", "autosync", "no"), 0);
    assert_int_equal(take(desk, "Clock", "NTPServer", "192.0.2.1"), 0);
    assert_int_equal(take(desk, "RefreshIP", "NTPServers", "192.0.2.1"), 0);
    assert_int_equal(take(desk, "", "NTPServers", "192.0.2.1"), 0);
    assert_int_equal(desk->clock.auto_sync, AUTO_SYNC_RESUME);
    assert_int_equal(desk->clock.servers_count, 0);
}

static void test_auto_sync(void **state)
{
    struct desk *desk = *state;

    good(desk, "AutoSync", "always");
    assert_int_equal(desk->clock.auto_sync, AUTO_SYNC_ALWAYS);
    good(desk, "AutoSync", "no");
    assert_int_equal(desk->clock.auto_sync, AUTO_SYNC_NO);
    good(desk, "AutoSync", "resume");
    assert_int_equal(desk->clock.auto_sync, AUTO_SYNC_RESUME);
    bad(desk, "AutoSync", "yes", "AutoSync= takes resume, always or no, not 'yes'");
    bad(desk, "AutoSync", "Always", "AutoSync= takes resume, always or no, not 'Always'");
    bad(desk, "AutoSync", "", "AutoSync= takes resume, always or no, not ''");
}

static void test_servers(void **state)
{
    struct desk *desk = *state;

    good(desk, "NTPServers", "192.0.2.1 \t 2001:db8::1");
    good(desk, "NTPServers", "10.0.0.1");
    assert_servers(&desk->clock, "192.0.2.1 2001:db8::1 10.0.0.1");
    good(desk, "NTPServers", "2001:db8:0::1 192.0.2.1"); /* twice is once */
    assert_servers(&desk->clock, "192.0.2.1 2001:db8::1 10.0.0.1");
    good(desk, "NTPServers", "");
    assert_servers(&desk->clock, "");
    good(desk, "NTPServers", "127.0.0.1 ::1 ::ffff:10.0.0.1");
    assert_servers(&desk->clock, "127.0.0.1 ::1 ::ffff:10.0.0.1");
}

static void test_names_are_no_addresses(void **state)
{
    static const char *const words[] = {"pool.ntp.org",  "192.0.2",     "192.0.2.256", "192.0.2.1:123",
                                        "[2001:db8::1]", "2001:db8::g", "::1%lo",      "192.0.2.1,::1",
                                        "localhost",     "192.0.2.01"};
    struct desk *desk = *state;
    char problem[96];

    for (size_t i = 0; i < COUNT(words); i++) {
        snprintf(problem, sizeof(problem), "NTPServers= takes addresses, not names: '%s' is none", words[i]);
        bad(desk, "NTPServers", words[i], problem);
    }
    bad(desk, "NTPServers", "a-name-that-is-longer-than-what-there-is-room-for.example.com",
        "NTPServers= takes addresses, not names: 'a-name-that-is-longer-than-what-there-is' is none");
    assert_servers(&desk->clock, "");
}

static void test_addresses_of_no_server(void **state)
{
    static const char *const words[] = {"0.0.0.0",         "0.1.2.3", "224.0.1.1", "240.0.0.1",
                                        "255.255.255.255", "::",      "ff02::101", "fe80::1"};
    struct desk *desk = *state;
    char problem[96];

    for (size_t i = 0; i < COUNT(words); i++) {
        snprintf(problem, sizeof(problem), "%s is not the address of a server", words[i]);
        bad(desk, "NTPServers", words[i], problem);
    }
    good(desk, "NTPServers", "1.0.0.0 223.255.255.255 fd00::1 fec0::1");
}

static void test_there_are_only_so_many(void **state)
{
    struct desk *desk = *state;

    good(desk, "NTPServers", "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4");
    bad(desk, "NTPServers", "192.0.2.5", "NTPServers= takes at most 4 addresses");
    good(desk, "NTPServers", "192.0.2.4");
    assert_servers(&desk->clock, "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4");
    good(desk, "NTPServers", "");
    good(desk, "NTPServers", "192.0.2.5");
    assert_servers(&desk->clock, "192.0.2.5");
}

static void test_whole_files_and_drop_ins(void **state)
{
    struct desk *desk = *state;
    struct config_fact problem = {.path = ""};
    struct config config;

    memset(&config, 0xaa, sizeof(config));
    assert_int_equal(config_load(desk->scratch.root, &config, &problem), 0);
    assert_int_equal(config.clock.auto_sync, AUTO_SYNC_RESUME);
    assert_servers(&config.clock, "");
    scratch_write(&desk->scratch, "etc/wslnode/wslnode.conf",
                  "[Clock]\nAutoSync=always\nNTPServers=2001:db8::1\nPoll=9\n[Node]\nMTU=wg0:1280\n");
    scratch_write(&desk->scratch, "etc/wslnode/wslnode.conf.d/10.conf", "[Clock]\nNTPServers=192.0.2.1\n");
    assert_int_equal(config_load(desk->scratch.root, &config, &problem), 0);
    assert_int_equal(config.clock.auto_sync, AUTO_SYNC_ALWAYS);
    assert_servers(&config.clock, "2001:db8::1 192.0.2.1");
    assert_int_equal(config.unknown, 1);
    assert_int_equal(config.mtus_count, 1);
    scratch_write(&desk->scratch, "etc/wslnode/wslnode.conf.d/10.conf",
                  "[Clock]\nNTPServers=\nAutoSync=on\n");
    assert_int_equal(config_load(desk->scratch.root, &config, &problem), -1);
    assert_string_equal(problem.path, "/etc/wslnode/wslnode.conf.d/10.conf");
    assert_string_equal(problem.problem, "line 3: AutoSync= takes resume, always or no, not 'on'");
    assert_servers(&config.clock, "2001:db8::1 192.0.2.1");
}

#define DESK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_what_is_not_ours),
        DESK_TEST(test_auto_sync),
        DESK_TEST(test_servers),
        DESK_TEST(test_names_are_no_addresses),
        DESK_TEST(test_addresses_of_no_server),
        DESK_TEST(test_there_are_only_so_many),
        DESK_TEST(test_whole_files_and_drop_ins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
