/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tunnels' files: good ones, bad ones, and whose they are */
#include "../../service/sense/tunnel_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../scratch.h"
#include "../unit.h"

#define PATH "etc/wireguard/wg0.conf"
#define KEY  "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8="
#define FILE_TEXT                                                                                            \
    "[Interface]\nPrivateKey = " KEY "\n[Peer]\nPublicKey = " KEY "\nEndpoint = vpn.test:51820\n"

static char problem[TUNNEL_FILE_PROBLEM_SIZE];

static int read_it(const struct scratch *scratch, char host[WIREGUARD_CONF_HOST_SIZE])
{
    struct wireguard_conf conf;
    int r;

    memset(problem, 0, sizeof(problem));
    r = tunnel_file_read(scratch->root, "wg0", &conf, problem);
    if (r <= 0)
        return r;
    assert_int_equal(conf.peers_count, 1);
    memcpy(host, conf.peers[0].host, WIREGUARD_CONF_HOST_SIZE);
    wireguard_conf_done(&conf);
    return r;
}

static void assert_bad(const struct scratch *scratch, const char *why)
{
    char host[WIREGUARD_CONF_HOST_SIZE];

    assert_int_equal(read_it(scratch, host), -1);
    assert_non_null(strstr(problem, why));
}

static void test_a_file(void **state)
{
    struct scratch *scratch = *state;
    char host[WIREGUARD_CONF_HOST_SIZE];

    assert_int_equal(read_it(scratch, host), 0); /* nor is there a folder */
    scratch_write(scratch, "etc/wireguard/wg1.conf", FILE_TEXT);
    assert_int_equal(read_it(scratch, host), 0);
    scratch_write(scratch, PATH, FILE_TEXT);
    assert_int_equal(read_it(scratch, host), 1);
    assert_string_equal(host, "vpn.test");
}

static void test_bad_files(void **state)
{
    struct scratch *scratch = *state;

    scratch_write(scratch, PATH, "[Interface]\nnonsense\n");
    assert_bad(scratch, "(line 2)");
    assert_null(strstr(problem, "nonsense"));
    scratch_unlink(scratch, PATH);
    scratch_mkdir(scratch, PATH);
    assert_bad(scratch, "not a regular file");
}

static void test_whose_it_is(void **state)
{
    struct scratch *scratch = *state;

    scratch_write(scratch, PATH, FILE_TEXT);
    assert_int_equal(fchmodat(scratch->root, PATH, 0666, 0), 0);
    assert_bad(scratch, "can be written by others");
    assert_int_equal(fchmodat(scratch->root, PATH, 0600, 0), 0);
    assert_int_equal(fchownat(scratch->root, PATH, 1000, 0, 0), 0);
    assert_bad(scratch, "uid 1000, not to root");
    assert_int_equal(fchownat(scratch->root, PATH, 0, 0, 0), 0);
    assert_int_equal(fchmodat(scratch->root, "etc/wireguard", 0777, 0), 0);
    assert_bad(scratch, "/etc/wireguard can be written by others");
}

#define SCRATCH_TEST(name) cmocka_unit_test_setup_teardown(name, scratch_set_up, scratch_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(test_a_file),
        SCRATCH_TEST(test_bad_files),
        SCRATCH_TEST(test_whose_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
