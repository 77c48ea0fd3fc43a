/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration of what follows the address: each key, each text for what is wrong with it */
#include "../../service/config_targets.h"

#include <stdio.h>
#include <string.h>

#include "../../service/config.h"
#include "../../service/sys/log.h"
#include "../scratch.h"
#include "../unit.h"

struct desk {
    struct scratch scratch;
    struct targets targets;
    char problem[96];
};

static int set_up(void **state)
{
    static struct desk desk;

    log_set_target("console");
    log_set_level("emerg");
    memset(&desk, 0, sizeof(desk));
    scratch_make(&desk.scratch);
    scratch_write(&desk.scratch, "etc/passwd",
                  "root:x:0:0::/root:/bin/sh\nme:x:1000:1001:Me:/home/me:/bin/sh\n"
                  "other:x:1002:1002::/:\nme:x:9:9::/:\n");
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
    return config_targets_take(&desk->targets, desk->scratch.root, &pair, desk->problem,
                               sizeof(desk->problem));
}

static void good(struct desk *desk, const char *section, const char *name, const char *value)
{
    if (take(desk, section, name, value) != 1)
        fail_msg("[%s] %s=%s: %s", section, name, value, desk->problem);
    assert_string_equal(desk->problem, "");
}

static void bad(struct desk *desk, const char *section, const char *name, const char *value,
                const char *problem)
{
    assert_int_equal(take(desk, section, name, value), -1);
    assert_string_equal(desk->problem, problem);
}

/* "/a /b" */
static void assert_files(const struct targets *targets, const char *expected)
{
    char text[2048] = "";

    for (size_t i = 0; i < targets->files_count; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? " " : "",
                 targets->files[i].path);
    assert_string_equal(text, expected);
}

static void assert_units(const struct targets *targets, const char *expected)
{
    char text[2048] = "";

    for (size_t i = 0; i < targets->units_count; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? " " : "", targets->units[i]);
    assert_string_equal(text, expected);
}

static void test_what_is_not_ours(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(take(desk, "Node", "MTU", "wg0:1280"), 0);
    assert_int_equal(take(desk, "RefreshIP", "Path", "/a"), 0);
    assert_int_equal(take(desk, "RefreshIP", "files", "/a"), 0);
    assert_int_equal(take(desk, "Files", "Path", "/a"), 0);
    assert_int_equal(take(desk, "Filehome", "Path", "/a"), 0);
    assert_int_equal(take(desk, "File home", "Files", "/a"), 0);
    assert_int_equal(take(desk, "", "Files", "/a"), 0);
    assert_int_equal(desk->targets.files_count, 0);
}

static void test_files(void **state)
{
    struct desk *desk = *state;
    const struct target_file *file = &desk->targets.files[0];

    good(desk, "RefreshIP", "Files", "/etc/a \t /etc/b");
    good(desk, "RefreshIP", "Files", "/c");
    assert_files(&desk->targets, "/etc/a /etc/b /c");
    assert_string_equal(file->name, "");
    assert_int_equal(file->variables_count, 1);
    assert_string_equal(file->variables[0], "WSL_IP");
    assert_int_equal(file->uid, 0);
    assert_false(file->create);
    good(desk, "RefreshIP", "Files", "/etc/b /d"); /* twice is once */
    assert_files(&desk->targets, "/etc/a /etc/b /c /d");
    good(desk, "RefreshIP", "Files", "");
    assert_files(&desk->targets, "");
    good(desk, "RefreshIP", "Files", "/e");
    assert_files(&desk->targets, "/e");
}

static void test_an_empty_list_keeps_what_has_a_section(void **state)
{
    struct desk *desk = *state;

    good(desk, "RefreshIP", "Files", "/a /b");
    good(desk, "File home", "Path", "/c");
    good(desk, "RefreshIP", "Files", "/d");
    good(desk, "RefreshIP", "Files", "");
    assert_files(&desk->targets, "/c");
    good(desk, "File home", "Variables", "NODE_IP"); /* and it is still that section's */
    assert_int_equal(desk->targets.files_count, 1);
    assert_string_equal(desk->targets.files[0].variables[0], "NODE_IP");
}

