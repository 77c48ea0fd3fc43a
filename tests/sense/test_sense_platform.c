/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sensor of the platform: root trees of many machines, and a wslinfo of every mood */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../service/sense/sense.h"
#include "../scratch.h"
#include "../unit.h"

#define SECOND UINT64_C(1000000)
#define BINFMT "proc/sys/fs/binfmt_misc/"

struct machine {
    struct scratch scratch;
    sd_event *event;
    struct node node;
    struct sense_platform *sensor;
    struct platform_fact fact; /* the last one */
    unsigned facts, turns;
};

static void on_fact(void *userdata, const struct fact *fact)
{
    struct machine *machine = userdata;

    assert_int_equal(fact->kind, FACT_PLATFORM);
    assert_false(fact->gone);
    machine->fact = fact->platform;
    machine->facts++;
}

static void on_turn(void *userdata)
{
    struct machine *machine = userdata;

    machine->turns++;
    assert_int_equal(machine->turns, machine->facts);
}

static int set_up(void **state)
{
    static struct machine machine;
    sigset_t signals;

    memset(&machine, 0, sizeof(machine));
    scratch_make(&machine.scratch);
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    assert_true(sd_event_new(&machine.event) >= 0);
    node_init(&machine.node);
    *state = &machine;
    return 0;
}

static void run_for(struct machine *machine, uint64_t usec)
{
    uint64_t now, until;

    sd_event_now(machine->event, CLOCK_MONOTONIC, &now);
    for (until = now + usec; now < until;) {
        assert_true(sd_event_run(machine->event, until - now) >= 0);
        sd_event_now(machine->event, CLOCK_MONOTONIC, &now);
    }
}

static int tear_down(void **state)
{
    struct machine *machine = *state;

    machine->sensor = sense_platform_free(machine->sensor);
    run_for(machine, 20000);
    sd_event_unref(machine->event);
    node_done(&machine->node);
    scratch_remove(&machine->scratch);
    return 0;
}

static void start(struct machine *machine)
{
    struct sense sense = {.event = machine->event,
                          .root = machine->scratch.root,
                          .node = &machine->node,
                          .emit = on_fact,
                          .turn = on_turn,
                          .userdata = machine};

    machine->sensor = sense_platform_free(machine->sensor);
    machine->facts = machine->turns = 0;
    assert_int_equal(sense_platform_new(&sense, &machine->sensor), 0);
    assert_int_equal(machine->facts, 1); /* what files say is said at once */
}

static void kernel(struct machine *machine, const char *release)
{
    scratch_write(&machine->scratch, "proc/sys/kernel/osrelease", release);
}

static void as_wsl2(struct machine *machine)
{
    kernel(machine, "5.15.167.4-microsoft-standard-WSL2\n");
    scratch_mkdir(&machine->scratch, "run/WSL");
}

static void assert_platform(struct machine *machine, const char *platform, const char *interop)
{
    start(machine);
    assert_string_equal(machine->fact.platform, platform);
    assert_string_equal(machine->fact.interop, interop);
}

static void test_an_empty_root(void **state)
{
    struct machine *machine = *state;

    assert_platform(machine, "linux", "absent");
    assert_string_equal(machine->fact.kernel, "");
    assert_string_equal(machine->fact.distribution, "");
}

static void test_linux(void **state)
{
    struct machine *machine = *state;

    kernel(machine, "6.1.0-28-amd64\n");
    scratch_write(&machine->scratch, "run/WSL.d/x", "");
    assert_platform(machine, "linux", "absent");
    assert_string_equal(machine->fact.kernel, "6.1.0-28-amd64");
    run_for(machine, 20000);
    assert_int_equal(machine->facts, 1);
}

static void test_wsl1(void **state)
{
    kernel(*state, "4.4.0-19041-Microsoft\n");
    assert_platform(*state, "wsl1", "absent");
}

static void test_wsl2_and_containers(void **state)
{
    struct machine *machine = *state;

    kernel(machine, "5.15.167.4-microsoft-standard-WSL2\n");
    assert_platform(machine, "wsl2-container", "absent");
    scratch_mkdir(&machine->scratch, "mnt/wsl");
    assert_platform(machine, "wsl2", "broken");
    scratch_unlink(&machine->scratch, "mnt/wsl");
    scratch_mkdir(&machine->scratch, "usr/lib/wsl/lib");
    assert_platform(machine, "wsl2", "broken");
    kernel(machine, "6.6.0-mine-Microsoft-WSL2\n"); /* of one's own, with a capital M */
    assert_platform(machine, "wsl2", "broken");
}

