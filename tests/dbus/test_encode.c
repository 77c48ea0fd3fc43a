/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What we know, as D-Bus values: keys, types and texts as the introspection data has them */
#include "../../dbus/encode.h"
#include "../../service/state/health.h"
#include "../state/packed.h"
#include "resolver.h"

static char text[16384];

static sd_bus_message *begin(struct ends *ends)
{
    sd_bus_message *message = NULL;

    assert_true(sd_bus_message_new_signal(ends->client, &message, "/x", "x.y", "Z") >= 0);
    return message;
}

static void assert_encoded(sd_bus_message *message, int r, const char *signature, const char *expected)
{
    assert_true(r >= 0);
    assert_true(sd_bus_message_seal(message, 1, 0) >= 0);
    assert_string_equal(sd_bus_message_get_signature(message, true), signature);
    ends_flatten(message, text, sizeof(text));
    if (expected)
        assert_string_equal(text, expected);
    sd_bus_message_unref(message);
}

static void test_findings(void **state)
{
    struct findings findings = {.count = 0};
    struct finding *finding = findings_add(&findings, "an-id", "wg0", SEVERITY_WARNING);
    sd_bus_message *message = begin(*state);

    finding->summary = "S.";
    finding->cause = "C.";
    finding->remedy = "R.";
    finding->mend.verb = MEND_SET_MTU;
    finding_number(finding, "mtu", 0);
    finding_text(finding, "uplink", "eth0");
    assert_encoded(
        message, encode_findings(message, &findings), "aa{sv}",
        "[{\"id\": \"an-id\", \"subject\": \"wg0\", \"severity\": \"warning\", \"summary\": \"S.\", "
        "\"cause\": \"C.\", \"remedy\": \"R.\", \"verb\": \"SetMTU\", "
        "\"params\": {\"mtu\": 0, \"uplink\": \"eth0\"}}]");
    message = begin(*state);
    assert_encoded(message, encode_finding_details(message, finding), "a{sv}",
                   "{\"cause\": \"C.\", \"remedy\": \"R.\", \"verb\": \"SetMTU\", "
                   "\"params\": {\"mtu\": 0, \"uplink\": \"eth0\"}}");
    findings_done(&findings);
}

static void test_numbers_with_a_sign(void **state)
{
    struct findings findings = {.count = 0};
    struct finding *finding = findings_add(&findings, "an-id", "", SEVERITY_INFO);
    sd_bus_message *message = begin(*state);

    finding_signed(finding, "least", INT64_MIN);
    finding_signed(finding, "most", INT64_MAX);
    finding_signed(finding, "none", 0);
    finding_signed(finding, "less", -1);
    finding_number(finding, "size", UINT32_MAX);
    assert_encoded(message, encode_finding_details(message, finding), "a{sv}",
                   "{\"cause\": \"\", \"remedy\": \"\", \"verb\": \"\", \"params\": "
                   "{\"least\": -9223372036854775808, \"most\": 9223372036854775807, \"none\": 0, "
                   "\"less\": -1, \"size\": 4294967295}}");
    findings_done(&findings);
}

/* Past the key of an entry, into its value. */
static const char *enter_entry(sd_bus_message *message)
{
    const char *contents;

    assert_true(sd_bus_message_enter_container(message, 'e', "sv") > 0);
    assert_true(sd_bus_message_skip(message, "s") > 0);
    assert_true(sd_bus_message_peek_type(message, NULL, &contents) > 0);
    assert_true(sd_bus_message_enter_container(message, 'v', contents) > 0);
    return contents;
}

static const char *type_of_param(struct ends *ends, const struct finding *finding)
{
    static char type[8];
    sd_bus_message *message = begin(ends);

    assert_true(encode_finding_details(message, finding) >= 0);
    assert_true(sd_bus_message_seal(message, 1, 0) >= 0);
    assert_true(sd_bus_message_enter_container(message, 'a', "{sv}") > 0);
    assert_true(sd_bus_message_skip(message, "{sv}{sv}{sv}") > 0); /* cause, remedy and verb */
    assert_string_equal(enter_entry(message), "a{sv}");
    assert_true(sd_bus_message_enter_container(message, 'a', "{sv}") > 0);
    snprintf(type, sizeof(type), "%s", enter_entry(message));
    sd_bus_message_unref(message);
    return type;
}

