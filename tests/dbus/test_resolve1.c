/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The servers of a link of resolved's: what is asked of it, and what comes of it */
#include "../../dbus/resolve1.h"

#include <netinet/in.h>

#include "ends.h"

#define NAME "org.freedesktop.resolve1"
#define LINK "/org/freedesktop/resolve1/link/_37"

/* Resolved is the client of the ends. */
struct resolved {
    struct ends *ends;
    struct resolve1 resolve1;
    /* What it does. */
    unsigned has; /* so many servers, of IPv4 */
    bool silent, nonsense, odd;
    const char *error_at; /* this method answers with … */
    const char *error;
    /* What it was asked. */
    char asked[256], set[256];
    /* What came of it. */
    unsigned done;
    char problem[128];
    struct dns_list before;
};

static int reply_servers(struct resolved *resolved, sd_bus_message *call)
{
    sd_bus_message *reply = NULL;

    assert_true(sd_bus_message_new_method_return(call, &reply) >= 0);
    assert_true(sd_bus_message_open_container(reply, 'v', "a(iay)") >= 0);
    assert_true(sd_bus_message_open_container(reply, 'a', "(iay)") >= 0);
    for (unsigned i = 0; i < resolved->has; i++)
        assert_true(sd_bus_message_append(reply, "(iay)", AF_INET, resolved->odd ? 3 : 4, 192, 0, 2, i + 1) >=
                    0);
    assert_true(sd_bus_message_close_container(reply) >= 0);
    assert_true(sd_bus_message_close_container(reply) >= 0);
    assert_true(sd_bus_send(NULL, reply, NULL) >= 0);
    sd_bus_message_unref(reply);
    return 1;
}

static int on_call(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    struct resolved *resolved = userdata;
    const char *member = sd_bus_message_get_member(message);

    if (!member || !sd_bus_message_get_destination(message) ||
        strcmp(sd_bus_message_get_destination(message), NAME) != 0)
        return 0;
    if (resolved->silent)
        return 1;
    if (resolved->error_at && strcmp(member, resolved->error_at) == 0)
        return sd_bus_reply_method_errorf(message, resolved->error, "no");
    if (resolved->nonsense)
        return sd_bus_reply_method_return(message, "u", 7);
    if (strcmp(member, "GetLink") == 0) {
        ends_flatten(message, resolved->asked, sizeof(resolved->asked));
        return sd_bus_reply_method_return(message, "o", LINK);
    }
    if (strcmp(member, "Get") == 0) {
        assert_string_equal(sd_bus_message_get_path(message), LINK);
        return reply_servers(resolved, message);
    }
    assert_string_equal(member, "SetLinkDNS");
    ends_flatten(message, resolved->set, sizeof(resolved->set));
    return sd_bus_reply_method_return(message, "");
}

static void on_done(void *userdata, const char *problem, const struct dns_list *before)
{
    struct resolved *resolved = userdata;

    resolved->done++;
    resolved->before = *before;
    snprintf(resolved->problem, sizeof(resolved->problem), "%s", problem ? problem : "");
}

static int set_up(void **state)
{
    static struct resolved resolved;

    memset(&resolved, 0, sizeof(resolved));
    ends_set_up((void **)&resolved.ends);
    assert_true(sd_bus_add_filter(resolved.ends->client, NULL, on_call, &resolved) >= 0);
    assert_true(resolve1_init(&resolved.resolve1, resolved.ends->stand->event) >= 0);
    *state = &resolved;
    return 0;
}

static int tear_down(void **state)
{
    struct resolved *resolved = *state;

    resolve1_clear(&resolved->resolve1);
    return ends_tear_down((void **)&resolved->ends);
}

static const struct dns_list two = {
    .count = 2,
    .servers = {{.family = AF_INET, .bytes = {172, 17, 0, 1}},
                {.family = AF_INET6, .bytes = {0xfd, [15] = 1}}},
};

static void ask(struct resolved *resolved, const struct dns_list *servers)
{
    resolved->done = 0;
    resolved->set[0] = 0;
    resolve1_set(&resolved->resolve1, resolved->ends->bus.connection, 7, servers, on_done, resolved);
    ends_drain(resolved->ends);
}

static void test_set(void **state)
{
    struct resolved *resolved = *state;

    resolved->has = 2;
    ask(resolved, &two);
    assert_int_equal(resolved->done, 1);
    assert_string_equal(resolved->problem, "");
    assert_string_equal(resolved->asked, "7");
    assert_string_equal(resolved->set,
                        "7, [(2, [172, 17, 0, 1]), (10, [253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "
                        "0, 0, 0, 1])]");
    assert_int_equal(resolved->before.count, 2);
    assert_int_equal(resolved->before.servers[1].family, AF_INET);
    assert_int_equal(resolved->before.servers[1].bytes[3], 2);
}

static void test_none(void **state)
{
    struct resolved *resolved = *state;
    struct dns_list none = {0};

    ask(resolved, &none);
    assert_int_equal(resolved->done, 1);
    assert_string_equal(resolved->set, "7, []");
    assert_int_equal(resolved->before.count, 0);
}

static void assert_problem(struct resolved *resolved, const char *part)
{
    ask(resolved, &two);
    assert_int_equal(resolved->done, 1);
    assert_non_null(strstr(resolved->problem, part));
    if (!resolved->error_at || strcmp(resolved->error_at, "SetLinkDNS") != 0)
        assert_string_equal(resolved->set, "");
}

/* What cannot be given back is not taken away. */
static void test_too_many(void **state)
{
    struct resolved *resolved = *state;

    resolved->has = DNS_SERVERS_MAX;
    ask(resolved, &two);
    assert_string_equal(resolved->problem, "");
    resolved->has = DNS_SERVERS_MAX + 1;
    assert_problem(resolved, "more servers");
}

static void test_errors(void **state)
{
    static const char *const members[] = {"GetLink", "Get", "SetLinkDNS"};
    struct resolved *resolved = *state;

    for (size_t i = 0; i < COUNT(members); i++) {
        resolved->error_at = members[i];
        resolved->error = SD_BUS_ERROR_SERVICE_UNKNOWN;
        assert_problem(resolved, "does not run");
        resolved->error = NAME ".NoSuchLink";
        assert_problem(resolved, "does not know");
        resolved->error = NAME ".LinkBusy";
        assert_problem(resolved, "networkd");
        resolved->error = SD_BUS_ERROR_ACCESS_DENIED;
        assert_problem(resolved, "refused");
    }
    resolved->error_at = NULL;
    ask(resolved, &two);
    assert_string_equal(resolved->problem, "");
}

static void test_nonsense(void **state)
{
    struct resolved *resolved = *state;

    resolved->nonsense = true;
    assert_problem(resolved, "not understood");
    resolved->nonsense = false;
    resolved->has = 1;
    resolved->odd = true;
    assert_problem(resolved, "more servers");
}

static void test_the_deadline(void **state)
{
    struct resolved *resolved = *state;

    resolved->silent = true;
    ask(resolved, &two);
    assert_int_equal(resolved->done, 0);
    ends_run(resolved->ends, 4500000);
    assert_int_equal(resolved->done, 1);
    assert_non_null(strstr(resolved->problem, "does not answer"));
}

static void test_no_bus(void **state)
{
    struct resolved *resolved = *state;

    resolve1_set(&resolved->resolve1, NULL, 7, &two, on_done, resolved);
    assert_int_equal(resolved->done, 1);
    assert_non_null(strstr(resolved->problem, "no connection"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_set, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_too_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_errors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nonsense, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_deadline, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_bus, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
