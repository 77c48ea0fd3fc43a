/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sensor of the files that are to follow the address: what it says of each, and when it looks again */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../service/sense/sense.h"
#include "../scratch.h"
#include "../unit.h"

#define SECOND UINT64_C(1000000)

struct machine {
    struct scratch scratch;
    sd_event *event;
    struct node node;
    struct targets targets;
    struct sense_file *sensor;
    unsigned turns, dumps;
    bool dumping[FACT_DUMP_BEGIN];
};

/* Facts come between the begin and the end of a dump, and the turn after both. */
static void on_fact(void *userdata, const struct fact *fact)
{
    struct machine *machine = userdata;
    struct events events = {.count = 0};

    if (fact->kind == FACT_DUMP_BEGIN || fact->kind == FACT_DUMP_END) {
        assert_true(fact->dump.of == FACT_FILE || fact->dump.of == FACT_PLACE);
        assert_int_equal(machine->dumping[fact->dump.of], fact->kind == FACT_DUMP_END);
        machine->dumping[fact->dump.of] = fact->kind == FACT_DUMP_BEGIN;
        machine->dumps += fact->kind == FACT_DUMP_END && fact->dump.of == FACT_PLACE;
    } else {
        assert_true(fact->kind == FACT_FILE || fact->kind == FACT_PLACE);
        assert_true(machine->dumping[fact->kind]);
        assert_false(fact->gone);
    }
    assert_true(node_apply(&machine->node, fact, &events) >= 0);
}

static void on_turn(void *userdata)
{
    struct machine *machine = userdata;

    machine->turns++;
    assert_false(machine->dumping[FACT_FILE] || machine->dumping[FACT_PLACE]);
}

static int set_up(void **state)
{
    static struct machine machine;
    sigset_t signals;

    memset(&machine, 0, sizeof(machine));
    scratch_make(&machine.scratch);
    scratch_mkdir(&machine.scratch, "etc");
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

    machine->sensor = sense_file_free(machine->sensor);
    assert_null(machine->sensor);
    run_for(machine, 20000);
    sd_event_unref(machine->event);
    node_done(&machine->node);
    scratch_remove(&machine->scratch);
    return 0;
}

static struct target_file *follow(struct machine *machine, const char *path)
{
    struct target_file *file = &machine->targets.files[machine->targets.files_count++];

    *file = (struct target_file){.variables = {"WSL_IP"}, .variables_count = 1};
    strcpy(file->path, path);
    return file;
}

static void settle(struct machine *machine)
{
    for (int i = 0; i < 1000 && sense_file_busy(machine->sensor); i++)
        assert_true(sd_event_run(machine->event, 10000) >= 0);
    assert_false(sense_file_busy(machine->sensor));
}

static void start(struct machine *machine)
{
    struct sense sense = {.event = machine->event,
                          .root = machine->scratch.root,
                          .node = &machine->node,
                          .targets = &machine->targets,
                          .emit = on_fact,
                          .turn = on_turn,
                          .userdata = machine};

    assert_int_equal(sense_file_new(&sense, &machine->sensor), 0);
    settle(machine);
}

static const struct file_fact *file_named(struct machine *machine, const char *path)
{
    for (size_t i = 0; i < machine->node.files.count; i++)
        if (strcmp(machine->node.files.list[i].fact.file.path, path) == 0)
            return &machine->node.files.list[i].fact.file;
    fail_msg("nothing was said of %s", path);
    return NULL;
}

static void assert_file(struct machine *machine, const char *path, enum file_state expected,
                        const char *problem)
{
    const struct file_fact *file = file_named(machine, path);

    assert_int_equal(file->state, expected);
    assert_string_equal(file->problem, problem);
    assert_false(file->in_place);
}

static const struct place_fact *place(struct machine *machine, size_t i)
{
    assert_true(i < machine->node.places.count);
    return &machine->node.places.list[i].fact.place;
}

static void test_nothing_is_configured(void **state)
{
    struct machine *machine = *state;

    assert_false(node_files_known(&machine->node));
    start(machine);
    assert_true(node_files_known(&machine->node)); /* at once, so that nobody waits for it */
    assert_int_equal(machine->turns, 1);
    assert_int_equal(machine->node.files.count, 0);
    assert_int_equal(machine->node.places.count, 0);
}

