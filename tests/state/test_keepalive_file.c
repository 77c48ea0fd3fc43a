/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keepalive in a tunnel's file */
#include <string.h>

#include "../../service/state/keepalive_file.h"
#include "../unit.h"

#define TEXT                                                                                                 \
    "[Interface]\nPrivateKey = QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=\n\n"                             \
    "[Peer]\nPublicKey = AAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n"                                   \
    "[Peer]\nPublicKey = AAAAAgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nPersistentKeepalive = 25\n"

static const uint8_t one[PEER_KEY_SIZE] = {[3] = 1}, two[PEER_KEY_SIZE] = {[3] = 2},
                     three[PEER_KEY_SIZE] = {[3] = 3};

static void test_what_is_to_be_done(void **state)
{
    struct keepalive_file file = {.link = ""};

    keepalive_file_take(&file, "wg0", TEXT, strlen(TEXT), 25);
    assert_string_equal(file.link, "wg0");
    assert_string_equal(file.problem, "");
    assert_string_equal(keepalive_file_span(&file, one)->after, "PersistentKeepalive = 25\n");
    assert_null(keepalive_file_span(&file, two));
    assert_null(keepalive_file_span(&file, three));
    keepalive_file_take(&file, "wg0", TEXT, strlen(TEXT), 0);
    assert_null(keepalive_file_span(&file, one));
    assert_string_equal(keepalive_file_span(&file, two)->after, "off");
    keepalive_file_done(&file);
    assert_string_equal(file.link, "");
}

static void test_what_cannot_be_understood(void **state)
{
    struct keepalive_file file = {.link = ""};

    keepalive_file_take(&file, "wg0", TEXT, strlen(TEXT), 25);
    keepalive_file_take(&file, "wg1", "[Interface]\nnonsense\n", 21, 25);
    assert_string_equal(file.link, "wg1");
    assert_non_null(strstr(file.problem, "line 2: "));
    assert_null(keepalive_file_span(&file, one));
    keepalive_file_refuse(&file, "wg2", "it is not there");
    assert_string_equal(file.link, "wg2");
    assert_string_equal(file.problem, "it is not there");
    keepalive_file_done(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_to_be_done),
        cmocka_unit_test(test_what_cannot_be_understood),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
