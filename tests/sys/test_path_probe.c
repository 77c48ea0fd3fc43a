/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a way carries, over ways with links of all sizes */
#include "../../service/sys/path_probe.h"

#include <dirent.h>
#include <net/if.h>

#include "path_way.h"

struct stand {
    sd_event *event;
    struct path_probe *probes[PATH_PROBES_MAX + 1];
    unsigned calls;
    struct path_measure measure; /* of the latest call */
    bool frees;
};

static void set_link(enum place place, const char *link, unsigned mtu)
{
    run(place, "ip link set %s mtu %u", link, mtu);
}

/* From the router on, in both directions. */
static void set_far(unsigned mtu)
{
    set_link(ROUTER, "r1", mtu);
    set_link(FAR, "f0", mtu);
}

/* What the router itself has to say is lost; what it forwards is not. */
static void set_silent(bool silent)
{
    run(ROUTER, "ip rule %s iif lo blackhole pref 5 && ip -6 rule %s iif lo blackhole pref 5",
        silent ? "add" : "del", silent ? "add" : "del");
}

static int set_up(void **state)
{
    static struct stand stand;

    memset(&stand, 0, sizeof(stand));
    assert_true(sd_event_new(&stand.event) >= 0);
    set_link(HERE, "u0", 1500);
    set_link(ROUTER, "r0", 1500);
    set_far(1500);
    set_sysctl(HERE, "ipv4/ping_group_range", "'0 0'");
    *state = &stand;
    return 0;
}

static int tear_down(void **state)
{
    struct stand *stand = *state;

    for (size_t i = 0; i < COUNT(stand->probes); i++)
        path_probe_free(stand->probes[i]);
    sd_event_unref(stand->event);
    return 0;
}

static void on_done(void *userdata, const struct path_measure *measure)
{
    struct stand *stand = userdata;

    stand->calls++;
    stand->measure = *measure;
    if (stand->frees)
        stand->probes[0] = path_probe_free(stand->probes[0]);
}

static int start(struct stand *stand, unsigned i, const struct path_target *target)
{
    return path_probe_new(stand->event, target, on_done, stand, &stand->probes[i]);
}

static void run_until(struct stand *stand, unsigned calls, int64_t usec)
{
    int64_t until = now_usec() + usec, left;

    while (stand->calls < calls && (left = until - now_usec()) > 0)
        assert_true(sd_event_run(stand->event, left) >= 0);
    assert_int_equal(stand->calls, calls);
}

static void measure_target(struct stand *stand, const struct path_target *target)
{
    unsigned calls = stand->calls;

    assert_int_equal(start(stand, 0, target), 0);
    assert_int_equal(stand->calls, calls); /* never from within */
    run_until(stand, calls + 1, PATH_PROBE_USEC + SECOND);
    sd_event_run(stand->event, 50000);
    assert_int_equal(stand->calls, calls + 1);
    stand->probes[0] = path_probe_free(stand->probes[0]);
}

static const struct path_measure *measure(struct stand *stand, const char *address, uint32_t size)
{
    struct path_target target = target_of(address, size);

    measure_target(stand, &target);
    return &stand->measure;
}

static void assert_silent(const struct path_measure *measured, uint32_t carries)
{
    assert_true(measured->answered);
    assert_int_equal(measured->carries, carries);
    assert_int_equal(measured->teller, PATH_TOLD_BY_NONE);
    assert_int_equal(measured->hop_mtu, 0);
    assert_int_equal(measured->router_family, 0);
}

static void assert_local(const struct path_measure *measured, uint32_t carries, uint32_t hop_mtu)
{
    assert_true(measured->answered);
    assert_int_equal(measured->carries, carries);
    assert_int_equal(measured->teller, PATH_TOLD_BY_LOCAL);
    assert_int_equal(measured->hop_mtu, hop_mtu);
    assert_int_equal(measured->router_family, 0);
}

static void assert_router(const struct path_measure *measured, uint32_t carries, const char *router)
{
    struct path_target address = target_of(router, 0);

    assert_true(measured->answered);
    assert_int_equal(measured->carries, carries);
    assert_int_equal(measured->teller, PATH_TOLD_BY_ROUTER);
    assert_int_equal(measured->hop_mtu, carries);
    assert_int_equal(measured->router_family, address.family);
    assert_memory_equal(measured->router, address.bytes, sizeof(address.bytes));
}

static void assert_unknown(const struct path_measure *measured)
{
    struct path_measure nothing = {0};

    assert_memory_equal(measured, &nothing, sizeof(nothing));
}

static void test_it_carries_all(void **state)
{
    int64_t begin = now_usec();

    assert_silent(measure(*state, "10.2.0.2", 1500), 1500);
    assert_silent(measure(*state, "10.2.0.2", 1340), 1340);
    assert_silent(measure(*state, "10.2.0.2", PATH_PROBE_LEAST_IPV4), PATH_PROBE_LEAST_IPV4);
    assert_silent(measure(*state, "fd02::2", 1500), 1500);
    assert_silent(measure(*state, "fd02::2", PATH_PROBE_LEAST_IPV6), PATH_PROBE_LEAST_IPV6);
    assert_true(now_usec() - begin < 2 * SECOND);
}

