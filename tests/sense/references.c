/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* References of time, and a clock, as a test wants them */
#include "references.h"

#include <fcntl.h>
#include <string.h>

#include "../../service/sys/clock_time.h"
#include "../../service/sys/phc.h"
#include "../../service/sys/rtc.h"
#include "../timers.h"
#include "../unit.h"

struct references references;

static sd_event *loop;
static int64_t slewed_usec; /* since when the clock runs as it does */

int __wrap_phc_open(int root, const char *name);
int __wrap_phc_read(int fd, struct clock_reading *reading);
int __wrap_rtc_read(int root, int64_t *seconds);
void __wrap_sntp_ask(struct sntp *sntp, const struct ntp_server *server, sntp_done done, void *userdata);
int64_t __wrap_clock_time_raw(void);
void __wrap_clock_time_read(int64_t *raw_usec, int64_t *clock_usec);
int32_t __wrap_clock_time_slew(void);
bool __wrap_clock_time_settable(void);

void references_start(sd_event *event)
{
    memset(&references, 0, sizeof(references));
    references.ptp.base_usec = references.rtc.base_usec = references.ntp.base_usec = NOW;
    references.ptp.bound_usec = 100;
    references.ntp.bound_usec = 20000;
    references.clock_usec = NOW;
    references.settable = true;
    loop = event;
    slewed_usec = timers_now_usec;
}

int __wrap_phc_open(int root, const char *name)
{
    assert_string_equal(name, "hyperv");
    references.ptp.opens++;
    return references.ptp.open_result < 0 ? references.ptp.open_result
                                          : open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int __wrap_phc_read(int fd, struct clock_reading *reading)
{
    assert_true(fcntl(fd, F_GETFD) >= 0);
    references.ptp.reads++;
    if (references.ptp.result < 0)
        return references.ptp.result;
    *reading = (struct clock_reading){references.ptp.base_usec, references.ptp.bound_usec};
    return 0;
}

int __wrap_rtc_read(int root, int64_t *seconds)
{
    references.rtc.reads++;
    if (references.rtc.result < 0)
        return references.rtc.result;
    *seconds = references.rtc.stands_at ? references.rtc.stands_at
                                        : (references.rtc.base_usec + timers_now_usec) / S;
    if (references.rtc.leaps)
        *seconds += references.rtc.reads * 3600;
    return 0;
}

void references_answer(int result)
{
    struct clock_reading reading = {references.ntp.base_usec, references.ntp.bound_usec};
    sntp_done done = references.ntp.done;

    assert_non_null(done);
    references.ntp.done = NULL;
    done(references.ntp.userdata, result, result < 0 ? NULL : &reading, timers_now_usec);
}

static int on_answer(sd_event_source *source, void *userdata)
{
    references_answer(references.ntp.results[references.ntp.server]);
    return 0;
}

void __wrap_sntp_ask(struct sntp *sntp, const struct ntp_server *server, sntp_done done, void *userdata)
{
    assert_non_null(sntp);
    assert_null(references.ntp.done); /* one at a time */
    assert_in_range(server->port, PORT, PORT + NTP_SERVERS_MAX - 1);
    references.ntp.server = server->port - PORT;
    references.ntp.asked[references.ntp.server]++;
    references.ntp.total++;
    references.ntp.done = done;
    references.ntp.userdata = userdata;
    if (!references.ntp.silent)
        assert_true(sd_event_add_defer(loop, NULL, on_answer, NULL) >= 0);
}

static int64_t clock_now(void)
{
    return references.clock_usec + (timers_now_usec - slewed_usec) / 1000 * references.slew_ppm / 1000;
}

void references_slew(int32_t ppm)
{
    references.clock_usec = clock_now();
    slewed_usec = timers_now_usec;
    references.slew_ppm = ppm;
}

int64_t __wrap_clock_time_raw(void)
{
    return timers_now_usec;
}

void __wrap_clock_time_read(int64_t *raw_usec, int64_t *clock_usec)
{
    *raw_usec = timers_now_usec;
    *clock_usec = clock_now();
}

int32_t __wrap_clock_time_slew(void)
{
    return references.slew_ppm;
}

bool __wrap_clock_time_settable(void)
{
    return references.settable;
}
