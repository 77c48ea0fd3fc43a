/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sensor of tailscaled
 *
 * Its bus says that something changed, and its state; its status says the rest. A bus that ends is asked for
 * again after 1, 2, 4 … 60 s. Versions before 1.34 have none: each minute the status is asked then.
 *
 * A restart takes its socket away for a while, with its folder, which is no end yet.
 */
#include "sense.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sys/clock_time.h"
#include "../sys/local_api.h"
#include "../sys/tailscale_message.h"
#include "../sys/timer.h"
#include "folder_watch.h"

#define STATUS           "/localapi/v0/status"
#define SECOND           UINT64_C(1000000)
#define FINE_USEC        10000
#define RETRY_USEC       SECOND
#define RETRY_MAX_USEC   (60 * SECOND)
#define QUIET_USEC       (10 * SECOND) /* between two questions for the status */
#define QUIET_LARGE_USEC (60 * SECOND) /* and after a large one, which costs tailscaled the most */
#define LARGE            (1 << 20)
#define ABSENT_USEC      (5 * SECOND) /* a restart takes up to three, and an end is as well told later */
#define WAIT_USEC        (6 * SECOND) /* nobody waits for one that hangs any longer */
#define BEATS            3

struct sense_tailscale {
    struct sense sense;
    struct folder_watch *watch;
    struct local_api *bus, *status;
    struct tailscale_message bus_message, status_message;
    sd_event_source *retry_source, *ask_source, *wait_source;
    uint64_t retry_usec;  /* before the next try */
    int64_t asked_usec;   /* CLOCK_MONOTONIC_RAW; 0: never */
    int64_t missing_usec; /* the same, since when there is no socket; 0: there is, or it is told */
    bool large;           /* that answer was */
    bool stale;           /* something changed since */
    bool failed;          /* the last status did, and `error` says why */
    bool refreshing;
    unsigned beats;
    struct tailscale_fact fact, told;
    bool known; /* whether it is there, be it silent */
    bool spoken;
};

static void ask(struct sense_tailscale *tailscale);

static void set_timer(sd_event_source *source, uint64_t usec)
{
    /* Those that come again and again go along with other wake-ups. */
    sd_event_source_set_time_accuracy(source, usec < RETRY_MAX_USEC ? usec / 10 + 1 : usec / 2);
    timer_set(source, usec);
}

static void tell(struct sense_tailscale *tailscale)
{
    struct fact fact = fact_of(FACT_TAILSCALE);

    if (!tailscale->known)
        return;
    if (tailscale->spoken && memcmp(&tailscale->fact, &tailscale->told, sizeof(tailscale->fact)) == 0)
        return;
    tailscale->spoken = true;
    memcpy(&tailscale->told, &tailscale->fact, sizeof(tailscale->told));
    memcpy(&fact.tailscale, &tailscale->fact, sizeof(fact.tailscale));
    tailscale->sense.emit(tailscale->sense.userdata, &fact);
    tailscale->sense.turn(tailscale->sense.userdata);
}

/* Who waits goes on by a turn, be there a fact in it or not. */
static void end_wait(struct sense_tailscale *tailscale)
{
    if (!tailscale->refreshing)
        return;
    tailscale->refreshing = false;
    timer_stop(tailscale->wait_source);
    tailscale->sense.turn(tailscale->sense.userdata);
}

static int on_waited(sd_event_source *source, uint64_t usec, void *userdata)
{
    end_wait(userdata);
    return 0;
}

static void set_error(struct sense_tailscale *tailscale, const char *error)
{
    char *text = tailscale->fact.error;

    memset(text, 0, sizeof(tailscale->fact.error)); /* facts are compared with memcmp */
    snprintf(text, sizeof(tailscale->fact.error), "%s", error);
}

/* What was known of it is not so any more. */
static void lose(struct sense_tailscale *tailscale, enum tailscale_daemon daemon, const char *error)
{
    memset(&tailscale->fact, 0, sizeof(tailscale->fact));
    tailscale->fact.daemon = daemon;
    tailscale->failed = false;
    tailscale->known = true;
    set_error(tailscale, error);
}

