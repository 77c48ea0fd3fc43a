/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tells the true time */
#include "clock_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../state/rtc_edge.h"
#include "../sys/cleanup.h"
#include "../sys/clock_time.h"
#include "../sys/phc.h"
#include "../sys/rtc.h"
#include "../sys/sntp.h"
#include "../sys/timer.h"

#define DISTRUST_USEC INT64_C(600000000)
/* A server that says so is to be asked less, or not at all (RFC 5905, 7.4). */
#define REST_USEC INT64_C(3600000000)
/* The edge of a second comes within one; and some readings take longer. */
#define RTC_DEADLINE_USEC 1500000
/* One that was seen to end may not have been read closely enough, if the loop was late: others follow. */
#define RTC_LATE_USEC 3000000

struct clock_reader {
    struct sense sense;
    clock_reader_done done;
    void *userdata;
    int phc;
    struct rtc_edge edge;
    int64_t second; /* the first that was read … */
    bool ended;     /* … and it was seen to end: a clock that stands still has no edge */
    bool after;     /* the next reading of a distant second is just after its edge, not before */
    struct sntp *sntp;
    size_t server;  /* the one that answered last, or is asked */
    size_t servers; /* asked without an answer, or left in peace */
    struct {
        struct ntp_server server; /* as it was asked last: another may have taken its place */
        int64_t until_usec;       /* it is left in peace; 0: it is not */
    } rests[NTP_SERVERS_MAX];
    sd_event_source *timer_source;
    int64_t rtc_begin_usec;
    int64_t distrusted_usec[REFERENCES]; /* until then */
    bool busy, thorough;
    struct clock_report report;
};

static void finish(struct clock_reader *reader, enum clock_reference reference)
{
    reader->report.reference = reference;
    reader->report.raw_usec = clock_time_raw();
    reader->report.jumping = clock_time_raw() < reader->distrusted_usec[REFERENCE_PTP];
    reader->busy = false;
    reader->done(reader->userdata, &reader->report);
}

static bool is_trusted(const struct clock_reader *reader, enum clock_reference reference)
{
    return clock_time_raw() >= reader->distrusted_usec[reference];
}

void clock_reader_distrust(struct clock_reader *reader, enum clock_reference reference)
{
    reader->distrusted_usec[reference] = clock_time_raw() + DISTRUST_USEC;
}

/* It may come and go with its driver. */
static int read_phc(struct clock_reader *reader)
{
    int r;

    if (reader->phc < 0)
        reader->phc = phc_open(reader->sense.root, PHC_HYPERV);
    if (reader->phc < 0)
        return reader->phc;
    r = phc_read(reader->phc, &reader->report.reading);
    reader->report.stale = r == -ESTALE;
    if (r == -EBADMSG)
        clock_reader_distrust(reader, REFERENCE_PTP);
    if (r < 0 && r != -ESTALE && r != -EBADMSG)
        close(take_fd(&reader->phc));
    return r;
}

static bool rests(const struct clock_reader *reader, size_t i)
{
    return clock_time_raw() < reader->rests[i].until_usec &&
           memcmp(&reader->rests[i].server, &reader->sense.ntp_servers[i], sizeof(struct ntp_server)) == 0;
}

static void ask_server(struct clock_reader *reader);

static void on_answer(void *userdata, int result, const struct clock_reading *reading, int64_t raw_usec)
{
    struct clock_reader *reader = userdata;

    if (result >= 0) {
        reader->report.reading = *reading;
        finish(reader, REFERENCE_NTP);
        return;
    }
    if (result == -EACCES)
        reader->rests[reader->server].until_usec = clock_time_raw() + REST_USEC;
    reader->servers++;
    reader->server++;
    ask_server(reader);
}

static void ask_server(struct clock_reader *reader)
{
    size_t count = *reader->sense.ntp_servers_count;

    while (reader->servers < count && rests(reader, reader->server % count)) {
        reader->servers++;
        reader->server++;
    }
    if (reader->servers >= count || !is_trusted(reader, REFERENCE_NTP)) {
        finish(reader, REFERENCE_NONE);
        return;
    }
    reader->server %= count;
    reader->rests[reader->server].server = reader->sense.ntp_servers[reader->server];
    reader->rests[reader->server].until_usec = 0;
    sntp_ask(reader->sntp, &reader->rests[reader->server].server, on_answer, reader);
}

