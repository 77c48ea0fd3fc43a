/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes in memory: the ring, and how a change reads */
#include <string.h>
#include <sys/socket.h>

#include "../../service/state/change.h"
#include "../unit.h"
#include "packed.h"

static struct change change_of(uint64_t id)
{
    return (struct change){.id = id, .verb = VERB_SET_MTU};
}

static void put(struct change_list *changes, struct change change, enum change_state state)
{
    struct step step = {.kind = STEP_KERNEL, .target = "wg0", .mtu_before = 1420, .mtu_after = 1280};

    change.state = state;
    change.steps = packed(&step, 1);
    assert_int_equal(change_list_put(changes, &change), 0);
    steps_done(&change.steps);
}

static void test_the_newest_are_kept(void **state)
{
    struct change_list changes = {.count = 0};

    for (uint64_t id = 1; id <= CHANGES_MAX + 50; id++)
        put(&changes, change_of(id), CHANGE_DONE);
    assert_int_equal(changes.count, CHANGES_MAX);
    assert_int_equal(changes.last_id, CHANGES_MAX + 50);
    for (size_t i = 0; i < CHANGES_MAX; i++)
        assert_int_equal(changes.list[i].id, 51 + i);
    assert_null(change_list_find(&changes, 50));
    assert_non_null(change_list_find(&changes, 51));
    change_list_done(&changes);
    assert_int_equal(changes.count, 0);
}

static void fill(struct change_list *changes)
{
    for (uint64_t id = 1; id <= CHANGES_MAX; id++)
        put(changes, change_of(id), CHANGE_DONE);
}

static void test_what_is_over_makes_room(void **state)
{
    struct change_list changes = {.count = 0};

    fill(&changes);
    put(&changes, change_of(9), CHANGE_FAILED);
    put(&changes, change_of(7), CHANGE_UNDONE);
    for (uint64_t id = CHANGES_MAX + 1; id <= CHANGES_MAX + 3; id++)
        put(&changes, change_of(id), CHANGE_DONE);
    assert_int_equal(changes.count, CHANGES_MAX);
    assert_null(change_list_find(&changes, 7));
    assert_null(change_list_find(&changes, 9));
    assert_null(change_list_find(&changes, 1));
    assert_int_equal(changes.list[0].id, 2);
    assert_int_equal(changes.list[CHANGES_MAX - 1].id, CHANGES_MAX + 3);
    change_list_done(&changes);
}

/* A full log can be taken back to its first entry. */
static void test_an_undoing_pushes_nothing_out(void **state)
{
    struct change_list changes = {.count = 0};

    fill(&changes);
    for (uint64_t id = CHANGES_MAX; id > 0; id--) {
        struct change undoing = change_of(CHANGES_MAX * 2 - id + 1);

        assert_non_null(change_list_find(&changes, id));
        undoing.verb = VERB_UNDO;
        undoing.undoes = id;
        put(&changes, undoing, CHANGE_DONE);
        put(&changes, change_of(id), CHANGE_UNDONE);
        assert_int_equal(changes.count, CHANGES_MAX);
    }
    change_list_done(&changes);
    /* One that failed leaves nothing out either. */
    fill(&changes);
    for (uint64_t id = CHANGES_MAX + 1; id < CHANGES_MAX + 5; id++) {
        struct change undoing = change_of(id);

        undoing.verb = VERB_UNDO;
        undoing.undoes = CHANGES_MAX;
        put(&changes, undoing, CHANGE_DONE);
        put(&changes, undoing, CHANGE_FAILED);
        assert_int_equal(changes.count, CHANGES_MAX);
        assert_int_equal(changes.list[0].id, 1);
    }
    change_list_done(&changes);
}

static void test_an_undoing_that_was_undone_stays(void **state)
{
    struct change_list changes = {.count = 0};
    struct change undoing = change_of(5);

    fill(&changes);
    undoing.verb = VERB_UNDO;
    put(&changes, undoing, CHANGE_UNDONE);
    put(&changes, change_of(CHANGES_MAX + 1), CHANGE_DONE);
    assert_non_null(change_list_find(&changes, 5));
    assert_null(change_list_find(&changes, 1));
    change_list_done(&changes);
}

static void test_the_same_id_replaces(void **state)
{
    struct change_list changes = {.count = 0};

    for (uint64_t id = 1; id <= 3; id++)
        put(&changes, change_of(id), CHANGE_DONE);
    put(&changes, change_of(2), CHANGE_UNDONE);
    assert_int_equal(changes.count, 3);
    assert_int_equal(changes.last_id, 3);
    assert_int_equal(changes.list[1].id, 2);
    assert_int_equal(changes.list[1].state, CHANGE_UNDONE);
    change_list_done(&changes);
}