static void test_a_kernel_that_dropped_the_word(void **state)
{
    struct machine *machine = *state;

    kernel(machine, "6.6.36-mine\n");
    scratch_mkdir(&machine->scratch, "run/WSL");
    assert_platform(machine, "wsl2", "broken");
}

static void test_interop(void **state)
{
    struct machine *machine = *state;
    struct scratch *scratch = &machine->scratch;

    as_wsl2(machine);
    assert_platform(machine, "wsl2", "broken"); /* neither registered nor served */
    scratch_write(scratch, "run/WSL/1_interop", "");
    assert_platform(machine, "wsl2", "broken");
    scratch_write(scratch, BINFMT "WSLInterop", "enabled\ninterpreter /init\n");
    assert_platform(machine, "wsl2", "usable");
    scratch_write(scratch, BINFMT "status", "disabled\n");
    assert_platform(machine, "wsl2", "disabled");
    scratch_write(scratch, BINFMT "status", "enabled\n");
    assert_platform(machine, "wsl2", "usable");
    scratch_write(scratch, BINFMT "WSLInterop", "disabled\n");
    assert_platform(machine, "wsl2", "disabled");
    scratch_unlink(scratch, "run/WSL/1_interop");
    scratch_unlink(scratch, BINFMT "WSLInterop");
    scratch_write(scratch, BINFMT "WSLInterop-late", "enabled\n");
    assert_platform(machine, "wsl2", "broken"); /* [interop] enabled=false */
    scratch_write(scratch, "run/WSL/2_interop", "");
    assert_platform(machine, "wsl2", "usable");
}

static void test_the_distribution(void **state)
{
    struct machine *machine = *state;
    struct scratch *scratch = &machine->scratch;
    char text[600] = "PRETTY_NAME=\"";

    scratch_write(scratch, "usr/lib/os-release", "NAME=x\nPRETTY_NAME='Vendor 1'\n");
    start(machine);
    assert_string_equal(machine->fact.distribution, "Vendor 1");
    scratch_write(scratch, "etc/os-release",
                  "# PRETTY_NAME=no\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nX=y\n");
    start(machine);
    assert_string_equal(machine->fact.distribution, "Debian GNU/Linux 12 (bookworm)");
    scratch_write(scratch, "etc/os-release", "PRETTY_NAME=Plain");
    start(machine);
    assert_string_equal(machine->fact.distribution, "Plain");
    scratch_write(scratch, "etc/os-release", "PRETTY_NAME=\"\x1b[1m\xff\"\n");
    start(machine);
    assert_string_equal(machine->fact.distribution, "?[1m?"); /* it goes onto the bus */
    memset(text + strlen(text), 'x', 500);
    scratch_write(scratch, "etc/os-release", text);
    start(machine);
    assert_int_equal(strlen(machine->fact.distribution), sizeof(machine->fact.distribution) - 1);
    scratch_write(scratch, "etc/os-release", "NAME=none\n");
    start(machine);
    assert_string_equal(machine->fact.distribution, "");
}

/* The file that meson has built next to us. */
static void install_wslinfo(struct machine *machine, const char *behaviour)
{
    static char bytes[4 << 20];
    int from = open(WSLINFO, O_RDONLY | O_CLOEXEC);
    ssize_t length = read(from, bytes, sizeof(bytes));

    assert_in_range(length, 1, sizeof(bytes) - 1);
    close(from);
    if (!faccessat(machine->scratch.root, "usr/bin/wslinfo", F_OK, 0))
        scratch_unlink(&machine->scratch, "usr/bin/wslinfo");
    scratch_write_bytes(&machine->scratch, "usr/bin/wslinfo", bytes, length);
    assert_int_equal(fchmodat(machine->scratch.root, "usr/bin/wslinfo", 0755, 0), 0);
    scratch_write(&machine->scratch, "usr/bin/wslinfo.behaviour", behaviour);
}

static void ask(struct machine *machine, const char *behaviour, unsigned facts)
{
    as_wsl2(machine);
    install_wslinfo(machine, behaviour);
    start(machine);
    for (int i = 0; i < 1000 && machine->facts < facts; i++)
        assert_true(sd_event_run(machine->event, 10000) >= 0);
    assert_int_equal(machine->facts, facts);
    run_for(machine, 50000);
    assert_int_equal(machine->facts, facts);
}

