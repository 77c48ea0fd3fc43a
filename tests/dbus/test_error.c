/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Refusals as D-Bus errors */
#include "../../dbus/error.h"

#include <errno.h>
#include <string.h>

#include "../unit.h"

static void test_every_kind_has_a_name(void **state)
{
    /* design.md, section 3: these and the standard ones, no others. */
    static const char *const ours[] = {"NotWSL",
                                       "InteropUnavailable",
                                       "NoSuchLink",
                                       "InvalidMTU",
                                       "NoUplink",
                                       "NoWorkingServer",
                                       "NoTimeReference",
                                       "OwnedByOther",
                                       "Fighting",
                                       "NeedsForce",
                                       "Busy",
                                       "ChangedSince",
                                       "NoSuchChange",
                                       "NoSuchPeer",
                                       "NoSuchFinding",
                                       "NotUndoable",
                                       "Unsupported"};
    static const char *const standard[] = {SD_BUS_ERROR_FAILED,
                                           SD_BUS_ERROR_INVALID_ARGS,
                                           SD_BUS_ERROR_LIMITS_EXCEEDED,
                                           SD_BUS_ERROR_ACCESS_DENIED,
                                           SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED,
                                           SD_BUS_ERROR_TIMEOUT};
    static const char prefix[] = "org.wslnode.Node1.Error.";

    for (enum refusal_kind kind = REFUSAL_NONE; kind < REFUSAL_KINDS; kind++) {
        const char *name = error_name(kind);
        bool known = false;

        assert_non_null(name);
        for (size_t i = 0; i < COUNT(standard); i++)
            known |= strcmp(name, standard[i]) == 0;
        for (size_t i = 0; i < COUNT(ours); i++)
            known |=
                strncmp(name, prefix, strlen(prefix)) == 0 && strcmp(name + strlen(prefix), ours[i]) == 0;
        if (!known)
            fail_msg("“%s” is nowhere promised", name);
    }
}

static void test_ours_are_told_apart(void **state)
{
    for (enum refusal_kind a = REFUSAL_NO_SUCH_LINK; a < REFUSAL_KINDS; a++)
        for (enum refusal_kind b = REFUSAL_NO_SUCH_LINK; b < a; b++)
            assert_string_not_equal(error_name(a), error_name(b));
    assert_string_equal(error_name(REFUSAL_NO_SUCH_LINK), "org.wslnode.Node1.Error.NoSuchLink");
    assert_string_equal(error_name(REFUSAL_ACCESS_DENIED), "org.freedesktop.DBus.Error.AccessDenied");
}

static void assert_mended(const char *text, const char *expected)
{
    struct refusal refusal = {.kind = REFUSAL_BUSY};
    sd_bus_error error = SD_BUS_ERROR_NULL;

    strncpy(refusal.text, text, sizeof(refusal.text) - 1);
    assert_true(error_set(&error, &refusal) < 0);
    assert_string_equal(error.name, "org.wslnode.Node1.Error.Busy");
    assert_string_equal(error.message, expected);
    assert_string_equal(refusal.text, text);
    sd_bus_error_free(&error);
}

static void test_a_text_that_was_cut(void **state)
{
    assert_mended("plain", "plain");
    assert_mended("“é€😀” ok", "“é€😀” ok");
    assert_mended("cut \xc3", "cut ?");
    assert_mended("cut \xe2\x80", "cut ??");
    assert_mended("cut \xf0\x9f\x98", "cut ???");
    assert_mended("mid \xe2\x80” on", "mid ??” on");
    assert_mended("\x80\xbf\xfe\xff", "????");
    assert_mended("\xc0\xaf over", "?? over");
    assert_mended("\xf5\x80\x80\x80", "????");
    assert_mended("", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_has_a_name),
        cmocka_unit_test(test_ours_are_told_apart),
        cmocka_unit_test(test_a_text_that_was_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