static void ask_servers(struct clock_reader *reader)
{
    reader->servers = 0;
    reader->report.skipped = *reader->sense.ntp_servers_count && !reader->thorough;
    if (reader->report.skipped)
        finish(reader, REFERENCE_NONE);
    else
        ask_server(reader);
}

static int add_seconds(struct clock_reader *reader)
{
    int64_t before = clock_time_raw(), seconds;
    int r = rtc_read(reader->sense.root, &seconds);
    bool first = !reader->edge.known;

    if (r < 0)
        return r;
    if (!rtc_edge_add(&reader->edge, seconds, before, clock_time_raw()) || first) {
        reader->second = seconds;
        reader->ended = false;
    }
    reader->ended |= seconds != reader->second;
    return 0;
}

/* One reading is enough once it is known where the seconds end; until then many. */
static void read_rtc(struct clock_reader *reader)
{
    if (add_seconds(reader) < 0) {
        ask_servers(reader);
    } else if (reader->ended && rtc_edge_is_fine(&reader->edge)) {
        reader->report.reading = rtc_edge_reading(&reader->edge);
        finish(reader, REFERENCE_RTC);
    } else if (clock_time_raw() <
               reader->rtc_begin_usec + (reader->ended ? RTC_LATE_USEC : RTC_DEADLINE_USEC)) {
        timer_set(reader->timer_source, RTC_EDGE_READ_USEC);
    } else {
        /* Its seconds do not end. */
        clock_reader_distrust(reader, REFERENCE_RTC);
        ask_servers(reader);
    }
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    read_rtc(userdata);
    return 0;
}

/* Elsewhere the hardware clock is set by the clock, and is no better. */
static bool has_windows_rtc(const struct clock_reader *reader)
{
    return strcmp(reader->sense.node->platform.platform, "wsl2") == 0 && is_trusted(reader, REFERENCE_RTC);
}

void clock_reader_ask(struct clock_reader *reader, bool thorough)
{
    reader->busy = true;
    reader->thorough = thorough;
    memset(&reader->report, 0, sizeof(reader->report));
    reader->rtc_begin_usec = clock_time_raw();
    if (is_trusted(reader, REFERENCE_PTP) && read_phc(reader) == 0)
        finish(reader, REFERENCE_PTP);
    else if (has_windows_rtc(reader))
        read_rtc(reader);
    else
        ask_servers(reader);
}

bool clock_reader_busy(const struct clock_reader *reader)
{
    return reader->busy;
}

int64_t clock_reader_next(struct clock_reader *reader, int64_t usec)
{
    int64_t next = clock_time_raw() + usec;

    if (reader->report.reference != REFERENCE_RTC)
        return next;
    reader->after = !reader->after;
    return rtc_edge_near(&reader->edge, next, reader->after);
}

struct clock_reader *clock_reader_free(struct clock_reader *reader)
{
    if (!reader)
        return NULL;
    sd_event_source_disable_unref(reader->timer_source);
    sntp_free(reader->sntp);
    if (reader->phc >= 0)
        close(reader->phc);
    free(reader);
    return NULL;
}

static void clock_reader_freep(struct clock_reader **reader)
{
    clock_reader_free(*reader);
}

int clock_reader_new(const struct sense *sense, clock_reader_done done, void *userdata,
                     struct clock_reader **ret)
{
    _cleanup_(clock_reader_freep) struct clock_reader *reader = calloc(1, sizeof(*reader));
    int r;

    if (!reader)
        return -ENOMEM;
    reader->sense = *sense;
    reader->done = done;
    reader->userdata = userdata;
    reader->phc = -1;
    r = sntp_new(sense->event, &reader->sntp);
    if (r >= 0)
        r = timer_new(sense->event, &reader->timer_source, 1000, on_timer, reader);
    if (r < 0)
        return r;
    *ret = take_pointer(reader);
    return 0;
}
