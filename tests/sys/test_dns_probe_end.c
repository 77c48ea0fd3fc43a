/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A question to a DNS server that cannot be asked, is given up or repeated: what is left of it */
#include "../../service/sys/dns_probe.h"

#include <malloc.h>
#include <sys/resource.h>

#include "dns_hall.h"

static void test_what_cannot_be_asked(void **state)
{
    static const char *const names[] = {
        "a..b",
        ".a",
        "a.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "hidden.onion",
    };
    struct hall *hall = *state;
    unsigned fds = count_fds();

    for (size_t i = 0; i < COUNT(names); i++)
        assert_int_equal(try_to_ask(hall, names[i]), -EINVAL);
    hall->server.family = AF_UNIX;
    assert_int_equal(try_to_ask(hall, NAME), -EAFNOSUPPORT);
    hall->server.family = 0;
    assert_int_equal(try_to_ask(hall, NAME), -EAFNOSUPPORT);
    assert_null(hall->probe);
    assert_int_equal(count_fds(), fds);
    run_for(hall, 20000);
    assert_int_equal(hall->questions + hall->calls, 0);
}

static void test_without_a_free_fd(void **state)
{
    struct hall *hall = *state;
    struct rlimit limit, none;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = (struct rlimit){.rlim_cur = 3, .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    for (hall->transport = DNS_UDP; hall->transport <= DNS_TCP; hall->transport++)
        assert_int_equal(try_to_ask(hall, NAME), -EMFILE);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_null(hall->probe);
}

static void test_asked_when_the_loop_has_ended(void **state)
{
    struct hall *hall = *state;
    unsigned fds = count_fds();

    assert_int_equal(sd_event_exit(hall->event, 0), 0);
    assert_int_equal(sd_event_loop(hall->event), 0);
    assert_int_equal(try_to_ask(hall, NAME), -ESTALE);
    assert_int_equal(count_fds(), fds);
}

static void test_freed_while_it_asks(void **state)
{
    struct hall *hall = *state;
    unsigned fds = count_fds();

    for (hall->transport = DNS_UDP; hall->transport <= DNS_TCP; hall->transport++) {
        ask(hall);
        hall->probe = dns_probe_free(hall->probe);
        assert_int_equal(count_fds(), fds);
        run_for(hall, 20000);
        close_client(hall);
    }
    hall->answer = NULL;
    for (hall->transport = DNS_UDP; hall->transport <= DNS_TCP; hall->transport++) {
        ask(hall);
        run_for(hall, 50000);
        hall->probe = dns_probe_free(hall->probe);
        close_client(hall);
        assert_int_equal(count_fds(), fds);
    }
    run_for(hall, 2300000); /* the timer is off, too */
    assert_int_equal(hall->calls, 0);
    assert_null(dns_probe_free(NULL));
}

/* At each point of its way, so that it has ended and nobody has been told yet. */
static void test_freed_on_its_way(void **state)
{
    struct hall *hall = *state;

    close_server(hall);
    for (unsigned steps = 0; steps < 8; steps++)
        for (hall->transport = DNS_UDP; hall->transport <= DNS_TCP; hall->transport++) {
            unsigned calls;

            ask(hall);
            for (unsigned i = 0; i < steps; i++)
                assert_true(sd_event_run(hall->event, 0) >= 0);
            calls = hall->calls;
            hall->probe = dns_probe_free(hall->probe);
            run_for(hall, 5000);
            assert_int_equal(hall->calls, calls);
        }
    assert_true(hall->calls > 0);
}

static void test_freed_when_done(void **state)
{
    struct hall *hall = *state;
    unsigned fds = count_fds();

    for (hall->transport = DNS_UDP; hall->transport <= DNS_TCP; hall->transport++) {
        hall->then = FREE;
        ask(hall);
        run_until(hall, hall->transport + 1);
        assert_int_equal(hall->result, DNS_ANSWER_OK);
        assert_null(hall->probe);
    }
    close_client(hall);
    close_server(hall);
    for (hall->transport = DNS_UDP; hall->transport <= DNS_TCP; hall->transport++) {
        hall->then = FREE;
        ask(hall);
        run_until(hall, hall->transport + 3);
        assert_int_equal(hall->result, DNS_ANSWER_REFUSED);
        assert_null(hall->probe);
    }
    assert_int_equal(count_fds(), fds - 2);
}

static void test_asked_again_when_done(void **state)
{
    struct hall *hall = *state;

    hall->then = ASK_AGAIN;
    ask(hall);
    run_until(hall, 2);
    assert_int_equal(hall->result, DNS_ANSWER_OK);
    assert_int_equal(hall->questions, 2);
}

/* Its channel is gone when it is told, and the rest when it is freed. */
static void test_nothing_stays(void **state)
{
    struct hall *hall = *state;
    unsigned fds = 0;
    size_t bytes = 0;

    for (unsigned i = 0; i < 200; i++) {
        hall->transport = i % 2 ? DNS_TCP : DNS_UDP;
        if (i == 150)
            close_server(hall); /* and with none */
        ask(hall);
        run_until(hall, i + 1);
        assert_int_equal(hall->result, i < 150 ? DNS_ANSWER_OK : DNS_ANSWER_REFUSED);
        hall->probe = dns_probe_free(hall->probe);
        if (hall->client >= 0)
            close_client(hall);
        if (i == 9) {
            fds = count_fds();
            bytes = mallinfo2().uordblks;
        }
    }
    assert_int_equal(count_fds(), fds - 2);
    /* Its caches take some. */
    assert_true(mallinfo2().uordblks <= bytes + 8192);
}

#define HALL_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HALL_TEST(test_what_cannot_be_asked),
        HALL_TEST(test_without_a_free_fd),
        HALL_TEST(test_asked_when_the_loop_has_ended),
        HALL_TEST(test_freed_while_it_asks),
        HALL_TEST(test_freed_on_its_way),
        HALL_TEST(test_freed_when_done),
        HALL_TEST(test_asked_again_when_done),
        HALL_TEST(test_nothing_stays),
    };

    return cmocka_run_group_tests(tests, enter_network, NULL);
}