static void test_paths_that_are_none(void **state)
{
    static const char *const paths[] = {"etc/a",     "a",         "/",     "/etc/",    "//etc/a",
                                        "/etc//a",   "/etc/../a", "/../a", "/etc/./a", "/./a",
                                        "/etc/\xc3", "/etc/\001", "/a\x7f"};
    struct desk *desk = *state;
    char longer[FILE_PATH_SIZE + 1], problem[96];

    for (size_t i = 0; i < COUNT(paths); i++) {
        snprintf(problem, sizeof(problem), "'%s' is not the absolute path of a file", paths[i]);
        bad(desk, "RefreshIP", "Files", paths[i], problem);
        bad(desk, "File home", "Path", paths[i], problem);
    }
    bad(desk, "File home", "Path", "", "'' is not the absolute path of a file");
    bad(desk, "File home", "Path", "/a /b\n", "'/a /b\n' is not the absolute path of a file");
    memset(longer, 'x', sizeof(longer) - 1);
    longer[0] = '/';
    longer[sizeof(longer) - 1] = 0;
    bad(desk, "File home", "Path", longer,
        "'/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' is not the absolute path of a file");
    longer[sizeof(longer) - 2] = 0;
    good(desk, "File home", "Path", longer);
    assert_non_null(targets_find(&desk->targets, longer));
    good(desk, "File blank", "Path", "/mnt/c/My Files/..a"); /* in a section a blank is part of it */
}

static void test_a_section(void **state)
{
    struct desk *desk = *state;
    const struct target_file *file = &desk->targets.files[0];

    good(desk, "File home", "Create", "yes");
    good(desk, "File home", "User", "me");
    good(desk, "File home", "Variables", "A_1  _B\tC");
    good(desk, "File home", "Path", "/home/me/a");
    assert_int_equal(desk->targets.files_count, 1);
    assert_string_equal(file->name, "home");
    assert_string_equal(file->path, "/home/me/a");
    assert_true(file->create);
    assert_int_equal(file->uid, 1000); /* the first of that name */
    assert_int_equal(file->variables_count, 3);
    assert_string_equal(file->variables[0], "A_1");
    assert_string_equal(file->variables[1], "_B");
    assert_string_equal(file->variables[2], "C");
    good(desk, "File  work", "Path", "/home/me/b"); /* however many blanks */
    good(desk, "File work", "Create", "no");
    assert_int_equal(desk->targets.files_count, 2);
    good(desk, "File home", "Path", "/home/me/c"); /* a later one holds */
    good(desk, "File home", "Path", "/home/me/c");
    good(desk, "File home", "Create", "off");
    assert_files(&desk->targets, "/home/me/c /home/me/b");
    assert_false(file->create);
}

static void test_names_of_sections(void **state)
{
    static const char needs[] = "a section [File NAME] needs a name of at most 31 bytes";
    struct desk *desk = *state;

    bad(desk, "File", "Path", "/a", needs);
    bad(desk, "File", "User", "me", needs);
    bad(desk, "File ", "Path", "/a", needs);
    bad(desk, "File  \t", "Create", "yes", needs);
    bad(desk, "File 0123456789abcdef0123456789abcdef", "Path", "/a", needs);
    assert_int_equal(desk->targets.files_count, 0);
    good(desk, "File 0123456789abcdef0123456789abcde", "Path", "/a");
    good(desk, "File two words", "Path", "/b");
}

static void test_the_same_path_twice(void **state)
{
    struct desk *desk = *state;

    good(desk, "File home", "Path", "/etc/a");
    bad(desk, "File work", "Path", "/etc/a", "/etc/a stands there twice");
    desk->targets = (struct targets){.files_count = 0};
    good(desk, "RefreshIP", "Files", "/etc/a");
    bad(desk, "File home", "Path", "/etc/a", "/etc/a stands there twice"); /* with which of both keys? */
    desk->targets = (struct targets){.files_count = 0};
    good(desk, "File home", "Path", "/etc/a");
    good(desk, "RefreshIP", "Files", "/etc/a"); /* the section says more of it */
    assert_files(&desk->targets, "/etc/a");
}

static void test_variables(void **state)
{
    struct desk *desk = *state;
    char name[VARIABLE_SIZE + 1], problem[96];

    bad(desk, "File home", "Variables", "A B-C", "'B-C' is not a variable's name");
    bad(desk, "File home", "Variables", "1A", "'1A' is not a variable's name");
    bad(desk, "File home", "Variables", "A=1", "'A=1' is not a variable's name");
    bad(desk, "File home", "Variables", "A B C D E", "at most 4 variables of a file");
    good(desk, "File home", "Variables", "A B C D");
    assert_int_equal(desk->targets.files[0].variables_count, 4);
    good(desk, "File home", "Variables", "E"); /* a later list holds */
    assert_int_equal(desk->targets.files[0].variables_count, 1);
    assert_string_equal(desk->targets.files[0].variables[0], "E");
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = 0;
    snprintf(problem, sizeof(problem), "'%.40s' is not a variable's name", name);
    bad(desk, "File home", "Variables", name, problem);
    name[sizeof(name) - 2] = 0;
    good(desk, "File home", "Variables", name);
    assert_string_equal(desk->targets.files[0].variables[0], name);
}

