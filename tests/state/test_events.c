/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events: merged and bounded */
#include <stdio.h>
#include <string.h>

#include "../../service/state/events.h"
#include "../unit.h"

static void test_the_first_old_and_the_last_new(void **state)
{
    struct events events = {.count = 0};

    events_add(&events, EVENT_MTU, "wg0", "1420", "1280");
    events_add(&events, EVENT_MTU, "eth0", "1500", "1400");
    events_add(&events, EVENT_ADDRESS, "wg0", "", "10.0.0.1");
    events_add(&events, EVENT_MTU, "wg0", "1280", "1300");
    assert_int_equal(events.count, 3);
    assert_string_equal(events.list[0].before, "1420");
    assert_string_equal(events.list[0].after, "1300");
    assert_string_equal(events.list[1].after, "1400");
    assert_string_equal(events.list[2].after, "10.0.0.1");
}

static void test_there_are_only_so_many(void **state)
{
    struct events events = {.count = 0};
    char name[16];

    for (int i = 0; i < EVENTS_MAX; i++) {
        snprintf(name, sizeof(name), "wg%d", i);
        events_add(&events, EVENT_LINK_ADDED, name, "", "");
    }
    assert_false(events.lost);
    events_add(&events, EVENT_LINK_ADDED, "wg0", "", "again"); /* merged: needs no room */
    assert_false(events.lost);
    assert_string_equal(events.list[0].after, "again");
    events_add(&events, EVENT_LINK_REMOVED, "wg0", "", "");
    assert_true(events.lost);
    assert_int_equal(events.count, EVENTS_MAX);
    events_clear(&events);
    assert_false(events.lost);
    assert_int_equal(events.count, 0);
}

static void test_long_texts_are_cut(void **state)
{
    struct events events = {.count = 0};
    char text[200];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    events_add(&events, EVENT_UPLINK, text, text, text);
    assert_int_equal(strlen(events.list[0].subject), sizeof(events.list[0].subject) - 1);
    assert_int_equal(strlen(events.list[0].before), sizeof(events.list[0].before) - 1);
    assert_int_equal(strlen(events.list[0].after), sizeof(events.list[0].after) - 1);
}

static void test_every_kind_has_a_name_of_its_own(void **state)
{
    for (enum event_kind a = EVENT_UPLINK; a <= EVENT_LINK_REMOVED; a++) {
        assert_string_not_equal(event_kind_name(a), "?");
        for (enum event_kind b = EVENT_UPLINK; b < a; b++)
            assert_string_not_equal(event_kind_name(a), event_kind_name(b));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_old_and_the_last_new),
        cmocka_unit_test(test_there_are_only_so_many),
        cmocka_unit_test(test_long_texts_are_cut),
        cmocka_unit_test(test_every_kind_has_a_name_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
