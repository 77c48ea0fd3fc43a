/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration: what is taken, what is refused, and what stays */
#include "../../service/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../service/sys/log.h"
#include "../scratch.h"
#include "../unit.h"

#define FILE_PATH "etc/wslnode/wslnode.conf"
#define DROP_IN   "etc/wslnode/wslnode.conf.d/"

static int load(const struct scratch *scratch, struct config *config, struct config_fact *problem)
{
    memset(config, 0xaa, sizeof(*config)); /* a refused file must not touch it, a good one fills it */
    memset(problem, 0, sizeof(*problem));
    return config_load(scratch->root, config, problem);
}

/* "wg0:1280 wg1:1300" */
static void assert_mtus(const struct scratch *scratch, const char *expected)
{
    struct config_fact problem;
    struct config config;
    char text[2048] = "";

    if (load(scratch, &config, &problem) < 0)
        fail_msg("refused: %s: %s", problem.path, problem.problem);
    assert_string_equal(problem.path, "");
    for (size_t i = 0; i < config.mtus_count; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s:%u", i ? " " : "",
                 config.mtus[i].link, config.mtus[i].mtu);
    assert_string_equal(text, expected);
}

static void assert_printable(const char *text)
{
    for (; *text; text++)
        if (*text < 0x20 || *text > 0x7e)
            fail_msg("byte %d in a text for the bus", *text);
}

static void assert_refused(const struct scratch *scratch, const char *path, const char *part)
{
    struct config_fact problem;
    struct config config, untouched;

    memset(&untouched, 0xaa, sizeof(untouched));
    assert_int_equal(load(scratch, &config, &problem), -1);
    assert_memory_equal(&config, &untouched, sizeof(config));
    assert_string_equal(problem.path, path);
    if (!strstr(problem.problem, part))
        fail_msg("“%s” does not say “%s”", problem.problem, part);
    assert_printable(problem.path);
    assert_printable(problem.problem);
}

static void refused_text(const struct scratch *scratch, const char *text, const char *part)
{
    scratch_write(scratch, FILE_PATH, text);
    assert_refused(scratch, "/" FILE_PATH, part);
}

static void accepted_text(const struct scratch *scratch, const char *text, const char *expected)
{
    scratch_write(scratch, FILE_PATH, text);
    assert_mtus(scratch, expected);
}

static void test_no_file_is_an_empty_configuration(void **state)
{
    assert_mtus(*state, "");
}

static void test_accepted_forms(void **state)
{
    accepted_text(*state, "", "");
    accepted_text(*state, "[Node]\n", "");
    accepted_text(*state, "[Node]\nMTU=wg0:1280\n", "wg0:1280");
    accepted_text(*state, "[Node]\nMTU=wg0:1280", "wg0:1280"); /* no newline at the end */
    accepted_text(*state, "[Node]\r\nMTU=wg0:1280\r\n", "wg0:1280");
    accepted_text(*state, "# a\n; b\n[Node]\n\n  MTU = wg0:1280 \t tailscale0:2147483647  \n",
                  "wg0:1280 tailscale0:2147483647");
    accepted_text(*state, "[Node]\nMTU=wg0:1280\nMTU=wg1:1300\n", "wg0:1280 wg1:1300");
    accepted_text(*state, "[Node]\nMTU=wg0:1280 wg1:1300 wg0:1400\n", "wg0:1400 wg1:1300");
    accepted_text(*state, "[Node]\nMTU=wg0:1280\nMTU=\nMTU=wg1:1300\n", "wg1:1300");
    accepted_text(*state, "[Node]\nMTU=a:b:1280\n", "a:b:1280"); /* an alias has a colon in its name */
    accepted_text(*state, "[Node]\nMTU=fifteen-letters:1280\n", "fifteen-letters:1280");
    accepted_text(*state, "[Node]\nColour=blue\n[Other]\nMTU=nonsense\n", "");
}

static void test_refused_forms(void **state)
{
    refused_text(*state, "[Node]\nMTU=wg0\n", "line 2: MTU= takes link:bytes, not 'wg0'");
    refused_text(*state, "[Node]\nMTU=:1280\n", "takes link:bytes");
    refused_text(*state, "[Node]\nMTU=wg0:\n", "takes link:bytes");
    refused_text(*state, "[Node]\nMTU=wg0:-1280\n", "takes link:bytes");
    refused_text(*state, "[Node]\nMTU=wg0:+1280\n", "takes link:bytes");
    refused_text(*state, "[Node]\nMTU=wg0: 1280\n", "takes link:bytes");
    refused_text(*state, "[Node]\nMTU=sixteen-letters+:1280\n", "takes link:bytes");
    refused_text(*state, "[Node]\nMTU=wg0:1279\n", "takes 1280 bytes or more, not '1279'");
    refused_text(*state, "[Node]\nMTU=wg0:1280x\n", "takes 1280 bytes or more");
    refused_text(*state, "[Node]\nMTU=wg0:0x500\n", "takes 1280 bytes or more");
    refused_text(*state, "[Node]\nMTU=wg0:2147483648\n", "takes 1280 bytes or more");
    refused_text(*state, "[Node]\nMTU=wg0:99999999999999999999999\n", "takes 1280 bytes or more");
    refused_text(*state, "[Node]\nMTU=wg0:1280, wg1:1280\n", "takes 1280 bytes or more");
    refused_text(*state, "[Node]\n\nnonsense\n", "line 3: neither [section] nor key=value");
    refused_text(*state, "[Node\nMTU=wg0:1280\n", "line 1: neither");
}

