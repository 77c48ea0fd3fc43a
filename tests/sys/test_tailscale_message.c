/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tailscaled says of itself: messages of several versions, and of wrong types */
#include "tailscale_story.h"

#define EXPIRY INT64_C(1725186030000000) /* 2024-09-01T10:20:30Z */

/* In pieces of one byte, of some, and as a whole it says the same. */
static void read_file_into(struct story *story, enum tailscale_form form, const char *name)
{
    static const size_t sizes[] = {1, 7, 1 << 16};
    struct story first, again;
    size_t length;
    char *text = read_file(name, &length);

    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct tailscale_message message;

        memcpy(&again, story, sizeof(again));
        tailscale_message_begin(&message, form, on_message, &again);
        assert_int_equal(take(&message, text, length, sizes[i]), 0);
        if (i == 0)
            memcpy(&first, &again, sizeof(first));
        assert_memory_equal(&again, &first, sizeof(first));
    }
    memcpy(story, &again, sizeof(again));
    free(text);
}

static void assert_own(const struct tailscale_fact *fact)
{
    static const uint8_t ipv4[4] = {100, 64, 0, 1};
    static const uint8_t ipv6[16] = {0xfd, 0x7a, 0x11, 0x5c, 0xa1, 0xe0, [15] = 1};

    assert_memory_equal(fact->ipv4, ipv4, sizeof(ipv4));
    assert_memory_equal(fact->ipv6, ipv6, sizeof(ipv6));
}

static void test_status_of_1_30(void **state)
{
    struct story story = {.messages = 0};

    read_file_into(&story, TAILSCALE_STATUS, "v1.30.status");
    assert_int_equal(story.messages, 1);
    assert_int_equal(story.fact.state, TAILSCALE_RUNNING);
    assert_int_equal(story.fact.tun, TAILSCALE_TUN_UNKNOWN);
    assert_string_equal(story.fact.version, "1.30.0");
    assert_own(&story.fact);
    assert_int_equal(story.fact.peers, 3);
    assert_int_equal(story.fact.peers_online, 2);
    assert_int_equal(story.fact.peers_active, 1);
    assert_int_equal(story.fact.key_expiry_usec, 0);
    assert_false(story.fact.exit_node);
    assert_int_equal(story.fact.warnings, 0);
}

static void test_status_of_1_34(void **state)
{
    struct story story = {.messages = 0};

    read_file_into(&story, TAILSCALE_STATUS, "v1.34.status");
    assert_true(story.fact.exit_node && story.fact.exit_node_online);
    assert_string_equal(story.fact.exit_node_name, "gate");
}

static void test_status_of_1_50(void **state)
{
    struct story story = {.fact = {.daemon = TAILSCALE_ANSWERS, .exit_node_wanted = true, .error = "x"}};

    read_file_into(&story, TAILSCALE_STATUS, "v1.50.status");
    assert_int_equal(story.fact.daemon, TAILSCALE_ANSWERS); /* what a status does not tell stays */
    assert_true(story.fact.exit_node_wanted);
    assert_string_equal(story.fact.error, "x");
    assert_int_equal(story.fact.state, TAILSCALE_NEEDS_LOGIN);
    assert_int_equal(story.fact.tun, TAILSCALE_TUN_LINK);
    assert_true(story.fact.login_url);
    assert_int_equal(story.fact.peers, 0);
    assert_int_equal(story.fact.ipv4[0], 0);
    assert_int_equal(story.fact.warnings, 1);
    assert_string_equal(story.fact.warning, "state=NeedsLogin, wantRunning=true");
}

static void test_status_of_1_66(void **state)
{
    struct story story = {.messages = 0};

    read_file_into(&story, TAILSCALE_STATUS, "v1.66.status");
    assert_true(story.fact.exit_node && !story.fact.exit_node_online);
    assert_int_equal(story.fact.key_expiry_usec, EXPIRY);
    assert_int_equal(story.fact.warnings, 2);
    assert_string_equal(story.fact.warning, "Some peers are advertising routes but --accept-routes is false");
}

static void test_status_of_1_80(void **state)
{
    struct story story = {.messages = 0};

    read_file_into(&story, TAILSCALE_STATUS, "v1.80.status");
    assert_int_equal(story.fact.tun, TAILSCALE_TUN_USER_SPACE);
    assert_false(story.fact.exit_node);
    assert_string_equal(story.fact.exit_node_name, "");
}

static void test_status_of_1_102(void **state)
{
    struct story story = {.messages = 0};

    read_file_into(&story, TAILSCALE_STATUS, "v1.102.status");
    assert_string_equal(story.fact.version, "1.102.0");
    assert_int_equal(strlen(story.fact.warning), sizeof(story.fact.warning) - 1); /* cut */
    assert_true(story.fact.exit_node_online);
}