static void test_jumbo_frames(void **state)
{
    set_link(HERE, "u0", 9216);
    set_link(ROUTER, "r0", 9216);
    set_far(9216);
    assert_silent(measure(*state, "10.2.0.2", PATH_PROBE_MOST), PATH_PROBE_MOST);
    assert_silent(measure(*state, "fd02::2", PATH_PROBE_MOST), PATH_PROBE_MOST);
}

static void test_a_black_hole(void **state)
{
    int64_t begin = now_usec();

    set_far(1391);
    set_silent(true);
    assert_silent(measure(*state, "10.2.0.2", 1500), 1391);
    assert_true(now_usec() - begin < 8 * SECOND); /* nobody waits a second for a host that is near */
    assert_silent(measure(*state, "fd02::2", 1480), 1391);
    set_silent(false);
}

/* IPv4's smallest is not told by others, and is no size of a way. */
static void test_large_ones_are_never_answered(void **state)
{
    set_far(500);
    set_silent(true);
    assert_silent(measure(*state, "10.2.0.2", 1500), 0);
    set_silent(false);
    set_far(1500); /* IPv6 has left the links */
    run(ROUTER, "ip -6 addr add fd02::1/64 dev r1 nodad");
    run(FAR, "ip -6 addr add fd02::2/64 dev f0 nodad; ip -6 route add default via fd02::1");
}

static void test_a_router_tells(void **state)
{
    struct stand *stand = *state;
    int64_t begin = now_usec();

    set_far(1400);
    assert_router(measure(stand, "10.2.0.2", 1500), 1400, "10.1.0.2");
    assert_router(measure(stand, "fd02::2", 1500), 1400, "fd01::2");
    assert_true(now_usec() - begin < SECOND);
    /* The kernel believes that still, and it is no longer true. */
    set_far(1500);
    assert_silent(measure(stand, "10.2.0.2", 1500), 1500);
    assert_silent(measure(stand, "fd02::2", 1500), 1500);
}

static void test_the_first_link_is_too_small(void **state)
{
    struct stand *stand = *state;
    int64_t begin = now_usec();

    set_link(HERE, "u0", 1300);
    assert_local(measure(stand, "10.2.0.2", 1360), 1300, 1300);
    assert_local(measure(stand, "fd02::2", 1360), 1300, 1300);
    assert_true(now_usec() - begin < 2 * SECOND);
}

/* The link tells, and what is behind it does not; or a router behind it does. */
static void test_two_that_are_too_small(void **state)
{
    struct stand *stand = *state;

    set_link(HERE, "u0", 1450);
    set_far(1400);
    assert_router(measure(stand, "10.2.0.2", 1500), 1400, "10.1.0.2");
    set_silent(true);
    assert_local(measure(stand, "10.2.0.2", 1500), 1400, 1450);
    assert_local(measure(stand, "fd02::2", 1500), 1400, 1450);
    set_silent(false);
}

static void test_nobody_answers(void **state)
{
    struct stand *stand = *state;
    int64_t begin = now_usec();

    assert_unknown(measure(stand, "10.2.0.99", 1500));
    assert_unknown(measure(stand, "fd02::99", 1500));
    assert_true(now_usec() - begin >= 4 * SECOND - 10000);
    assert_true(now_usec() - begin < 7 * SECOND); /* no other size is tried then */
    set_sysctl(FAR, "ipv4/icmp_echo_ignore_all", "1");
    assert_unknown(measure(stand, "10.2.0.2", 1500));
    set_sysctl(FAR, "ipv4/icmp_echo_ignore_all", "0");
}

/* Without ping sockets. */
static void test_raw_sockets(void **state)
{
    struct stand *stand = *state;

    set_sysctl(HERE, "ipv4/ping_group_range", "'1 0'");
    assert_silent(measure(stand, "10.2.0.2", 1500), 1500);
    assert_silent(measure(stand, "fd02::2", 1500), 1500);
    set_far(1400);
    assert_router(measure(stand, "10.2.0.2", 1500), 1400, "10.1.0.2");
    assert_router(measure(stand, "fd02::2", 1500), 1400, "fd01::2");
    set_link(HERE, "u0", 1300);
    assert_local(measure(stand, "10.2.0.2", 1500), 1300, 1300);
    assert_local(measure(stand, "fd02::2", 1500), 1300, 1300);
}

/* As with a tunnel that takes the default route: only what is marked, or leaves by the link, gets beside it.
 */