/* The number is of the first bad line, so the words must be too. */
static void test_the_first_bad_line_is_told(void **state)
{
    refused_text(*state, "[Node]\nMTU=wg0:1\nMTU=wg1\n", "line 2: MTU= takes 1280 bytes or more, not '1'");
    refused_text(*state, "[Node]\nnonsense\nMTU=wg1\n", "line 2: neither");
}

/* A link's name goes onto the bus, where a string must be UTF-8. */
static void test_names_that_the_bus_cannot_carry(void **state)
{
    refused_text(*state,
                 "[Node]\nMTU=w\xff"
                 "g0:1280\n",
                 "line 2");
    refused_text(*state, "[Node]\nMTU=w\x01g0:1280\n", "line 2");
}

static void test_sixty_four_links(void **state)
{
    char text[4096] = "[Node]\n", expected[2048] = "";

    for (int i = 0; i < CONFIG_MTUS_MAX; i++) {
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "MTU=wg%d:1280\n", i);
        snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected), "%swg%d:1280",
                 i ? " " : "", i);
    }
    accepted_text(*state, text, expected);
    snprintf(text + strlen(text), sizeof(text) - strlen(text), "MTU=wg0:1300\n"); /* known already */
    memcpy(strstr(expected, "1280"), "1300", 4);
    accepted_text(*state, text, expected);
    snprintf(text + strlen(text), sizeof(text) - strlen(text), "MTU=more:1280\n");
    refused_text(*state, text, "at most 64 links");
}

/* inih cuts long lines: no wish gets lost, or half read, without a word. */
static void test_a_long_line(void **state)
{
    char text[512] = "[Node]\n", line[200] = "MTU=wg0:1280";

    memset(line + strlen(line), ' ', 198 - strlen(line));
    memcpy(line + 198 - strlen("wg1:1280"), "wg1:1280", strlen("wg1:1280"));
    accepted_text(*state, strcat(text, line), "wg0:1280 wg1:1280");
    refused_text(*state, strcat(text, "0"), "line 2: longer than 198 bytes");
}

static void test_drop_ins_come_after_it_and_by_name(void **state)
{
    struct scratch *scratch = *state;

    scratch_write(scratch, DROP_IN "20-b.conf", "[Node]\nMTU=wg0:1302 wg2:1302\n");
    scratch_write(scratch, DROP_IN "10-a.conf", "[Node]\nMTU=wg0:1301 wg1:1301\n");
    scratch_write(scratch, DROP_IN "README", "nonsense");
    scratch_write(scratch, DROP_IN ".hidden.conf", "nonsense");
    assert_mtus(scratch, "wg0:1302 wg1:1301 wg2:1302");
    accepted_text(scratch, "[Node]\nMTU=wg0:1300 wg9:1300\n", "wg0:1302 wg9:1300 wg1:1301 wg2:1302");
    scratch_write(scratch, DROP_IN "30-c.conf", "[Node]\nMTU=\n");
    assert_mtus(scratch, "");
    scratch_write(scratch, DROP_IN "40-d.conf", "[Node]\nMTU=wg5:1305\n");
    assert_mtus(scratch, "wg5:1305");
}

static void test_one_bad_file_refuses_all(void **state)
{
    struct scratch *scratch = *state;

    scratch_write(scratch, FILE_PATH, "[Node]\nMTU=wg0:1280\n");
    scratch_write(scratch, DROP_IN "10-a.conf", "[Node]\nMTU=x\n");
    scratch_write(scratch, DROP_IN "20-b.conf", "[Node]\nMTU=wg1:1280\n");
    assert_refused(scratch, "/" DROP_IN "10-a.conf", "line 2");
}

static void test_files_that_are_none(void **state)
{
    struct scratch *scratch = *state;

    scratch_fifo(scratch, FILE_PATH);
    assert_refused(scratch, "/" FILE_PATH, "not a regular file");
    scratch_unlink(scratch, FILE_PATH);
    scratch_mkdir(scratch, FILE_PATH);
    assert_refused(scratch, "/" FILE_PATH, "not a regular file");
    scratch_unlink(scratch, FILE_PATH);
    scratch_write_bytes(scratch, FILE_PATH, "[Node]\nMTU=wg0:1280\n\0\n", 22);
    assert_refused(scratch, "/" FILE_PATH, "not a text file");
    scratch_unlink(scratch, FILE_PATH);
    scratch_link(scratch, FILE_PATH, "wslnode.conf");
    assert_refused(scratch, "/" FILE_PATH, "");
    scratch_unlink(scratch, FILE_PATH);
    scratch_write(scratch, "etc/wslnode/wslnode.conf.d", "a file");
    assert_refused(scratch, "/etc/wslnode/wslnode.conf.d", "");
}