/* What the caller does to its steps afterwards is nothing to the list. */
static void test_the_list_owns_its_steps(void **state)
{
    struct change_list changes = {.count = 0};
    struct step steps[] = {{.kind = STEP_EFFECT, .target = "a.service"},
                           {.kind = STEP_EFFECT, .target = "b.service"}};
    struct change change = {.id = 1, .steps = packed(steps, 2)};

    assert_int_equal(change_list_put(&changes, &change), 0);
    memset(change.steps.packed, 0xff, change.steps.size);
    steps_done(&change.steps);
    assert_string_equal(steps_at(&changes.list[0].steps, 0).result, "");
    assert_string_equal(steps_at(&changes.list[0].steps, 1).target, "b.service");
    strcpy(steps[0].result, "done");
    change.steps = packed(steps, 1);
    assert_int_equal(change_list_put(&changes, &change), 0);
    steps_done(&change.steps);
    assert_int_equal(changes.list[0].steps.count, 1);
    assert_string_equal(steps_at(&changes.list[0].steps, 0).result, "done");
    change_list_done(&changes);
}

static void test_steps_by_their_kind(void **state)
{
    struct step steps[] = {{.kind = STEP_FILE, .target = "/etc/a"},
                           {.kind = STEP_EFFECT, .target = "a.service"},
                           {.kind = STEP_EFFECT, .target = "b.service"}};
    struct change change = {.id = 1, .steps = packed(steps, 3)};
    struct step room;

    assert_ptr_equal(change_step(&change, STEP_EFFECT, &room), &room);
    assert_string_equal(room.target, "a.service");
    assert_true(change_has(&change, STEP_FILE));
    assert_false(change_has(&change, STEP_KERNEL));
    assert_null(change_step(&change, STEP_KERNEL, &room));
    steps_done(&change.steps);
}

/* The one in the list itself, with another state: as the executor marks what was undone. */
static void test_an_entry_is_put_in_its_own_place(void **state)
{
    struct change_list changes = {.count = 0};
    struct change change;

    put(&changes, change_of(1), CHANGE_DONE);
    change = *change_list_find(&changes, 1);
    change.state = CHANGE_UNDONE;
    assert_int_equal(change_list_put(&changes, &change), 0);
    assert_int_equal(changes.count, 1);
    assert_int_equal(changes.list[0].state, CHANGE_UNDONE);
    assert_string_equal(steps_at(&changes.list[0].steps, 0).target, "wg0");
    change_list_done(&changes);
}

static void test_names(void **state)
{
    assert_string_equal(verb_name(VERB_SET_MTU), "SetMTU");
    assert_string_equal(verb_name(VERB_MEND), "Mend");
    assert_string_equal(verb_name(VERB_UNDO), "Undo");
    assert_string_equal(verb_name(VERB_RELEASE), "Release");
    assert_string_equal(change_state_name(CHANGE_DONE), "done");
    assert_string_equal(change_state_name(CHANGE_UNDONE), "undone");
    assert_string_equal(change_state_name(CHANGE_FAILED), "failed");
    assert_string_equal(verb_name(VERB_REFRESH_IP), "RefreshIP");
    assert_string_equal(verb_name(VERB_SYNC_CLOCK), "SyncClock");
    assert_string_equal(change_state_name(CHANGE_STARTED), "started");
    assert_string_equal(step_kind_name(STEP_FILE), "file");
    assert_string_equal(step_kind_name(STEP_EFFECT), "effect");
    assert_string_equal(step_kind_name(STEP_KERNEL), "kernel");
    assert_string_equal(step_kind_name(STEP_WANTED), "wanted");
    assert_string_equal(step_kind_name(STEP_CLOCK), "clock");
    assert_string_equal(verb_name(VERB_FIX_DNS), "FixDNS");
    assert_string_equal(step_kind_name(STEP_RESOLV), "dns");
    assert_string_equal(step_kind_name(STEP_SETTING), "setting");
    assert_string_equal(verb_name(VERB_SET_KEEPALIVE), "SetKeepalive");
    assert_string_equal(step_kind_name(STEP_LINK_DNS), "link-dns");
    assert_string_equal(step_kind_name(STEP_KEEPALIVE), "keepalive");
    assert_string_equal(step_kind_name(STEP_KEEPALIVE_FILE), "keepalive-file");
    assert_string_equal(step_kind_name(STEP_ENDPOINT), "endpoint");
    assert_string_equal(resolv_form_name(RESOLV_ABSENT), "absent");
    assert_string_equal(resolv_form_name(RESOLV_OTHER), "other");
    assert_string_equal(resolv_form_name(RESOLV_RUNTIME), "runtime");
    assert_string_equal(resolv_form_name(RESOLV_LASTING), "lasting");
}

