/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The signals of the node's object: their arguments, and their lines in the log */
#include "../../dbus/announce.h"

#include "../../service/sys/log.h"
#include "ends.h"

static const struct finding finding = {.id = "an-id",
                                       .subject = "wg0",
                                       .severity = SEVERITY_WARNING,
                                       .summary = "S.",
                                       .cause = "C.",
                                       .remedy = "R."};
static const struct resumed resumed = {.asleep_usec = 28800999999,
                                       .mended = {"clock"},
                                       .mended_count = 1,
                                       .clock = "stepped",
                                       .dead = true,
                                       .vpn = "unknown"};

/* What of it is sent, and what was written to stderr meanwhile. */
static const char *log_of(struct ends *ends, void (*announce)(sd_bus *connection, struct ends *ends),
                          bool sent)
{
    static char text[2048];
    int saved = dup(2), fds[2];
    ssize_t length;

    assert_int_equal(pipe(fds), 0);
    dup2(fds[1], 2);
    close(fds[1]);
    log_set_level("info");
    announce(sent ? ends->bus.connection : NULL, ends);
    log_set_level("emerg");
    dup2(saved, 2);
    close(saved);
    length = read(fds[0], text, sizeof(text) - 1);
    close(fds[0]);
    text[length > 0 ? length : 0] = 0;
    ends_drain(ends);
    return text;
}

/* With a bus and without: the line is the same. An empty one is none. */
static void assert_line(struct ends *ends, void (*announce)(sd_bus *connection, struct ends *ends),
                        const char *line)
{
    assert_string_equal(log_of(ends, announce, false), line);
    assert_int_equal(ends->told_count, 0);
    assert_string_equal(log_of(ends, announce, true), line);
    assert_int_equal(ends->told_count, 1);
    ends->told_count = 0;
}

static void assert_told(const struct ends *ends, const char *member, const char *text)
{
    assert_string_equal(ends->told[0].member, member);
    assert_string_equal(ends->told[0].text, text);
}

static void raise_it(sd_bus *connection, struct ends *ends)
{
    announce_raised(connection, &finding);
}

static void clear_it(sd_bus *connection, struct ends *ends)
{
    announce_cleared(connection, &finding);
}

static void test_findings(void **state)
{
    struct ends *ends = *state;

    assert_line(ends, raise_it, "wslnoded: warning: an-id wg0: S.\n");
    assert_told(ends, "FindingRaised",
                "\"an-id\", \"wg0\", \"warning\", \"S.\", "
                "{\"cause\": \"C.\", \"remedy\": \"R.\", \"verb\": \"\", \"params\": {}}");
    assert_line(ends, clear_it, "wslnoded: info: an-id wg0: no longer\n");
    assert_told(ends, "FindingCleared", "\"an-id\", \"wg0\", {}");
}

static void drift(sd_bus *connection, struct ends *ends)
{
    announce_drift(connection, &ends->stand->node.clock, true);
}

static void drift_no_longer(sd_bus *connection, struct ends *ends)
{
    announce_drift(connection, &ends->stand->node.clock, false);
}

static void assert_drift(struct ends *ends, int64_t offset, const char *reference, const char *drifting)
{
    char which[8], word[8];
    unsigned long long bound;
    long long now;
    int end = 0;

    assert_string_equal(ends->told[0].member, "ClockDrift");
    assert_int_equal(sscanf(ends->told[0].text,
                            "%lld, \"%7[a-z]\", {\"drifting\": %7[a-z], \"error-bound-usec\": %llu, "
                            "\"finding\": \"clock-drift\"}%n",
                            &now, which, word, &bound, &end),
                     4);
    assert_int_equal(end, strlen(ends->told[0].text));
    assert_near(now, offset);
    assert_near(bound, offset ? 1000 : 0);
    assert_string_equal(which, reference);
    assert_string_equal(word, drifting);
}

/* As of now, as the property is. Its finding is what the log has. */
static void test_a_drift(void **state)
{
    struct ends *ends = *state;

    stand_look(ends->stand, REFERENCE_RTC, -7200000000);
    ends->stand->node.clock.seen.clock_usec = 0;
    assert_line(ends, drift, "");
    assert_drift(ends, -7200000000, "rtc", "true");
    assert_line(ends, drift_no_longer, "");
    assert_drift(ends, -7200000000, "rtc", "false");
    stand_look(ends->stand, REFERENCE_NONE, -7200000000);
    assert_line(ends, drift_no_longer, "");
    assert_told(ends, "ClockDrift",
                "0, \"none\", {\"drifting\": false, \"error-bound-usec\": 0, \"finding\": \"clock-drift\"}");
}

static struct clock_step step;

static void tell_step(sd_bus *connection, struct ends *ends)
{
    announce_stepped(connection, &ends->stand->node.clock, &step);
}

