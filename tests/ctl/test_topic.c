/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a command shows of the node */
#include "../../ctl/topic.h"

#include <stdlib.h>

#include "../unit.h"

static const struct topic topic = {
    .properties = {"One", "Two", "Missing"},
    .findings = {"many-", "single"},
    .fought_for = "it",
};

static const char node[] = "{'Two': 2, 'One': '1', 'Other': true, 'Findings': ["
                           "{'id': 'many-a', 'subject': 'x'}, {'id': 'fighting', 'subject': 'x'},"
                           "{'id': 'single', 'subject': 'y'}, {'id': 'single-b', 'subject': 'y'},"
                           "{'id': 'fighting', 'subject': 'it'}, {'id': 'many', 'subject': 'x'},"
                           "{'id': 'many-b', 'subject': 'y'}]}";

static void assert_document(const struct topic *of, const char *text, const char *subject,
                            const char *expected)
{
    char given[1024];
    json_t *properties, *document;
    char *dump;

    snprintf(given, sizeof(given), "%s", text);
    for (char *p = given; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    properties = json_loads(given, 0, NULL);
    assert_non_null(properties);
    document = topic_document(of, properties, subject);
    dump = json_dumps(document, JSON_COMPACT);
    assert_non_null(dump);
    for (char *p = dump; *p; p++)
        *p = *p == '"' ? '\'' : *p;
    assert_string_equal(dump, expected);
    free(dump);
    json_decref(document);
    json_decref(properties);
}

static void test_its_properties_and_its_findings(void **state)
{
    assert_document(&topic, node, NULL,
                    "{'schema':1,'Findings':[{'id':'many-a','subject':'x'},{'id':'single','subject':'y'},"
                    "{'id':'fighting','subject':'it'},{'id':'many-b','subject':'y'}],'One':'1','Two':2}");
}

static void test_the_findings_of_a_subject(void **state)
{
    assert_document(&topic, node, "y",
                    "{'schema':1,'Findings':[{'id':'single','subject':'y'},{'id':'many-b','subject':'y'}],'"
                    "One':'1','Two':2}");
}

static void test_nobody_fights_for_it(void **state)
{
    static const struct topic quiet = {.findings = {"single"}};

    assert_document(&quiet, node, NULL, "{'schema':1,'Findings':[{'id':'single','subject':'y'}]}");
}

static void test_nothing_is_known(void **state)
{
    assert_document(&topic, "{}", NULL, "{'schema':1,'Findings':[]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_its_properties_and_its_findings),
        cmocka_unit_test(test_the_findings_of_a_subject),
        cmocka_unit_test(test_nobody_fights_for_it),
        cmocka_unit_test(test_nothing_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
