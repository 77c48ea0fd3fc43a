/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way to wireguard-go's sockets */
#include "../../service/sys/wireguard_uapi.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../scratch.h"
#include "../unit.h"

static int listen_at(const struct scratch *scratch, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", scratch->path, path);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

static void test_who_listens(void **state)
{
    struct scratch *scratch = *state;
    int listener, fd;

    assert_int_equal(wireguard_uapi_connect(scratch->root, "wg0"), -ENOENT);
    scratch_mkdir(scratch, "run/wireguard");
    assert_int_equal(wireguard_uapi_connect(scratch->root, "wg0"), -ENOENT);
    listener = listen_at(scratch, "run/wireguard/wg0.sock");
    fd = wireguard_uapi_connect(scratch->root, "wg0");
    assert_true(fd >= 0);
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    close(fd);
    close(listener);
    assert_int_equal(wireguard_uapi_connect(scratch->root, "wg0"), -ECONNREFUSED);
}

static void test_who_could_put_one_there(void **state)
{
    struct scratch *scratch = *state;
    int fd, listener;

    scratch_mkdir(scratch, "run/wireguard");
    listener = listen_at(scratch, "run/wireguard/wg0.sock");
    assert_int_equal(fchmodat(scratch->root, "run/wireguard", 0775, 0), 0);
    assert_int_equal(wireguard_uapi_connect(scratch->root, "wg0"), -EPERM);
    assert_int_equal(wireguard_uapi_open_folder(scratch->root), -EPERM);
    assert_int_equal(fchmodat(scratch->root, "run/wireguard", 0700, 0), 0);
    fd = wireguard_uapi_open_folder(scratch->root);
    assert_true(fd >= 0);
    close(fd);
    close(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_who_listens, scratch_set_up, scratch_tear_down),
        cmocka_unit_test_setup_teardown(test_who_could_put_one_there, scratch_set_up, scratch_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