static void test_steps_as_text(void **state)
{
    struct step step = {.kind = STEP_KERNEL, .mtu_before = 1420, .mtu_after = 1280};
    char text[128], small[8];

    assert_string_equal(step_text(&step, text, sizeof(text)), "mtu 1420 → 1280");
    step = (struct step){.kind = STEP_WANTED, .wish_after = {.set = true, .mtu = 1280}};
    assert_string_equal(step_text(&step, text, sizeof(text)), "mtu none → 1280 until the next start");
    step.wish_before = (struct wish){.set = true, .mtu = 1300, .persist = true};
    assert_string_equal(step_text(&step, text, sizeof(text)),
                        "mtu 1300 for good → 1280 until the next start");
    step = (struct step){.kind = STEP_FILE, .file = {.variable = "WSL_IP", .after = "10.0.0.1"}};
    assert_string_equal(step_text(&step, text, sizeof(text)), "WSL_IP none → 10.0.0.1");
    step.file = (struct file_span){.variable = "WSL_IP", .before = "10.0.0.1", .remove = true};
    assert_string_equal(step_text(&step, text, sizeof(text)), "WSL_IP 10.0.0.1 → none");
    step = (struct step){.kind = STEP_EFFECT, .target = "node.service"};
    assert_string_equal(step_text(&step, text, sizeof(text)), "restart");
    strcpy(step.result, "failed");
    assert_string_equal(step_text(&step, text, sizeof(text)), "restart: failed");
    step = (struct step){.kind = STEP_WANTED, .wish_after = {.set = true, .mtu = 1280}};
    assert_int_equal(strlen(step_text(&step, small, sizeof(small))), sizeof(small) - 1);
}

static void test_steps_of_the_clock_as_text(void **state)
{
    static const struct {
        int64_t by_usec;
        const char *text;
    } rows[] = {
        {7200120000, "step by +7200.120 s"},
        {-7200120000, "step by -7200.120 s"},
        {50999, "step by +0.050 s"},
        {-50999, "step by -0.050 s"}, /* the sign stays where there is no second */
        {1000000, "step by +1.000 s"},
        {CLOCK_TIME_MAX_USEC, "step by +8000000000.000 s"},
        {-CLOCK_TIME_MAX_USEC, "step by -8000000000.000 s"},
    };
    struct step step = {.kind = STEP_CLOCK, .clock_left = true};
    char text[STEP_TEXT_SIZE];

    assert_string_equal(step_text(&step, text, sizeof(text)), "not stepped: it was right");
    step.clock_left = false;
    for (size_t i = 0; i < COUNT(rows); i++) {
        step.clock_by_usec = rows[i].by_usec;
        assert_string_equal(step_text(&step, text, sizeof(text)), rows[i].text);
    }
}

static void test_steps_of_files(void **state)
{
    assert_true(step_is_of_files(STEP_FILE));
    assert_true(step_is_of_files(STEP_RESOLV));
    assert_true(step_is_of_files(STEP_SETTING));
    assert_true(step_is_of_files(STEP_KEEPALIVE_FILE));
    assert_false(step_is_of_files(STEP_KEEPALIVE));
    assert_false(step_is_of_files(STEP_ENDPOINT));
    assert_false(step_is_of_files(STEP_KERNEL));
    assert_false(step_is_of_files(STEP_WANTED));
    assert_false(step_is_of_files(STEP_EFFECT));
    assert_false(step_is_of_files(STEP_CLOCK));
}

