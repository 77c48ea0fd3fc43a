/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of what tailscaled says of itself */
#include "scene.h"
#include "tailscale_facts.h"

#define DAY (INT64_C(86400) * 1000000)
#define NOW (INT64_C(1790000000) * 1000000)

static size_t evaluate(struct scene *scene)
{
    findings_clear(&scene->findings);
    check_vpn_down(&scene->input, &scene->findings);
    check_tailscale_exit_node(&scene->input, &scene->findings);
    check_tailscale_key_expires(&scene->input, &scene->findings);
    check_tailscale_health(&scene->input, &scene->findings);
    return scene->findings.count;
}

static size_t after(struct scene *scene, struct fact fact)
{
    tell(&scene->node, fact);
    return evaluate(scene);
}

static const struct finding *only(struct scene *scene, struct fact fact, const char *id,
                                  enum severity severity)
{
    const struct finding *finding;

    assert_int_equal(after(scene, fact), 1);
    finding = findings_find(&scene->findings, id, "tailscale");
    assert_non_null(finding);
    assert_int_equal(finding->severity, severity);
    assert_int_equal(finding->mend.verb, MEND_NONE);
    assert_true(*finding->summary && *finding->cause && *finding->remedy);
    return finding;
}

static void look_at_clock(struct scene *scene, int64_t clock_usec)
{
    struct fact fact = fact_of(FACT_CLOCK);

    fact.clock.raw_usec = 1000;
    fact.clock.clock_usec = clock_usec - 1000;
    tell(&scene->node, fact);
}

/* Everything that could be said is there, and nobody to say it. */
static struct fact troubled(void)
{
    struct fact fact = tailscale_running();

    fact.tailscale.exit_node_wanted = true;
    fact.tailscale.key_expiry_usec = NOW;
    fact.tailscale.warnings = 1;
    return fact;
}

static void test_all_is_well(void **state)
{
    struct scene *scene = *state;
    struct fact fact = tailscale_running();

    look_at_clock(scene, NOW);
    assert_int_equal(evaluate(scene), 0);
    assert_int_equal(after(scene, fact), 0);
    fact.tailscale.key_expiry_usec = NOW + 8 * DAY;
    fact.tailscale.exit_node_wanted = fact.tailscale.exit_node = fact.tailscale.exit_node_online = true;
    assert_int_equal(after(scene, fact), 0);
}

static void test_nothing_else_while_it_does_not_run(void **state)
{
    struct scene *scene = *state;
    struct fact fact = troubled();

    look_at_clock(scene, NOW);
    for (int i = 0; i < TAILSCALE_STATES; i++) {
        fact.tailscale.state = i;
        after(scene, tailscale_not(TAILSCALE_ABSENT));
        after(scene, fact);
        assert_int_equal(scene->findings.count, i == TAILSCALE_RUNNING ? 3 : i == TAILSCALE_NEEDS_LOGIN);
    }
    for (int i = 0; i < TAILSCALE_ANSWERS; i++) {
        after(scene, tailscale_not(TAILSCALE_ABSENT));
        fact.tailscale.daemon = i;
        assert_int_equal(after(scene, fact), 0);
    }
}

