/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of the clock */
#include "clock_facts.h"
#include "scene.h"

typedef void (*finder)(const struct health_input *, struct findings *);

static const struct finding *only(struct scene *scene, finder check)
{
    findings_clear(&scene->findings);
    check(&scene->input, &scene->findings);
    assert_true(scene->findings.count <= 1);
    return scene->findings.count ? &scene->findings.list[0] : NULL;
}

static const struct finding *raised(struct scene *scene, finder check, const char *id, const char *subject,
                                    enum severity severity)
{
    const struct finding *finding = only(scene, check);

    assert_non_null(finding);
    assert_string_equal(finding->id, id);
    assert_string_equal(finding->subject, subject);
    assert_int_equal(finding->severity, severity);
    assert_true(finding->summary && finding->cause && finding->remedy);
    return finding;
}

static int64_t param_signed(const struct finding *finding, const char *key)
{
    (void)param_number(finding, key);
    for (size_t i = 0; i < finding->params_count; i++)
        if (strcmp(finding->params[i].key, key) == 0) {
            assert_true(finding->params[i].has_sign);
            return finding->params[i].number;
        }
    return 0;
}

static bool has_param(const struct finding *finding, const char *key)
{
    for (size_t i = 0; i < finding->params_count; i++)
        if (strcmp(finding->params[i].key, key) == 0)
            return true;
    return false;
}

/* Afresh: what was known of drifting is forgotten. */
static void drift(struct scene *scene, struct fact look)
{
    memset(&scene->node.clock, 0, sizeof(scene->node.clock));
    clock_stays(&scene->node, look);
}

static void test_nothing_is_known(void **state)
{
    assert_null(only(*state, check_clock_drift));
    assert_null(only(*state, check_clock_fighting));
    assert_null(only(*state, check_clock_stepped));
    assert_null(only(*state, check_clock_reference_stale));
}

static void test_a_clock_that_is_right(void **state)
{
    struct scene *scene = *state;

    drift(scene, clock_off(1999999));
    tell(&scene->node, platform_of("wsl2", "nat"));
    assert_null(only(scene, check_clock_drift));
    assert_null(only(scene, check_clock_fighting));
    assert_null(only(scene, check_clock_stepped));
    assert_null(only(scene, check_no_time_reference));
    assert_null(only(scene, check_clock_reference_stale));
}

static void test_drift(void **state)
{
    struct scene *scene = *state;
    const struct finding *finding;

    drift(scene, clock_off(-12 * S));
    finding = raised(scene, check_clock_drift, "clock-drift", "", SEVERITY_WARNING);
    assert_int_equal(param_signed(finding, "seconds"), -12);
    assert_string_equal(param_text(finding, "reference"), "ptp");
    assert_false(has_param(finding, "slew-left-seconds"));
    assert_int_equal(finding->mend.verb, MEND_SYNC_CLOCK);
    /* One look alone may be a moment's. */
    memset(&scene->node.clock, 0, sizeof(scene->node.clock));
    tell(&scene->node, clock_off(-12 * S));
    assert_null(only(scene, check_clock_drift));
}

static void test_drift_names_its_reference(void **state)
{
    struct scene *scene = *state;
    struct fact look = clock_off(60 * S);

    look.clock.reference = REFERENCE_RTC;
    drift(scene, look);
    assert_string_equal(param_text(only(scene, check_clock_drift), "reference"), "rtc");
}

static void test_drift_of_five_minutes_is_critical(void **state)
{
    static const struct {
        int64_t offset_usec;
        enum severity severity;
    } rows[] = {
        {300 * S - 1, SEVERITY_WARNING},   {300 * S, SEVERITY_CRITICAL},
        {86400 * S, SEVERITY_CRITICAL},    {-300 * S + 1, SEVERITY_WARNING},
        {-300 * S, SEVERITY_CRITICAL},     {-86400 * S, SEVERITY_CRITICAL},
        {40000000 * S, SEVERITY_CRITICAL}, {-40000000 * S, SEVERITY_CRITICAL},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        drift(*state, clock_off(rows[i].offset_usec));
        raised(*state, check_clock_drift, "clock-drift", "", rows[i].severity);
    }
}

static void test_seconds_are_rounded(void **state)
{
    static const struct {
        int64_t offset_usec, seconds;
    } rows[] = {
        {2499999, 2},       {2500000, 3},         {3499999, 3},       {-2499999, -2},
        {-2500000, -3},     {-3499999, -3},       {5 * S, 5},         {-5 * S, -5},
        {5 * S - 1, 5},     {-5 * S + 1, -5},     {5 * S + 1, 5},     {INT64_C(5000000000) * S, 5000000000},
        {300 * S - 1, 300}, {-300 * S + 1, -300}, {-BASE, -BASE / S},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        drift(*state, clock_off(rows[i].offset_usec));
        assert_int_equal(param_signed(only(*state, check_clock_drift), "seconds"), rows[i].seconds);
    }
}

