/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans that step the clock onto its reference */
#include "plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool plan_needs_clock(const struct view *view, const struct call *call)
{
    const struct finding *finding;

    if (call->verb != VERB_MEND)
        return call->verb == VERB_SYNC_CLOCK;
    finding = findings_find(view->findings, call->word, call->target);
    return finding && finding->mend.verb == MEND_SYNC_CLOCK;
}

bool plan_clock_doubts(const struct refusal *refusal)
{
    return refusal->kind == REFUSAL_NO_TIME_REFERENCE || refusal->kind == REFUSAL_BUSY ||
           refusal->kind == REFUSAL_FIGHTING || refusal->kind == REFUSAL_NEEDS_FORCE;
}

static int check_reference(const struct clock *clock, uint64_t flags, struct refusal *refusal)
{
    if (flags & CALL_PERSIST)
        return refuse(
            refusal, REFUSAL_INVALID_ARGS,
            "PERSIST has no meaning for SyncClock: a clock that was stepped goes on. Leave it out.");
    if (!clock->spoken)
        return refuse(refusal, REFUSAL_BUSY, "The clock is still being measured; ask again in a moment.");
    if (!clock_has_reference(clock))
        return refuse(refusal, REFUSAL_NO_TIME_REFERENCE,
                      "Nothing tells the true time: there is neither WSL's PTP clock nor its hardware clock, "
                      "and no NTP server answers. Name servers in NTPServers= of section [Clock] in "
                      "/etc/wslnode/wslnode.conf, then reload.");
    return 0;
}

/* What may go wrong with a step, for which somebody has to answer. */
static int check_step(const struct clock *clock, const struct call *call, int64_t offset,
                      struct refusal *refusal)
{
    char suspects[FINDING_SUBJECT_MAX];

    if (!clock->seen.settable)
        return refuse(refusal, REFUSAL_UNSUPPORTED,
                      "This service may not set the clock (it has no CAP_SYS_TIME, as in a container): set "
                      "it on the host, or run wslnoded by its own unit.");
    if (call->flags & CALL_FORCE)
        return 0;
    if (clock_fights(clock))
        return refuse(refusal, REFUSAL_FIGHTING,
                      "Others step the clock again and again and it stays wrong; one more would not end it. "
                      "Suspects: %s. Stop what does not follow Windows' time, or ask with FORCE.",
                      clock_suspects(clock, suspects, sizeof(suspects)));
    if (llabs(offset) > CLOCK_FORCE_USEC)
        return refuse(refusal, REFUSAL_NEEDS_FORCE,
                      "The clock differs from its reference (%s) by more than a day. Look at Windows' clock; "
                      "if that is right, ask with FORCE.",
                      clock_reference_name(clock->seen.reference));
    if (clock->seen.base_usec + call->raw_usec < WSLNODE_BUILT * INT64_C(1000000))
        return refuse(refusal, REFUSAL_NEEDS_FORCE,
                      "The reference (%s) tells a time before this program was built. Set Windows' clock; if "
                      "the time is meant, ask with FORCE.",
                      clock_reference_name(clock->seen.reference));
    return 0;
}

int plan_sync_clock(const struct view *view, const struct call *call, struct plan *plan,
                    struct refusal *refusal)
{
    const struct clock *clock = &view->node->clock;
    int64_t offset = clock_offset_at(clock, call->clock_usec), bound = clock_bound_at(clock, call->raw_usec);
    struct step *step;

    if (check_reference(clock, call->flags, refusal) < 0)
        return -1;
    plan->clock =
        (struct plan_clock){.offset_usec = offset, .bound_usec = bound, .reference = clock->seen.reference};
    if (llabs(offset) <= clock_tolerance(bound))
        return 0;
    if (check_step(clock, call, offset, refusal) < 0)
        return -1;
    step = &plan->steps[plan->steps_count++];
    step->kind = STEP_CLOCK;
    snprintf(step->target, sizeof(step->target), "clock");
    step->clock_by_usec = -offset;
    return 0;
}