/* A key has one type, whatever its number is. */
static void test_types_of_params(void **state)
{
    struct findings findings = {.count = 0};

    finding_signed(findings_add(&findings, "an-id", "", SEVERITY_INFO), "none", 0);
    finding_number(findings_add(&findings, "an-id", "", SEVERITY_INFO), "none", 0);
    finding_text(findings_add(&findings, "an-id", "", SEVERITY_INFO), "none", "0");
    assert_string_equal(type_of_param(*state, &findings.list[0]), "x");
    assert_string_equal(type_of_param(*state, &findings.list[1]), "u");
    assert_string_equal(type_of_param(*state, &findings.list[2]), "s");
    findings_done(&findings);
}

static void assert_synced(struct ends *ends, const struct plan *plan, const char *expected)
{
    sd_bus_message *message = begin(ends);

    assert_encoded(message, encode_synced(message, plan), "a{sv}", expected);
}

static void test_what_was_synced(void **state)
{
    static struct plan plan;

    plan.clock =
        (struct plan_clock){.offset_usec = -7200120000, .bound_usec = 1000, .reference = REFERENCE_RTC};
    assert_synced(*state, &plan,
                  "{\"offset-before-usec\": -7200120000, \"error-bound-usec\": 1000, \"reference\": \"rtc\", "
                  "\"outcome\": \"ok\"}");
    plan.steps_count = 1;
    plan.steps[0] = (struct step){.kind = STEP_CLOCK, .clock_by_usec = 7200120000};
    assert_synced(*state, &plan,
                  "{\"offset-before-usec\": -7200120000, \"error-bound-usec\": 1000, \"reference\": \"rtc\", "
                  "\"outcome\": \"stepped\"}");
    plan.clock =
        (struct plan_clock){.offset_usec = INT64_MAX, .bound_usec = INT64_MAX, .reference = REFERENCE_NTP};
    plan.steps[0] = (struct step){.kind = STEP_CLOCK, .clock_left = true};
    assert_synced(*state, &plan,
                  "{\"offset-before-usec\": 9223372036854775807, \"error-bound-usec\": 9223372036854775807, "
                  "\"reference\": \"ntp\", \"outcome\": \"ok\"}");
}

static void test_a_resume(void **state)
{
    struct resumed resumed = {.mended = {"clock", "mtu wg0", "address", "not told"},
                              .mended_count = 3,
                              .clock = "stepped",
                              .offset_usec = INT64_MIN,
                              .vpn = "down"};
    struct findings findings = {.count = 0};
    sd_bus_message *message = begin(*state);
    char subject[FINDING_SUBJECT_MAX];

    findings_add(&findings, "no-uplink", "", SEVERITY_CRITICAL);
    findings_add(&findings, "wanted-mtu-lost", "wg0", SEVERITY_WARNING);
    assert_encoded(message, encode_resumed(message, &resumed, &findings), "a{sv}",
                   "{\"mended\": [\"clock\", \"mtu wg0\", \"address\"], "
                   "\"findings\": [\"no-uplink\", \"wanted-mtu-lost wg0\"], \"clock\": \"stepped\", "
                   "\"offset-usec\": -9223372036854775808, \"network\": \"ok\", \"vpn\": \"down\"}");
    findings_clear(&findings);
    resumed = (struct resumed){.clock = "unknown", .dead = true, .vpn = "none"};
    message = begin(*state);
    assert_encoded(message, encode_resumed(message, &resumed, &findings), "a{sv}",
                   "{\"mended\": [], \"findings\": [], \"clock\": \"unknown\", \"offset-usec\": 0, "
                   "\"network\": \"dead\", \"vpn\": \"none\"}");
    /* The longest subject is told whole. */
    memset(subject, 's', sizeof(subject) - 1);
    subject[sizeof(subject) - 1] = 0;
    findings_add(&findings, "listens-on-gone-address", subject, SEVERITY_WARNING);
    message = begin(*state);
    assert_encoded(message, encode_resumed(message, &resumed, &findings), "a{sv}", NULL);
    assert_non_null(strstr(text, subject));
    findings_done(&findings);
}

static unsigned count_of(const char *part)
{
    unsigned count = 0;

    for (const char *c = text; (c = strstr(c, part)); c++)
        count++;
    return count;
}