static void test_what_is_said_of_places(void **state)
{
    struct machine *machine = *state;
    struct target_file *file = follow(machine, "/etc/a");

    strcpy(file->variables[1], "NODE_IP");
    file->variables_count = 2;
    scratch_write(
        &machine->scratch, "etc/a",
        "WSL_IP=10.0.0.1\nexport WSL_IP=\nWSL_IP=\"[fd00::1]:80\"\nWSL_IP=name\nNODE_IP=10.0.0.2:51820\n");
    start(machine);
    assert_file(machine, "/etc/a", FILE_USABLE, "");
    assert_int_equal(machine->node.places.count, 5);
    assert_string_equal(place(machine, 0)->path, "/etc/a");
    assert_string_equal(place(machine, 0)->variable, "WSL_IP");
    assert_int_equal(place(machine, 0)->line, 1);
    assert_int_equal(place(machine, 0)->offset, 7);
    assert_int_equal(place(machine, 0)->value, PLACE_ADDRESS);
    assert_int_equal(place(machine, 0)->family, AF_INET);
    assert_false(place(machine, 0)->port);
    assert_string_equal(place(machine, 0)->text, "10.0.0.1");
    assert_int_equal(place(machine, 1)->line, 2);
    assert_int_equal(place(machine, 1)->value, PLACE_EMPTY);
    assert_int_equal(place(machine, 1)->family, 0);
    assert_string_equal(place(machine, 1)->text, "");
    assert_int_equal(place(machine, 2)->value, PLACE_ADDRESS);
    assert_int_equal(place(machine, 2)->family, AF_INET6);
    assert_true(place(machine, 2)->port);
    assert_string_equal(place(machine, 2)->text, "fd00::1");
    assert_int_equal(place(machine, 3)->value, PLACE_OTHER);
    assert_string_equal(place(machine, 3)->text, ""); /* it may be a key: not ours to tell */
    assert_string_equal(place(machine, 4)->variable, "NODE_IP");
    assert_int_equal(place(machine, 4)->value, PLACE_ADDRESS);
    assert_true(place(machine, 4)->port);
}

static void test_what_is_said_of_files(void **state)
{
    struct machine *machine = *state;

    follow(machine, "/etc/usable");
    follow(machine, "/etc/missing");
    follow(machine, "/etc/to-be-made")->create = true;
    follow(machine, "/etc/refused");
    follow(machine, "/etc/of-root")->uid = 1000;
    follow(machine, "/etc/without");
    follow(machine, "/etc/other");
    follow(machine, "/etc/unnamed");
    scratch_write(&machine->scratch, "etc/usable", "WSL_IP=name\nWSL_IP=\n");
    scratch_link(&machine->scratch, "etc/refused", "usable");
    scratch_write(&machine->scratch, "etc/of-root", "WSL_IP=\n");
    scratch_write(&machine->scratch, "etc/without", "# WSL_IP=10.0.0.1\n");
    scratch_write(&machine->scratch, "etc/other", "WSL_IP=10.0.0.1,10.0.0.2\n");
    scratch_write(&machine->scratch, "etc/unnamed", "");
    start(machine);
    assert_int_equal(machine->node.files.count, 8);
    assert_file(machine, "/etc/usable", FILE_USABLE, "");
    assert_file(machine, "/etc/missing", FILE_REFUSED, "there is no such file (Create=yes makes it)");
    assert_file(machine, "/etc/to-be-made", FILE_MISSING, "");
    assert_file(machine, "/etc/refused", FILE_REFUSED, "it is a symbolic link: name the file itself");
    assert_file(machine, "/etc/of-root", FILE_REFUSED, "it belongs to uid 0, not to the one of User=");
    assert_file(machine, "/etc/without", FILE_REFUSED, "WSL_IP is not assigned in it");
    assert_file(machine, "/etc/other", FILE_REFUSED,
                "what WSL_IP holds is no address; leave it empty to have it filled");
    assert_file(machine, "/etc/unnamed", FILE_REFUSED, "WSL_IP is not assigned in it");
}