/* Of the last message: the stream in the middle is that of the sensor's tests. */
static void test_streams(void **state)
{
    static const struct {
        const char *name;
        unsigned messages, news;
        enum tailscale_state state;
        bool login_url, exit_node_wanted;
        const char *error;
    } rows[] = {
        {"v1.34.bus", 5, 4, TAILSCALE_STOPPED, false, true, ""},
        {"v1.50.bus", 6, 6, TAILSCALE_RUNNING, false, false, ""},
        {"v1.66.bus", 2, 2, TAILSCALE_RUNNING, false, true, "the key of this node is used by another one"},
        {"v1.80.bus", 4, 4, TAILSCALE_RUNNING, false, false, ""},
        {"v1.102.bus", 5, 5, TAILSCALE_NEEDS_LOGIN, true, true, ""},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct story story = {.fact = {.error = "x"}};

        read_file_into(&story, TAILSCALE_NOTIFY, rows[i].name);
        assert_int_equal(story.messages, rows[i].messages);
        assert_int_equal(story.news, rows[i].news);
        assert_int_equal(story.fact.state, rows[i].state);
        assert_int_equal(story.fact.login_url, rows[i].login_url);
        assert_int_equal(story.fact.exit_node_wanted, rows[i].exit_node_wanted);
        assert_string_equal(story.fact.error, rows[i].error);
        assert_int_equal(story.fact.version[0], '1');
        assert_null(strchr(story.fact.version, '-'));
    }
}

static void test_states(void **state)
{
    static const char *const names[] = {"NoState", "InUseOtherUser", "NeedsLogin", "NeedsMachineAuth",
                                        "Stopped", "Starting",       "Running"};

    for (size_t i = 0; i < COUNT(names); i++) {
        struct story story = {.fact = {.state = TAILSCALE_STATES}};
        char text[64];

        snprintf(text, sizeof(text), "{\"State\":%zu}", i);
        assert_int_equal(read_text(&story, TAILSCALE_NOTIFY, text), 0);
        assert_int_equal(story.fact.state, i);
        snprintf(text, sizeof(text), "{\"BackendState\":\"%s\"}", names[i]);
        assert_int_equal(read_text(&story, TAILSCALE_STATUS, text), 0);
        assert_int_equal(story.fact.state, i);
    }
}

static void test_what_a_notify_does_not_name_stays(void **state)
{
    struct story story = {.fact = {.state = TAILSCALE_RUNNING,
                                   .exit_node_wanted = true,
                                   .login_url = true,
                                   .version = "1",
                                   .peers = 3,
                                   .error = "x"}};
    struct tailscale_fact before = story.fact;

    assert_int_equal(read_text(&story, TAILSCALE_NOTIFY,
                               "{\"State\":null,\"ErrMessage\":null,\"Prefs\":null,\"BrowseToURL\":null,"
                               "\"Engine\":{\"NumLive\":1},\"FilesWaiting\":{},\"ClientVersion\":{}}"),
                     0);
    assert_int_equal(story.messages, 1);
    assert_int_equal(story.news, 0);
    assert_memory_equal(&story.fact, &before, sizeof(before));
}

/* Each is news of its own. */
static void test_what_is_news(void **state)
{
    static const char *const texts[] = {
        "{\"State\":6}",          "{\"Prefs\":{}}",           "{\"NetMap\":{}}",
        "{\"SelfChange\":{}}",    "{\"Health\":{}}",          "{\"LoginFinished\":{}}",
        "{\"BrowseToURL\":\"\"}", "{\"ErrMessage\":\"x\"}",   "{\"PeersChanged\":[]}",
        "{\"PeersRemoved\":[1]}", "{\"PeerChangedPatch\":[]}"};

    for (size_t i = 0; i < COUNT(texts); i++) {
        struct story story = {.messages = 0};

        assert_int_equal(read_text(&story, TAILSCALE_NOTIFY, texts[i]), 0);
        assert_int_equal(story.news, 1);
    }
}