static const char *error_text(int error)
{
    switch (-error) {
    case EACCES:
        return "tailscaled refuses to tell";
    case EFBIG:
        return "a message of tailscaled is too large";
    case EBADMSG:
        return "tailscaled answers with what is no message of it";
    case ENODATA:
        return "tailscaled ended in the middle of a message";
    case EOPNOTSUPP:
        return "tailscaled does not know the question";
    case EREMOTEIO:
        return "tailscaled answers with an error";
    case ETIME:
        return "tailscaled does not answer";
    default:
        return strerror(-error);
    }
}

static bool is_heard(const struct sense_tailscale *tailscale)
{
    return tailscale->fact.daemon == TAILSCALE_ANSWERS;
}

/* The first that comes: what stood there was said of the silence. */
static void hear(struct sense_tailscale *tailscale)
{
    if (!is_heard(tailscale))
        lose(tailscale, TAILSCALE_ANSWERS, "");
}

/* It is an answer as well as any. */
static void on_status_read(void *userdata, const struct tailscale_message *message)
{
    struct sense_tailscale *tailscale = userdata;

    hear(tailscale);
    if (tailscale->failed)
        set_error(tailscale, "");
    tailscale->failed = false;
    tailscale_message_apply(message, &tailscale->fact);
}

/* The answer's end is due as well. */
static int on_status_bytes(void *userdata, char *bytes, size_t length)
{
    struct sense_tailscale *tailscale = userdata;
    int r = tailscale_message_take(&tailscale->status_message, bytes, length);

    return r < 0 ? r : 1;
}

static uint64_t quiet_left(const struct sense_tailscale *tailscale)
{
    uint64_t quiet = tailscale->large ? QUIET_LARGE_USEC : QUIET_USEC;
    uint64_t passed = clock_time_raw() - tailscale->asked_usec;

    return !tailscale->asked_usec || passed >= quiet ? 0 : quiet - passed;
}

static void ask_in_time(struct sense_tailscale *tailscale)
{
    uint64_t left = quiet_left(tailscale);

    tailscale->stale = true;
    if (tailscale->status)
        return;
    if (left)
        set_timer(tailscale->ask_source, left);
    else
        ask(tailscale);
}

/* If the bus is well and the status is not, what the bus said holds, and the rest is as it was known. */
static void fail_status(struct sense_tailscale *tailscale, int error)
{
    if (!tailscale->bus) {
        lose(tailscale, TAILSCALE_SILENT, error_text(error));
        return;
    }
    set_error(tailscale, error_text(error));
    tailscale->failed = true;
}

static void on_status_done(void *userdata, int result)
{
    struct sense_tailscale *tailscale = userdata;
    bool whole = json_scan_ended(&tailscale->status_message.scan);

    tailscale->status = local_api_free(tailscale->status);
    tailscale->large = tailscale->status_message.length > LARGE;
    tailscale_message_done(&tailscale->status_message);
    if (!whole)
        fail_status(tailscale, result < 0 ? result : -ENODATA);
    if (tailscale->stale)
        ask_in_time(tailscale);
    tell(tailscale);
    end_wait(tailscale);
}

static void ask(struct sense_tailscale *tailscale)
{
    timer_stop(tailscale->ask_source);
    tailscale->stale = false;
    tailscale->beats = 0;
    tailscale->asked_usec = clock_time_raw();
    tailscale_message_begin(&tailscale->status_message, TAILSCALE_STATUS, on_status_read, tailscale);
    /* If nobody is there, the bus ends as well. */
    if (local_api_get(tailscale->sense.event, tailscale->sense.root, STATUS, on_status_bytes, on_status_done,
                      tailscale, &tailscale->status) < 0)
        end_wait(tailscale);
}

static int on_ask(sd_event_source *source, uint64_t usec, void *userdata)
{
    ask(userdata);
    return 0;
}