static void test_steps(void **state)
{
    struct ends *ends = *state;

    stand_look(ends->stand, REFERENCE_PTP, 0);
    step = (struct clock_step){.by_usec = 5000001, .left_usec = -1000, .measured = true};
    assert_line(ends, tell_step, "wslnoded: info: The clock was set by another program: +5.000001 s\n");
    assert_told(ends, "ClockStepped",
                "5000001, {\"own\": false, \"offset-usec\": -1000, \"reference\": \"ptp\"}");
    step = (struct clock_step){.by_usec = -7200120000, .measured = true, .own = true};
    assert_line(ends, tell_step, "wslnoded: info: The clock was set by this service: -7200.120000 s\n");
    assert_told(ends, "ClockStepped",
                "-7200120000, {\"own\": true, \"offset-usec\": 0, \"reference\": \"ptp\"}");
    /* Without a reference nothing is said of what is left. */
    step = (struct clock_step){.by_usec = -1000};
    assert_line(ends, tell_step, "wslnoded: info: The clock was set by another program: -0.001000 s\n");
    assert_told(ends, "ClockStepped", "-1000, {\"own\": false}");
}

static void resume(sd_bus *connection, struct ends *ends)
{
    announce_resumed(connection, &resumed, &ends->stand->findings);
}

static void test_a_resume(void **state)
{
    struct ends *ends = *state;

    findings_add(&ends->stand->findings, "network-dead", "", SEVERITY_CRITICAL);
    findings_add(&ends->stand->findings, "wanted-mtu-lost", "wg0", SEVERITY_WARNING);
    assert_line(
        ends, resume,
        "wslnoded: notice: The machine stood still for 28800 s; mended: 1, findings: 2, clock: stepped, "
        "network: dead, VPN: unknown\n");
    assert_told(ends, "Resumed",
                "28800999999, {\"mended\": [\"clock\"], \"findings\": [\"network-dead\", "
                "\"wanted-mtu-lost wg0\"], \"clock\": \"stepped\", \"offset-usec\": 0, \"network\": "
                "\"dead\", \"vpn\": \"unknown\"}");
}

static struct drop drop = {.name = "wg0"};

static void tell_drop(sd_bus *connection, struct ends *ends)
{
    announce_vpn_down(connection, &ends->stand->node, &drop);
}

static void tell_its_end(sd_bus *connection, struct ends *ends)
{
    announce_vpn_up(connection, &ends->stand->node, &drop);
}

static void test_a_whole_tunnel(void **state)
{
    struct ends *ends = *state;

    drop.whole = true;
    drop.reason = TUNNEL_LINK_GONE;
    assert_line(ends, tell_drop, "wslnoded: warning: VPN wg0 is down: link-gone\n");
    assert_told(ends, "VPNDown",
                "\"wg0\", \"\", \"link-gone\", {\"finding\": \"\", \"path\": "
                "\"/org/wslnode/Node1/vpn/wireguard_3awg0\", \"kind\": \"wireguard\", \"link\": \"\", "
                "\"endpoint\": \"\"}");
    assert_line(ends, tell_its_end, "wslnoded: info: VPN wg0 is back\n");
    assert_told(ends, "VPNUp",
                "\"wg0\", \"\", {\"path\": \"/org/wslnode/Node1/vpn/wireguard_3awg0\", \"kind\": "
                "\"wireguard\", \"link\": \"\", \"endpoint\": \"\"}");
}

static void test_a_peer(void **state)
{
    static const char key[] = "BwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    struct ends *ends = *state;
    char text[256];

    drop.whole = false;
    drop.reason = TUNNEL_NO_REPLY;
    drop.key[0] = 7;
    snprintf(text, sizeof(text), "wslnoded: warning: VPN wg0, peer %s is down: no-reply\n", key);
    assert_line(ends, tell_drop, text);
    snprintf(text, sizeof(text),
             "\"wg0\", \"%s\", \"no-reply\", {\"finding\": \"vpn-down\", \"path\": "
             "\"/org/wslnode/Node1/vpn/wireguard_3awg0\", \"kind\": \"wireguard\", \"link\": \"\", "
             "\"endpoint\": \"\"}",
             key);
    assert_told(ends, "VPNDown", text);
    snprintf(text, sizeof(text), "wslnoded: info: VPN wg0, peer %s is back\n", key);
    assert_line(ends, tell_its_end, text);
    assert_non_null(strstr(ends->told[0].text, key));
    assert_string_equal(ends->told[0].member, "VPNUp");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENDS_TEST(test_findings), ENDS_TEST(test_a_drift),        ENDS_TEST(test_steps),
        ENDS_TEST(test_a_resume), ENDS_TEST(test_a_whole_tunnel), ENDS_TEST(test_a_peer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
