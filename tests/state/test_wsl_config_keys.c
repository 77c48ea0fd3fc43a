/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of keys of wsl.conf and .wslconfig */
#include <ctype.h>
#include <string.h>

#include "../../service/state/wsl_config_keys.h"
#include "../../service/state/wsl_config_value.h"
#include "../unit.h"

static const enum wsl_config_dialect dialects[] = {WSL_CONFIG_CONF, WSL_CONFIG_WSLCONFIG};

static size_t count_keys(enum wsl_config_dialect dialect)
{
    size_t count = 0;

    while (wsl_config_key_at(dialect, count))
        count++;
    return count;
}

static void test_the_tables_are_whole(void **state)
{
    assert_int_equal(count_keys(WSL_CONFIG_CONF), 25);
    assert_int_equal(count_keys(WSL_CONFIG_WSLCONFIG), 55);
}

static bool is_name(const char *text)
{
    for (const char *c = text; *c; c++)
        if (!isalnum((unsigned char)*c))
            return false;
    return isalpha((unsigned char)*text);
}

static void test_every_row(void **state)
{
    for (size_t i = 0; i < COUNT(dialects); i++)
        for (size_t j = 0; j < count_keys(dialects[i]); j++) {
            const struct wsl_config_key *key = wsl_config_key_at(dialects[i], j);
            struct wsl_config_value value;

            assert_true(is_name(key->section) && is_name(key->key));
            assert_ptr_equal(wsl_config_key_find(dialects[i], key->section, key->key), key);
            assert_true(!key->alias || wsl_config_key_find(dialects[i], key->alias, key->key) == key);
            assert_int_equal(!key->choices, key->type != WSL_CONFIG_CHOICE);
            if (key->standard && !wsl_config_value_read(dialects[i], key, key->standard, &value))
                fail_msg("%s.%s cannot have its default", key->section, key->key);
        }
}

static void test_find(void **state)
{
    assert_string_equal(wsl_config_key_find(WSL_CONFIG_CONF, "BOOT", "SystemD")->key, "systemd");
    assert_null(wsl_config_key_find(WSL_CONFIG_CONF, "boot", "system"));
    assert_null(wsl_config_key_find(WSL_CONFIG_CONF, "boot", "systemdd"));
    assert_null(wsl_config_key_find(WSL_CONFIG_CONF, "", "systemd"));
    assert_null(wsl_config_key_find(WSL_CONFIG_CONF, "boot", ""));
    assert_null(wsl_config_key_find(WSL_CONFIG_CONF, "wsl2", "memory"));
    assert_null(wsl_config_key_find(WSL_CONFIG_WSLCONFIG, "boot", "systemd"));
    assert_null(wsl_config_key_find(WSL_CONFIG_WSLCONFIG, "experimental", "memory"));
    assert_ptr_equal(wsl_config_key_find(WSL_CONFIG_WSLCONFIG, "experimental", "autoproxy"),
                     wsl_config_key_find(WSL_CONFIG_WSLCONFIG, "wsl2", "autoProxy"));
}

static void test_sections(void **state)
{
    assert_true(wsl_config_section_known(WSL_CONFIG_CONF, "FileServer"));
    assert_false(wsl_config_section_known(WSL_CONFIG_CONF, "wsl2"));
    assert_true(wsl_config_section_known(WSL_CONFIG_WSLCONFIG, "experimental"));
    assert_false(wsl_config_section_known(WSL_CONFIG_WSLCONFIG, "boot"));
}

static void test_names(void **state)
{
    assert_true(wsl_config_same_name("", ""));
    assert_true(wsl_config_same_name("aZ9", "Az9"));
    assert_false(wsl_config_same_name("a", "ab"));
    assert_false(wsl_config_same_name("ab", "a"));
    assert_false(wsl_config_same_name("@", "`"));
    assert_false(wsl_config_same_name("[", "{"));
    assert_false(wsl_config_same_name("\xc3\x84", "\xc3\xa4"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_tables_are_whole),
        cmocka_unit_test(test_every_row),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_sections),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
