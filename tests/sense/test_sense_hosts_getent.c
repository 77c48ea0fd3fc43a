/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sensor of what programs see of names: a getent of every mood */
#include <fcntl.h>
#include <sys/stat.h>

#include "hosts_stand.h"

/* The file that meson has built next to us. */
static void install(const char *behaviour)
{
    static char bytes[4 << 20];
    int from = open(GETENT, O_RDONLY | O_CLOEXEC);
    ssize_t length = read(from, bytes, sizeof(bytes));

    assert_in_range(length, 1, sizeof(bytes) - 1);
    close(from);
    scratch_write_bytes(&stand.scratch, "usr/bin/getent", bytes, length);
    assert_int_equal(fchmodat(stand.scratch.root, "usr/bin/getent", 0755, 0), 0);
    scratch_write(&stand.scratch, "usr/bin/getent.behaviour", behaviour);
    real = true;
}

static void test_a_real_one(void **state)
{
    static const struct {
        const char *behaviour;
        enum hosts_view view;
    } rows[] = {
        {"ahosts " NAME " finds\n", HOSTS_OK},          {"ahosts " NAME " floods\n", HOSTS_OK},
        {"ahosts " NAME " says-no\n", HOSTS_NOT_FOUND}, {"ahosts " NAME " fails\n", HOSTS_UNKNOWN},
        {"ahosts " NAME " crashes\n", HOSTS_UNKNOWN},   {"ahostsv4 " NAME " finds\n", HOSTS_AAAA},
        {"ahosts " NAME ". finds\n", HOSTS_SEARCH},     {"", HOSTS_LATE},
    };

    begin();
    answer(0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (!real)
            install(rows[i].behaviour);
        scratch_write(&stand.scratch, "usr/bin/getent.behaviour", rows[i].behaviour);
        sense_hosts_refresh(stand.sensor);
        for (int j = 0; j < 2000 && sense_hosts_busy(stand.sensor); j++)
            assert_true(sd_event_run(stand.event, 10000) >= 0);
        assert_told(rows[i].view, i + 2);
    }
}

static void test_none_is_there(void **state)
{
    begin();
    answer(0);
    real = true;
    sense_hosts_refresh(stand.sensor);
    assert_told(HOSTS_UNKNOWN, 2);
}

static void test_the_end_while_it_hangs(void **state)
{
    begin();
    answer(0);
    install("");
    sense_hosts_refresh(stand.sensor);
    for (int i = 0; i < 5; i++)
        sd_event_run(stand.event, 10000);
    stand.sensor = sense_hosts_free(stand.sensor);
    assert_int_equal(stand.facts, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_TEST(test_a_real_one),
        STAND_TEST(test_none_is_there),
        STAND_TEST(test_the_end_while_it_hangs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
