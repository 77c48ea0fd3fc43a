/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the daemon's findings say */
#include "../unit.h"

#include <string.h>

#include "../../tray/wording.h"

static void test_every_row_says_what_and_why(void **state)
{
    const struct wording *wording;
    size_t i;

    for (i = 0; (wording = wording_at(i)); i++)
        if (!wording->id || !wording->summary || !wording->cause || !wording->key != !wording->is)
            fail_msg("row %zu (%s) lacks something", i, wording->id);
    assert_true(i > 60);
}

static gboolean text_equal(const char *a, const char *b)
{
    return g_strcmp0(a, b) == 0;
}

/* Whatever the later one takes, the former has taken. */
static gboolean hides(const struct wording *former, const struct wording *later)
{
    return text_equal(former->id, later->id) && (!former->said || text_equal(former->said, later->said)) &&
           (!former->key || (text_equal(former->key, later->key) && text_equal(former->is, later->is)));
}

static void test_every_row_can_be_the_first(void **state)
{
    const struct wording *former, *later;

    for (size_t i = 0; (former = wording_at(i)); i++)
        for (size_t j = i + 1; (later = wording_at(j)); j++)
            if (hides(former, later))
                fail_msg("row %zu (%s) is hidden by row %zu", j, later->id, i);
}

/* Keys of letters, digits and dashes, and no brace that is left over. */
static void check_braces(const char *id, const char *text)
{
    while (text && (text = strpbrk(text, "{}"))) {
        size_t length = strspn(text + 1, "abcdefghijklmnopqrstuvwxyz0123456789-");

        if (*text != '{' || !length || text[length + 1] != '}')
            fail_msg("%s: \"%s\"", id, text);
        text += length + 2;
    }
}

static void test_placeholders(void **state)
{
    const struct wording *wording;

    for (size_t i = 0; (wording = wording_at(i)); i++) {
        const char *const texts[] = {wording->is, wording->summary, wording->cause, wording->remedy};

        for (size_t j = 0; j < COUNT(texts); j++)
            check_braces(wording->id, texts[j]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_says_what_and_why),
        cmocka_unit_test(test_every_row_can_be_the_first),
        cmocka_unit_test(test_placeholders),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
