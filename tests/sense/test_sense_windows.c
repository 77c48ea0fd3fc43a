/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sensor of Windows: when Tailscale's program there is run, and what becomes of its answers */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../service/sense/sense.h"
#include "../../service/sys/clock_time.h"
#include "../../service/sys/winrun.h"
#include "../scratch.h"
#include "../timers.h"
#include "../unit.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define RUNNING                                                                                              \
    "{\"Version\":\"1.80.0-t1\",\"TUN\":true,\"BackendState\":\"Running\"," ADDRESS ",\"Peer\":null}\r\n"
#define ADDRESS  "\"TailscaleIPs\":[\"100.64.0.7\",\"fd7a:115c:a1e0::7\"]"
#define STATE(s) "{\"Version\":\"1.80.0-t1\",\"BackendState\":\"" s "\"}"

/* One that runs: nothing but a place for its address. */
struct winrun {
    char byte;
};

struct stand {
    struct scratch scratch;
    sd_event *event;
    struct node node;
    struct sense_windows *sensor;
    struct tailscale_fact fact; /* the last one */
    unsigned runs, facts, turns;
    bool busy_in_turn;
    /* Of the program that runs. */
    struct winrun program;
    bool running;
    char path[256];
    winrun_done done;
    void *userdata;
    int refusal; /* of its start */
};

static struct stand stand;

int64_t __wrap_clock_time_raw(void);
int __wrap_winrun_start(sd_event *event, int root, const char *path, char *const argv[], size_t limit,
                        winrun_done done, void *userdata, struct winrun **ret);
struct winrun *__wrap_winrun_free(struct winrun *winrun);

int64_t __wrap_clock_time_raw(void)
{
    return timers_now_usec;
}

int __wrap_winrun_start(sd_event *event, int root, const char *path, char *const argv[], size_t limit,
                        winrun_done done, void *userdata, struct winrun **ret)
{
    static const char *const wanted[] = {"tailscale.exe", "status", "--json", "--peers=false"};

    assert_ptr_equal(event, stand.event);
    assert_int_equal(root, stand.scratch.root);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(argv[i], wanted[i]);
    assert_null(argv[4]);
    assert_in_range(limit, 1, 16 << 20);
    assert_false(stand.running);
    stand.runs++;
    if (stand.refusal)
        return stand.refusal;
    snprintf(stand.path, sizeof(stand.path), "%s", path);
    stand.done = done;
    stand.userdata = userdata;
    stand.running = true;
    *ret = &stand.program;
    return 0;
}

struct winrun *__wrap_winrun_free(struct winrun *winrun)
{
    if (winrun)
        stand.running = false;
    return NULL;
}

static void on_fact(void *userdata, const struct fact *fact)
{
    assert_int_equal(fact->kind, FACT_WINDOWS);
    stand.fact = fact->tailscale;
    stand.facts++;
}

static void on_turn(void *userdata)
{
    stand.turns++;
    stand.busy_in_turn = sense_windows_busy(stand.sensor);
}

static void set_platform(const char *platform, const char *interop)
{
    snprintf(stand.node.platform.platform, sizeof(stand.node.platform.platform), "%s", platform);
    snprintf(stand.node.platform.interop, sizeof(stand.node.platform.interop), "%s", interop);
}

static int set_up(void **state)
{
    memset(&stand, 0, sizeof(stand));
    scratch_make(&stand.scratch);
    assert_true(sd_event_new(&stand.event) >= 0);
    timers_start(stand.event, 1000 * SECOND);
    node_init(&stand.node);
    set_platform("wsl2", "usable");
    return 0;
}

static int tear_down(void **state)
{
    assert_null(sense_windows_free(stand.sensor));
    assert_false(stand.running);
    sd_event_unref(stand.event);
    node_done(&stand.node);
    scratch_remove(&stand.scratch);
    return 0;
}

static void start(void)
{
    struct sense sense = {.event = stand.event,
                          .root = stand.scratch.root,
                          .node = &stand.node,
                          .emit = on_fact,
                          .turn = on_turn};

    assert_int_equal(sense_windows_new(&sense, &stand.sensor), 0);
}

static void end(int status, const char *output)
{
    unsigned facts = stand.facts, turns = stand.turns;

    assert_true(stand.running);
    stand.done(stand.userdata, status, output, strlen(output));
    assert_int_equal(stand.facts, facts + 1);
    assert_int_equal(stand.turns, turns + 1);
    assert_false(stand.busy_in_turn);
}

/* It is run anew and ends like this. */
static void answer(int status, const char *output)
{
    sense_windows_refresh(stand.sensor);
    assert_true(sense_windows_busy(stand.sensor));
    end(status, output);
    assert_false(sense_windows_busy(stand.sensor));
}

