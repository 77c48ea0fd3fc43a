/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a job waits for, and what is read after it: with sensors that are the test's */
#include "../../service/fresh.h"

#include <stdio.h>

#include "../../service/act/apply_keepalive_file.h"
#include "../state/facts.h"

struct stand {
    struct node node;
    struct findings findings;
    struct change_list changes;
    struct dns_config dns;
    struct view view;
    struct sensors sensors;
    struct fresh fresh;
    struct job job;
    struct plan plan;
    struct keepalive_file keepalive_file;
    struct endpoint_names names;
};

static struct {
    bool clock_fresh, dns_fresh, file_busy;
    int64_t raw_usec;
    bool public_allowed;
    unsigned clock_asked, dns_asked, own, rereads, doubts, files_read;
    bool tunnel_fresh;
    unsigned tunnel_asked, keepalive_read;
    char tunnel[LINK_NAME_SIZE];
    uint16_t seconds;
    bool names_fresh;
    unsigned names_asked;
} seen;

bool sense_clock_fresh(struct sense_clock *clock, int64_t raw_usec)
{
    seen.clock_asked++;
    seen.raw_usec = raw_usec;
    return seen.clock_fresh;
}

bool sense_dns_fresh(struct sense_dns *dns, int64_t raw_usec, bool public_allowed)
{
    seen.dns_asked++;
    seen.raw_usec = raw_usec;
    seen.public_allowed = public_allowed;
    return seen.dns_fresh;
}

bool sense_wireguard_fresh(struct sense_wireguard *wireguard, const char *name, int64_t raw_usec)
{
    seen.tunnel_asked++;
    seen.raw_usec = raw_usec;
    snprintf(seen.tunnel, sizeof(seen.tunnel), "%s", name);
    return seen.tunnel_fresh;
}

bool endpoint_reader_fresh(struct endpoint_reader *reader, int64_t raw_usec)
{
    seen.names_asked++;
    seen.raw_usec = raw_usec;
    return seen.names_fresh;
}

void apply_keepalive_file_read(int root, const char *link, uint16_t seconds, struct keepalive_file *file)
{
    seen.keepalive_read++;
    seen.seconds = seconds;
    keepalive_file_refuse(file, link, "it is a test's");
}

bool sense_file_busy(const struct sense_file *files)
{
    return seen.file_busy;
}

void sense_dns_own(struct sense_dns *dns)
{
    seen.own++;
}

void sense_dns_reread(struct sense_dns *dns)
{
    seen.rereads++;
}

void sense_dns_doubt(struct sense_dns *dns)
{
    seen.doubts++;
}

void sense_file_refresh(struct sense_file *files)
{
    seen.files_read++;
}

static int set_up(void **state)
{
    static struct stand stand;

    memset(&stand, 0, sizeof(stand));
    memset(&seen, 0, sizeof(seen));
    node_init(&stand.node);
    stand.dns.public_fallback = true;
    stand.view = (struct view){.node = &stand.node,
                               .findings = &stand.findings,
                               .changes = &stand.changes,
                               .dns = &stand.dns,
                               .endpoint_names = &stand.names};
    stand.fresh = (struct fresh){.view = &stand.view,
                                 .sensors = &stand.sensors,
                                 .keepalive_file = &stand.keepalive_file};
    stand.job = (struct job){.kind = JOB_CALL, .raw_usec = 7, .call.verb = VERB_SET_MTU};
    *state = &stand;
    return 0;
}

static int tear_down(void **state)
{
    struct stand *stand = *state;

    findings_done(&stand->findings);
    node_done(&stand->node);
    return 0;
}

static void test_most_wait_for_nothing(void **state)
{
    struct stand *stand = *state;

    assert_true(fresh_for(&stand->fresh, &stand->job));
    assert_int_equal(seen.clock_asked + seen.dns_asked + seen.own + seen.tunnel_asked, 0);
}

static void pose_tunnel(struct stand *stand, uint64_t flags)
{
    struct fact tunnel = tunnel_of("wg0", WG0);

    name_tunnels(&stand->node, &tunnel, 1);
    stand->job.call =
        (struct call){.verb = VERB_SET_KEEPALIVE, .target = "wg0", .seconds = 25, .flags = flags};
}

static void test_a_tunnel(void **state)
{
    struct stand *stand = *state;

    pose_tunnel(stand, 0);
    assert_false(fresh_for(&stand->fresh, &stand->job));
    assert_string_equal(seen.tunnel, "wg0");
    assert_int_equal(seen.raw_usec, 7);
    seen.tunnel_fresh = true;
    assert_true(fresh_for(&stand->fresh, &stand->job));
    assert_int_equal(seen.keepalive_read, 0);
    strcpy(stand->job.call.target, "wg1"); /* is none */
    seen.tunnel_fresh = false;
    assert_true(fresh_for(&stand->fresh, &stand->job));
}

/* It is read for the plan, and no longer known after it. */
static void test_the_file_of_a_tunnel(void **state)
{
    struct stand *stand = *state;

    pose_tunnel(stand, CALL_PERSIST);
    assert_false(fresh_for(&stand->fresh, &stand->job));
    assert_int_equal(seen.keepalive_read, 0);
    seen.tunnel_fresh = true;
    assert_true(fresh_for(&stand->fresh, &stand->job));
    assert_int_equal(seen.keepalive_read, 1);
    assert_int_equal(seen.seconds, 25);
    assert_string_equal(stand->keepalive_file.link, "wg0");
    fresh_after(&stand->fresh, &stand->plan);
    assert_string_equal(stand->keepalive_file.link, "");
}

