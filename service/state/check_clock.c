/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of the clock */
#include "health.h"

#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000)
/* From here on certificates, tickets and tokens are refused: Kerberos' limit, and many others'. */
#define CRITICAL_USEC (300 * SECOND)

static void add_seconds(struct finding *finding, const char *key, int64_t usec)
{
    finding_signed(finding, key, (usec + (usec < 0 ? -SECOND / 2 : SECOND / 2)) / SECOND);
}

static void add_suspects(struct finding *finding, const struct clock *clock)
{
    char suspects[FINDING_SUBJECT_MAX];

    finding_number(finding, "period-seconds", (clock_beat(clock) + SECOND / 2) / SECOND);
    finding_text(finding, "suspects", clock_suspects(clock, suspects, sizeof(suspects)));
}

void check_clock_drift(const struct health_input *input, struct findings *findings)
{
    const struct clock *clock = &input->node->clock;
    int64_t left = clock_slew_left(clock);
    struct finding *finding;

    if (!clock->drifting)
        return;
    finding = findings_add(findings, "clock-drift", "",
                           llabs(clock_offset(clock)) < CRITICAL_USEC ? SEVERITY_WARNING : SEVERITY_CRITICAL);
    finding->summary = "The clock is wrong.";
    finding->cause = "WSL's clock stands still while Windows sleeps, and WSL's own correction takes twelve "
                     "times as long as the sleep.";
    finding->remedy = "Mend it: the clock is stepped once (wslnodectl sync-clock). In a container, set it on "
                      "the host.";
    add_seconds(finding, "seconds", clock_offset(clock));
    finding_text(finding, "reference", clock_reference_name(clock->seen.reference));
    if (left)
        finding_number(finding, "slew-left-seconds", left / SECOND > UINT32_MAX ? UINT32_MAX : left / SECOND);
    if (clock->seen.settable)
        finding->mend.verb = MEND_SYNC_CLOCK;
}

void check_clock_fighting(const struct health_input *input, struct findings *findings)
{
    const struct clock *clock = &input->node->clock;
    struct finding *finding;

    if (!clock_fights(clock))
        return;
    finding = findings_add(findings, "fighting", "clock", SEVERITY_WARNING);
    finding->summary =
        "Something steps the clock again and again, and it stays wrong; wslnode does not join in.";
    finding->cause = "The kernel does not say who sets the clock. The suspects are those that are at work "
                     "here.";
    finding->remedy = "Stop what does not follow Windows' time; `wslnodectl clock` shows the evidence.";
    add_seconds(finding, "seconds", clock_offset(clock));
    add_suspects(finding, clock);
}

void check_clock_stepped(const struct health_input *input, struct findings *findings)
{
    const struct clock *clock = &input->node->clock;
    struct finding *finding;

    if (!clock_beat(clock) || clock_fights(clock) || clock->drifting)
        return;
    finding = findings_add(findings, "clock-stepped", "", SEVERITY_INFO);
    finding->summary = "Something sets the clock at a regular beat; it does no harm.";
    finding->cause = "Docker Desktop does so every 30 s, for instance. The kernel does not say who it is.";
    finding->remedy = "Nothing has to be done.";
    add_suspects(finding, clock);
}

void check_no_time_reference(const struct health_input *input, struct findings *findings)
{
    struct finding *finding;

    /* Off WSL the machine has its own time service, and we need not know of a reference. */
    if (clock_has_reference(&input->node->clock) || strcmp(input->node->platform.platform, "wsl2") != 0)
        return;
    finding = findings_add(findings, "no-time-reference", "", SEVERITY_INFO);
    finding->summary = "Nothing tells the true time.";
    finding->cause =
        "WSL's PTP clock and the hardware clock are missing or cannot be read, and no NTP server "
        "is configured or answers.";
    finding->remedy = "Name NTP servers in NTPServers= of section [Clock] in /etc/wslnode/wslnode.conf, then "
                      "reload.";
}

void check_clock_reference_stale(const struct health_input *input, struct findings *findings)
{
    const struct clock_fact *seen = &input->node->clock.seen;
    struct finding *finding;

    if (!seen->stale && !seen->jumping)
        return;
    finding = findings_add(findings, "clock-reference-stale", "", SEVERITY_INFO);
    finding->summary = "WSL's PTP clock cannot be trusted now.";
    finding->cause = "It has had no fresh sample of Windows' time for ten minutes, or it contradicts itself.";
    finding->remedy = "Nothing has to be done while another reference is there; if it stays so, restart WSL "
                      "(wsl --shutdown in Windows).";
    finding_text(finding, "reference", clock_reference_name(seen->reference));
}
