/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The signals of the node's object */
#include "announce.h"

#include <stdlib.h>
#include <string.h>

#include "../service/sys/clock_time.h"
#include "../service/sys/log.h"
#include "bus.h"
#include "encode.h"
#include "encode_vpn.h"

#define SECOND 1000000

/* Sends what is well so far, and forgets it. */
static void send_off(sd_bus *connection, sd_bus_message *signal, const char *member, int r)
{
    if (r >= 0)
        r = sd_bus_send(connection, signal, NULL);
    if (r < 0)
        log_warning("%s cannot be sent: %s, ignoring", member, strerror(-r));
    sd_bus_message_unref(signal);
}

static int make(sd_bus *connection, const char *member, sd_bus_message **signal)
{
    *signal = NULL;
    return sd_bus_message_new_signal(connection, signal, BUS_PATH, BUS_INTERFACE, member);
}

void announce_raised(sd_bus *connection, const struct finding *finding)
{
    sd_bus_message *signal;
    int r;

    log_event(finding->severity == SEVERITY_INFO ? LOG_INFO : LOG_WARNING, LOG_ID_FINDING_RAISED,
              finding->subject, "%s%s%s: %s", finding->id, finding->subject[0] ? " " : "", finding->subject,
              finding->summary);
    if (!connection)
        return;
    r = make(connection, "FindingRaised", &signal);
    if (r >= 0)
        r = sd_bus_message_append(signal, "ssss", finding->id, finding->subject,
                                  severity_name(finding->severity), finding->summary);
    if (r >= 0)
        r = encode_finding_details(signal, finding);
    send_off(connection, signal, "FindingRaised", r);
}

void announce_cleared(sd_bus *connection, const struct finding *finding)
{
    sd_bus_message *signal;
    int r;

    log_event(LOG_INFO, LOG_ID_FINDING_CLEARED, finding->subject, "%s%s%s: no longer", finding->id,
              finding->subject[0] ? " " : "", finding->subject);
    if (!connection)
        return;
    r = make(connection, "FindingCleared", &signal);
    if (r >= 0)
        r = sd_bus_message_append(signal, "ssa{sv}", finding->id, finding->subject, 0);
    send_off(connection, signal, "FindingCleared", r);
}

void announce_drift(sd_bus *connection, const struct clock *clock, bool drifting)
{
    sd_bus_message *signal;
    int64_t raw, now;
    int r;

    if (!connection)
        return;
    clock_time_read(&raw, &now);
    r = make(connection, "ClockDrift", &signal);
    if (r >= 0)
        r = sd_bus_message_append(signal, "xsa{sv}", clock_offset_at(clock, now),
                                  clock_reference_name(clock->seen.reference), 3, "drifting", "b", drifting,
                                  "error-bound-usec", "t", (uint64_t)clock_bound_at(clock, raw), "finding",
                                  "s", "clock-drift");
    send_off(connection, signal, "ClockDrift", r);
}

static int stepped_details(sd_bus_message *signal, const struct clock *clock, const struct clock_step *step)
{
    if (!step->measured)
        return sd_bus_message_append(signal, "a{sv}", 1, "own", "b", step->own);
    return sd_bus_message_append(signal, "a{sv}", 3, "own", "b", step->own, "offset-usec", "x",
                                 step->left_usec, "reference", "s",
                                 clock_reference_name(clock->seen.reference));
}

void announce_stepped(sd_bus *connection, const struct clock *clock, const struct clock_step *step)
{
    long long by = step->by_usec;
    sd_bus_message *signal;
    int r;

    log_event(LOG_INFO, LOG_ID_STEPPED, "clock", "The clock was set by %s: %c%lld.%06lld s",
              step->own ? "this service" : "another program", by < 0 ? '-' : '+', llabs(by) / SECOND,
              llabs(by) % SECOND);
    if (!connection)
        return;
    r = make(connection, "ClockStepped", &signal);
    if (r >= 0)
        r = sd_bus_message_append(signal, "x", step->by_usec);
    if (r >= 0)
        r = stepped_details(signal, clock, step);
    send_off(connection, signal, "ClockStepped", r);
}

void announce_resumed(sd_bus *connection, const struct resumed *resumed, const struct findings *findings)
{
    sd_bus_message *signal;
    int r;

    log_event(
        LOG_NOTICE, LOG_ID_RESUMED, NULL,
        "The machine stood still for %lld s; mended: %zu, findings: %zu, clock: %s, network: %s, VPN: %s",
        (long long)resumed->asleep_usec / SECOND, resumed->mended_count, findings->count, resumed->clock,
        resumed->dead ? "dead" : "ok", resumed->vpn);
    if (!connection)
        return;
    r = make(connection, "Resumed", &signal);
    if (r >= 0)
        r = sd_bus_message_append(signal, "t", (uint64_t)resumed->asleep_usec);
    if (r >= 0)
        r = encode_resumed(signal, resumed, findings);
    send_off(connection, signal, "Resumed", r);
}

/* The peer's key; "" where all of the tunnel is meant. */
static const char *peer_text(const struct drop *drop, char buffer[PEER_KEY_TEXT_SIZE])
{
    return drop->whole ? "" : peer_key_text(drop->key, buffer);
}

void announce_vpn_down(sd_bus *connection, const struct node *node, const struct drop *drop)
{
    char buffer[PEER_KEY_TEXT_SIZE];
    const char *peer = peer_text(drop, buffer), *reason = tunnel_reason_name(drop->reason);
    sd_bus_message *signal;
    int r;

    log_event(LOG_WARNING, LOG_ID_VPN_DOWN, drop->name, "VPN %s%s%s is down: %s", drop->name,
              peer[0] ? ", peer " : "", peer, reason);
    if (!connection)
        return;
    r = make(connection, "VPNDown", &signal);
    if (r >= 0)
        r = sd_bus_message_append(signal, "sss", drop->name, peer, reason);
    if (r >= 0)
        r = encode_drop(signal, node, drop, true);
    send_off(connection, signal, "VPNDown", r);
}

void announce_vpn_up(sd_bus *connection, const struct node *node, const struct drop *drop)
{
    char buffer[PEER_KEY_TEXT_SIZE];
    const char *peer = peer_text(drop, buffer);
    sd_bus_message *signal;
    int r;

    log_event(LOG_INFO, LOG_ID_VPN_UP, drop->name, "VPN %s%s%s is back", drop->name, peer[0] ? ", peer " : "",
              peer);
    if (!connection)
        return;
    r = make(connection, "VPNUp", &signal);
    if (r >= 0)
        r = sd_bus_message_append(signal, "ss", drop->name, peer);
    if (r >= 0)
        r = encode_drop(signal, node, drop, false);
    send_off(connection, signal, "VPNUp", r);
}