/* The names first: they say in which tunnels peers are to be set. */
static void test_endpoints(void **state)
{
    struct fact tunnels[] = {tunnel_of("wg0", WG0), tunnel_of("wg1", 8)};
    struct stand *stand = *state;

    name_tunnels(&stand->node, tunnels, COUNT(tunnels));
    stand->job.call.verb = VERB_REFRESH_IP;
    assert_false(fresh_for(&stand->fresh, &stand->job));
    assert_int_equal(seen.raw_usec, 7);
    assert_int_equal(seen.tunnel_asked, 0);
    seen.names_fresh = true;
    assert_true(fresh_for(&stand->fresh, &stand->job));
    assert_int_equal(seen.tunnel_asked, 0);
    stand->names.count = 1;
    strcpy(stand->names.list[0].link, "wg1");
    assert_false(fresh_for(&stand->fresh, &stand->job));
    assert_int_equal(seen.tunnel_asked, 1);
    assert_string_equal(seen.tunnel, "wg1");
    seen.tunnel_fresh = true;
    assert_true(fresh_for(&stand->fresh, &stand->job));
}

static void test_files(void **state)
{
    struct stand *stand = *state;

    seen.file_busy = true;
    assert_false(fresh_for(&stand->fresh, &stand->job));
    seen.file_busy = false;
    assert_true(fresh_for(&stand->fresh, &stand->job));
}

static void test_clock(void **state)
{
    struct stand *stand = *state;

    stand->job.call.verb = VERB_SYNC_CLOCK;
    assert_false(fresh_for(&stand->fresh, &stand->job));
    assert_int_equal(seen.raw_usec, 7);
    seen.clock_fresh = true;
    assert_true(fresh_for(&stand->fresh, &stand->job));
    assert_int_equal(seen.dns_asked + seen.own, 0);
}

static void test_dns(void **state)
{
    struct stand *stand = *state;

    stand->job.call.verb = VERB_FIX_DNS;
    assert_false(fresh_for(&stand->fresh, &stand->job));
    assert_int_equal(seen.raw_usec, 7);
    assert_true(seen.public_allowed);
    assert_int_equal(seen.own, 0);
    seen.dns_fresh = true;
    assert_true(fresh_for(&stand->fresh, &stand->job));
    assert_int_equal(seen.own, 1);
}

static void test_no_public_servers_by_itself(void **state)
{
    struct stand *stand = *state;

    stand->job.call = (struct call){.verb = VERB_FIX_DNS, .own = true};
    fresh_for(&stand->fresh, &stand->job);
    assert_false(seen.public_allowed);
    stand->job.call.own = false;
    stand->dns.public_fallback = false;
    fresh_for(&stand->fresh, &stand->job);
    assert_false(seen.public_allowed);
}

/* A finding is mended as its verb would do it. */
static void test_mend(void **state)
{
    struct stand *stand = *state;
    struct finding *finding = findings_add(&stand->findings, "dns-no-answer", "", SEVERITY_CRITICAL);

    finding->mend.verb = MEND_FIX_DNS;
    stand->job.call = (struct call){.verb = VERB_MEND, .word = "dns-no-answer"};
    assert_false(fresh_for(&stand->fresh, &stand->job));
    assert_int_equal(seen.dns_asked, 1);
}

static void test_own_hand(void **state)
{
    struct stand *stand = *state;

    stand->job.call.verb = VERB_UNDO;
    assert_true(fresh_for(&stand->fresh, &stand->job));
    assert_int_equal(seen.own, 1);
    stand->job = (struct job){.kind = JOB_ROLL_BACK};
    assert_true(fresh_for(&stand->fresh, &stand->job));
    assert_int_equal(seen.own, 2);
    assert_int_equal(seen.dns_asked, 0);
}

static void after(struct stand *stand, enum step_kind kind)
{
    seen.rereads = seen.doubts = seen.files_read = 0;
    stand->plan.steps_count = 1;
    stand->plan.steps[0].kind = kind;
    fresh_after(&stand->fresh, &stand->plan);
}

static void test_after(void **state)
{
    struct stand *stand = *state;

    after(stand, STEP_KERNEL);
    assert_int_equal(seen.rereads + seen.doubts + seen.files_read, 0);
    after(stand, STEP_FILE);
    assert_int_equal(seen.files_read, 1);
    assert_int_equal(seen.rereads + seen.doubts, 0);
    after(stand, STEP_RESOLV);
    assert_int_equal(seen.rereads, 1);
    after(stand, STEP_SETTING);
    assert_int_equal(seen.rereads, 1);
    after(stand, STEP_LINK_DNS);
    assert_int_equal(seen.doubts, 1);
    assert_int_equal(seen.rereads + seen.files_read, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_most_wait_for_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_tunnel, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_file_of_a_tunnel, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_endpoints, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_clock, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_dns, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_public_servers_by_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_mend, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_own_hand, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_after, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
