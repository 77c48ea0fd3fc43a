/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the daemon's findings on the VPN say: the rows' own rules are test_wording's */
#include "../unit.h"

#include <string.h>

#include "../../tray/wording_vpn.h"

static bool is_found(const struct wording *row)
{
    const struct wording *wording;

    for (size_t i = 0; (wording = wording_at(i)); i++)
        if (wording == row)
            return true;
    return false;
}

static void test_every_row_is_looked_at(void **state)
{
    assert_true(wordings_vpn_count > 20);
    for (size_t i = 0; i < wordings_vpn_count; i++)
        assert_true(is_found(&wordings_vpn[i]));
}

static void test_every_row_is_of_the_vpn(void **state)
{
    for (size_t i = 0; i < wordings_vpn_count; i++) {
        const char *id = wordings_vpn[i].id;

        if (!g_str_has_prefix(id, "vpn-") && !g_str_has_prefix(id, "tailscale-") &&
            strcmp(id, "windows-silent") != 0 && strcmp(id, "path-too-small") != 0)
            fail_msg("row %zu is of %s", i, id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_is_looked_at),
        cmocka_unit_test(test_every_row_is_of_the_vpn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
