/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Findings: bounded lists, params, equality */
#include <stdio.h>
#include <string.h>

#include "../../service/state/finding.h"
#include "../unit.h"

static struct finding *add(struct findings *findings)
{
    struct finding *finding = findings_add(findings, "some-id", "wg0", SEVERITY_WARNING);

    assert_non_null(finding);
    finding->summary = "Summary.";
    finding->cause = "Cause.";
    finding->remedy = "Remedy.";
    finding_number(finding, "mtu", 1280);
    finding_text(finding, "uplink", "eth0");
    finding->mend = (struct mend){.verb = MEND_SET_MTU, .link = "wg0", .mtu = 1280};
    return finding;
}

static void test_a_new_one_is_clean(void **state)
{
    struct findings findings = {.count = 0};
    struct finding *finding;

    add(&findings);
    findings_clear(&findings);
    finding = findings_add(&findings, "other", "", SEVERITY_INFO);
    assert_string_equal(finding->summary, "");
    assert_string_equal(finding->cause, "");
    assert_string_equal(finding->remedy, "");
    assert_int_equal(finding->params_count, 0);
    assert_int_equal(finding->mend.verb, MEND_NONE);
    findings_done(&findings);
}

static void test_the_list_is_bounded(void **state)
{
    struct findings findings = {.count = 0};

    for (int i = 0; i < FINDINGS_MAX; i++)
        assert_non_null(findings_add(&findings, "id", "", SEVERITY_INFO));
    assert_false(findings.truncated);
    /* What is written to those that have no room is lost. */
    for (int i = 0; i <= FINDING_PARAMS_MAX; i++)
        finding_number(findings_add(&findings, "other", "", SEVERITY_INFO), "key", 1);
    assert_true(findings.truncated);
    assert_int_equal(findings.count, FINDINGS_MAX);
    assert_null(findings_find(&findings, "other", ""));
    assert_int_equal(findings_add(&findings, "other", "", SEVERITY_INFO)->params_count, 0);
    findings_clear(&findings);
    assert_false(findings.truncated);
    assert_int_equal(findings.count, 0);
    findings_done(&findings);
    assert_null(findings.list);
}

static void test_params_are_bounded(void **state)
{
    struct findings findings = {.count = 0};
    struct finding *finding = findings_add(&findings, "id", "", SEVERITY_INFO);

    for (int i = 0; i < FINDING_PARAMS_MAX + 3; i++)
        finding_number(finding, "n", i);
    finding_text(finding, "t", "more");
    assert_int_equal(finding->params_count, FINDING_PARAMS_MAX);
    assert_int_equal(finding->params[FINDING_PARAMS_MAX - 1].number, FINDING_PARAMS_MAX - 1);
    findings_done(&findings);
}

static void test_long_subjects_are_cut(void **state)
{
    struct findings findings = {.count = 0};
    char text[300];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    finding_text(findings_add(&findings, "id", text, SEVERITY_INFO), "key", text);
    assert_int_equal(strlen(findings.list[0].subject), FINDING_SUBJECT_MAX - 1);
    assert_int_equal(strlen(findings.list[0].params[0].text), FINDING_SUBJECT_MAX - 1);
    findings_done(&findings);
}

static void test_one_is_found_by_id_and_subject(void **state)
{
    struct findings findings = {.count = 0};

    add(&findings);
    assert_ptr_equal(findings_find(&findings, "some-id", "wg0"), &findings.list[0]);
    assert_null(findings_find(&findings, "some-id", ""));
    assert_null(findings_find(&findings, "other", "wg0"));
    findings_done(&findings);
}