static void assert_told(enum tailscale_daemon daemon, const char *error)
{
    assert_int_equal(stand.fact.daemon, daemon);
    assert_string_equal(stand.fact.error, error);
}

static void test_it_is_run_once_soon_after_the_start(void **state)
{
    start();
    timers_run();
    assert_int_equal(stand.runs, 0); /* others come first */
    assert_int_equal(timers_next(), SECOND);
    timers_pass(SECOND);
    assert_int_equal(stand.runs, 1);
    assert_string_equal(stand.path, "/mnt/c/Program Files/Tailscale/tailscale.exe");
    end(0, RUNNING);
    assert_told(TAILSCALE_ANSWERS, "");
    assert_int_equal(stand.fact.state, TAILSCALE_RUNNING);
    assert_string_equal(stand.fact.version, "1.80.0");
    assert_int_equal(stand.fact.ipv4[3], 7);
    assert_int_equal(stand.fact.ipv6[15], 7);
    assert_int_equal(timers_next(), -1); /* and nobody is woken again */
}

static void test_drives_are_elsewhere(void **state)
{
    scratch_write(&stand.scratch, "etc/wsl.conf", "[automount]\nroot=/win\n");
    start();
    sense_windows_refresh(stand.sensor);
    assert_string_equal(stand.path, "/win/c/Program Files/Tailscale/tailscale.exe");
}

static void test_without_interop_nothing_is_run(void **state)
{
    static const char *const platforms[][2] = {
        {"linux", "absent"}, {"wsl1", "usable"}, {"wsl2", "disabled"}, {"wsl2", "broken"}, {"", ""}};

    for (size_t i = 0; i < sizeof(platforms) / sizeof(platforms[0]); i++) {
        set_platform(platforms[i][0], platforms[i][1]);
        start();
        assert_int_equal(timers_next(), -1);
        sense_windows_refresh(stand.sensor);
        sense_windows_doubt(stand.sensor);
        assert_false(sense_windows_busy(stand.sensor));
        stand.sensor = sense_windows_free(stand.sensor);
    }
    assert_int_equal(stand.runs, 0);
    assert_int_equal(stand.facts, 0); /* and nothing is said */
}

static void test_interop_goes_and_comes(void **state)
{
    start();
    answer(0, RUNNING);
    set_platform("wsl2", "broken");
    sense_windows_refresh(stand.sensor);
    assert_told(TAILSCALE_GONE, "Windows' programs cannot be started");
    assert_int_equal(stand.turns, 2);
    assert_int_equal(stand.runs, 1);
    set_platform("wsl2", "usable");
    answer(0, RUNNING);
    assert_told(TAILSCALE_ANSWERS, "");
}

static void test_its_states(void **state)
{
    start();
    answer(0, STATE("Stopped"));
    assert_int_equal(stand.fact.state, TAILSCALE_STOPPED);
    answer(0, STATE("NeedsLogin"));
    assert_int_equal(stand.fact.state, TAILSCALE_NEEDS_LOGIN);
    answer(0, STATE("Starting"));
    assert_int_equal(stand.fact.state, TAILSCALE_STARTING);
    answer(0, "{\"Version\":\"1.80.0\",\"BackendState\":\"Running\",\"ExitNodeStatus\":{\"Online\":true}}");
    assert_true(stand.fact.exit_node && stand.fact.exit_node_online);
    answer(-ENOENT, "");
    assert_told(TAILSCALE_ABSENT, "");
    answer(-ENOTDIR, "");
    assert_told(TAILSCALE_ABSENT, "");
}

static void test_what_is_no_answer(void **state)
{
    static const struct {
        int status;
        const char *output;
        enum tailscale_daemon daemon;
        const char *error;
    } rows[] = {
        {-ETIME, "", TAILSCALE_SILENT, "tailscale.exe did not end within 15 s"},
        {-ETIME, RUNNING, TAILSCALE_SILENT, "tailscale.exe did not end within 15 s"},
        {-EFBIG, "yyyy", TAILSCALE_SILENT, "tailscale.exe says more than a megabyte"},
        {-EPROTO, "", TAILSCALE_SILENT, "tailscale.exe was killed"},
        {-EINVAL, "", TAILSCALE_SILENT, "tailscale.exe is not a file"},
        {-EXDEV, "", TAILSCALE_SILENT, "tailscale.exe is not on a drive of Windows"},
        {-ENOEXEC, "", TAILSCALE_SILENT, "tailscale.exe cannot be run through interop"},
        {-EIO, "", TAILSCALE_SILENT, "Input/output error"},
        {1, RUNNING, TAILSCALE_GONE, "tailscale.exe ended with exit code 1"},
        {127, "", TAILSCALE_GONE, "tailscale.exe ended with exit code 127"},
        {0, "", TAILSCALE_SILENT, "tailscale.exe says what is no status of Tailscale's"},
        {0, "{}", TAILSCALE_SILENT, "tailscale.exe says what is no status of Tailscale's"},
        {0, "[1]", TAILSCALE_SILENT, "tailscale.exe says what is no status of Tailscale's"},
        {0, "Tailscale is stopped.\r\n", TAILSCALE_SILENT,
         "tailscale.exe says what is no status of Tailscale's"},
        {0, "{\"Version\":\"1.80.0\",\"BackendState\":\"Running\"", TAILSCALE_SILENT,
         "tailscale.exe says what is no status of Tailscale's"},
        {0, "\xff\xfe{\0", TAILSCALE_SILENT, "tailscale.exe says what is no status of Tailscale's"},
    };

    start();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        answer(0, RUNNING);
        answer(rows[i].status, rows[i].output);
        assert_told(rows[i].daemon, rows[i].error);
        /* Nothing of what was known is left. */
        assert_int_equal(stand.fact.state, TAILSCALE_NO_STATE);
        assert_int_equal(stand.fact.ipv4[0], 0);
        assert_string_equal(stand.fact.version, "");
    }
}