/* More would not fit into what the child may say, nor into the node: the rest is followed nevertheless. */
static void test_only_so_many_places(void **state)
{
    struct machine *machine = *state;
    char path[32], text[64 * 16] = "";

    for (int i = 0; i < 64; i++)
        sprintf(text + strlen(text), "V%d=10.0.0.1\n", i % 4);
    for (int i = 0; i < 6; i++) {
        struct target_file *file;

        snprintf(path, sizeof(path), "/etc/%d", i);
        scratch_write(&machine->scratch, path + 1, i == 5 ? "V0=\n" : text);
        file = follow(machine, path);
        for (int v = 0; v < TARGET_VARIABLES_MAX; v++)
            sprintf(file->variables[v], "V%d", v);
        file->variables_count = TARGET_VARIABLES_MAX;
        if (i == 3) /* leaves room for one more */
            file->variables_count--;
    }
    start(machine);
    assert_true(node_files_known(&machine->node));
    assert_file(machine, "/etc/3", FILE_USABLE, "");
    assert_file(machine, "/etc/4", FILE_REFUSED,
                "with it there would be more than 256 assignments in all files");
    assert_file(machine, "/etc/5", FILE_USABLE, "");
    assert_int_equal(machine->node.places.count, 3 * 64 + 48 + 1);
    machine->targets.files[3].variables_count++;
    machine->targets.files_count = 4;
    sense_file_refresh(machine->sensor);
    settle(machine);
    assert_int_equal(machine->node.places.count, NODE_PLACES_MAX);
    assert_false(machine->node.places.truncated);
}

/* Until it was read anew: an event, a moment in which an editor may do more, and the child. */
static void wait_for_dump(struct machine *machine, unsigned dumps)
{
    for (int i = 0; i < 500 && (machine->dumps < dumps || sense_file_busy(machine->sensor)); i++)
        assert_true(sd_event_run(machine->event, 10000) >= 0);
    assert_true(machine->dumps >= dumps);
}

static void test_it_looks_again_when_a_file_changes(void **state)
{
    struct machine *machine = *state;
    unsigned dumps;

    follow(machine, "/etc/deeper/a");
    follow(machine, "/b");
    scratch_write(&machine->scratch, "etc/deeper/a", "WSL_IP=10.0.0.1\n");
    scratch_write(&machine->scratch, "b", "WSL_IP=10.0.0.1\n");
    start(machine);
    dumps = machine->dumps;
    scratch_write(&machine->scratch, "etc/deeper/a", "WSL_IP=10.0.0.2\n"); /* written where it is */
    wait_for_dump(machine, ++dumps);
    assert_string_equal(place(machine, 0)->text, "10.0.0.2");
    scratch_write(&machine->scratch, "etc/deeper/new", "WSL_IP=10.0.0.3\n"); /* replaced */
    assert_int_equal(renameat(machine->scratch.root, "etc/deeper/new", machine->scratch.root, "etc/deeper/a"),
                     0);
    wait_for_dump(machine, ++dumps);
    assert_string_equal(place(machine, 0)->text, "10.0.0.3");
    scratch_write(&machine->scratch, "b", "WSL_IP=10.0.0.4\n"); /* in the root itself */
    wait_for_dump(machine, ++dumps);
    assert_string_equal(place(machine, 1)->text, "10.0.0.4");
    assert_int_equal(fchmodat(machine->scratch.root, "etc/deeper", 0777, 0), 0);
    wait_for_dump(machine, ++dumps);
    assert_file(machine, "/etc/deeper/a", FILE_REFUSED, "/etc/deeper can be written by others");
    assert_int_equal(fchmodat(machine->scratch.root, "etc/deeper", 0755, 0), 0);
    wait_for_dump(machine, ++dumps);
    assert_file(machine, "/etc/deeper/a", FILE_USABLE, "");
    scratch_unlink(&machine->scratch, "etc/deeper/a");
    wait_for_dump(machine, ++dumps);
    assert_file(machine, "/etc/deeper/a", FILE_REFUSED, "there is no such file (Create=yes makes it)");
    assert_int_equal(machine->node.places.count, 1);
    scratch_write(&machine->scratch, "etc/deeper/a", "WSL_IP=\n"); /* and comes back */
    wait_for_dump(machine, ++dumps);
    assert_file(machine, "/etc/deeper/a", FILE_USABLE, "");
}

