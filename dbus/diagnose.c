/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Diagnose */
#include "diagnose.h"

#include <string.h>

#include "../service/sys/log.h"
#include "../service/sys/timer.h"
#include "encode.h"
#include "error.h"

static int reply(struct diagnose *diagnose, sd_bus_message *call)
{
    sd_bus_message *message = NULL;
    int r = sd_bus_message_new_method_return(call, &message);

    if (r >= 0)
        r = encode_checks(message, diagnose->view->node, diagnose->view->findings);
    if (r >= 0)
        r = sd_bus_send(NULL, message, NULL);
    sd_bus_message_unref(message);
    return r;
}

static void answer_all(struct diagnose *diagnose, const struct refusal *refusal)
{
    size_t count = diagnose->callers_count;

    diagnose->callers_count = 0;
    timer_stop(diagnose->timer_source);
    for (size_t i = 0; i < count; i++) {
        int r = refusal ? error_reply(diagnose->callers[i], refusal) : reply(diagnose, diagnose->callers[i]);

        if (r < 0)
            log_debug("Diagnose cannot be answered: %s, ignoring", strerror(-r));
        sd_bus_message_unref(diagnose->callers[i]);
    }
}

void diagnose_measured(struct diagnose *diagnose)
{
    if (!diagnose->callers_count)
        return;
    sd_event_now(diagnose->event, CLOCK_MONOTONIC, &diagnose->measured_usec);
    answer_all(diagnose, NULL);
}

static int on_timeout(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct diagnose *diagnose = userdata;
    const char *late = diagnose->late(diagnose->userdata);
    struct refusal refusal;

    if (!late) {
        diagnose_measured(diagnose);
        return 0;
    }
    refuse(&refusal, REFUSAL_TIMEOUT, "Not measured within 10 s: %s; ask again.", late);
    answer_all(diagnose, &refusal);
    return 0;
}

int diagnose_call(struct diagnose *diagnose, sd_bus_message *call, sd_bus_error *error)
{
    struct refusal refusal;
    uint64_t now = 0;

    sd_event_now(diagnose->event, CLOCK_MONOTONIC, &now);
    if (!diagnose->callers_count && diagnose->measured_usec &&
        now - diagnose->measured_usec < DIAGNOSE_DISTANCE_USEC)
        return reply(diagnose, call);
    if (diagnose->callers_count == DIAGNOSE_CALLERS_MAX) {
        refuse(&refusal, REFUSAL_LIMITS_EXCEEDED,
               "Too many callers wait for a diagnosis already; ask again.");
        return error_set(error, &refusal);
    }
    diagnose->callers[diagnose->callers_count++] = sd_bus_message_ref(call);
    if (diagnose->callers_count == 1) {
        timer_set(diagnose->timer_source, DIAGNOSE_DEADLINE_USEC);
        diagnose->measure(diagnose->userdata);
    }
    return 1;
}

void diagnose_drop_all(struct diagnose *diagnose)
{
    for (size_t i = 0; i < diagnose->callers_count; i++)
        sd_bus_message_unref(diagnose->callers[i]);
    diagnose->callers_count = 0;
    timer_stop(diagnose->timer_source);
}

void diagnose_done(struct diagnose *diagnose)
{
    if (!diagnose->timer_source)
        return;
    diagnose_drop_all(diagnose);
    diagnose->timer_source = sd_event_source_disable_unref(diagnose->timer_source);
}

int diagnose_init(struct diagnose *diagnose, sd_event *event, const struct view *view,
                  void (*measure)(void *userdata), const char *(*late)(void *userdata), void *userdata)
{
    int r = timer_new(event, &diagnose->timer_source, 10000, on_timeout, diagnose);

    diagnose->event = event;
    diagnose->view = view;
    diagnose->measure = measure;
    diagnose->late = late;
    diagnose->userdata = userdata;
    return r;
}
