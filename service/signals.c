/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The signals that the daemon hears */
#include "signals.h"

#include <errno.h>
#include <signal.h>

int signals_add(sd_event *event, sd_event_signal_handler_t reload, sd_event_signal_handler_t stop,
                void *userdata)
{
    sigset_t signals;
    int r;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
        return -errno;
    r = sd_event_add_signal(event, NULL, SIGTERM, stop, userdata);
    if (r >= 0)
        r = sd_event_add_signal(event, NULL, SIGINT, stop, userdata);
    return r < 0 ? r : sd_event_add_signal(event, NULL, SIGHUP, reload, userdata);
}