static void test_users(void **state)
{
    static const struct {
        const char *value;
        uint32_t uid;
    } users[] = {{"root", 0}, {"other", 1002}, {"0", 0}, {"1234", 1234}, {"4294967294", 4294967294u}};
    static const char *const nobody[] = {"nobody-here", "",      "4294967295", "4294967296", "-1",
                                         "+1",          "1000x", " 1000",      "m",          "mee"};
    struct desk *desk = *state;
    char problem[96];

    for (size_t i = 0; i < COUNT(users); i++) {
        good(desk, "File home", "User", users[i].value);
        assert_int_equal(desk->targets.files[0].uid, users[i].uid);
    }
    for (size_t i = 0; i < COUNT(nobody); i++) {
        snprintf(problem, sizeof(problem), "there is no user '%s' in /etc/passwd", nobody[i]);
        bad(desk, "File home", "User", nobody[i], problem);
    }
    scratch_unlink(&desk->scratch, "etc/passwd"); /* numbers do without it */
    bad(desk, "File home", "User", "me", "there is no user 'me' in /etc/passwd");
    good(desk, "File home", "User", "1000");
    scratch_write(&desk->scratch, "etc/passwd", "");
    bad(desk, "File home", "User", "me", "there is no user 'me' in /etc/passwd");
}

static void test_switches(void **state)
{
    static const char *const on[] = {"yes", "true", "on", "1"}, *const off[] = {"no", "false", "off", "0"};
    struct desk *desk = *state;

    for (size_t i = 0; i < COUNT(on); i++) {
        good(desk, "RefreshIP", "Automatic", off[i]);
        good(desk, "File home", "Create", on[i]);
        assert_true(desk->targets.manual);
        assert_true(desk->targets.files[0].create);
        good(desk, "RefreshIP", "Automatic", on[i]);
        good(desk, "File home", "Create", off[i]);
        assert_false(desk->targets.manual);
        assert_false(desk->targets.files[0].create);
    }
    bad(desk, "RefreshIP", "Automatic", "", "'' is neither yes nor no");
    bad(desk, "RefreshIP", "Automatic", "Yes", "'Yes' is neither yes nor no");
    bad(desk, "File home", "Create", "maybe", "'maybe' is neither yes nor no");
}

static void test_units(void **state)
{
    struct desk *desk = *state;
    char longer[FILE_PATH_SIZE + 1];

    good(desk, "RefreshIP", "Units", "a.service  wg-quick@wg0.service");
    good(desk, "RefreshIP", "Units", "dev-x\\x2dy.swap a.service"); /* twice is once */
    assert_units(&desk->targets, "a.service wg-quick@wg0.service dev-x\\x2dy.swap");
    bad(desk, "RefreshIP", "Units", "nginx", "'nginx' is not a unit's name, such as wg-quick@wg0.service");
    bad(desk, "RefreshIP", "Units", "a/b.service",
        "'a/b.service' is not a unit's name, such as wg-quick@wg0.service");
    bad(desk, "RefreshIP", "Units", "ä.service",
        "'ä.service' is not a unit's name, such as wg-quick@wg0.service");
    good(desk, "RefreshIP", "Units", "");
    assert_units(&desk->targets, "");
    memset(longer, 'x', sizeof(longer) - 1);
    longer[1] = '.';
    longer[sizeof(longer) - 1] = 0;
    bad(desk, "RefreshIP", "Units", longer,
        "'x.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' is not a unit's name, such as wg-quick@wg0.service");
    longer[sizeof(longer) - 2] = 0;
    good(desk, "RefreshIP", "Units", longer);
    assert_units(&desk->targets, longer);
}

static void test_there_are_only_so_many(void **state)
{
    struct desk *desk = *state;
    char text[32];

    for (int i = 0; i < TARGET_FILES_MAX; i++) {
        snprintf(text, sizeof(text), "/etc/%d", i);
        good(desk, "RefreshIP", "Files", text);
    }
    bad(desk, "RefreshIP", "Files", "/etc/more", "at most 32 files can follow the address");
    bad(desk, "File home", "Path", "/etc/more", "at most 32 files can follow the address");
    good(desk, "RefreshIP", "Files", "/etc/0");
    for (int i = 0; i < TARGET_UNITS_MAX; i++) {
        snprintf(text, sizeof(text), "unit-%d.service", i);
        good(desk, "RefreshIP", "Units", text);
    }
    bad(desk, "RefreshIP", "Units", "more.service", "at most 16 units can be restarted");
    good(desk, "RefreshIP", "Units", "unit-0.service");
}