static void test_wslinfo_answers(void **state)
{
    struct machine *machine = *state;

    ask(machine, "answer mirrored 2.3.26.0", 3);
    assert_string_equal(machine->fact.mode, "mirrored");
    assert_string_equal(machine->fact.version, "2.3.26.0");
    assert_string_equal(machine->fact.platform, "wsl2");
    /* And again: another answer is another fact. */
    scratch_write(&machine->scratch, "usr/bin/wslinfo.behaviour", "answer nat 2.4.0");
    sense_platform_refresh(machine->sensor);
    /* While it runs: not a second one beside it, but once more after it. */
    scratch_write(&machine->scratch, "usr/bin/wslinfo.behaviour", "answer bridged 2.5.0");
    sense_platform_refresh(machine->sensor);
    sense_platform_refresh(machine->sensor);
    for (int i = 0; i < 1000 && machine->facts < 9; i++)
        assert_true(sd_event_run(machine->event, 10000) >= 0);
    run_for(machine, 50000);
    assert_int_equal(machine->facts, 9);
    assert_string_equal(machine->fact.mode, "bridged");
    assert_string_equal(machine->fact.version, "2.5.0");
}

static void test_wslinfo_fails(void **state)
{
    struct machine *machine = *state;

    ask(machine, "fail nat 2.3.26", 3);
    assert_string_equal(machine->fact.mode, "");
    assert_string_equal(machine->fact.version, "");
}

static void test_wslinfo_says_what_is_no_word(void **state)
{
    struct machine *machine = *state;

    ask(machine, "nonsense", 3);
    assert_string_equal(machine->fact.mode, "");
    assert_string_equal(machine->fact.version, "");
    ask(machine, "answer a-word-of-thirty-two-characters-32 2.3", 3);
    assert_string_equal(machine->fact.mode, "");
    assert_string_equal(machine->fact.version, "2.3");
}

static void test_wslinfo_floods(void **state)
{
    struct machine *machine = *state;

    ask(machine, "flood", 3);
    assert_string_equal(machine->fact.mode, "");
}

static void test_wslinfo_hangs(void **state)
{
    struct machine *machine = *state;

    as_wsl2(machine);
    install_wslinfo(machine, "hang");
    start(machine);
    assert_string_equal(machine->fact.platform, "wsl2"); /* nobody waits for it */
    /* Each of the two questions has 5 s. */
    run_for(machine, 11 * SECOND);
    assert_int_equal(machine->facts, 3);
    assert_string_equal(machine->fact.mode, "");
}

static void test_freed_while_wslinfo_hangs(void **state)
{
    struct machine *machine = *state;

    as_wsl2(machine);
    install_wslinfo(machine, "hang");
    start(machine);
    run_for(machine, 20000);
    machine->sensor = sense_platform_free(machine->sensor);
    assert_null(machine->sensor);
    run_for(machine, 100000);
    assert_int_equal(machine->facts, 1);
}

static void test_wslinfo_is_asked_in_wsl2_only(void **state)
{
    struct machine *machine = *state;

    install_wslinfo(machine, "answer nat 2.3");
    kernel(machine, "6.1.0-28-amd64\n");
    start(machine);
    run_for(machine, 100000);
    assert_int_equal(machine->facts, 1);
    assert_string_equal(machine->fact.mode, "");
}

#define MACHINE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MACHINE_TEST(test_an_empty_root),
        MACHINE_TEST(test_linux),
        MACHINE_TEST(test_wsl1),
        MACHINE_TEST(test_wsl2_and_containers),
        MACHINE_TEST(test_a_kernel_that_dropped_the_word),
        MACHINE_TEST(test_interop),
        MACHINE_TEST(test_the_distribution),
        MACHINE_TEST(test_wslinfo_answers),
        MACHINE_TEST(test_wslinfo_fails),
        MACHINE_TEST(test_wslinfo_says_what_is_no_word),
        MACHINE_TEST(test_wslinfo_floods),
        MACHINE_TEST(test_wslinfo_hangs),
        MACHINE_TEST(test_freed_while_wslinfo_hangs),
        MACHINE_TEST(test_wslinfo_is_asked_in_wsl2_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
