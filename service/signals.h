/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The signals that the daemon hears in its loop. */
#pragma once

#include <systemd/sd-event.h>

/* SIGHUP; and SIGTERM or SIGINT. SIGCHLD is blocked besides, for children are waited for in the loop. */
int signals_add(sd_event *event, sd_event_signal_handler_t reload, sd_event_signal_handler_t stop,
                void *userdata);