/* A slew that is under way, and how long it takes. */
static void test_drift_that_is_being_slewed(void **state)
{
    static const struct {
        int64_t offset_usec;
        int32_t slew_ppm;
        bool told;
        uint32_t seconds;
    } rows[] = {
        {-3600 * S, 83000, true, 43373},
        {3600 * S, -83000, true, 43373},
        {10 * S, -100000, true, 100},
        {10 * S, 100000, false, 0},
        {10 * S, -999, false, 0},
        {10 * S, 0, false, 0},
        {INT64_C(4294967) * S, -1000, true, UINT32_C(4294967000)},
        {INT64_C(4294968) * S, -1000, true, UINT32_MAX},
        {INT64_C(8000000000) * S, -1000, true, UINT32_MAX},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fact look = clock_off(rows[i].offset_usec);
        const struct finding *finding;

        look.clock.slew_ppm = rows[i].slew_ppm;
        drift(*state, look);
        finding = only(*state, check_clock_drift);
        assert_int_equal(has_param(finding, "slew-left-seconds"), rows[i].told);
        if (rows[i].told)
            assert_int_equal(param_number(finding, "slew-left-seconds"), rows[i].seconds);
    }
}

/* In a container there is nothing to be offered. */
static void test_drift_that_cannot_be_mended(void **state)
{
    struct fact look = clock_off(10 * S);

    look.clock.settable = false;
    drift(*state, look);
    assert_int_equal(raised(*state, check_clock_drift, "clock-drift", "", SEVERITY_WARNING)->mend.verb,
                     MEND_NONE);
}

static void test_a_fight(void **state)
{
    struct scene *scene = *state;
    struct fact writers = fact_of(FACT_WRITERS);
    const struct finding *finding;

    writers.writers.timesyncd = true;
    tell(&scene->node, writers);
    clock_fought(&scene->node);
    assert_null(only(scene, check_clock_stepped)); /* it does harm */
    clock_stays(&scene->node, clock_off(10 * S));
    finding = raised(scene, check_clock_fighting, "fighting", "clock", SEVERITY_WARNING);
    assert_int_equal(param_signed(finding, "seconds"), 10);
    assert_int_equal(param_number(finding, "period-seconds"), 15);
    assert_string_equal(param_text(finding, "suspects"), "systemd-timesyncd (runs)");
    assert_int_equal(finding->mend.verb, MEND_NONE);
    tell(&scene->node, clock_off(0));
    assert_null(only(scene, check_clock_fighting));
}

static void step_at_a_beat(struct scene *scene, int64_t beat_usec, int64_t left_usec)
{
    tell(&scene->node, clock_off(left_usec));
    for (int i = 2; i >= 0; i--)
        clock_stepped(&scene->node, i * beat_usec, S, left_usec);
}

static void test_a_beat(void **state)
{
    struct scene *scene = *state;
    struct fact writers = fact_of(FACT_WRITERS);
    const struct finding *finding;

    writers.writers.docker = true;
    tell(&scene->node, writers);
    step_at_a_beat(scene, 30400000, 1000);
    finding = raised(scene, check_clock_stepped, "clock-stepped", "", SEVERITY_INFO);
    assert_int_equal(param_number(finding, "period-seconds"), 30);
    assert_string_equal(param_text(finding, "suspects"), "Docker Desktop (is here; a beat of 30 s is its)");
    assert_int_equal(finding->mend.verb, MEND_NONE);
    assert_null(only(scene, check_clock_fighting));
}

static void test_periods_are_rounded(void **state)
{
    struct scene *scene = *state;

    step_at_a_beat(scene, 59500000, 0);
    assert_int_equal(param_number(only(scene, check_clock_stepped), "period-seconds"), 60);
    memset(&scene->node.clock, 0, sizeof(scene->node.clock));
    step_at_a_beat(scene, 59400000, 0);
    assert_int_equal(param_number(only(scene, check_clock_stepped), "period-seconds"), 59);
}

/* That it drifts is said already. */
static void test_a_beat_of_a_clock_that_is_wrong(void **state)
{
    struct scene *scene = *state;

    step_at_a_beat(scene, 100 * S, 0);
    assert_non_null(only(scene, check_clock_stepped));
    clock_stays(&scene->node, clock_off(10 * S));
    assert_non_null(only(scene, check_clock_drift));
    assert_null(only(scene, check_clock_stepped));
}