static void test_wrong_types_are_passed_over(void **state)
{
    struct story story = {.fact = {.state = TAILSCALE_RUNNING, .error = "x", .exit_node_wanted = true}};
    struct tailscale_fact before = story.fact;

    read_text(&story, TAILSCALE_NOTIFY,
              "{\"State\":\"Running\",\"ErrMessage\":{\"a\":1},\"Version\":[1],\"BrowseToURL\":true,"
              "\"LoginFinished\":1,\"Prefs\":[{\"ExitNodeID\":\"x\"}]}");
    read_text(&story, TAILSCALE_NOTIFY,
              "{\"State\":7}{\"State\":-1}{\"State\":66}{\"State\":6.0}{\"State\":{}}");
    assert_int_equal(story.messages, 6);
    assert_memory_equal(&story.fact, &before, sizeof(before));
    memset(&story, 0, sizeof(story));
    before = story.fact;
    read_text(
        &story, TAILSCALE_STATUS,
        "{\"Version\":1,\"TUN\":\"yes\",\"BackendState\":6,\"AuthURL\":[],\"TailscaleIPs\":\"100.64.0.1\","
        "\"Self\":[{\"KeyExpiry\":\"2024-09-01T10:20:30Z\"}],\"ExitNodeStatus\":[true],"
        "\"Health\":{\"a\":\"b\"},\"Peer\":[{\"Online\":true}]}");
    assert_int_equal(story.messages, 1);
    before.exit_node_known = true; /* that there is none */
    assert_memory_equal(&story.fact, &before, sizeof(before));
    read_text(&story, TAILSCALE_STATUS,
              "{\"BackendState\":\"Flying\",\"TailscaleIPs\":[1,null,{\"a\":1},\"x\",\"\",\"100.64.0.1/32\"],"
              "\"Self\":{\"KeyExpiry\":1},\"Health\":[1,null,[\"a\"],{\"a\":\"b\"}],"
              "\"ExitNodeStatus\":null,\"Peer\":{\"a\":1,\"b\":null,\"c\":[]}}");
    assert_int_equal(story.messages, 2);
    assert_memory_equal(&story.fact, &before, sizeof(before));
    read_text(
        &story, TAILSCALE_STATUS,
        "{\"Peer\":{\"a\":{\"Online\":1,\"Active\":\"x\",\"ExitNode\":{\"ExitNode\":true},\"HostName\":1,"
        "\"x\":{\"Online\":true}}}}");
    before.peers = 1;
    assert_memory_equal(&story.fact, &before, sizeof(before));
}

/* Fields have no order that one could rely on. */
static void test_the_exit_node_before_its_name(void **state)
{
    struct story story = {.messages = 0};

    read_text(&story, TAILSCALE_STATUS,
              "{\"Peer\":{\"a\":{\"ExitNode\":true,\"HostName\":\"gate\"},\"b\":{\"HostName\":\"other\"},"
              "\"c\":{\"ExitNode\":false}}}");
    assert_string_equal(story.fact.exit_node_name, "gate");
    assert_int_equal(story.fact.peers, 3);
}

static void test_an_exit_node_by_its_address(void **state)
{
    struct story story = {.messages = 0};

    read_text(&story, TAILSCALE_NOTIFY, "{\"Prefs\":{\"ExitNodeID\":\"\",\"ExitNodeIP\":\"100.64.0.3\"}}");
    assert_true(story.fact.exit_node_wanted);
    read_text(&story, TAILSCALE_NOTIFY, "{\"Prefs\":{\"ExitNodeID\":\"\",\"ExitNodeIP\":\"\"}}");
    assert_false(story.fact.exit_node_wanted);
    read_text(&story, TAILSCALE_NOTIFY, "{\"Prefs\":{\"Config\":{\"ExitNodeID\":\"x\"}}}");
    assert_false(story.fact.exit_node_wanted);
}

/* Old versions keep the page's address when it is not needed any more. */
static void test_a_login_that_nobody_needs(void **state)
{
    struct story story = {.messages = 0};

    read_text(&story, TAILSCALE_STATUS, "{\"BackendState\":\"Running\",\"AuthURL\":\"https://x\"}");
    assert_false(story.fact.login_url);
    read_text(&story, TAILSCALE_NOTIFY, "{\"BrowseToURL\":\"https://x\"}");
    assert_true(story.fact.login_url);
    read_text(&story, TAILSCALE_NOTIFY, "{\"State\":2}");
    assert_true(story.fact.login_url);
    read_text(&story, TAILSCALE_NOTIFY, "{\"LoginFinished\":{}}");
    assert_false(story.fact.login_url);
    read_text(&story, TAILSCALE_NOTIFY, "{\"BrowseToURL\":\"https://x\"}{\"State\":5}");
    assert_false(story.fact.login_url);
}