static void test_every_check_is_told_once(void **state)
{
    struct ends *ends = *state;
    struct findings findings = {.count = 0};
    sd_bus_message *message = begin(ends);
    struct fact wslconfig = fact_of(FACT_WSLCONFIG), hosts = fact_of(FACT_HOSTS),
                tailscale = fact_of(FACT_TAILSCALE);
    struct node silent;

    speak_of_sockets(&ends->stand->node);
    tell(&ends->stand->node, platform_of("wsl2", "nat"));
    stand_look(ends->stand, REFERENCE_PTP, 0);
    tell(&ends->stand->node, fact_of(FACT_LOOPBACK));
    tell(&ends->stand->node, fact_of(FACT_WSL_CONFIG));
    wslconfig.wslconfig.folders = 1;
    tell(&ends->stand->node, wslconfig);
    resolver_of_wsl(&ends->stand->node, DNS_ANSWER_OK, DNS_ANSWER_OK);
    hosts.hosts.view = HOSTS_OK;
    tell(&ends->stand->node, hosts);
    name_tunnels(&ends->stand->node, NULL, 0);
    tailscale.tailscale.daemon = TAILSCALE_ANSWERS;
    tailscale.tailscale.state = TAILSCALE_RUNNING;
    tell(&ends->stand->node, tailscale);
    tell(&ends->stand->node, fact_of(FACT_WINDOWS));
    findings_add(&findings, "no-uplink", "", SEVERITY_CRITICAL);
    assert_encoded(message, encode_checks(message, &ends->stand->node, &findings), "aa{sv}", NULL);
    assert_int_equal(count_of("\"id\": "), health_checks_count);
    assert_int_equal(count_of("\"severity\": \"ok\""), health_checks_count - 1);
    assert_int_equal(count_of("\"id\": \"no-uplink\""), 1);
    assert_non_null(strstr(text, "\"id\": \"tunnel-too-big\", \"subject\": \"\", \"severity\": \"ok\", "
                                 "\"summary\": \"Every tunnel fits into its underlay.\""));
    /* A check that could not look has not passed. */
    findings_clear(&findings);
    node_init(&silent);
    message = begin(ends);
    assert_encoded(message, encode_checks(message, &silent, &findings), "aa{sv}", NULL);
    assert_int_equal(count_of("\"id\": "), 1);
    assert_non_null(strstr(text, "\"configuration-refused\""));
    findings_done(&findings);
}

static void test_wanted(void **state)
{
    struct ends *ends = *state;
    struct wish by_verb = {.set = true, .mtu = 1280, .since_usec = 7},
                by_config = {.set = true, .persist = true, .mtu = 1300, .since_usec = 8};
    sd_bus_message *message = begin(ends);

    wanted_set(&ends->stand->wanted, "wg0", &by_verb);
    wanted_set_configured(&ends->stand->wanted, "wg0", &by_config);
    wanted_set_configured(&ends->stand->wanted, "wg1", &by_config);
    assert_encoded(message, encode_wanted(message, &ends->stand->wanted), "aa{sv}",
                   "[{\"kind\": \"mtu\", \"target\": \"wg0\", \"value\": 1280, \"persist\": false, "
                   "\"origin\": \"verb\", \"since-usec\": 7}, "
                   "{\"kind\": \"mtu\", \"target\": \"wg1\", \"value\": 1300, \"persist\": true, "
                   "\"origin\": \"configuration\", \"since-usec\": 8}]");
}

static void test_a_change(void **state)
{
    struct step steps[] = {
        {.kind = STEP_KERNEL, .target = "wg0", .mtu_before = 1420, .mtu_after = 1280},
        {.kind = STEP_WANTED, .target = "wg0", .wish_after = {.set = true, .mtu = 1280}},
    };
    struct change change = {.id = 3,
                            .time_usec = 99,
                            .uid = 1000,
                            .verb = VERB_MEND,
                            .state = CHANGE_UNDONE,
                            .steps = packed(steps, COUNT(steps))};
    sd_bus_message *message = begin(*state);

    assert_encoded(message, encode_change(message, &change), "a{sv}",
                   "{\"id\": 3, \"time\": 99, \"uid\": 1000, \"verb\": \"Mend\", \"state\": \"undone\", "
                   "\"steps\": [(\"kernel\", \"wg0\", \"mtu 1420 → 1280\"), "
                   "(\"wanted\", \"wg0\", \"mtu none → 1280 until the next start\")]}");
    steps_done(&change.steps);
    change = (struct change){.id = 4, .verb = VERB_UNDO, .undoes = 3};
    message = begin(*state);
    assert_encoded(message, encode_change(message, &change), "a{sv}",
                   "{\"id\": 4, \"time\": 0, \"uid\": 0, \"verb\": \"Undo\", \"state\": \"done\", "
                   "\"undoes\": 3, \"steps\": []}");
}

