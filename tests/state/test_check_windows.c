/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of what Windows was asked through interop */
#include "scene.h"
#include "tailscale_facts.h"

static size_t evaluate(struct scene *scene)
{
    findings_clear(&scene->findings);
    check_tailscale_twice(&scene->input, &scene->findings);
    check_windows_silent(&scene->input, &scene->findings);
    return scene->findings.count;
}

static void tell_windows(struct scene *scene, enum tailscale_daemon daemon, enum tailscale_state state)
{
    struct fact fact = fact_of(FACT_WINDOWS);

    fact.tailscale.daemon = daemon;
    fact.tailscale.state = state;
    if (daemon == TAILSCALE_SILENT)
        snprintf(fact.tailscale.error, sizeof(fact.tailscale.error), "tailscale.exe did not end within 15 s");
    tell(&scene->node, fact);
}

static const struct finding *only(struct scene *scene, const char *id, const char *subject,
                                  enum severity severity)
{
    const struct finding *finding;

    assert_int_equal(evaluate(scene), 1);
    finding = findings_find(&scene->findings, id, subject);
    assert_non_null(finding);
    assert_int_equal(finding->severity, severity);
    assert_int_equal(finding->mend.verb, MEND_NONE);
    assert_true(*finding->summary && *finding->cause && *finding->remedy);
    return finding;
}

static void test_both_run(void **state)
{
    struct scene *scene = *state;
    const struct finding *finding;

    tell(&scene->node, platform_of("wsl2", "nat"));
    tell(&scene->node, tailscale_running());
    assert_int_equal(evaluate(scene), 0);
    tell_windows(scene, TAILSCALE_ANSWERS, TAILSCALE_RUNNING);
    finding = only(scene, "tailscale-twice", "tailscale", SEVERITY_INFO);
    assert_non_null(strstr(finding->cause, "1280"));
    assert_string_equal(param_text(finding, "networking-mode"), "nat");
    tell(&scene->node, platform_of("wsl2", "mirrored"));
    finding = only(scene, "tailscale-twice", "tailscale", SEVERITY_WARNING);
    assert_non_null(strstr(finding->cause, "41641"));
    assert_string_equal(param_text(finding, "networking-mode"), "mirrored");
}

static void test_one_of_them_does_not_run(void **state)
{
    struct scene *scene = *state;

    tell(&scene->node, tailscale_running());
    for (int i = 0; i < TAILSCALE_STATES; i++) {
        tell_windows(scene, TAILSCALE_ANSWERS, i);
        assert_int_equal(evaluate(scene), i == TAILSCALE_RUNNING);
    }
    tell_windows(scene, TAILSCALE_ABSENT, TAILSCALE_RUNNING);
    assert_int_equal(evaluate(scene), 0);
    tell_windows(scene, TAILSCALE_GONE, TAILSCALE_RUNNING);
    assert_int_equal(evaluate(scene), 0);
    tell_windows(scene, TAILSCALE_ANSWERS, TAILSCALE_RUNNING);
    for (int i = 0; i < TAILSCALE_STATES; i++) {
        tell(&scene->node, tailscale_in(i));
        assert_int_equal(evaluate(scene), i == TAILSCALE_RUNNING);
    }
    for (int i = 0; i < TAILSCALE_ANSWERS; i++) {
        struct fact fact = tailscale_not(i);

        fact.tailscale.state = TAILSCALE_RUNNING;
        tell(&scene->node, fact);
        assert_int_equal(evaluate(scene), 0);
    }
}

static void test_windows_gives_no_answer(void **state)
{
    struct scene *scene = *state;
    const struct finding *finding;

    tell_windows(scene, TAILSCALE_SILENT, TAILSCALE_NO_STATE);
    finding = only(scene, "windows-silent", "tailscale.exe", SEVERITY_INFO);
    assert_string_equal(param_text(finding, "error"), "tailscale.exe did not end within 15 s");
    tell_windows(scene, TAILSCALE_ANSWERS, TAILSCALE_STOPPED);
    assert_int_equal(evaluate(scene), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(test_both_run),
        SCENE_TEST(test_one_of_them_does_not_run),
        SCENE_TEST(test_windows_gives_no_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
