/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A text without its mark, in UTF-8 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../service/state/wsl_config.h"
#include "../../service/state/wsl_config_plain.h"
#include "../unit.h"

#define ROW(text, plain)                                                                                     \
    {                                                                                                        \
        text, sizeof(text) - 1, plain, sizeof(plain) - 1                                                     \
    }

static void test_rows(void **state)
{
    static const struct {
        const char *text;
        size_t size;
        const char *plain;
        size_t plain_size;
    } rows[] = {
        ROW("", ""),
        ROW("a\0\xff\r\n", "a\0\xff\r\n"),
        ROW("\xef\xbb\xbf", ""),
        ROW("\xef\xbb\xbf[boot]\n", "[boot]\n"),
        ROW("\xff\xfe", ""),
        ROW("\xff\xfe[\0\r\0\n\0\xfc\0\x14\x20\0\0", "[\r\n\xc3\xbc\xe2\x80\x94\0"),
        ROW("\xfe\xff\0[\0\n\0\xfc", "[\n\xc3\xbc"),
        ROW("\xff\xfe\x3d\xd8\x00\xde!\0", "\xf0\x9f\x98\x80!"),
        ROW("\xff\xfe\x3d\xd8!\0", "\xef\xbf\xbd!"),
        ROW("\xff\xfe\x00\xde\x3d\xd8", "\xef\xbf\xbd\xef\xbf\xbd"),
        ROW("\xff\xfe!\0x", "!\xef\xbf\xbd"),
        ROW("[\0b\0]\0\n\0", "[b]\n"),
        ROW("\0[\0b\0]\0\n", "[b]\n"),
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        char *plain, *copy = malloc(rows[i].size ? rows[i].size : 1);
        size_t size;

        memcpy(copy, rows[i].text, rows[i].size);
        assert_int_equal(wsl_config_plain(copy, rows[i].size, &plain, &size), 0);
        assert_int_equal(size, rows[i].plain_size);
        assert_memory_equal(plain, rows[i].plain, size);
        free(plain);
        free(copy);
    }
}

static void test_size(void **state)
{
    char *text = calloc(1, WSL_CONFIG_SIZE_MAX + 1), *plain;
    size_t size;

    assert_int_equal(wsl_config_plain(text, WSL_CONFIG_SIZE_MAX + 1, &plain, &size), -EFBIG);
    memset(text, 0xff, WSL_CONFIG_SIZE_MAX);
    memcpy(text, "\xff\xfe", 2);
    assert_int_equal(wsl_config_plain(text, WSL_CONFIG_SIZE_MAX, &plain, &size), 0);
    assert_int_equal(size, (WSL_CONFIG_SIZE_MAX - 2) / 2 * 3);
    free(plain);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_size)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
