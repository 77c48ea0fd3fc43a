/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of what keeps the node up while nobody is logged in */
#include "scene.h"

#define ANN "/mnt/c/Users/Ann/.wslconfig"

/* One user, whose file keeps it up. */
static struct wslconfig_fact good(void)
{
    struct wslconfig_fact config = {.folders = 1, .files = 1, .staying = 1, .idle_msec = -1};

    snprintf(config.path, sizeof(config.path), ANN);
    return config;
}

static const struct finding *check(struct scene *scene, const struct wslconfig_fact *config)
{
    struct fact fact = fact_of(FACT_WSLCONFIG);

    fact.wslconfig = *config;
    tell(&scene->node, fact);
    findings_clear(&scene->findings);
    check_stops_when_idle(&scene->input, &scene->findings);
    check_wslconfig_remarks(&scene->input, &scene->findings);
    return scene->findings.count ? &scene->findings.list[0] : NULL;
}

static void test_when_it_is_known(void **state)
{
    struct scene *scene = *state;
    struct wslconfig_fact config = good();
    struct wslconfig_fact nothing = {.folders = 0};
    struct node silent;
    struct fact fact = fact_of(FACT_WSLCONFIG);

    tell(&scene->node, platform_of("wsl2", "nat"));
    assert_false(node_wslconfig_known(&scene->node));
    assert_null(check(scene, &nothing)); /* no folder of a user's: nothing is missing */
    assert_false(node_wslconfig_known(&scene->node));
    assert_null(check(scene, &config));
    assert_true(node_wslconfig_known(&scene->node));
    tell(&scene->node, platform_of("linux", ""));
    assert_false(node_wslconfig_known(&scene->node));
    /* Whether there is a tunnel decides, so the links come first. */
    node_init(&silent);
    tell(&silent, platform_of("wsl2", "nat"));
    fact.wslconfig = config;
    tell(&silent, fact);
    assert_false(node_wslconfig_known(&silent));
    speak(&silent);
    assert_true(node_wslconfig_known(&silent));
    node_done(&silent);
}

static void test_it_stops(void **state)
{
    struct scene *scene = *state;
    struct wslconfig_fact config = good();
    const struct finding *finding;

    config.staying = 0;
    config.idle_msec = 15000;
    finding = check(scene, &config);
    assert_int_equal(scene->findings.count, 1);
    assert_string_equal(finding->id, "stops-when-idle");
    assert_string_equal(finding->subject, "");
    assert_int_equal(finding->severity, SEVERITY_CRITICAL); /* wg0 is a tunnel */
    assert_string_equal(param_text(finding, "file"), ANN);
    assert_int_equal(param_number(finding, "milliseconds"), 15000);
    assert_int_equal(finding->mend.verb, MEND_NONE);
    /* What is to be written, to the letter. */
    assert_non_null(strstr(finding->remedy, "\"[general]\""));
    assert_non_null(strstr(finding->remedy, "\"instanceIdleTimeout=-1\""));
    assert_non_null(strstr(finding->remedy, "%UserProfile%\\.wslconfig"));
    assert_non_null(strstr(finding->remedy, "`wsl --shutdown`"));
    config.idle_msec = 0; /* at once */
    assert_string_equal(check(scene, &config)->id, "stops-when-idle");
    tell(&scene->node, gone(link_up(WG0, "wg0", "wireguard", 1420)));
    assert_int_equal(check(scene, &config)->severity, SEVERITY_INFO);
}

static void test_nobody_has_a_file(void **state)
{
    struct scene *scene = *state;
    struct wslconfig_fact config = {.folders = 2, .idle_msec = 15000};
    const struct finding *finding = check(scene, &config);

    assert_string_equal(finding->id, "stops-when-idle");
    assert_int_equal(finding->severity, SEVERITY_CRITICAL);
    assert_string_equal(param_text(finding, "file"), "%UserProfile%\\.wslconfig");
}

static void test_some_keep_it_up(void **state)
{
    struct scene *scene = *state;
    struct wslconfig_fact config = good();
    const struct finding *finding;

    config.files = config.folders = 2;
    config.idle_msec = 60000;
    finding = check(scene, &config);
    assert_string_equal(finding->id, "stops-when-idle");
    assert_int_equal(finding->severity, SEVERITY_INFO);
    assert_int_equal(param_number(finding, "milliseconds"), 60000);
}

static void test_remarks(void **state)
{
    struct scene *scene = *state;
    struct wslconfig_fact config = good();
    const struct finding *finding;

    config.first_line = 2;
    config.remarks = 3;
    finding = check(scene, &config);
    assert_int_equal(scene->findings.count, 1);
    assert_string_equal(finding->id, "wslconfig-remarks");
    assert_string_equal(finding->subject, "");
    assert_int_equal(finding->severity, SEVERITY_WARNING);
    assert_string_equal(param_text(finding, "file"), ANN);
    assert_int_equal(param_number(finding, "line"), 2);
    assert_int_equal(param_number(finding, "remarks"), 3);
    assert_int_equal(finding->mend.verb, MEND_NONE);
    config.idle_msec = 15000;
    config.staying = 0;
    check(scene, &config);
    assert_int_equal(scene->findings.count, 2);
}

static void test_an_equal_reading_says_nothing(void **state)
{
    struct scene *scene = *state;
    struct fact fact = fact_of(FACT_WSLCONFIG);
    struct events events = {0};

    assert_int_equal(node_apply(&scene->node, &fact, &events), NODE_WSLCONFIG); /* the first is news */
    assert_int_equal(node_apply(&scene->node, &fact, &events), 0);
    fact.wslconfig.folders = 1;
    assert_int_equal(node_apply(&scene->node, &fact, &events), NODE_WSLCONFIG);
    assert_int_equal(NODE_UNPUBLISHED & NODE_WSLCONFIG, NODE_WSLCONFIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(test_when_it_is_known),  SCENE_TEST(test_it_stops),
        SCENE_TEST(test_nobody_has_a_file), SCENE_TEST(test_some_keep_it_up),
        SCENE_TEST(test_remarks),           SCENE_TEST(test_an_equal_reading_says_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
