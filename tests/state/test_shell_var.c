/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Assignments in the text of a configuration file, and the address in them */
#include <stdio.h>

#include "../unit.h"
#include "shell_var_replaced.h"
#include "shell_var_rows.h"

#define TEXT_MAX 256

/* A row's text without its marks, and the places where they were. */
struct sample {
    char text[TEXT_MAX];
    size_t length;
    size_t begin[8], end[8];
    size_t begins, ends;
};

static struct sample sample_of(const struct row *row)
{
    struct sample sample = {.length = 0};

    assert_true(strlen(row->marked) < TEXT_MAX);
    for (const char *c = row->marked; *c; c++)
        if (*c == '<')
            sample.begin[sample.begins++] = sample.length;
        else if (*c == '>')
            sample.end[sample.ends++] = sample.length;
        else
            sample.text[sample.length++] = *c == '~' ? 0 : *c;
    return sample;
}

static void append(char *found, size_t size, const struct shell_var *var)
{
    static const char *const others[] = {[SHELL_VAR_EMPTY] = "-", [SHELL_VAR_OTHER] = "?"};
    size_t length = strlen(found);
    const char *value = others[var->value];

    if (var->value == SHELL_VAR_ADDRESS)
        value = var->family == AF_INET6 ? "6" : "4";
    snprintf(found + length, size - length, "%s%u:%s%s", length ? " " : "", var->line, value,
             var->port ? "p" : "");
}

static void test_rows(void **state)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sample sample = sample_of(&rows[i]);
        struct vars vars = vars_in(sample.text, sample.length, "IP");
        char found[128] = "";

        for (size_t j = 0; j < vars.count; j++)
            append(found, sizeof(found), &vars.list[j]);
        if (strcmp(found, rows[i].expected) != 0 || sample.begins != vars.count || sample.ends != vars.count)
            fail_msg("found “%s”, not “%s” in:\n%s", found, rows[i].expected, rows[i].marked);
        for (size_t j = 0; j < vars.count; j++)
            if (vars.list[j].offset != sample.begin[j] ||
                vars.list[j].offset + vars.list[j].length != sample.end[j])
                fail_msg("another place, %u and %u bytes, in:\n%s", vars.list[j].offset, vars.list[j].length,
                         rows[i].marked);
    }
}

/* Of every row, and of every text that one would be if it were cut off. */
static void test_an_address_is_replaced_and_nothing_else_changes(void **state)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sample sample = sample_of(&rows[i]);

        for (size_t length = 0; length <= sample.length; length++)
            if (!every_one_can_be_replaced(sample.text, length, "IP"))
                fail_msg("of %zu bytes of:\n%s", length, rows[i].marked);
    }
}

/* So every row is a part of a larger file, with what is before and behind it. */
static void test_rows_one_behind_another(void **state)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sample sample = sample_of(&rows[i]);
        char text[TEXT_MAX + 32];
        int before = snprintf(text, sizeof(text), "# don't\r\nIP=10.0.0.1\n\n");
        struct vars vars, alone = vars_in(sample.text, sample.length, "IP");

        memcpy(text + before, sample.text, sample.length);
        vars = vars_in(text, before + sample.length, "IP");
        assert_int_equal(vars.count, alone.count + 1);
        assert_int_equal(vars.list[0].line, 2);
        for (size_t j = 0; j < alone.count; j++) {
            assert_int_equal(vars.list[j + 1].line, alone.list[j].line + 3);
            assert_int_equal(vars.list[j + 1].offset, alone.list[j].offset + before);
            assert_int_equal(vars.list[j + 1].length, alone.list[j].length);
            assert_int_equal(vars.list[j + 1].value, alone.list[j].value);
        }
    }
}

