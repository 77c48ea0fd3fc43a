/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The signals of the node's object: their arguments, and their lines in the log */
#include "../../dbus/announce.h"

#include "../../service/sys/log.h"
#include "peers.h"

static const struct finding finding = {.id = "an-id",
                                       .subject = "wg0",
                                       .severity = SEVERITY_WARNING,
                                       .summary = "S.",
                                       .cause = "C.",
                                       .remedy = "R."};
static const struct resumed resumed = {
    .asleep_usec = 28800999999, .mended = {"clock"}, .mended_count = 1, .clock = "stepped", .dead = true};

/* What of it is sent, and what was written to stderr meanwhile. */
static const char *log_of(struct peers *peers, void (*announce)(sd_bus *connection, struct peers *peers),
                          bool sent)
{
    static char text[2048];
    int saved = dup(2), fds[2];
    ssize_t length;

    assert_int_equal(pipe(fds), 0);
    dup2(fds[1], 2);
    close(fds[1]);
    log_set_level("info");
    announce(sent ? peers->bus.connection : NULL, peers);
    log_set_level("emerg");
    dup2(saved, 2);
    close(saved);
    length = read(fds[0], text, sizeof(text) - 1);
    close(fds[0]);
    text[length > 0 ? length : 0] = 0;
    peers_drain(peers);
    return text;
}

/* With a bus and without: the line is the same. An empty one is none. */
static void assert_line(struct peers *peers, void (*announce)(sd_bus *connection, struct peers *peers),
                        const char *line)
{
    assert_string_equal(log_of(peers, announce, false), line);
    assert_int_equal(peers->told_count, 0);
    assert_string_equal(log_of(peers, announce, true), line);
    assert_int_equal(peers->told_count, 1);
    peers->told_count = 0;
}

static void assert_told(const struct peers *peers, const char *member, const char *text)
{
    assert_string_equal(peers->told[0].member, member);
    assert_string_equal(peers->told[0].text, text);
}

static void raise_it(sd_bus *connection, struct peers *peers)
{
    announce_raised(connection, &finding);
}

static void clear_it(sd_bus *connection, struct peers *peers)
{
    announce_cleared(connection, &finding);
}

static void test_findings(void **state)
{
    struct peers *peers = *state;

    assert_line(peers, raise_it, "wslnoded: warning: an-id wg0: S.\n");
    assert_told(peers, "FindingRaised",
                "\"an-id\", \"wg0\", \"warning\", \"S.\", "
                "{\"cause\": \"C.\", \"remedy\": \"R.\", \"verb\": \"\", \"params\": {}}");
    assert_line(peers, clear_it, "wslnoded: info: an-id wg0: no longer\n");
    assert_told(peers, "FindingCleared", "\"an-id\", \"wg0\", {}");
}

static void drift(sd_bus *connection, struct peers *peers)
{
    announce_drift(connection, &peers->stand->node.clock, true);
}

static void drift_no_longer(sd_bus *connection, struct peers *peers)
{
    announce_drift(connection, &peers->stand->node.clock, false);
}

static void assert_drift(struct peers *peers, int64_t offset, const char *reference, const char *drifting)
{
    char which[8], word[8];
    unsigned long long bound;
    long long now;
    int end = 0;

    assert_string_equal(peers->told[0].member, "ClockDrift");
    assert_int_equal(sscanf(peers->told[0].text,
                            "%lld, \"%7[a-z]\", {\"drifting\": %7[a-z], \"error-bound-usec\": %llu, "
                            "\"finding\": \"clock-drift\"}%n",
                            &now, which, word, &bound, &end),
                     4);
    assert_int_equal(end, strlen(peers->told[0].text));
    assert_near(now, offset);
    assert_near(bound, offset ? 1000 : 0);
    assert_string_equal(which, reference);
    assert_string_equal(word, drifting);
}

/* As of now, as the property is. Its finding is what the log has. */
static void test_a_drift(void **state)
{
    struct peers *peers = *state;

    stand_look(peers->stand, REFERENCE_RTC, -7200000000);
    peers->stand->node.clock.seen.clock_usec = 0;
    assert_line(peers, drift, "");
    assert_drift(peers, -7200000000, "rtc", "true");
    assert_line(peers, drift_no_longer, "");
    assert_drift(peers, -7200000000, "rtc", "false");
    stand_look(peers->stand, REFERENCE_NONE, -7200000000);
    assert_line(peers, drift_no_longer, "");
    assert_told(peers, "ClockDrift",
                "0, \"none\", {\"drifting\": false, \"error-bound-usec\": 0, \"finding\": \"clock-drift\"}");
}

static struct clock_step step;

static void tell_step(sd_bus *connection, struct peers *peers)
{
    announce_stepped(connection, &peers->stand->node.clock, &step);
}

static void test_steps(void **state)
{
    struct peers *peers = *state;

    stand_look(peers->stand, REFERENCE_PTP, 0);
    step = (struct clock_step){.by_usec = 5000001, .left_usec = -1000, .measured = true};
    assert_line(peers, tell_step, "wslnoded: info: The clock was set by another program: +5.000001 s\n");
    assert_told(peers, "ClockStepped",
                "5000001, {\"own\": false, \"offset-usec\": -1000, \"reference\": \"ptp\"}");
    step = (struct clock_step){.by_usec = -7200120000, .measured = true, .own = true};
    assert_line(peers, tell_step, "wslnoded: info: The clock was set by this service: -7200.120000 s\n");
    assert_told(peers, "ClockStepped",
                "-7200120000, {\"own\": true, \"offset-usec\": 0, \"reference\": \"ptp\"}");
    /* Without a reference nothing is said of what is left. */
    step = (struct clock_step){.by_usec = -1000};
    assert_line(peers, tell_step, "wslnoded: info: The clock was set by another program: -0.001000 s\n");
    assert_told(peers, "ClockStepped", "-1000, {\"own\": false}");
}

static void resume(sd_bus *connection, struct peers *peers)
{
    announce_resumed(connection, &resumed, &peers->stand->findings);
}

static void test_a_resume(void **state)
{
    struct peers *peers = *state;

    findings_add(&peers->stand->findings, "network-dead", "", SEVERITY_CRITICAL);
    findings_add(&peers->stand->findings, "wanted-mtu-lost", "wg0", SEVERITY_WARNING);
    assert_line(
        peers, resume,
        "wslnoded: notice: The machine stood still for 28800 s; mended: 1, findings: 2, clock: stepped, "
        "network: dead\n");
    assert_told(
        peers, "Resumed",
        "28800999999, {\"mended\": [\"clock\"], \"findings\": [\"network-dead\", "
        "\"wanted-mtu-lost wg0\"], \"clock\": \"stepped\", \"offset-usec\": 0, \"network\": \"dead\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PEERS_TEST(test_findings),
        PEERS_TEST(test_a_drift),
        PEERS_TEST(test_steps),
        PEERS_TEST(test_a_resume),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