static void test_down(void **state)
{
    struct scene *scene = *state;
    struct fact silent = tailscale_not(TAILSCALE_SILENT);
    const struct finding *finding;
    const char *causes[3];

    assert_int_equal(after(scene, tailscale_in(TAILSCALE_NEEDS_LOGIN)), 0); /* nobody misses it yet */
    after(scene, tailscale_running());
    finding = only(scene, tailscale_in(TAILSCALE_NEEDS_LOGIN), "vpn-down", SEVERITY_CRITICAL);
    assert_string_equal(param_text(finding, "reason"), "login-needed");
    assert_string_equal(finding->summary, "Tailscale is down.");
    assert_non_null(strstr(finding->remedy, "tailscale up"));
    assert_int_equal(finding->params_count, 1);
    causes[0] = finding->cause;
    finding = only(scene, tailscale_in(TAILSCALE_NEEDS_MACHINE_AUTH), "vpn-down", SEVERITY_CRITICAL);
    assert_string_equal(param_text(finding, "reason"), "not-authorised");
    causes[1] = finding->cause;
    strcpy(silent.tailscale.error, "tailscaled does not answer");
    finding = only(scene, silent, "vpn-down", SEVERITY_CRITICAL);
    assert_string_equal(param_text(finding, "reason"), "daemon-gone");
    assert_string_equal(param_text(finding, "error"), "tailscaled does not answer");
    causes[2] = finding->cause;
    for (size_t i = 0; i < COUNT(causes); i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(causes[i], causes[j]);
    assert_int_equal(after(scene, tailscale_in(TAILSCALE_STARTING)), 0);
    only(scene, tailscale_not(TAILSCALE_GONE), "vpn-down", SEVERITY_CRITICAL);
    assert_int_equal(after(scene, tailscale_in(TAILSCALE_STOPPED)), 0);
    assert_int_equal(after(scene, tailscale_not(TAILSCALE_GONE)), 0);
}

static void test_exit_node(void **state)
{
    struct scene *scene = *state;
    struct fact fact = tailscale_running();
    const struct finding *finding;
    const char *summary;

    fact.tailscale.exit_node_wanted = true;
    finding = only(scene, fact, "tailscale-exit-node", SEVERITY_CRITICAL);
    assert_string_equal(param_text(finding, "state"), "not-found");
    assert_int_equal(finding->params_count, 1);
    summary = finding->summary;
    fact.tailscale.exit_node = true;
    assert_int_equal(only(scene, fact, "tailscale-exit-node", SEVERITY_CRITICAL)->params_count, 1);
    strcpy(fact.tailscale.exit_node_name, "gate");
    finding = only(scene, fact, "tailscale-exit-node", SEVERITY_CRITICAL);
    assert_string_equal(param_text(finding, "state"), "offline");
    assert_string_equal(param_text(finding, "exit-node"), "gate");
    assert_string_not_equal(finding->summary, summary);
    fact.tailscale.exit_node_wanted = false; /* a version that tells no wishes */
    only(scene, fact, "tailscale-exit-node", SEVERITY_CRITICAL);
    fact.tailscale.exit_node_known = false; /* the wish is newer than the status */
    assert_int_equal(after(scene, fact), 0);
    fact.tailscale.exit_node_known = true;
    fact.tailscale.tun = TAILSCALE_TUN_USER_SPACE;
    assert_int_equal(after(scene, fact), 0);
}

static void test_key_expires(void **state)
{
    static const struct {
        int64_t left;
        enum severity severity; /* SEVERITY_OK: no finding */
    } rows[] = {
        {7 * DAY + 1, SEVERITY_OK}, {7 * DAY, SEVERITY_INFO}, {DAY + 1, SEVERITY_INFO},
        {DAY, SEVERITY_WARNING},    {-DAY, SEVERITY_WARNING},
    };
    struct scene *scene = *state;
    struct fact fact = tailscale_running();

    fact.tailscale.key_expiry_usec = NOW;
    assert_int_equal(after(scene, fact), 0); /* nobody knows what time it is */
    look_at_clock(scene, NOW);
    for (size_t i = 0; i < COUNT(rows); i++) {
        fact.tailscale.key_expiry_usec = NOW + rows[i].left;
        if (rows[i].severity) {
            const struct finding *finding = only(scene, fact, "tailscale-key-expires", rows[i].severity);

            assert_string_equal(finding->params[0].key, "expires-usec");
            assert_true(finding->params[0].has_sign);
            assert_int_equal(finding->params[0].number, NOW + rows[i].left);
        } else {
            assert_int_equal(after(scene, fact), 0);
        }
    }
    fact.tailscale.key_expiry_usec = 0;
    assert_int_equal(after(scene, fact), 0);
    fact.tailscale.key_expiry_usec = NOW + 8 * DAY;
    assert_int_equal(after(scene, fact), 0);
    look_at_clock(scene, NOW + 2 * DAY); /* time passes */
    assert_int_equal(evaluate(scene), 1);
}

static void test_health(void **state)
{
    struct scene *scene = *state;
    struct fact fact = tailscale_running();
    const struct finding *finding;

    fact.tailscale.warnings = 2;
    assert_int_equal(only(scene, fact, "tailscale-health", SEVERITY_INFO)->params_count, 1); /* it is "" */
    strcpy(fact.tailscale.warning, "peers are advertising routes");
    finding = only(scene, fact, "tailscale-health", SEVERITY_INFO);
    assert_int_equal(param_number(finding, "warnings"), 2);
    assert_string_equal(param_text(finding, "warning"), "peers are advertising routes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(test_all_is_well), SCENE_TEST(test_nothing_else_while_it_does_not_run),
        SCENE_TEST(test_down),        SCENE_TEST(test_exit_node),
        SCENE_TEST(test_key_expires), SCENE_TEST(test_health),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