static void test_what_a_section_lacks(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(config_targets_check(&desk->targets, desk->problem, sizeof(desk->problem)), 0);
    good(desk, "RefreshIP", "Files", "/a");
    good(desk, "File home", "User", "me");
    assert_int_equal(config_targets_check(&desk->targets, desk->problem, sizeof(desk->problem)), -1);
    assert_string_equal(desk->problem, "section [File home] lacks Path=");
    good(desk, "File home", "Path", "/b");
    assert_int_equal(config_targets_check(&desk->targets, desk->problem, sizeof(desk->problem)), 0);
    good(desk, "File home", "Variables", "");
    assert_int_equal(config_targets_check(&desk->targets, desk->problem, sizeof(desk->problem)), -1);
    assert_string_equal(desk->problem, "section [File home] lacks Variables=");
}

static int load(struct desk *desk, struct config *config, struct config_fact *problem)
{
    memset(config, 0xaa, sizeof(*config));
    return config_load(desk->scratch.root, config, problem);
}

static void test_whole_files_and_drop_ins(void **state)
{
    struct desk *desk = *state;
    struct config_fact problem;
    struct config config;

    scratch_write(&desk->scratch, "etc/wslnode/wslnode.conf",
                  "[Node]\nMTU=wg0:1280\n[RefreshIP]\nFiles=/etc/a /etc/b\nUnits=a.service\nAutomatic=no\n"
                  "[File home]\nPath=/home/me/a\nUser=me\n[Other]\nFiles=/etc/not\n");
    scratch_write(&desk->scratch, "etc/wslnode/wslnode.conf.d/10.conf",
                  "[RefreshIP]\nFiles=\nFiles=/etc/c\nUnits=b.service\n[File home]\nVariables=HOME_IP\n");
    assert_int_equal(load(desk, &config, &problem), 0);
    assert_int_equal(config.mtus_count, 1);
    assert_files(&config.targets, "/home/me/a /etc/c");
    assert_units(&config.targets, "a.service b.service");
    assert_true(config.targets.manual);
    assert_int_equal(config.targets.files[0].uid, 1000);
    assert_string_equal(config.targets.files[0].variables[0], "HOME_IP");
    scratch_write(&desk->scratch, "etc/wslnode/wslnode.conf", ""); /* all is forgotten, and its drop-in not */
    assert_int_equal(load(desk, &config, &problem), -1);
    assert_string_equal(problem.path, "/etc/wslnode/wslnode.conf");
    assert_string_equal(problem.problem, "section [File home] lacks Path=");
    scratch_write(&desk->scratch, "etc/wslnode/wslnode.conf.d/10.conf", "\n[RefreshIP]\nUnits=nginx\n");
    assert_int_equal(load(desk, &config, &problem), -1);
    assert_string_equal(problem.path, "/etc/wslnode/wslnode.conf.d/10.conf");
    assert_non_null(strstr(problem.problem, "line 3: 'nginx' is not a unit's name"));
    scratch_write(&desk->scratch, "etc/wslnode/wslnode.conf.d/10.conf", "[File]\nPath=/etc/a\n");
    assert_int_equal(load(desk, &config, &problem), -1);
    assert_non_null(strstr(problem.problem, "line 2: a section [File NAME] needs a name"));
    scratch_unlink(&desk->scratch, "etc/wslnode/wslnode.conf.d/10.conf");
    assert_int_equal(load(desk, &config, &problem), 0);
    assert_int_equal(config.targets.files_count, 0);
    assert_int_equal(config.targets.units_count, 0);
    assert_false(config.targets.manual);
}

#define DESK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_what_is_not_ours),
        DESK_TEST(test_files),
        DESK_TEST(test_an_empty_list_keeps_what_has_a_section),
        DESK_TEST(test_paths_that_are_none),
        DESK_TEST(test_a_section),
        DESK_TEST(test_names_of_sections),
        DESK_TEST(test_the_same_path_twice),
        DESK_TEST(test_variables),
        DESK_TEST(test_users),
        DESK_TEST(test_switches),
        DESK_TEST(test_units),
        DESK_TEST(test_there_are_only_so_many),
        DESK_TEST(test_what_a_section_lacks),
        DESK_TEST(test_whole_files_and_drop_ins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