static void test_times(void **state)
{
    static const struct {
        const char *text;
        int64_t usec;
    } rows[] = {
        {"2024-09-01T10:20:30Z", EXPIRY},
        {"2024-09-01T10:20:30.999999999Z", EXPIRY},
        {"2024-09-01T12:20:30+02:00", EXPIRY},
        {"2024-09-01T04:50:30-05:30", EXPIRY},
        {"1970-01-01T00:00:01Z", 1000000},
        {"0001-01-01T00:00:00Z", 0},
        {"9999-12-31T23:59:59Z", 0},
        {"2024-13-01T10:20:30Z", 0},
        {"2024-00-01T10:20:30Z", 0},
        {"2024-09-01 10:20:30Z", 0},
        {"2024-09-01T10:20:30", 0},
        {"2024-09-01T10:20:30X", 0},
        {"2024-09-01T10:20:30+02", 0},
        {"2024-09-01T10:20:30+02:00x", 0},
        {"2024-9-1T10:20:30Z", 0},
        {"2024", 0},
        {"", 0},
        {"20", 0},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct story story = {.messages = 0};
        char text[128];

        snprintf(text, sizeof(text), "{\"Self\":{\"KeyExpiry\":\"%s\"}}", rows[i].text);
        assert_int_equal(read_text(&story, TAILSCALE_STATUS, text), 0);
        if (story.fact.key_expiry_usec != rows[i].usec)
            fail_msg("%s is %lld", rows[i].text, (long long)story.fact.key_expiry_usec);
    }
}

static void test_the_first_address_of_each_family(void **state)
{
    struct story story = {.messages = 0};

    read_text(&story, TAILSCALE_STATUS,
              "{\"TailscaleIPs\":[\"fd7a:115c:a1e0::1\",\"fd7a::2\",\"100.64.0.1\",\"100.64.0.2\"]}");
    assert_own(&story.fact);
}

/* Two bytes a character: the last one is whole. */
static void test_long_texts(void **state)
{
    for (int before = 0; before < 2; before++) {
        struct story story = {.messages = 0};
        char text[512] = "{\"ErrMessage\":\"x";

        text[strlen(text) - 1 + before] = 0;
        for (int i = 0; i < 100; i++)
            strcat(text, "\u00e9");
        strcat(text, "\"}");
        read_text(&story, TAILSCALE_NOTIFY, text);
        assert_int_equal(strlen(story.fact.error), sizeof(story.fact.error) - 2 + before);
    }
}

/* What the status said of another wish is not known of this one. */
static void test_a_wish_that_is_newer_than_the_status(void **state)
{
    struct story story = {.messages = 0};

    read_text(&story, TAILSCALE_NOTIFY, "{\"Prefs\":{\"ExitNodeID\":\"x\"}}");
    assert_false(story.fact.exit_node_known);
    read_text(&story, TAILSCALE_STATUS, "{}");
    assert_true(story.fact.exit_node_known);
    read_text(&story, TAILSCALE_NOTIFY, "{\"State\":6,\"Prefs\":{\"ExitNodeID\":\"x\"}}");
    assert_true(story.fact.exit_node_known);
    read_text(&story, TAILSCALE_NOTIFY, "{\"Prefs\":{\"ExitNodeID\":\"\"}}");
    assert_false(story.fact.exit_node_known);
}

/* Many are of the state itself: that nobody is logged in. */
static void test_warnings_of_the_state_before(void **state)
{
    struct story story = {.messages = 0};

    read_text(&story, TAILSCALE_STATUS, "{\"BackendState\":\"NeedsLogin\",\"Health\":[\"a\",\"b\"]}");
    read_text(&story, TAILSCALE_NOTIFY, "{\"State\":2}");
    assert_int_equal(story.fact.warnings, 2);
    assert_string_equal(story.fact.warning, "a");
    read_text(&story, TAILSCALE_NOTIFY, "{\"State\":6}");
    assert_int_equal(story.fact.warnings, 0);
    assert_string_equal(story.fact.warning, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_of_1_30),
        cmocka_unit_test(test_status_of_1_34),
        cmocka_unit_test(test_status_of_1_50),
        cmocka_unit_test(test_status_of_1_66),
        cmocka_unit_test(test_status_of_1_80),
        cmocka_unit_test(test_status_of_1_102),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_what_a_notify_does_not_name_stays),
        cmocka_unit_test(test_what_is_news),
        cmocka_unit_test(test_wrong_types_are_passed_over),
        cmocka_unit_test(test_the_exit_node_before_its_name),
        cmocka_unit_test(test_an_exit_node_by_its_address),
        cmocka_unit_test(test_a_login_that_nobody_needs),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_the_first_address_of_each_family),
        cmocka_unit_test(test_long_texts),
        cmocka_unit_test(test_a_wish_that_is_newer_than_the_status),
        cmocka_unit_test(test_warnings_of_the_state_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