/* Every part counts, or a change of that part would not be published. */
static void test_equality_looks_at_every_part(void **state)
{
    struct findings findings = {.count = 0};
    struct finding a, b;

    a = *add(&findings);
    b = *add(&findings);
    assert_true(finding_equal(&a, &b));
#define DIFFERS(change)                                                                                      \
    do {                                                                                                     \
        b = a;                                                                                               \
        change;                                                                                              \
        assert_false(finding_equal(&a, &b));                                                                 \
    } while (0)
    DIFFERS(b.id = "other");
    DIFFERS(b.subject[0] = 'x');
    DIFFERS(b.severity = SEVERITY_INFO);
    DIFFERS(b.summary = "Other.");
    DIFFERS(b.cause = "Other.");
    DIFFERS(b.remedy = "Other.");
    DIFFERS(b.params_count = 1);
    DIFFERS(b.params[0].number++);
    DIFFERS(b.params[0].number += INT64_C(1) << 32);
    DIFFERS(b.params[0].number = -b.params[0].number);
    DIFFERS(b.params[0].key = "size");
    DIFFERS(b.params[1].text[0] = 'x');
    DIFFERS(b.mend.verb = MEND_NONE);
    DIFFERS(b.mend.link[0] = 'x');
    DIFFERS(b.mend.mtu++);
    findings_done(&findings);
}

static void test_numbers_with_a_sign(void **state)
{
    struct findings findings = {.count = 0};
    struct finding *finding = findings_add(&findings, "id", "", SEVERITY_INFO);

    finding_signed(finding, "least", INT64_MIN);
    finding_signed(finding, "none", 0);
    finding_number(finding, "size", UINT32_MAX);
    assert_int_equal(finding->params_count, 3);
    assert_string_equal(finding->params[0].key, "least");
    assert_true(finding->params[0].number == INT64_MIN);
    assert_true(finding->params[0].has_sign);
    assert_true(finding->params[1].has_sign); /* whatever its value is: a key has one type */
    assert_int_equal(finding->params[2].number, UINT32_MAX);
    assert_false(finding->params[2].has_sign);
    for (int i = 0; i < FINDING_PARAMS_MAX; i++)
        finding_signed(finding, "more", i);
    assert_int_equal(finding->params_count, FINDING_PARAMS_MAX);
    findings_done(&findings);
}

static void test_equality_of_lists(void **state)
{
    struct findings a = {.count = 0}, b = {.count = 0};

    assert_true(findings_equal(&a, &b));
    add(&a);
    assert_false(findings_equal(&a, &b));
    assert_false(findings_equal(&b, &a));
    add(&b);
    assert_true(findings_equal(&a, &b));
    add(&a);
    add(&b)->severity = SEVERITY_INFO;
    assert_false(findings_equal(&a, &b)); /* the last one counts, too */
    b.list[1].severity = a.list[1].severity;
    assert_true(findings_equal(&a, &b));
    /* So does the order: it is published. */
    a.list[0].subject[0] = b.list[1].subject[0] = 'x';
    assert_false(findings_equal(&a, &b));
    findings_done(&a);
    findings_done(&b);
}

static void test_words(void **state)
{
    assert_string_equal(severity_name(SEVERITY_OK), "ok");
    assert_string_equal(severity_name(SEVERITY_INFO), "info");
    assert_string_equal(severity_name(SEVERITY_WARNING), "warning");
    assert_string_equal(severity_name(SEVERITY_CRITICAL), "critical");
    assert_string_equal(mend_verb_name(MEND_NONE), "");
    assert_string_equal(mend_verb_name(MEND_SET_MTU), "SetMTU");
    assert_string_equal(mend_verb_name(MEND_REFRESH_IP), "RefreshIP");
    assert_string_equal(mend_verb_name(MEND_SYNC_CLOCK), "SyncClock");
    assert_string_equal(mend_verb_name(MEND_FIX_DNS), "FixDNS");
    assert_string_equal(mend_verb_name(MEND_SET_KEEPALIVE), "SetKeepalive");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_one_is_clean),
        cmocka_unit_test(test_the_list_is_bounded),
        cmocka_unit_test(test_params_are_bounded),
        cmocka_unit_test(test_long_subjects_are_cut),
        cmocka_unit_test(test_one_is_found_by_id_and_subject),
        cmocka_unit_test(test_equality_looks_at_every_part),
        cmocka_unit_test(test_numbers_with_a_sign),
        cmocka_unit_test(test_equality_of_lists),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