static void on_notify(void *userdata, const struct tailscale_message *message)
{
    struct sense_tailscale *tailscale = userdata;

    tailscale->retry_usec = RETRY_USEC;
    hear(tailscale);
    if (tailscale_message_apply(message, &tailscale->fact))
        ask_in_time(tailscale);
    tell(tailscale);
}

static int on_bus_bytes(void *userdata, char *bytes, size_t length)
{
    struct sense_tailscale *tailscale = userdata;

    int r = tailscale_message_take(&tailscale->bus_message, bytes, length);

    if (tailscale->bus_message.wrong && !is_heard(tailscale)) {
        lose(tailscale, TAILSCALE_SILENT, error_text(-EBADMSG));
        tell(tailscale);
    }
    return r;
}

static void retry_later(struct sense_tailscale *tailscale)
{
    set_timer(tailscale->retry_source, tailscale->retry_usec);
    tailscale->retry_usec *= 2;
    if (tailscale->retry_usec > RETRY_MAX_USEC)
        tailscale->retry_usec = RETRY_MAX_USEC;
}

static void stop(struct sense_tailscale *tailscale)
{
    tailscale->bus = local_api_free(tailscale->bus);
    tailscale->status = local_api_free(tailscale->status);
    tailscale_message_done(&tailscale->bus_message);
    tailscale_message_done(&tailscale->status_message);
    tailscale->stale = false;
    timer_stop(tailscale->retry_source);
    timer_stop(tailscale->ask_source);
    end_wait(tailscale);
}

/*
 * What will come again at once is not asked for at once. An end, as at its restart, is no news before the
 * next try.
 */
static void on_bus_done(void *userdata, int result)
{
    struct sense_tailscale *tailscale = userdata;

    stop(tailscale);
    if (result == -EFBIG || result == -EOPNOTSUPP)
        tailscale->retry_usec = RETRY_MAX_USEC;
    retry_later(tailscale);
    if (result == -EFBIG && is_heard(tailscale))
        set_error(tailscale, error_text(result));
    else if (result < 0 && result != -EOPNOTSUPP && result != -ENODATA)
        lose(tailscale, TAILSCALE_SILENT, error_text(result));
    if (result == -EFBIG || result == -EOPNOTSUPP)
        ask_in_time(tailscale);
    tell(tailscale);
}

static int get_bus(struct sense_tailscale *tailscale)
{
    char target[64];

    snprintf(target, sizeof(target), "/localapi/v0/watch-ipn-bus?mask=%d", TAILSCALE_NOTIFY_MASK);
    tailscale_message_begin(&tailscale->bus_message, TAILSCALE_NOTIFY, on_notify, tailscale);
    return local_api_get(tailscale->sense.event, tailscale->sense.root, target, on_bus_bytes, on_bus_done,
                         tailscale, &tailscale->bus);
}

/* How much longer one that was there may be without its socket. */
static uint64_t absence_left(struct sense_tailscale *tailscale)
{
    int64_t now = clock_time_raw();
    uint64_t passed;

    if (!tailscale->known || tailscale->fact.daemon == TAILSCALE_ABSENT)
        return 0;
    if (!tailscale->missing_usec)
        tailscale->missing_usec = now;
    passed = now - tailscale->missing_usec;
    return passed >= ABSENT_USEC ? 0 : ABSENT_USEC - passed;
}

/* If it comes back before that, inotify says so. */
static void miss(struct sense_tailscale *tailscale)
{
    uint64_t left = absence_left(tailscale);

    if (left) {
        set_timer(tailscale->retry_source, left);
        return;
    }
    tailscale->missing_usec = 0;
    lose(tailscale, TAILSCALE_ABSENT, "");
}

static void attempt(struct sense_tailscale *tailscale)
{
    int r;

    stop(tailscale);
    r = get_bus(tailscale);
    if (r != -ENOENT)
        tailscale->missing_usec = 0;
    if (r == -ENOENT)
        miss(tailscale);
    else if (r == -ECONNREFUSED)
        lose(tailscale, TAILSCALE_GONE, "");
    else if (r < 0)
        lose(tailscale, TAILSCALE_SILENT, error_text(r));
    if (r < 0 && r != -ENOENT)
        retry_later(tailscale);
    if (r < 0)
        tell(tailscale);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
    attempt(userdata);
    return 0;
}

