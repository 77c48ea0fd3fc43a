/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who might set the clock, below a scratch root */
#include <stdio.h>
#include <string.h>

#include "../../service/sense/writers.h"
#include "../scratch.h"
#include "../unit.h"

#define IMPLICIT "sys/module/hv_utils/parameters/timesync_implicit"

static struct writers_fact read_them(const struct scratch *scratch)
{
    struct writers_fact writers;

    memset(&writers, 0xff, sizeof(writers));
    writers_read(scratch->root, &writers);
    return writers;
}

static void assert_writers(const struct scratch *scratch, bool timesyncd, bool chronyd, bool ntpd)
{
    struct writers_fact writers = read_them(scratch);

    assert_int_equal(writers.timesyncd, timesyncd);
    assert_int_equal(writers.chronyd, chronyd);
    assert_int_equal(writers.ntpd, ntpd);
    assert_false(writers.hv_utils || writers.docker);
}

static void test_nobody(void **state)
{
    assert_writers(*state, false, false, false);
    scratch_mkdir(*state, "sys/fs/cgroup/system.slice/ssh.service");
    scratch_mkdir(*state, "mnt/wsl");
    assert_writers(*state, false, false, false);
}

static const struct {
    const char *unit;
    bool timesyncd, chronyd, ntpd;
} unit_rows[] = {
    {"systemd-timesyncd.service", true, false, false},
    {"chrony.service", false, true, false},
    {"chronyd.service", false, true, false},
    {"ntp.service", false, false, true},
    {"ntpd.service", false, false, true},
    {"ntpsec.service", false, false, true},
    {"openntpd.service", false, false, true},
    {"ntpdate.service", false, false, false},
    {"chronyd", false, false, false},
    {"chrony-wait.service", false, false, false},
    {"systemd-timesyncd.service.d", false, false, false},
};

/* The tree of version 2, of version 1, and of both. */
static void test_units_that_run(void **state)
{
    static const char *const trees[] = {"sys/fs/cgroup", "sys/fs/cgroup/systemd", "sys/fs/cgroup/unified"};
    struct scratch *scratch = *state;
    char path[128];

    for (size_t tree = 0; tree < COUNT(trees); tree++)
        for (size_t i = 0; i < COUNT(unit_rows); i++) {
            snprintf(path, sizeof(path), "%s/system.slice/%s", trees[tree], unit_rows[i].unit);
            scratch_mkdir(scratch, path);
            assert_writers(scratch, unit_rows[i].timesyncd, unit_rows[i].chronyd, unit_rows[i].ntpd);
            scratch_unlink(scratch, path);
        }
}

static void test_a_unit_of_another_slice(void **state)
{
    scratch_mkdir(*state, "sys/fs/cgroup/user.slice/chronyd.service");
    scratch_mkdir(*state, "sys/fs/cgroup/memory/system.slice/chronyd.service");
    assert_writers(*state, false, false, false);
}

static void test_several(void **state)
{
    scratch_mkdir(*state, "sys/fs/cgroup/system.slice/systemd-timesyncd.service");
    scratch_mkdir(*state, "sys/fs/cgroup/system.slice/chrony.service");
    scratch_mkdir(*state, "sys/fs/cgroup/system.slice/ntpsec.service");
    assert_writers(*state, true, true, true);
}

static void test_hv_utils(void **state)
{
    static const struct {
        const char *text;
        bool set;
    } rows[] = {{"Y\n", true},  {"1\n", true}, {"Y", true},    {"N\n", false},
                {"0\n", false}, {"", false},   {"y\n", false}, {"\nY", false}};

    for (size_t i = 0; i < COUNT(rows); i++) {
        scratch_write(*state, IMPLICIT, rows[i].text);
        assert_int_equal(read_them(*state).hv_utils, rows[i].set);
    }
    scratch_unlink(*state, IMPLICIT);
    scratch_mkdir(*state, IMPLICIT);
    assert_false(read_them(*state).hv_utils);
}

static void test_docker(void **state)
{
    scratch_mkdir(*state, "mnt/wsl/docker-desktop");
    assert_true(read_them(*state).docker);
    scratch_unlink(*state, "mnt/wsl/docker-desktop");
    assert_false(read_them(*state).docker);
    scratch_mkdir(*state, "mnt/wsl/docker-desktop-bind-mounts"); /* is left over when it ends */
    assert_false(read_them(*state).docker);
}

#define SCRATCH_TEST(name) cmocka_unit_test_setup_teardown(name, scratch_set_up, scratch_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(test_nobody),
        SCRATCH_TEST(test_units_that_run),
        SCRATCH_TEST(test_a_unit_of_another_slice),
        SCRATCH_TEST(test_several),
        SCRATCH_TEST(test_hv_utils),
        SCRATCH_TEST(test_docker),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