static void test_links_to_files_are_followed_within_the_root(void **state)
{
    struct scratch *scratch = *state;

    scratch_write(scratch, "usr/share/mine.conf", "[Node]\nMTU=wg0:1280\n");
    scratch_link(scratch, FILE_PATH, "/usr/share/mine.conf");
    assert_mtus(scratch, "wg0:1280");
    scratch_unlink(scratch, FILE_PATH);
    scratch_link(scratch, FILE_PATH,
                 "/dev/null"); /* as systemd masks: there is no /dev/null below this root */
    assert_mtus(scratch, "");
}

static void test_limits_of_size_and_number(void **state)
{
    struct scratch *scratch = *state;
    char *text = malloc(65538), path[64];

    memset(text, '\n', 65537);
    text[65536] = 0;
    accepted_text(scratch, text, "");
    memset(text, '\n', 65537);
    text[65537] = 0;
    refused_text(scratch, text, "too large");
    free(text);
    scratch_unlink(scratch, FILE_PATH);
    for (int i = 0; i < 64; i++) {
        snprintf(path, sizeof(path), DROP_IN "%d.conf", i);
        scratch_write(scratch, path, "[Node]\n");
    }
    assert_mtus(scratch, "");
    scratch_write(scratch, DROP_IN "one-more.conf", "");
    assert_refused(scratch, "/etc/wslnode/wslnode.conf.d", "");
}

static void test_problems_are_printable(void **state)
{
    struct scratch *scratch = *state;

    refused_text(scratch, "[Node]\nMTU=\xff\xfe\x01w\xc3\xa9g\n", "line 2: '");
    scratch_unlink(scratch, FILE_PATH);
    scratch_write(scratch, DROP_IN "w\xff.conf", "nonsense\n");
    assert_refused(scratch, "/" DROP_IN "w?.conf", "line 1");
}

static void test_applied_wishes(void **state)
{
    struct config first = {.mtus = {{"wg0", 1280}, {"wg1", 1300}}, .mtus_count = 2};
    struct config second = {.mtus = {{"wg1", 1300}, {"wg2", 1400}}, .mtus_count = 2};
    struct wish by_verb = {.set = true, .mtu = 1500};
    static struct wanted wanted;

    config_apply(&first, 100, &wanted);
    assert_int_equal(wanted.count, 2);
    assert_int_equal(wanted_wish(wanted_find(&wanted, "wg0")).mtu, 1280);
    assert_true(wanted_wish(wanted_find(&wanted, "wg0")).persist);
    assert_int_equal(wanted_wish(wanted_find(&wanted, "wg0")).since_usec, 100);
    wanted_set(&wanted, "wg0", &by_verb);
    config_apply(&second, 200, &wanted);
    assert_int_equal(wanted.count, 3);
    assert_int_equal(wanted_wish(wanted_find(&wanted, "wg0")).mtu, 1500); /* the verb's alone */
    assert_false(wanted_find(&wanted, "wg0")->by_config.set);
    assert_int_equal(wanted_wish(wanted_find(&wanted, "wg1")).since_usec, 100); /* it is the same wish */
    assert_int_equal(wanted_wish(wanted_find(&wanted, "wg2")).since_usec, 200);
}

/* A reload for another reason is no reason to join a fight again, or to try what the kernel refused. */
static void test_the_same_wish_does_not_end_a_fight(void **state)
{
    struct config config = {.mtus = {{"wg0", 1280}}, .mtus_count = 1};
    static struct wanted wanted;

    config_apply(&config, 100, &wanted);
    wanted.list[0].fighting = true;
    config_apply(&config, 200, &wanted);
    assert_true(wanted.list[0].fighting);
    config.mtus[0].mtu = 1300;
    config_apply(&config, 300, &wanted);
    assert_false(wanted.list[0].fighting);
}

static int quiet(void **state)
{
    return log_set_target("console") && log_set_level("emerg") ? 0 : -1;
}

int main(void)
{
#define SCRATCH_TEST(name) cmocka_unit_test_setup_teardown(name, scratch_set_up, scratch_tear_down)
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(test_no_file_is_an_empty_configuration),
        SCRATCH_TEST(test_accepted_forms),
        SCRATCH_TEST(test_refused_forms),
        SCRATCH_TEST(test_the_first_bad_line_is_told),
        SCRATCH_TEST(test_names_that_the_bus_cannot_carry),
        SCRATCH_TEST(test_sixty_four_links),
        SCRATCH_TEST(test_a_long_line),
        SCRATCH_TEST(test_drop_ins_come_after_it_and_by_name),
        SCRATCH_TEST(test_one_bad_file_refuses_all),
        SCRATCH_TEST(test_files_that_are_none),
        SCRATCH_TEST(test_links_to_files_are_followed_within_the_root),
        SCRATCH_TEST(test_limits_of_size_and_number),
        SCRATCH_TEST(test_problems_are_printable),
        cmocka_unit_test(test_applied_wishes),
        cmocka_unit_test(test_the_same_wish_does_not_end_a_fight),
    };

    return cmocka_run_group_tests(tests, quiet, NULL);
}