static void test_beside_the_routes(void **state)
{
    struct stand *stand = *state;
    struct path_target target = target_of("10.2.0.2", 1500);

    run(HERE, "ip route del default && ip route add default via 10.1.0.2 table 100 && "
              "ip rule add fwmark 7 lookup 100 && ip rule add oif u0 lookup 100");
    assert_int_equal(start(stand, 0, &target), -ENETUNREACH);
    target.mark = 7;
    measure_target(stand, &target);
    assert_silent(&stand->measure, 1500);
    target.mark = 0;
    target.ifindex = if_nametoindex("u0");
    measure_target(stand, &target);
    assert_silent(&stand->measure, 1500);
    target.ifindex = 9999;
    assert_int_equal(start(stand, 0, &target), -ENODEV);
    run(HERE, "ip rule del oif u0 && ip rule del fwmark 7 && ip route add default via 10.1.0.2");
}

static unsigned count_fds(void)
{
    DIR *directory = opendir("/proc/self/fd");
    unsigned count = 0;

    assert_non_null(directory);
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

static void test_several_at_once(void **state)
{
    struct stand *stand = *state;
    struct path_target silent = target_of("10.2.0.2", 1500), nobody = target_of("10.2.0.99", 1500);
    int64_t begin = now_usec();

    set_far(1400);
    for (unsigned i = 0; i < PATH_PROBES_MAX; i++)
        assert_int_equal(start(stand, i, i % 2 ? &nobody : &silent), 0);
    assert_int_equal(start(stand, PATH_PROBES_MAX, &silent), -EBUSY);
    stand->probes[0] = path_probe_free(stand->probes[0]);
    assert_int_equal(start(stand, 0, &silent), 0);
    run_until(stand, PATH_PROBES_MAX, 10 * SECOND);
    assert_unknown(&stand->measure); /* who does not answer is waited for longest */
    assert_true(now_usec() - begin < 4 * SECOND);
}

static void test_bad_targets(void **state)
{
    struct stand *stand = *state;
    struct path_target four = target_of("10.2.0.2", PATH_PROBE_LEAST_IPV4 - 1);
    struct path_target six = target_of("fd02::2", PATH_PROBE_LEAST_IPV6 - 1);
    unsigned fds = count_fds();

    assert_int_equal(start(stand, 0, &four), -ERANGE);
    assert_int_equal(start(stand, 0, &six), -ERANGE);
    four.size = PATH_PROBE_MOST + 1;
    assert_int_equal(start(stand, 0, &four), -ERANGE);
    four.size = 1500;
    four.family = AF_UNIX;
    assert_int_equal(start(stand, 0, &four), -EAFNOSUPPORT);
    assert_int_equal(count_fds(), fds);
}

static void test_nothing_is_allowed(void **state)
{
    struct stand *stand = *state;
    struct path_target target = target_of("10.2.0.2", 1500);
    int r;

    set_sysctl(HERE, "ipv4/ping_group_range", "'1 0'");
    assert_int_equal(seteuid(65534), 0);
    r = start(stand, 0, &target);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(r, -EPERM);
}

static void test_freed(void **state)
{
    struct stand *stand = *state;
    struct path_target target = target_of("10.2.0.2", 1500);
    unsigned fds;

    assert_null(path_probe_free(NULL));
    measure_target(stand, &target); /* so that the loop has its fds */
    fds = count_fds();
    assert_int_equal(start(stand, 0, &target), 0);
    stand->probes[0] = path_probe_free(stand->probes[0]);
    sd_event_run(stand->event, SECOND / 5);
    assert_int_equal(stand->calls, 1);
    assert_int_equal(count_fds(), fds);
    stand->frees = true;
    measure_target(stand, &target);
    stand->frees = false;
    assert_int_equal(count_fds(), fds);
}

/* What comes of it is nothing, and the loop does not turn like mad meanwhile. */
static void test_the_link_goes_down(void **state)
{
    struct stand *stand = *state;
    struct path_target target = target_of("10.2.0.99", 1500);
    unsigned turns = 0;

    assert_int_equal(start(stand, 0, &target), 0);
    run(HERE, "ip link set u0 down");
    while (!stand->calls && turns < 100) {
        assert_true(sd_event_run(stand->event, SECOND) >= 0);
        turns++;
    }
    assert_int_equal(stand->calls, 1);
    assert_true(turns < 20);
    assert_unknown(&stand->measure);
    run(HERE, "ip link set u0 up && ip -6 addr replace fd01::1/64 dev u0 nodad && "
              "ip route replace default via 10.1.0.2 && ip -6 route replace default via fd01::2");
}

#define STAND_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_TEST(test_it_carries_all),
        STAND_TEST(test_jumbo_frames),
        STAND_TEST(test_a_black_hole),
        STAND_TEST(test_large_ones_are_never_answered),
        STAND_TEST(test_a_router_tells),
        STAND_TEST(test_the_first_link_is_too_small),
        STAND_TEST(test_two_that_are_too_small),
        STAND_TEST(test_nobody_answers),
        STAND_TEST(test_raw_sockets),
        STAND_TEST(test_beside_the_routes),
        STAND_TEST(test_several_at_once),
        STAND_TEST(test_bad_targets),
        STAND_TEST(test_nothing_is_allowed),
        STAND_TEST(test_freed),
        STAND_TEST(test_the_link_goes_down),
    };

    return cmocka_run_group_tests(tests, enter_networks, NULL);
}
