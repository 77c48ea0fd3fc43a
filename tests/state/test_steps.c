/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps, packed: any of them comes back as it was, and a usual one takes little room */
#include "packed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void assert_comes_back(const struct step *list, size_t count)
{
    struct steps steps = packed(list, count);

    assert_int_equal(steps.count, count);
    for (size_t i = 0; i < count; i++) {
        struct step step = steps_at(&steps, i);

        assert_memory_equal(&step, &list[i], sizeof(step));
    }
    steps_done(&steps);
    assert_null(steps.packed);
}

static void test_each_kind_comes_back(void **state)
{
    struct step list[STEP_KINDS];

    memset(list, 0, sizeof(list));
    for (size_t i = 0; i < STEP_KINDS; i++) {
        list[i].kind = i;
        snprintf(list[i].target, sizeof(list[i].target), "target %zu", i);
    }
    strcpy(list[STEP_FILE].file.variable, "WSL_IP");
    strcpy(list[STEP_FILE].file.after, "172.20.1.2");
    list[STEP_FILE].file.offset = 1 << 24;
    list[STEP_KERNEL].mtu_before = 1420;
    list[STEP_WANTED].wish_after = (struct wish){.set = true, .mtu = 1280, .since_usec = UINT64_MAX};
    list[STEP_CLOCK].clock_by_usec = -1;
    list[STEP_RESOLV].resolv.foreign = true;
    memset(list[STEP_SETTING].setting.after, 'a', SETTING_SIZE - 1);
    list[STEP_LINK_DNS].link_dns.after.count = DNS_SERVERS_MAX;
    memset(list[STEP_KEEPALIVE].keepalive.key, 0xff, PEER_KEY_SIZE);
    memset(list[STEP_KEEPALIVE_FILE].keepalive.span.after, 'a', WIREGUARD_CONF_TEXT_SIZE - 1);
    assert_comes_back(list, STEP_KINDS);
}

/* Of zeros and of others, at the start, at the end and between. */
static void test_runs_of_any_length(void **state)
{
    struct step step;
    uint8_t *bytes = (uint8_t *)&step;

    for (size_t zeros = 0; zeros <= 8; zeros++)
        for (size_t others = 1; others <= 8; others++) {
            for (size_t i = 0; i < sizeof(step); i++)
                bytes[i] = i % (zeros + others) < zeros ? 0 : 'a';
            assert_comes_back(&step, 1);
        }
    for (size_t edge = 0; edge <= sizeof(step); edge++) {
        memset(bytes, 0, sizeof(step));
        memset(bytes, 'a', edge);
        assert_comes_back(&step, 1);
        memset(bytes, 'a', sizeof(step));
        memset(bytes, 0, edge);
        assert_comes_back(&step, 1);
    }
}

/* The bound of what is packed holds for any bytes. */
static void test_bytes_at_random(void **state)
{
    struct step list[STEPS_MAX];

    srand(1);
    for (int round = 0; round < 200; round++) {
        for (size_t i = 0; i < sizeof(list); i++)
            ((uint8_t *)list)[i] = rand() % 256 < round ? 0 : rand();
        assert_comes_back(list, STEPS_MAX);
    }
}

static void test_a_usual_step_is_small(void **state)
{
    struct step step;
    struct steps steps;

    memset(&step, 0, sizeof(step));
    step.kind = STEP_KERNEL;
    strcpy(step.target, "wg0");
    step.mtu_before = 1420;
    step.mtu_after = 1280;
    steps = packed(&step, 1);
    assert_in_range(steps.size, 1, 24);
    steps_done(&steps);
    memset(&step, 0, sizeof(step));
    step.kind = STEP_WANTED;
    strcpy(step.target, "wg0");
    step.wish_after = (struct wish){.set = true, .mtu = 1280, .since_usec = 1700000000123456};
    steps = packed(&step, 1);
    assert_in_range(steps.size, 1, 40);
    steps_done(&steps);
}

static void test_a_copy_is_its_own(void **state)
{
    struct step step = {.kind = STEP_EFFECT, .target = "a.service"};
    struct steps steps = packed(&step, 1), copy, empty = {.count = 0};

    assert_int_equal(steps_copy(&copy, &steps), 0);
    memset(steps.packed, 0xff, steps.size);
    steps_done(&steps);
    assert_string_equal(steps_at(&copy, 0).target, "a.service");
    assert_int_equal(steps_add(&copy, &step), 0);
    assert_int_equal(copy.count, 2);
    assert_string_equal(steps_at(&copy, 1).target, "a.service");
    steps_done(&copy);
    assert_int_equal(steps_copy(&copy, &empty), 0);
    assert_int_equal(copy.count, 0);
    steps_done(&copy);
}

static void test_beyond_the_last(void **state)
{
    struct step step = {.kind = STEP_EFFECT, .target = "a.service"};
    struct steps steps = packed(&step, 1), empty = {.count = 0};

    assert_int_equal(steps_at(&steps, 1).kind, STEP_KINDS);
    assert_string_equal(steps_at(&steps, 1).target, "");
    assert_int_equal(steps_at(&empty, 0).kind, STEP_KINDS);
    steps_done(&steps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kind_comes_back), cmocka_unit_test(test_runs_of_any_length),
        cmocka_unit_test(test_bytes_at_random),      cmocka_unit_test(test_a_usual_step_is_small),
        cmocka_unit_test(test_a_copy_is_its_own),    cmocka_unit_test(test_beyond_the_last),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
