/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tells the true time, with references that are the test's. */
#pragma once

#include <errno.h>

#include "../../service/sense/clock_reader.h"
#include "../../service/state/rtc_edge.h"
#include "../state/facts.h"
#include "../timers.h"
#include "references.h"

#define MSEC      INT64_C(1000)
#define DISTRUST  (600 * S)
#define REST      (3600 * S)
#define RAW_START (5000 * S + 777777)

struct stand {
    sd_event *event;
    struct node node;
    struct ntp_server servers[NTP_SERVERS_MAX];
    size_t servers_count;
    struct clock_reader *reader;
    struct clock_report report;
    unsigned reports;
};

static inline void on_report(void *userdata, const struct clock_report *report)
{
    struct stand *stand = userdata;

    assert_false(clock_reader_busy(stand->reader));
    stand->report = *report;
    stand->reports++;
}

static inline int set_up(void **state)
{
    static struct stand stand;
    struct sense sense = {.root = -1,
                          .node = &stand.node,
                          .ntp_servers = stand.servers,
                          .ntp_servers_count = &stand.servers_count};

    memset(&stand, 0, sizeof(stand));
    node_init(&stand.node);
    tell(&stand.node, platform_of("wsl2", "nat"));
    for (size_t i = 0; i < NTP_SERVERS_MAX; i++)
        stand.servers[i] = (struct ntp_server){.port = PORT + i, .family = AF_INET};
    assert_true(sd_event_new(&stand.event) >= 0);
    timers_start(stand.event, RAW_START);
    references_start(stand.event);
    sense.event = stand.event;
    assert_int_equal(clock_reader_new(&sense, on_report, &stand, &stand.reader), 0);
    assert_false(clock_reader_busy(stand.reader));
    assert_int_equal(references.ptp.opens, 0); /* it asks nothing by itself */
    *state = &stand;
    return 0;
}

static inline int tear_down(void **state)
{
    struct stand *stand = *state;

    clock_reader_free(stand->reader);
    sd_event_unref(stand->event);
    node_done(&stand->node);
    return 0;
}

/* Off WSL, without a PTP clock. */
static inline int set_up_with_servers_alone(void **state)
{
    struct stand *stand;

    set_up(state);
    stand = *state;
    tell(&stand->node, platform_of("linux", ""));
    references.ptp.open_result = -ENOENT;
    stand->servers_count = 3;
    return 0;
}

static const struct clock_report *ask(struct stand *stand, bool thorough)
{
    unsigned reports = stand->reports;

    clock_reader_ask(stand->reader, thorough);
    timers_pass(2 * S);
    assert_int_equal(stand->reports, reports + 1);
    assert_false(clock_reader_busy(stand->reader));
    return &stand->report;
}

static inline void assert_told(const struct clock_report *report, enum clock_reference reference)
{
    assert_int_equal(report->reference, reference);
    assert_false(report->skipped);
    if (reference == REFERENCE_NONE)
        return;
    assert_in_range(report->reading.bound_usec, 0, RTC_EDGE_FINE_USEC);
    assert_in_range(report->reading.base_usec, NOW - report->reading.bound_usec,
                    NOW + report->reading.bound_usec);
}

#define STAND_TEST(name)   cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define SERVERS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_with_servers_alone, tear_down)