static void test_steps_of_keepalive_as_text(void **state)
{
    static const struct {
        uint16_t before, after;
        const char *text;
    } rows[] = {
        {0, 25, "keepalive off → 25 s, peer AAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},
        {65535, 0, "keepalive 65535 s → off, peer AAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},
    };
    struct step step = {.kind = STEP_KEEPALIVE};
    char text[STEP_TEXT_SIZE];

    step.keepalive.key[3] = 1;
    for (size_t i = 0; i < COUNT(rows); i++) {
        step.keepalive.before_sec = rows[i].before;
        step.keepalive.after_sec = rows[i].after;
        step.kind = i ? STEP_KEEPALIVE_FILE : STEP_KEEPALIVE;
        assert_string_equal(step_text(&step, text, sizeof(text)), rows[i].text);
    }
}

static void test_steps_of_endpoints_as_text(void **state)
{
    struct step step = {.kind = STEP_ENDPOINT,
                        .endpoint = {.key = {[3] = 1}, .after = {AF_INET, 51820, {192, 0, 2, 9}}}};
    char text[STEP_TEXT_SIZE];

    assert_string_equal(step_text(&step, text, sizeof(text)),
                        "endpoint none → 192.0.2.9:51820, peer AAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    step.endpoint.before = (struct peer_endpoint){AF_INET6, 7, {0x20, 1, 0xd, 0xb8, [15] = 1}};
    assert_string_equal(
        step_text(&step, text, sizeof(text)),
        "endpoint [2001:db8::1]:7 → 192.0.2.9:51820, peer AAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
}

static void test_steps_of_dns_as_text(void **state)
{
    static const struct dns_list wsl = {1, {{AF_INET, {10, 255, 255, 254}}}};
    static const struct dns_list two = {2, {{AF_INET, {172, 20, 0, 1}}, {AF_INET6, {0xfd, [15] = 1}}}};
    static const struct {
        enum resolv_form to;
        const struct dns_list *before, *after;
        const char *text;
    } rows[] = {
        {RESOLV_RUNTIME, &wsl, &two,
         "nameserver 10.255.255.254 → 172.20.0.1 fd00::1, until the next start of WSL"},
        {RESOLV_LASTING, NULL, &wsl, "nameserver none → 10.255.255.254, for good"},
        {RESOLV_OTHER, &two, &wsl, "nameserver 172.20.0.1 fd00::1 → 10.255.255.254, as it was before"},
        {RESOLV_ABSENT, &wsl, NULL, "nameserver 10.255.255.254 → none, and no file as before"},
    };
    struct step step = {.kind = STEP_SETTING,
                        .setting = {.section = "network", .key = "generateResolvConf", .after = "false"}};
    char text[STEP_TEXT_SIZE];

    assert_string_equal(step_text(&step, text, sizeof(text)), "network.generateResolvConf none → false");
    strcpy(step.setting.before, "true");
    assert_string_equal(step_text(&step, text, sizeof(text)), "network.generateResolvConf true → false");
    step.setting.after[0] = 0;
    assert_string_equal(step_text(&step, text, sizeof(text)), "network.generateResolvConf true → none");
    for (size_t i = 0; i < COUNT(rows); i++) {
        step = (struct step){.kind = STEP_RESOLV, .resolv = {.to = rows[i].to}};
        if (rows[i].before)
            step.resolv.before = *rows[i].before;
        if (rows[i].after)
            step.resolv.after = *rows[i].after;
        assert_string_equal(step_text(&step, text, sizeof(text)), rows[i].text);
    }
}

/* A text that does not fit ends early, and never within a character. */
static void test_long_steps_of_dns(void **state)
{
    struct step step = {.kind = STEP_RESOLV, .resolv = {.to = RESOLV_LASTING}};
    char text[STEP_TEXT_SIZE];

    for (size_t i = 0; i < DNS_SERVERS_MAX; i++) {
        struct dns_address *address = &step.resolv.before.servers[i];

        memset(address->bytes, 0xfd, sizeof(address->bytes));
        address->family = AF_INET6;
    }
    step.resolv.before.count = DNS_SERVERS_MAX;
    step.resolv.after = step.resolv.before;
    assert_int_equal(strlen(step_text(&step, text, sizeof(text))), sizeof(text) - 1);
    assert_non_null(strstr(text, "fdfd → fdfd:"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_newest_are_kept),
        cmocka_unit_test(test_what_is_over_makes_room),
        cmocka_unit_test(test_an_undoing_pushes_nothing_out),
        cmocka_unit_test(test_an_undoing_that_was_undone_stays),
        cmocka_unit_test(test_the_same_id_replaces),
        cmocka_unit_test(test_the_list_owns_its_steps),
        cmocka_unit_test(test_steps_by_their_kind),
        cmocka_unit_test(test_an_entry_is_put_in_its_own_place),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_steps_as_text),
        cmocka_unit_test(test_steps_of_the_clock_as_text),
        cmocka_unit_test(test_steps_of_files),
        cmocka_unit_test(test_steps_of_keepalive_as_text),
        cmocka_unit_test(test_steps_of_endpoints_as_text),
        cmocka_unit_test(test_steps_of_dns_as_text),
        cmocka_unit_test(test_long_steps_of_dns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