static void test_other_files_of_the_directory_are_nothing_to_it(void **state)
{
    struct machine *machine = *state;
    unsigned dumps;

    follow(machine, "/etc/a");
    scratch_write(&machine->scratch, "etc/a", "WSL_IP=10.0.0.1\n");
    start(machine);
    dumps = machine->dumps;
    scratch_write(&machine->scratch, "etc/other", "x");
    scratch_write(&machine->scratch, "etc/a.swp", "x");
    scratch_unlink(&machine->scratch, "etc/other");
    run_for(machine, SECOND / 5);
    assert_int_equal(machine->dumps, dumps);
}

static void test_several_events_are_one_change(void **state)
{
    struct machine *machine = *state;
    unsigned dumps;

    follow(machine, "/etc/a");
    scratch_write(&machine->scratch, "etc/a", "WSL_IP=10.0.0.1\n");
    start(machine);
    dumps = machine->dumps;
    for (int i = 2; i < 6; i++) {
        char text[32];

        snprintf(text, sizeof(text), "WSL_IP=10.0.0.%d\n", i);
        scratch_write(&machine->scratch, "etc/a", text);
        run_for(machine, 10000);
    }
    run_for(machine, SECOND / 4);
    assert_int_equal(machine->dumps, dumps + 1);
    assert_string_equal(place(machine, 0)->text, "10.0.0.5");
}

/* Before the directory was watched nobody would have told of a change: it is read once more. */
static void test_what_changed_before_it_was_watched(void **state)
{
    struct machine *machine = *state;

    follow(machine, "/etc/a");
    scratch_write(&machine->scratch, "etc/a", "WSL_IP=10.0.0.1\n");
    start(machine);
    assert_int_equal(machine->dumps, 2);
    sense_file_refresh(machine->sensor);
    settle(machine);
    assert_int_equal(machine->dumps, 3); /* it is watched by now */
}

static void test_again_while_it_reads(void **state)
{
    struct machine *machine = *state;

    follow(machine, "/etc/a");
    scratch_write(&machine->scratch, "etc/a", "WSL_IP=10.0.0.1\n");
    start(machine);
    machine->dumps = machine->turns = 0;
    sense_file_refresh(machine->sensor);
    assert_true(sense_file_busy(machine->sensor));
    sense_file_refresh(machine->sensor);
    sense_file_refresh(machine->sensor);
    settle(machine);
    assert_int_equal(machine->dumps, 2); /* what is asked for meanwhile is read once */
    assert_int_equal(machine->turns, 2);
}

/* A reload: other files are meant, and what was known of those before is gone. */
static void test_other_targets(void **state)
{
    struct machine *machine = *state;

    follow(machine, "/etc/a");
    scratch_write(&machine->scratch, "etc/a", "WSL_IP=10.0.0.1\n");
    start(machine);
    machine->targets.files_count = 0;
    follow(machine, "/etc/b");
    scratch_write(&machine->scratch, "etc/b", "WSL_IP=10.0.0.2\n");
    sense_file_refresh(machine->sensor);
    settle(machine);
    assert_int_equal(machine->node.files.count, 1);
    assert_file(machine, "/etc/b", FILE_USABLE, "");
    assert_int_equal(machine->node.places.count, 1);
    machine->targets.files_count = 0;
    sense_file_refresh(machine->sensor);
    assert_int_equal(machine->node.files.count, 0);
    assert_int_equal(machine->node.places.count, 0);
    assert_false(sense_file_busy(machine->sensor));
}

static void test_freed_while_it_reads(void **state)
{
    struct machine *machine = *state;
    unsigned turns;

    follow(machine, "/etc/a");
    start(machine);
    turns = machine->turns;
    sense_file_refresh(machine->sensor);
    machine->sensor = sense_file_free(machine->sensor);
    run_for(machine, SECOND / 10);
    assert_int_equal(machine->turns, turns);
    assert_null(sense_file_free(NULL));
}

#define MACHINE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MACHINE_TEST(test_nothing_is_configured),
        MACHINE_TEST(test_what_is_said_of_places),
        MACHINE_TEST(test_what_is_said_of_files),
        MACHINE_TEST(test_only_so_many_places),
        MACHINE_TEST(test_it_looks_again_when_a_file_changes),
        MACHINE_TEST(test_other_files_of_the_directory_are_nothing_to_it),
        MACHINE_TEST(test_several_events_are_one_change),
        MACHINE_TEST(test_what_changed_before_it_was_watched),
        MACHINE_TEST(test_again_while_it_reads),
        MACHINE_TEST(test_other_targets),
        MACHINE_TEST(test_freed_while_it_reads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
