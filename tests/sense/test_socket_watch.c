/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The coming and going of a daemon's socket: what is told, and how often */
#include "../../service/sense/socket_watch.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../scratch.h"
#include "../timers.h"
#include "../unit.h"

#define GATHER 100000
#define FOLDER "run/tailscale"
#define SOCKET FOLDER "/tailscaled.sock"

struct stand {
    struct scratch scratch;
    sd_event *event;
    struct socket_watch *watch;
    unsigned changes;
};

static void on_changed(void *userdata)
{
    ((struct stand *)userdata)->changes++;
}

static int set_up(void **state)
{
    static struct stand stand;

    memset(&stand, 0, sizeof(stand));
    scratch_make(&stand.scratch);
    scratch_mkdir(&stand.scratch, "run");
    assert_true(sd_event_new(&stand.event) >= 0);
    timers_start(stand.event, 1000000);
    assert_int_equal(socket_watch_new(stand.event, stand.scratch.root, SOCKET, on_changed, &stand,
                                      &stand.watch),
                     0);
    *state = &stand;
    return 0;
}

static int tear_down(void **state)
{
    struct stand *stand = *state;

    socket_watch_free(stand->watch);
    sd_event_unref(stand->event);
    scratch_remove(&stand->scratch);
    return 0;
}

static void assert_told(struct stand *stand, unsigned changes)
{
    stand->changes = 0;
    timers_pass(GATHER);
    assert_int_equal(stand->changes, changes);
    assert_int_equal(timers_next(), -1);
}

static void test_it_comes_and_goes(void **state)
{
    struct stand *stand = *state;

    scratch_mkdir(&stand->scratch, FOLDER);
    assert_told(stand, 1);
    scratch_write(&stand->scratch, SOCKET, "");
    assert_told(stand, 1);
    assert_int_equal(fchmodat(stand->scratch.root, SOCKET, 0666, 0), 0);
    assert_told(stand, 1);
    scratch_unlink(&stand->scratch, SOCKET);
    assert_told(stand, 1);
    assert_int_equal(unlinkat(stand->scratch.root, FOLDER, AT_REMOVEDIR), 0);
    assert_told(stand, 1);
    assert_told(stand, 0);
}

/* The new folder is another one. */
static void test_the_folder_comes_again(void **state)
{
    struct stand *stand = *state;

    scratch_mkdir(&stand->scratch, FOLDER);
    assert_told(stand, 1);
    assert_int_equal(unlinkat(stand->scratch.root, FOLDER, AT_REMOVEDIR), 0);
    assert_told(stand, 1);
    scratch_mkdir(&stand->scratch, FOLDER);
    assert_told(stand, 1);
    scratch_write(&stand->scratch, SOCKET, "");
    assert_told(stand, 1);
}

static void test_it_is_moved(void **state)
{
    struct stand *stand = *state;
    int root = stand->scratch.root;

    scratch_mkdir(&stand->scratch, FOLDER);
    assert_told(stand, 1);
    scratch_write(&stand->scratch, "other", "");
    assert_int_equal(renameat(root, "other", root, SOCKET), 0);
    assert_told(stand, 1);
    assert_int_equal(renameat(root, SOCKET, root, "other"), 0);
    assert_told(stand, 1);
}

static void test_others(void **state)
{
    struct stand *stand = *state;

    scratch_mkdir(&stand->scratch, FOLDER);
    assert_told(stand, 1);
    scratch_write(&stand->scratch, "run/other", "");
    scratch_write(&stand->scratch, "run/tailscaled", "");
    scratch_write(&stand->scratch, FOLDER "/tailscaled.state", "");
    scratch_unlink(&stand->scratch, "run/other");
    timers_run();
    assert_int_equal(timers_next(), -1);
    assert_told(stand, 0);
}

static void test_what_comes_together(void **state)
{
    struct stand *stand = *state;

    scratch_mkdir(&stand->scratch, FOLDER);
    timers_pass(GATHER - 1);
    scratch_write(&stand->scratch, SOCKET, "");
    timers_pass(GATHER - 1);
    assert_int_equal(stand->changes, 0);
    assert_told(stand, 1);
}

static void test_without_any_folder(void **state)
{
    struct stand *stand = *state;
    struct socket_watch *watch;

    assert_int_equal(socket_watch_new(stand->event, stand->scratch.root, "no/such/one", on_changed, stand,
                                      &watch),
                     0);
    timers_run();
    assert_null(socket_watch_free(watch));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_it_comes_and_goes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_folder_comes_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_it_is_moved, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_comes_together, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_without_any_folder, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