static void test_steps_without_a_beat(void **state)
{
    struct scene *scene = *state;

    tell(&scene->node, clock_off(0));
    clock_stepped(&scene->node, 100 * S, S, 0);
    clock_stepped(&scene->node, 20 * S, S, 0);
    assert_null(only(scene, check_clock_stepped));
    clock_stepped(&scene->node, 0, S, 0);
    assert_null(only(scene, check_clock_stepped));
}

static void test_no_reference(void **state)
{
    struct scene *scene = *state;

    tell(&scene->node, clock_alone());
    tell(&scene->node, platform_of("wsl2", "nat"));
    assert_int_equal(
        raised(scene, check_no_time_reference, "no-time-reference", "", SEVERITY_INFO)->params_count, 0);
    assert_null(only(scene, check_clock_drift));
    tell(&scene->node, clock_off(0));
    assert_null(only(scene, check_no_time_reference));
}

static void test_no_reference_off_wsl(void **state)
{
    static const char *const platforms[] = {"linux", "wsl1", "wsl2-container", ""};
    struct scene *scene = *state;

    tell(&scene->node, clock_alone());
    for (size_t i = 0; i < COUNT(platforms); i++) {
        tell(&scene->node, platform_of(platforms[i], ""));
        assert_null(only(scene, check_no_time_reference));
    }
}

static void test_a_reference_that_is_stale(void **state)
{
    struct scene *scene = *state;
    struct fact look = clock_off(0);
    const struct finding *finding;

    look.clock.stale = true;
    look.clock.reference = REFERENCE_RTC;
    tell(&scene->node, look);
    finding = raised(scene, check_clock_reference_stale, "clock-reference-stale", "", SEVERITY_INFO);
    assert_string_equal(param_text(finding, "reference"), "rtc");
    look.clock.stale = false;
    tell(&scene->node, look);
    assert_null(only(scene, check_clock_reference_stale));
}

static void test_a_reference_that_jumps(void **state)
{
    struct scene *scene = *state;
    struct fact look = clock_alone();

    look.clock.jumping = true;
    tell(&scene->node, look);
    assert_string_equal(param_text(raised(scene, check_clock_reference_stale, "clock-reference-stale", "",
                                          SEVERITY_INFO),
                                   "reference"),
                        "none");
}

/* A list that is full takes no more, and none of them minds. */
static void test_a_full_list(void **state)
{
    static const finder checks[] = {check_clock_drift, check_clock_fighting, check_clock_stepped,
                                    check_no_time_reference, check_clock_reference_stale};
    struct scene *scene = *state;
    struct fact look = clock_alone();

    look.clock.stale = true;
    tell(&scene->node, platform_of("wsl2", "nat"));
    while (scene->findings.count < FINDINGS_MAX)
        findings_add(&scene->findings, "x", "", SEVERITY_INFO);
    tell(&scene->node, look);
    for (size_t i = 0; i < COUNT(checks); i++)
        checks[i](&scene->input, &scene->findings);
    clock_fought(&scene->node);
    clock_stays(&scene->node, clock_off(10 * S));
    for (size_t i = 0; i < COUNT(checks); i++)
        checks[i](&scene->input, &scene->findings);
    memset(&scene->node.clock, 0, sizeof(scene->node.clock));
    step_at_a_beat(scene, 30 * S, 0);
    check_clock_stepped(&scene->input, &scene->findings);
    assert_int_equal(scene->findings.count, FINDINGS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(test_nothing_is_known),
        SCENE_TEST(test_a_clock_that_is_right),
        SCENE_TEST(test_drift),
        SCENE_TEST(test_drift_names_its_reference),
        SCENE_TEST(test_drift_of_five_minutes_is_critical),
        SCENE_TEST(test_seconds_are_rounded),
        SCENE_TEST(test_drift_that_is_being_slewed),
        SCENE_TEST(test_drift_that_cannot_be_mended),
        SCENE_TEST(test_a_fight),
        SCENE_TEST(test_a_beat),
        SCENE_TEST(test_periods_are_rounded),
        SCENE_TEST(test_a_beat_of_a_clock_that_is_wrong),
        SCENE_TEST(test_steps_without_a_beat),
        SCENE_TEST(test_no_reference),
        SCENE_TEST(test_no_reference_off_wsl),
        SCENE_TEST(test_a_reference_that_is_stale),
        SCENE_TEST(test_a_reference_that_jumps),
        SCENE_TEST(test_a_full_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