static void test_names(void **state)
{
    static const char *const good[] = {"IP", "_", "a", "Z", "z9", "WSL_IP", "_0", "export", "A"};
    static const char *const bad[] = {"",   "1", "9A",    "A-B",  "A.B", "A B", " A", "A ", "A=", "$A", "A\n",
                                      "\n", "Ä", "A\xff", "A[0]", "@",   "[",   "`",  "{",  "A/", "A:"};
    char name[66] = "";

    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(shell_var_is_name(good[i]));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(shell_var_is_name(bad[i]));
    memset(name, 'N', 63);
    assert_true(shell_var_is_name(name));
    name[63] = 'N';
    assert_false(shell_var_is_name(name));
}

static void test_other_names_are_found_too(void **state)
{
    static const char text[] =
        "export = 10.0.0.1\nexport A-B=10.0.0.2\nexport=10.0.0.3\n Endpoint = 10.0.0.4:1\n";

    assert_int_equal(vars_in(text, strlen(text), "export").count, 2);
    assert_int_equal(vars_in(text, strlen(text), "Endpoint").list[0].offset, 66);
    assert_int_equal(vars_in(text, strlen(text), "A-B").count, 0);
    assert_int_equal(vars_in(text, strlen(text), "B").count, 0);
    assert_int_equal(vars_in(text, strlen(text), "").count, 0);
}

static void test_a_long_name(void **state)
{
    static const char line[] = "=10.0.0.1\n";
    char name[SHELL_VAR_NAME_MAX + 2] = "", text[128];

    memset(name, 'N', SHELL_VAR_NAME_MAX);
    snprintf(text, sizeof(text), "%s%s", name, line);
    assert_int_equal(vars_in(text, strlen(text), name).count, 1);
    name[SHELL_VAR_NAME_MAX] = 'N';
    snprintf(text, sizeof(text), "%s%s", name, line);
    assert_int_equal(vars_in(text, strlen(text), name).count, 0);
    name[SHELL_VAR_NAME_MAX] = 0;
    assert_int_equal(vars_in(text, strlen(text), name).count, 0);
}

static void test_more_than_fit(void **state)
{
    static const char text[] = "IP=10.0.0.1\nIP=10.0.0.2\nIP=10.0.0.3\n";
    struct shell_var list[3] = {[2] = {.line = 77}};

    assert_int_equal(shell_var_find(text, strlen(text), "IP", NULL, 0), 3);
    assert_int_equal(shell_var_find(text, strlen(text), "IP", list, 2), 3);
    assert_int_equal(list[0].line, 1);
    assert_int_equal(list[1].line, 2);
    assert_int_equal(list[2].line, 77);
    assert_int_equal(shell_var_find("", 0, "IP", list, 3), 0);
}

static void test_nothing_beyond_the_length(void **state)
{
    static const char text[] = "IP=10.0.0.123/24\n";
    struct vars vars = vars_in(text, 11, "IP");

    assert_int_equal(vars.count, 1);
    assert_int_equal(vars.list[0].length, strlen("10.0.0.1"));
    assert_int_equal(shell_var_find(text, (size_t)UINT32_MAX + 1, "IP", NULL, 0), 0);
}

/* A text of one line without end, or of quotes alone, takes no longer than it has bytes. */
static void test_large_texts(void **state)
{
    static const char *const pieces[] = {"\\",        "\"", "IP=\"", "IP=\n", "\\\n",
                                         "IP = \\\n", " ",  "IP=#",  "'\n"};
    const size_t length = 1 << 20;
    char *text = malloc(length);

    for (size_t i = 0; i < COUNT(pieces); i++) {
        for (size_t at = 0; at < length; at++)
            text[at] = pieces[i][at % strlen(pieces[i])];
        shell_var_find(text, length, "IP", NULL, 0);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_an_address_is_replaced_and_nothing_else_changes),
        cmocka_unit_test(test_rows_one_behind_another),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_other_names_are_found_too),
        cmocka_unit_test(test_a_long_name),
        cmocka_unit_test(test_more_than_fit),
        cmocka_unit_test(test_nothing_beyond_the_length),
        cmocka_unit_test(test_large_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
