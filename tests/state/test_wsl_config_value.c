/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What WSL takes for a value of each type */
#include <limits.h>
#include <string.h>

#include "../../service/state/wsl_config_value.h"
#include "../unit.h"

#define NONE UINT64_C(0xdead)
#define CONF WSL_CONFIG_CONF, "boot", "initTimeout"
#define INT  WSL_CONFIG_WSLCONFIG, "wsl2", "processors"
#define BOOL WSL_CONFIG_CONF, "boot", "systemd"
#define SIZE WSL_CONFIG_WSLCONFIG, "wsl2", "memory"
#define MAC  WSL_CONFIG_WSLCONFIG, "wsl2", "macAddress"
#define IP   WSL_CONFIG_WSLCONFIG, "experimental", "dnsTunnelingIpAddress"

static const struct {
    enum wsl_config_dialect dialect;
    const char *section, *key;
    const char *text;
    uint64_t number; /* NONE: it is not taken */
} rows[] = {
    {BOOL, "1", 1},
    {BOOL, "0", 0},
    {BOOL, "true", 1},
    {BOOL, "FaLsE", 0},
    {BOOL, "TRUE", 1},
    {BOOL, "yes", NONE},
    {BOOL, "on", NONE},
    {BOOL, "t", NONE},
    {BOOL, "00", NONE},
    {BOOL, "", NONE},
    {BOOL, "true ", NONE},
    {CONF, "0", 0},
    {CONF, "0x10", 16},
    {CONF, "0Xff", 255},
    {CONF, "010", 8},
    {CONF, "08", NONE},
    {CONF, "0x", NONE},
    {CONF, "0xg", NONE},
    {CONF, "5s", NONE},
    {CONF, "", NONE},
    {CONF, " ", NONE},
    {CONF, "-", NONE},
    {CONF, " \t\v+7", 7},
    {CONF, "7 ", NONE},
    {CONF, "-1", (uint64_t)-1},
    {CONF, "+-1", NONE},
    {CONF, "2147483647", INT_MAX},
    {CONF, "2147483648", NONE},
    {CONF, "-2147483648", (uint64_t)INT_MIN},
    {CONF, "-2147483649", NONE},
    {CONF, "99999999999999999999999", NONE},
    {INT, "2147483648", INT_MAX},
    {INT, "99999999999999999999999", INT_MAX},
    {INT, "-99999999999999999999999", (uint64_t)INT_MIN},
    {INT, "5s", NONE},
    {SIZE, "0", 0},
    {SIZE, "0GB", 0},
    {SIZE, "00", NONE},
    {SIZE, " 0", NONE},
    {SIZE, "-0", NONE},
    {SIZE, " 4", 4},
    {SIZE, "010", 10},
    {SIZE, "0x10", NONE},
    {SIZE, "", NONE},
    {SIZE, "GB", NONE},
    {SIZE, "4B", 4},
    {SIZE, "4BB", NONE},
    {SIZE, "4K", 4 << 10},
    {SIZE, "4KB", 4 << 10},
    {SIZE, "4M", 4 << 20},
    {SIZE, "4MB", 4 << 20},
    {SIZE, "4G", UINT64_C(4) << 30},
    {SIZE, "4GB", UINT64_C(4) << 30},
    {SIZE, "4T", UINT64_C(4) << 40},
    {SIZE, "4TB", UINT64_C(4) << 40},
    {SIZE, "4TBB", NONE},
    {SIZE, "4P", NONE},
    {SIZE, "4gb", NONE},
    {SIZE, "4g", NONE},
    {SIZE, "4 GB", NONE},
    {SIZE, "4GiB", NONE},
    {SIZE, "1.5GB", NONE},
    {SIZE, "-1", UINT64_MAX},
    {SIZE, "99999999999999999999", UINT64_MAX},
    {SIZE, "20000000TB", UINT64_C(3543488481810448384)},
    {MAC, "0a-1B-2c-3d-4e-5f", 0},
    {MAC, "0a:1b:2c:3d:4e:5f", 0},
    {MAC, "0a:1b:2c:3d:4e-5f", NONE},
    {MAC, "0a.1b.2c.3d.4e.5f", NONE},
    {MAC, "0a:1b:2c:3d:4e:5", NONE},
    {MAC, "0a:1b:2c:3d:4e:5ff", NONE},
    {MAC, "0g:1b:2c:3d:4e:5f", NONE},
    {MAC, "0a1b2c3d4e5f", NONE},
    {MAC, "", NONE},
    {IP, "10.255.255.254", 0},
    {IP, "10.255.255", NONE},
    {IP, "fd00::1", NONE},
    {IP, "", NONE},
    {WSL_CONFIG_CONF, "user", "default", "", 0},
    {WSL_CONFIG_WSLCONFIG, "wsl2", "swapFile", "anything", 0},
};

static void test_rows(void **state)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct wsl_config_key *key = wsl_config_key_find(rows[i].dialect, rows[i].section, rows[i].key);
        struct wsl_config_value value;
        bool taken = wsl_config_value_read(rows[i].dialect, key, rows[i].text, &value);

        if (taken != (rows[i].number != NONE) || (taken && value.number != rows[i].number))
            fail_msg("%s=“%s”: %s, %ju", rows[i].key, rows[i].text, taken ? "taken" : "not taken",
                     value.number);
    }
}

static void test_choices(void **state)
{
    const struct wsl_config_key *mode = wsl_config_key_find(WSL_CONFIG_WSLCONFIG, "wsl2", "networkingMode");
    struct wsl_config_value value;

    for (size_t i = 0; mode->choices[i]; i++) {
        assert_true(wsl_config_value_read(WSL_CONFIG_WSLCONFIG, mode, mode->choices[i], &value));
        assert_ptr_equal(value.choice, mode->choices[i]);
    }
    assert_true(wsl_config_value_read(WSL_CONFIG_WSLCONFIG, mode, "MIRRORED", &value));
    assert_string_equal(value.choice, "Mirrored");
    assert_false(wsl_config_value_read(WSL_CONFIG_WSLCONFIG, mode, "1", &value));
    assert_false(wsl_config_value_read(WSL_CONFIG_WSLCONFIG, mode, "", &value));
    assert_false(wsl_config_value_read(WSL_CONFIG_WSLCONFIG, mode, "Mirrore", &value));
}

static void test_ports(void **state)
{
    static const struct {
        const char *text;
        size_t bad;
    } lists[] = {{"", 0},          {"80", 0},
                 {"80,443", 0},    {",80,,", 0},
                 {" 80, 443x", 0}, {"1,65535", 0},
                 {"0", 1},         {"65536", 1},
                 {"x,y,80", 2},    {"-1,+1", 1},
                 {"0x50", 1},      {" ", 1},
                 {",x,", 1},       {"99999999999999999999999", 1},
                 {"80,,0", 1}};
    const struct wsl_config_key *ports =
        wsl_config_key_find(WSL_CONFIG_WSLCONFIG, "experimental", "ignoredPorts");

    for (size_t i = 0; i < COUNT(lists); i++) {
        struct wsl_config_value value;

        assert_int_equal(wsl_config_value_read(WSL_CONFIG_WSLCONFIG, ports, lists[i].text, &value),
                         !lists[i].bad);
        if (value.bad != lists[i].bad)
            fail_msg("“%s” has %zu bad entries", lists[i].text, value.bad);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_ports),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
