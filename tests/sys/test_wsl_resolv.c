/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where WSL keeps its resolv.conf, by wsl.conf below a scratch root */
#include "../../service/sys/wsl_resolv.h"

#include <stdio.h>
#include <string.h>

#include "../../service/state/wsl_config.h"
#include "../scratch.h"
#include "../unit.h"

#define WSL_CONF "etc/wsl.conf"
#define USUAL    "/mnt/wsl/resolv.conf"

static void assert_read(const struct scratch *scratch, const char *path, bool generates)
{
    struct wsl_resolv wsl;

    memset(&wsl, 0xa5, sizeof(wsl));
    wsl_resolv_read(scratch->root, &wsl);
    assert_string_equal(wsl.path, path);
    /* What it stands below, where drives are as well. */
    assert_int_equal(strlen(wsl.drives) + strlen("wsl/resolv.conf"), strlen(path));
    assert_memory_equal(wsl.drives, path, strlen(wsl.drives));
    assert_int_equal(wsl.generates, generates);
}

static void assert_text(const struct scratch *scratch, const char *text, const char *path, bool generates)
{
    scratch_write(scratch, WSL_CONF, text);
    assert_read(scratch, path, generates);
}

static void test_without_wsl_conf(void **state)
{
    assert_read(*state, USUAL, true);
    assert_text(*state, "", USUAL, true);
    assert_text(*state, "[network]\nhostname = a\n[automount]\nenabled = false\n", USUAL, true);
}

static void test_the_root(void **state)
{
    static const struct {
        const char *root, *path;
    } rows[] = {
        {"/", "/wsl/resolv.conf"},
        {"", "/wsl/resolv.conf"},
        {"/mnt/", USUAL},
        {"/windir", "/windir/wsl/resolv.conf"},
        {"/windir/", "/windir/wsl/resolv.conf"},
        {"\"/a b\"", "/a b/wsl/resolv.conf"},
        {"//mnt//", "//mnt//wsl/resolv.conf"}, /* so it stands in WSL's link */
        {"windir", "/windir/wsl/resolv.conf"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[256];

        snprintf(text, sizeof(text), "[automount]\nroot = %s\n", rows[i].root);
        assert_text(*state, text, rows[i].path, true);
    }
}

static void test_a_root_without_end(void **state)
{
    char text[256], root[FILE_PATH_SIZE + 1], path[FILE_PATH_SIZE];
    size_t most = FILE_PATH_SIZE - 1 - strlen("/wsl/resolv.conf");

    memset(root, 'r', sizeof(root));
    root[0] = '/';
    root[most] = 0;
    snprintf(text, sizeof(text), "[automount]\nroot = %s\n", root);
    snprintf(path, sizeof(path), "%.*s/wsl/resolv.conf", (int)most, root);
    assert_text(*state, text, path, true);
    root[most] = 'r';
    root[most + 1] = 0;
    snprintf(text, sizeof(text), "[automount]\nroot = %s\n", root);
    assert_text(*state, text, USUAL, true);
}

static void test_whether_it_links(void **state)
{
    static const struct {
        const char *value;
        bool generates;
    } rows[] = {
        {"true", true}, {"false", false},     {"FALSE", false}, {"0", false},
        {"1", true},    {"no", true},         {"", true},       {"fals", true},
        {"2", true},    {"\"false\"", false}, {"falsee", true},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[256];

        snprintf(text, sizeof(text), "[Network]\nGENERATERESOLVCONF = %s\n", rows[i].value);
        assert_text(*state, text, USUAL, rows[i].generates);
    }
}

static void test_as_wsl_reads_it(void **state)
{
    /* The first one counts, even if its value does not. */
    assert_text(*state, "[network]\ngenerateResolvConf=false\ngenerateResolvConf=true\n", USUAL, false);
    assert_text(*state, "[network]\ngenerateResolvConf=off\ngenerateResolvConf=false\n", USUAL, true);
    assert_text(*state, "[automount]\nroot=/a\nroot=/b\n", "/a/wsl/resolv.conf", true);
    /* An invalid line is the end. */
    assert_text(*state, "[automount]\nroot=/a\nnonsense\n[network]\ngenerateResolvConf=false\n",
                "/a/wsl/resolv.conf", true);
    /* Of another section. */
    assert_text(*state, "[wsl2]\ngenerateResolvConf=false\nroot=/a\n", USUAL, true);
    assert_text(*state, "# [network]\n# generateResolvConf=false\n", USUAL, true);
}

static void test_what_cannot_be_read(void **state)
{
    static char large[WSL_CONFIG_SIZE_MAX + 2] = "[automount]\nroot=/a";
    struct scratch *scratch = *state;

    scratch_fifo(scratch, WSL_CONF);
    assert_read(scratch, USUAL, true);
    scratch_unlink(scratch, WSL_CONF);
    scratch_mkdir(scratch, WSL_CONF);
    assert_read(scratch, USUAL, true);
    scratch_unlink(scratch, WSL_CONF);
    scratch_link(scratch, WSL_CONF, "nowhere");
    assert_read(scratch, USUAL, true);
    scratch_unlink(scratch, WSL_CONF);
    memset(large + strlen(large), '\n', WSL_CONFIG_SIZE_MAX + 1 - strlen(large));
    scratch_write_bytes(scratch, WSL_CONF, large, WSL_CONFIG_SIZE_MAX + 1);
    assert_read(scratch, USUAL, true);
    scratch_write_bytes(scratch, WSL_CONF, large, WSL_CONFIG_SIZE_MAX);
    assert_read(scratch, "/a/wsl/resolv.conf", true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_without_wsl_conf, scratch_set_up, scratch_tear_down),
        cmocka_unit_test_setup_teardown(test_the_root, scratch_set_up, scratch_tear_down),
        cmocka_unit_test_setup_teardown(test_a_root_without_end, scratch_set_up, scratch_tear_down),
        cmocka_unit_test_setup_teardown(test_whether_it_links, scratch_set_up, scratch_tear_down),
        cmocka_unit_test_setup_teardown(test_as_wsl_reads_it, scratch_set_up, scratch_tear_down),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_read, scratch_set_up, scratch_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