static void test_steps_of_files_and_units(void **state)
{
    struct step steps[] = {
        {.kind = STEP_FILE, .target = "/etc/a", .file = {.variable = "WSL_IP", .after = "10.0.0.1"}},
        {.kind = STEP_EFFECT, .target = "node.service", .result = "no such unit"},
        {.kind = STEP_CLOCK, .target = "clock", .clock_by_usec = -7200120000},
    };
    sd_bus_message *message = begin(*state);

    assert_encoded(message, encode_steps(message, steps, 3), "a(sss)",
                   "[(\"file\", \"/etc/a\", \"WSL_IP none → 10.0.0.1\"), "
                   "(\"effect\", \"node.service\", \"restart: no such unit\"), "
                   "(\"clock\", \"clock\", \"step by -7200.120 s\")]");
}

static void test_steps_of_dns(void **state)
{
    struct step steps[] = {
        {.kind = STEP_RESOLV,
         .target = "/etc/resolv.conf",
         .resolv = {.from = RESOLV_OTHER,
                    .to = RESOLV_LASTING,
                    .before = resolver_list("10.255.255.254"),
                    .after = resolver_list("172.20.0.1 10.255.255.254")}},
        {.kind = STEP_SETTING,
         .target = "/etc/wsl.conf",
         .setting = {.section = "network", .key = "generateResolvConf", .after = "false"}},
    };
    sd_bus_message *message = begin(*state);

    assert_encoded(message, encode_steps(message, steps, 2), "a(sss)",
                   "[(\"dns\", \"/etc/resolv.conf\", \"nameserver 10.255.255.254 → 172.20.0.1 "
                   "10.255.255.254, for good\"), "
                   "(\"setting\", \"/etc/wsl.conf\", \"network.generateResolvConf none → false\")]");
}

/* As somebody wrote it into wsl.conf; also where it was cut. */
static void test_a_step_of_what_is_no_text(void **state)
{
    struct step step = {
        .kind = STEP_SETTING,
        .target = "/etc/wsl.conf",
        .setting = {.section = "network", .key = "k", .before = "a\xff\xc3", .after = "false"}};
    sd_bus_message *message = begin(*state);

    assert_encoded(message, encode_steps(message, &step, 1), "a(sss)",
                   "[(\"setting\", \"/etc/wsl.conf\", \"network.k a?? → false\")]");
}

/* The longest there can be is cut, and still a text that the bus carries. */
static void test_a_step_of_long_addresses(void **state)
{
    static const char before[] =
        "1111:1111:1111:1111:1111:1111:1111:1111 1111:1111:1111:1111:1111:1111:1111:1112 "
        "1111:1111:1111:1111:1111:1111:1111:1113";
    struct step step = {.kind = STEP_RESOLV,
                        .target = "/etc/resolv.conf",
                        .resolv = {.from = RESOLV_OTHER,
                                   .to = RESOLV_RUNTIME,
                                   .before = resolver_list(before),
                                   .after = resolver_list(before)}};
    sd_bus_message *message = begin(*state);

    assert_encoded(message, encode_steps(message, &step, 1), "a(sss)", NULL);
    assert_non_null(strstr(text, before));
    assert_non_null(strstr(text, " → "));
}

static void assert_refreshed(struct ends *ends, const char *expected)
{
    sd_bus_message *message = begin(ends);

    assert_encoded(message, encode_refreshed(message, &ends->stand->view), "a{sv}", expected);
}

static void test_what_was_not_refreshed_and_why(void **state)
{
    struct ends *ends = *state;
    struct node *node = &ends->stand->node;

    assert_refreshed(ends, "{\"address\": \"172.20.1.2\", \"skipped\": []}");
    tell(node, file_of("/etc/a", NULL));
    tell(node, file_of("/etc/b", "it is not a regular file"));
    tell(node, place_of("/etc/a", 1, "10.0.0.9"));
    tell(node, place_of("/etc/a", 2, ""));
    tell(node, place_of("/etc/a", 3, NULL));
    tell(node, place_of("/etc/a", 4, "fd00::9"));
    assert_refreshed(ends, "{\"address\": \"172.20.1.2\", \"skipped\": ["
                           "\"/etc/b: it is not a regular file\", "
                           "\"/etc/a:3: WSL_IP: what it holds is no address\", "
                           "\"/etc/a:4: WSL_IP: the node has no such address\"]}");
    tell(node, gone(address_of(ETH0, "172.20.1.2/20")));
    tell(node, gone(file_of("/etc/b", NULL)));
    tell(node, gone(place_of("/etc/a", 2, "")));
    tell(node, gone(place_of("/etc/a", 3, NULL)));
    tell(node, gone(place_of("/etc/a", 4, "fd00::9")));
    assert_refreshed(ends, "{\"address\": \"\", \"skipped\": ["
                           "\"/etc/a:1: WSL_IP: the node has no such address\"]}");
}

