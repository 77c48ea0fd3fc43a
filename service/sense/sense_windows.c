/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sensor of Windows: Tailscale there, which its own program tells
 *
 * To run it wakes Windows and costs processes on both sides, so it is run after the start, at a reload, after
 * a sleep and for Diagnose, and never at a beat. Peers are not asked for: of them nothing is told, and
 * without them the answer is small however large the tailnet is.
 */
#include "sense.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sys/clock_time.h"
#include "../sys/tailscale_message.h"
#include "../sys/timer.h"
#include "../sys/winrun.h"
#include "../sys/wsl_resolv.h"

#define PROGRAM       "c/Program Files/Tailscale/tailscale.exe"
#define ANSWER_MAX    (1 << 20) /* bytes */
#define SOON_USEC     1000000   /* the bus name comes first */
#define ACCURACY_USEC 250000    /* with others that look a second after the start */
#define DOUBT_USEC    INT64_C(600000000)
#define BUSY_USEC     6000000 /* one that hangs is not waited for any longer, though it has 15 s */

struct sense_windows {
    struct sense sense;
    sd_event_source *timer_source;
    struct winrun *winrun;
    int64_t failed_usec; /* CLOCK_MONOTONIC_RAW; 0: the last answer was good */
    bool again;          /* somebody asked while it ran */
    bool waited_for;
    bool spoken;
};

static bool is_usable(const struct sense_windows *windows)
{
    const struct platform_fact *platform = &windows->sense.node->platform;

    return strcmp(platform->platform, "wsl2") == 0 && strcmp(platform->interop, "usable") == 0;
}

static void tell(struct sense_windows *windows, const struct fact *fact)
{
    windows->spoken = true;
    windows->sense.emit(windows->sense.userdata, fact);
}

static void tell_error(struct sense_windows *windows, enum tailscale_daemon daemon, const char *error)
{
    struct fact fact = fact_of(FACT_WINDOWS);

    fact.tailscale.daemon = daemon;
    snprintf(fact.tailscale.error, sizeof(fact.tailscale.error), "%s", error);
    tell(windows, &fact);
}

static const char *error_text(int error)
{
    switch (-error) {
    case EINVAL:
        return "tailscale.exe is not a file";
    case EXDEV:
        return "tailscale.exe is not on a drive of Windows";
    case ENOEXEC:
        return "tailscale.exe cannot be run through interop";
    case ETIME:
        return "tailscale.exe did not end within 15 s";
    case EFBIG:
        return "tailscale.exe says more than a megabyte";
    case EPROTO:
        return "tailscale.exe was killed";
    case EBADMSG:
        return "tailscale.exe says what is no status of Tailscale's";
    default:
        return strerror(-error);
    }
}

static void on_status(void *userdata, const struct tailscale_message *message)
{
    tailscale_message_apply(message, userdata);
}

/* Every status has a version, and whatever else is JSON has not. */
static bool read_status(const char *output, size_t length, struct tailscale_fact *fact)
{
    struct tailscale_message message;
    bool whole;

    tailscale_message_begin(&message, TAILSCALE_STATUS, on_status, fact);
    whole = tailscale_message_take(&message, output, length) >= 0 && json_scan_ended(&message.scan);
    tailscale_message_done(&message);
    return whole && *fact->version;
}

static void take_answer(struct sense_windows *windows, const char *output, size_t length)
{
    struct fact fact = fact_of(FACT_WINDOWS);

    fact.tailscale.daemon = TAILSCALE_ANSWERS;
    if (read_status(output, length, &fact.tailscale)) {
        windows->failed_usec = 0;
        tell(windows, &fact);
    } else {
        tell_error(windows, TAILSCALE_SILENT, error_text(-EBADMSG));
    }
}

/* Its service does not run, or is another user's: that says it by an exit code alone. */
static void take_exit(struct sense_windows *windows, int status)
{
    char error[64];

    snprintf(error, sizeof(error), "tailscale.exe ended with exit code %d", status);
    tell_error(windows, TAILSCALE_GONE, error);
}

static void on_done(void *userdata, int status, const char *output, size_t length)
{
    struct sense_windows *windows = userdata;

    windows->failed_usec = clock_time_raw();
    if (status == 0) {
        take_answer(windows, output, length);
    } else if (status > 0) {
        take_exit(windows, status);
    } else if (status == -ENOENT || status == -ENOTDIR) {
        windows->failed_usec = 0;
        tell_error(windows, TAILSCALE_ABSENT, "");
    } else {
        tell_error(windows, TAILSCALE_SILENT, error_text(status));
    }
    windows->winrun = winrun_free(windows->winrun);
    timer_stop(windows->timer_source);
    windows->sense.turn(windows->sense.userdata);
    /* What hangs hangs for the next one as well: whoever asks after its end gets it tried. */
    if (windows->again && !windows->failed_usec)
        sense_windows_refresh(windows);
}

static int run(struct sense_windows *windows)
{
    char *argv[] = {"tailscale.exe", "status", "--json", "--peers=false", NULL};
    char path[FILE_PATH_SIZE + sizeof(PROGRAM)];
    struct wsl_resolv wsl;

    windows->waited_for = true;
    timer_set(windows->timer_source, BUSY_USEC);
    wsl_resolv_read(windows->sense.root, &wsl);
    snprintf(path, sizeof(path), "%s" PROGRAM, wsl.drives);
    return winrun_start(windows->sense.event, windows->sense.root, path, argv, ANSWER_MAX, on_done, windows,
                        &windows->winrun);
}

/* What was known is not so any more, if anything was. */
static void lose(struct sense_windows *windows, const char *error)
{
    if (!windows->spoken)
        return;
    tell_error(windows, TAILSCALE_GONE, error);
    windows->sense.turn(windows->sense.userdata);
}

void sense_windows_refresh(struct sense_windows *windows)
{
    int r;

    windows->again = windows->winrun != NULL;
    if (windows->winrun)
        return;
    timer_stop(windows->timer_source);
    if (!is_usable(windows)) {
        lose(windows, "Windows' programs cannot be started");
        return;
    }
    r = run(windows);
    if (r < 0) {
        timer_stop(windows->timer_source);
        lose(windows, strerror(-r));
    }
}

void sense_windows_doubt(struct sense_windows *windows)
{
    if (windows->failed_usec && clock_time_raw() - windows->failed_usec < DOUBT_USEC)
        return;
    if (!windows->winrun)
        sense_windows_refresh(windows);
}

bool sense_windows_busy(const struct sense_windows *windows)
{
    return windows->winrun && windows->waited_for;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct sense_windows *windows = userdata;

    windows->waited_for = false;
    if (windows->winrun)
        windows->sense.turn(windows->sense.userdata);
    else
        sense_windows_refresh(windows);
    return 0;
}

struct sense_windows *sense_windows_free(struct sense_windows *windows)
{
    if (!windows)
        return NULL;
    winrun_free(windows->winrun);
    sd_event_source_disable_unref(windows->timer_source);
    free(windows);
    return NULL;
}

int sense_windows_new(const struct sense *sense, struct sense_windows **ret)
{
    struct sense_windows *windows = calloc(1, sizeof(*windows));
    int r;

    if (!windows)
        return -ENOMEM;
    windows->sense = *sense;
    r = timer_new(sense->event, &windows->timer_source, ACCURACY_USEC, on_timer, windows);
    if (r < 0) {
        sense_windows_free(windows);
        return r;
    }
    if (is_usable(windows))
        timer_set(windows->timer_source, SOON_USEC);
    *ret = windows;
    return 0;
}