static bool is_meant(const char *name)
{
    return strcmp(name, "tailscale") == 0 || strcmp(name, "tailscaled.sock") == 0;
}

/* Its folder comes and goes with it; that one first, so that the socket does not come unseen in between. */
static void watch_socket(struct sense_tailscale *tailscale)
{
    folder_watch_add(tailscale->watch, LOCAL_API_FOLDER);
    folder_watch_add(tailscale->watch, LOCAL_API_SOCKET);
}

/* The old one may be connected still, to what nobody else reaches any more. */
static void on_socket(void *userdata)
{
    struct sense_tailscale *tailscale = userdata;

    watch_socket(tailscale);
    tailscale->retry_usec = RETRY_USEC;
    attempt(tailscale);
}

static void begin_wait(struct sense_tailscale *tailscale)
{
    tailscale->refreshing = true;
    timer_set(tailscale->wait_source, WAIT_USEC);
}

/* What was asked lately is new enough to answer by, and is asked again when it may be. */
void sense_tailscale_refresh(struct sense_tailscale *tailscale)
{
    if (tailscale->status) {
        begin_wait(tailscale);
    } else if (!tailscale->bus) {
        attempt(tailscale);
    } else if (quiet_left(tailscale)) {
        ask_in_time(tailscale);
    } else {
        begin_wait(tailscale);
        ask(tailscale);
    }
}

void sense_tailscale_wake(struct sense_tailscale *tailscale)
{
    tailscale->asked_usec = 0; /* the quiet time's clock stood still, too */
    sense_tailscale_refresh(tailscale);
}

void sense_tailscale_beat(struct sense_tailscale *tailscale)
{
    if (tailscale->bus && is_heard(tailscale) && ++tailscale->beats >= BEATS)
        ask_in_time(tailscale);
}

bool sense_tailscale_busy(const struct sense_tailscale *tailscale)
{
    return tailscale->refreshing;
}

struct sense_tailscale *sense_tailscale_free(struct sense_tailscale *tailscale)
{
    if (!tailscale)
        return NULL;
    local_api_free(tailscale->bus);
    local_api_free(tailscale->status);
    folder_watch_free(tailscale->watch);
    sd_event_source_disable_unref(tailscale->retry_source);
    sd_event_source_disable_unref(tailscale->ask_source);
    sd_event_source_disable_unref(tailscale->wait_source);
    tailscale_message_done(&tailscale->bus_message);
    tailscale_message_done(&tailscale->status_message);
    free(tailscale);
    return NULL;
}

/* The first try comes with the loop's first turn. */
int sense_tailscale_new(const struct sense *sense, struct sense_tailscale **ret)
{
    struct sense_tailscale *tailscale = calloc(1, sizeof(*tailscale));
    int r;

    if (!tailscale)
        return -ENOMEM;
    tailscale->sense = *sense;
    tailscale->retry_usec = RETRY_USEC;
    r = folder_watch_new(sense->event, sense->root, is_meant, on_socket, tailscale, &tailscale->watch);
    if (r >= 0)
        watch_socket(tailscale);
    if (r >= 0)
        r = sd_event_add_time_relative(sense->event, &tailscale->retry_source, CLOCK_MONOTONIC, 0, FINE_USEC,
                                       on_retry, tailscale);
    if (r >= 0)
        r = timer_new(sense->event, &tailscale->ask_source, FINE_USEC, on_ask, tailscale);
    if (r >= 0)
        r = timer_new(sense->event, &tailscale->wait_source, FINE_USEC, on_waited, tailscale);
    if (r < 0) {
        sense_tailscale_free(tailscale);
        return r;
    }
    *ret = tailscale;
    return 0;
}
