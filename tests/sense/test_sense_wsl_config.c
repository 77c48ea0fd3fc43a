/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sensor of wsl.conf, below a scratch root */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../service/sense/sense.h"
#include "../scratch.h"
#include "../unit.h"

#define SECOND    UINT64_C(1000000)
#define WSL_CONF  "etc/wsl.conf"
#define GOOD      "[boot]\nsystemd=true\n"
#define CUT_OFF   "[boot]\nsystemd=true\n; a comment\n[network]\nhostname=x\n"
#define MISPLACED "[boot]\nsystemd=true\n\n[wsl2]\nmemory=4GB\n"

struct stand {
    struct scratch scratch;
    sd_event *event;
    struct node node;
    struct sense_wsl_config *sensor;
    struct wsl_config_fact fact; /* the last one */
    unsigned facts;
};

static void on_fact(void *userdata, const struct fact *fact)
{
    struct stand *stand = userdata;

    assert_int_equal(fact->kind, FACT_WSL_CONFIG);
    stand->fact = fact->wsl_config;
    stand->facts++;
}

static void on_turn(void *userdata)
{
}

static int set_up(void **state)
{
    static struct stand stand;

    memset(&stand, 0, sizeof(stand));
    scratch_make(&stand.scratch);
    scratch_mkdir(&stand.scratch, "etc");
    assert_true(sd_event_new(&stand.event) >= 0);
    node_init(&stand.node);
    snprintf(stand.node.platform.platform, sizeof(stand.node.platform.platform), "wsl2");
    *state = &stand;
    return 0;
}

static int tear_down(void **state)
{
    struct stand *stand = *state;

    sense_wsl_config_free(stand->sensor);
    sd_event_unref(stand->event);
    node_done(&stand->node);
    scratch_remove(&stand->scratch);
    return 0;
}

static void start(struct stand *stand)
{
    struct sense sense = {.event = stand->event,
                          .root = stand->scratch.root,
                          .node = &stand->node,
                          .emit = on_fact,
                          .turn = on_turn,
                          .userdata = stand};

    assert_int_equal(sense_wsl_config_new(&sense, &stand->sensor), 0);
}

static void assert_fact(const struct stand *stand, uint32_t rest, uint32_t first, uint32_t remarks)
{
    assert_int_equal(stand->fact.rest_line, rest);
    assert_int_equal(stand->fact.first_line, first);
    assert_int_equal(stand->fact.remarks, remarks);
}

static void run_until_told(struct stand *stand, unsigned facts)
{
    for (int i = 0; i < 100 && stand->facts < facts; i++)
        assert_true(sd_event_run(stand->event, SECOND / 10) >= 0);
    assert_true(stand->facts >= facts);
}

static void test_what_is_wrong(void **state)
{
    struct stand *stand = *state;

    start(stand);
    assert_int_equal(stand->facts, 1); /* no file is news as well */
    assert_fact(stand, 0, 0, 0);
    scratch_write(&stand->scratch, WSL_CONF, GOOD);
    sense_wsl_config_refresh(stand->sensor);
    assert_fact(stand, 0, 0, 0);
    scratch_write(&stand->scratch, WSL_CONF, MISPLACED);
    sense_wsl_config_refresh(stand->sensor);
    assert_fact(stand, 0, 5, 1);
    scratch_write(&stand->scratch, WSL_CONF, CUT_OFF);
    sense_wsl_config_refresh(stand->sensor);
    assert_fact(stand, 3, 3, 1);
}

static void test_off_wsl(void **state)
{
    struct stand *stand = *state;

    scratch_write(&stand->scratch, WSL_CONF, CUT_OFF);
    snprintf(stand->node.platform.platform, sizeof(stand->node.platform.platform), "linux");
    start(stand);
    assert_int_equal(stand->facts, 1);
    assert_fact(stand, 0, 0, 0);
}

static void test_what_is_no_file(void **state)
{
    struct stand *stand = *state;

    scratch_fifo(&stand->scratch, WSL_CONF);
    start(stand); /* and does not wait for anybody */
    assert_fact(stand, 0, 0, 0);
    scratch_unlink(&stand->scratch, WSL_CONF);
    scratch_mkdir(&stand->scratch, WSL_CONF);
    sense_wsl_config_refresh(stand->sensor);
    assert_fact(stand, 0, 0, 0);
}

static void test_it_is_watched(void **state)
{
    struct stand *stand = *state;

    start(stand);
    scratch_write(&stand->scratch, "etc/other", "x");
    for (int i = 0; i < 3; i++)
        assert_true(sd_event_run(stand->event, SECOND / 10) >= 0);
    assert_int_equal(stand->facts, 1);
    scratch_write(&stand->scratch, WSL_CONF, CUT_OFF);
    run_until_told(stand, 2);
    assert_fact(stand, 3, 3, 1);
    scratch_unlink(&stand->scratch, WSL_CONF);
    run_until_told(stand, 3);
    assert_fact(stand, 0, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_is_wrong, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_off_wsl, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_no_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_it_is_watched, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