static void test_in_doubt_it_is_not_run_soon_after_it_failed(void **state)
{
    start();
    timers_pass(SECOND);
    end(-ETIME, "");
    sense_windows_doubt(stand.sensor);
    timers_pass(10 * MINUTE - 1);
    sense_windows_doubt(stand.sensor);
    assert_int_equal(stand.runs, 1); /* nor is it by itself */
    timers_pass(1);
    sense_windows_doubt(stand.sensor);
    assert_int_equal(stand.runs, 2);
    sense_windows_doubt(stand.sensor); /* it runs */
    end(0, RUNNING);
    assert_int_equal(stand.runs, 2);
    sense_windows_doubt(stand.sensor);
    assert_int_equal(stand.runs, 3);
    end(1, "");
    sense_windows_doubt(stand.sensor);
    assert_int_equal(stand.runs, 3);
    answer(-ENOENT, ""); /* whoever asks for it gets it */
    sense_windows_doubt(stand.sensor);
    assert_int_equal(stand.runs, 5);
}

static void test_who_asks_while_it_runs_gets_a_new_answer(void **state)
{
    start();
    sense_windows_refresh(stand.sensor);
    sense_windows_refresh(stand.sensor);
    sense_windows_refresh(stand.sensor);
    assert_int_equal(stand.runs, 1);
    stand.done(stand.userdata, 0, RUNNING, strlen(RUNNING));
    assert_true(sense_windows_busy(stand.sensor));
    assert_int_equal(stand.runs, 2);
    end(0, STATE("Stopped"));
    assert_int_equal(stand.fact.state, TAILSCALE_STOPPED);
    assert_int_equal(stand.runs, 2);
    timers_pass(20 * MINUTE); /* nor is the start's left over */
    assert_int_equal(stand.runs, 2);
}

static void test_who_asks_while_it_hangs_does_not_make_it_hang_again(void **state)
{
    start();
    sense_windows_refresh(stand.sensor);
    sense_windows_refresh(stand.sensor);
    end(-ETIME, "");
    assert_false(sense_windows_busy(stand.sensor));
    assert_int_equal(stand.runs, 1);
    answer(0, RUNNING);
    assert_int_equal(stand.runs, 2);
}

static void test_no_child_can_be_started(void **state)
{
    start();
    stand.refusal = -EAGAIN;
    sense_windows_refresh(stand.sensor);
    assert_false(sense_windows_busy(stand.sensor));
    assert_int_equal(stand.facts, 0);
    stand.refusal = 0;
    answer(0, RUNNING);
    stand.refusal = -EAGAIN;
    sense_windows_refresh(stand.sensor);
    assert_told(TAILSCALE_GONE, "Resource temporarily unavailable");
    assert_int_equal(stand.turns, 2);
}

static void test_it_ends_while_the_program_runs(void **state)
{
    start();
    sense_windows_refresh(stand.sensor);
    stand.sensor = sense_windows_free(stand.sensor);
    assert_false(stand.running);
    assert_int_equal(stand.facts, 0);
}

#define STAND_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_TEST(test_it_is_run_once_soon_after_the_start),
        STAND_TEST(test_drives_are_elsewhere),
        STAND_TEST(test_without_interop_nothing_is_run),
        STAND_TEST(test_interop_goes_and_comes),
        STAND_TEST(test_its_states),
        STAND_TEST(test_what_is_no_answer),
        STAND_TEST(test_in_doubt_it_is_not_run_soon_after_it_failed),
        STAND_TEST(test_who_asks_while_it_runs_gets_a_new_answer),
        STAND_TEST(test_who_asks_while_it_hangs_does_not_make_it_hang_again),
        STAND_TEST(test_no_child_can_be_started),
        STAND_TEST(test_it_ends_while_the_program_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
