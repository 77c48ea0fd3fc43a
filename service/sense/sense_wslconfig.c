/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sensor of the .wslconfig of Windows' user
 *
 * Nothing announces a change on Windows' drives, and nothing has to: what is written there counts when WSL as
 * a whole starts anew, and so does this process. It is read after the start, at a reload and for Diagnose,
 * which costs no wake-up in between.
 */
#include "sense.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../sys/child.h"
#include "../sys/timer.h"
#include "wslconfig_finder.h"

#define SOON_USEC     1000000   /* the bus name comes first */
#define AGAIN_USEC    600000000 /* after a drive that did not answer */
#define ACCURACY_USEC 250000    /* with others that look a second after the start */
#define DEADLINE_USEC 4000000

struct sense_wslconfig {
    struct sense sense;
    sd_event_source *timer_source;
    struct child *child;
    bool reading;
    bool again; /* somebody asked while it was being read */
};

static bool is_wsl(const struct sense_wslconfig *wsl)
{
    return strcmp(wsl->sense.node->platform.platform, "wsl2") == 0;
}

/* In the child. */
static int work(const void *data, int output)
{
    const struct sense_wslconfig *wsl = data;
    struct fact fact = fact_of(FACT_WSLCONFIG);

    wslconfig_finder_read(wsl->sense.root, &fact.wslconfig);
    return write(output, &fact, sizeof(fact)) == sizeof(fact) ? 0 : 1;
}

/* A drive that does not answer leaves what was known. */
static void on_read(void *userdata, int status, const char *output, size_t length)
{
    struct sense_wslconfig *wsl = userdata;
    struct fact fact;

    wsl->reading = false;
    if (status == 0 && length == sizeof(fact)) {
        memcpy(&fact, output, sizeof(fact));
        wsl->sense.emit(wsl->sense.userdata, &fact);
    } else {
        timer_set(wsl->timer_source, AGAIN_USEC);
    }
    wsl->sense.turn(wsl->sense.userdata);
    wsl->child = child_free(wsl->child);
    if (wsl->again)
        sense_wslconfig_refresh(wsl);
}

void sense_wslconfig_refresh(struct sense_wslconfig *wsl)
{
    wsl->again = wsl->reading;
    if (wsl->reading || !is_wsl(wsl))
        return;
    timer_stop(wsl->timer_source);
    if (child_run(wsl->sense.event, work, wsl, 0, sizeof(struct fact), DEADLINE_USEC, on_read, wsl,
                  &wsl->child) >= 0) {
        wsl->reading = true;
        return;
    }
    timer_set(wsl->timer_source, AGAIN_USEC);
    wsl->sense.turn(wsl->sense.userdata);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    sense_wslconfig_refresh(userdata);
    return 0;
}

bool sense_wslconfig_busy(const struct sense_wslconfig *wsl)
{
    return wsl->reading;
}

struct sense_wslconfig *sense_wslconfig_free(struct sense_wslconfig *wsl)
{
    if (!wsl)
        return NULL;
    child_free(wsl->child);
    sd_event_source_disable_unref(wsl->timer_source);
    free(wsl);
    return NULL;
}

int sense_wslconfig_new(const struct sense *sense, struct sense_wslconfig **ret)
{
    struct sense_wslconfig *wsl = calloc(1, sizeof(*wsl));
    int r;

    if (!wsl)
        return -ENOMEM;
    wsl->sense = *sense;
    r = timer_new(sense->event, &wsl->timer_source, ACCURACY_USEC, on_timer, wsl);
    if (r < 0) {
        sense_wslconfig_free(wsl);
        return r;
    }
    if (is_wsl(wsl))
        timer_set(wsl->timer_source, SOON_USEC);
    *ret = wsl;
    return 0;
}