static void test_skipped_endpoints(void **state)
{
    struct ends *ends = *state;
    struct endpoint_names names = {
        .list = {{.link = "wg0", .host = "found.test", .answer = ENDPOINT_FOUND},
                 {.link = "wg0", .host = "lost.test", .answer = ENDPOINT_NOT_FOUND},
                 {.link = "wg1", .host = "late.test", .answer = ENDPOINT_LATE},
                 {.link = "wg2", .host = "it is not yours", .answer = ENDPOINT_BAD_FILE}},
        .count = 4,
    };

    ends->stand->view.endpoint_names = &names;
    assert_refreshed(ends, "{\"address\": \"172.20.1.2\", \"skipped\": ["
                           "\"wg0: lost.test is not found\", \"wg1: late.test is not found in time\", "
                           "\"/etc/wireguard/wg2.conf: it is not yours\"]}");
    names.count = 1;
    names.truncated = true;
    assert_refreshed(ends, "{\"address\": \"172.20.1.2\", \"skipped\": ["
                           "\"more than 16 endpoints are given by name\"]}");
}

static void assert_link(struct ends *ends, int32_t ifindex, const char *expected)
{
    sd_bus_message *message = begin(ends);

    assert_encoded(message, encode_link(message, &ends->stand->node, node_link(&ends->stand->node, ifindex)),
                   "a{sv}", expected);
}

static void test_links(void **state)
{
    struct ends *ends = *state;
    struct fact fact = link_up(LO, "lo", "", 65536);

    fact.link.loopback = true;
    fact.link.hardware = ARPHRD_LOOPBACK;
    tell(&ends->stand->node, fact);
    fact = link_up(9, "br0", "bridge", 1500);
    fact.link.up = false;
    tell(&ends->stand->node, fact);
    fact = address_of(ETH0, "fe80::1/64");
    fact.address.global = false; /* of its own network: listed here, though not in Addresses */
    tell(&ends->stand->node, fact);
    fact = address_of(ETH0, "fe80::2/64");
    fact.address.usable = false;
    tell(&ends->stand->node, fact);
    assert_link(ends, ETH0,
                "{\"name\": \"eth0\", \"ifindex\": 2, \"kind\": \"\", \"role\": \"uplink\", \"up\": true, "
                "\"mtu\": 1500, \"min-mtu\": 68, \"max-mtu\": 65535, "
                "\"addresses\": [\"172.20.1.2/20\", \"fe80::1/64\"]}");
    assert_link(ends, WG0,
                "{\"name\": \"wg0\", \"ifindex\": 7, \"kind\": \"wireguard\", \"role\": \"tunnel\", "
                "\"up\": true, \"mtu\": 1420, \"min-mtu\": 68, \"max-mtu\": 65535, \"addresses\": []}");
    assert_link(ends, LO, NULL);
    assert_non_null(strstr(text, "\"role\": \"loopback\""));
    assert_link(ends, 9, NULL);
    assert_non_null(strstr(text, "\"role\": \"other\", \"up\": false"));
}

static void test_ipv4_addresses_come_first(void **state)
{
    struct ends *ends = *state;
    sd_bus_message *message = begin(ends);

    tell(&ends->stand->node, address_of(WG0, "fd00::1/64"));
    tell(&ends->stand->node, address_of(WG0, "10.9.0.1/24"));
    assert_encoded(message, encode_addresses(message, &ends->stand->node, WG0, true), "as",
                   "[\"10.9.0.1/24\", \"fd00::1/64\"]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENDS_TEST(test_findings),
        ENDS_TEST(test_numbers_with_a_sign),
        ENDS_TEST(test_types_of_params),
        ENDS_TEST(test_what_was_synced),
        ENDS_TEST(test_a_resume),
        ENDS_TEST(test_every_check_is_told_once),
        ENDS_TEST(test_wanted),
        ENDS_TEST(test_a_change),
        ENDS_TEST(test_links),
        ENDS_TEST(test_ipv4_addresses_come_first),
        ENDS_TEST(test_steps_of_files_and_units),
        ENDS_TEST(test_steps_of_dns),
        ENDS_TEST(test_a_step_of_what_is_no_text),
        ENDS_TEST(test_a_step_of_long_addresses),
        ENDS_TEST(test_what_was_not_refreshed_and_why),
        ENDS_TEST(test_skipped_endpoints),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
