/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The daemon: wiring
 *
 * Sensors emit facts during a turn; the turn ends in settle(), which asks the checks, puts back what is lost
 * and publishes.
 */
#include "daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "../dbus/bus.h"
#include "act/executor.h"
#include "config.h"
#include "sense/sense.h"
#include "state/health.h"
#include "sys/log.h"

#define NAME_LATEST_USEC 500000
/* An address that flaps is followed once. */
#define HOLD_DOWN_USEC 3000000

struct daemon {
    int root;
    sd_event *event;
    sd_event_source *settle_source, *name_source, *refresh_source;
    struct node node;
    struct wanted wanted;
    struct findings findings, fresh;
    struct changes changes;
    struct config config;
    struct view view;
    struct events events;
    int mask;
    char status[160];
    char refreshed[ADDRESS_TEXT_SIZE]; /* the address that the units were last started with */
    struct sense_link *link;
    struct sense_port *port;
    struct sense_platform *platform;
    struct sense_file *file;
    struct apply_kernel *apply_kernel;
    struct apply_file *apply_file;
    struct executor *executor;
    struct bus bus;
};

static uint64_t now_usec(struct daemon *daemon, clockid_t clock)
{
    uint64_t usec = 0;

    sd_event_now(daemon->event, clock, &usec);
    return usec;
}

static void wake_settle(struct daemon *daemon)
{
    sd_event_source_set_enabled(daemon->settle_source, SD_EVENT_ONESHOT);
}

static void on_fact(void *userdata, const struct fact *fact)
{
    struct daemon *daemon = userdata;
    int mask = node_apply(&daemon->node, fact, &daemon->events);

    if (mask < 0)
        log_error("A fact was lost: %s; everything is read again at the next change", strerror(-mask));
    else
        daemon->mask |= mask;
}

static void on_turn(void *userdata)
{
    struct daemon *daemon = userdata;

    if (node_links_known(&daemon->node) && node_files_known(&daemon->node))
        bus_want_name(&daemon->bus);
    executor_resume(daemon->executor);
    wake_settle(daemon);
}

/* What is known of the files is as old as the last change of ours; the next plan waits. */
static bool is_settled(void *userdata)
{
    return !sense_file_busy(((struct daemon *)userdata)->file);
}

static void on_ran(void *userdata, const struct outcome *outcome)
{
    struct daemon *daemon = userdata;

    if (plan_has(&outcome->plan, STEP_FILE))
        sense_file_refresh(daemon->file);
    daemon->mask |= NODE_WANTED;
    wake_settle(daemon);
}

static void on_put_back(void *userdata, const struct outcome *outcome)
{
    struct daemon *daemon = userdata;
    const char *link;

    if (!outcome || !outcome->plan.steps_count)
        return;
    link = outcome->plan.subject.link;
    if (outcome->refusal.kind == REFUSAL_INVALID_MTU)
        wanted_refuse(&daemon->wanted, link);
    if (outcome->refusal.kind == REFUSAL_NONE)
        log_event(LOG_INFO, LOG_ID_PUT_BACK, link, "%s: MTU put back to %u", link, outcome->plan.subject.mtu);
    else
        log_event(LOG_WARNING, LOG_ID_PUT_BACK, link, "%s: MTU not put back: %s", link,
                  outcome->refusal.text);
}

static void put_back(struct daemon *daemon)
{
    for (size_t i = 0; i < daemon->wanted.count; i++) {
        struct wanted_mtu *mtu = &daemon->wanted.list[i];
        struct job job = {.kind = JOB_PUT_BACK, .done = on_put_back, .userdata = daemon};
        struct refusal refusal;

        if (wanted_settle(mtu, &daemon->node))
            daemon->mask |= NODE_WANTED;
        /* What a call is just doing is not lost; on_ran() leads here again. */
        if (!executor_idle(daemon->executor) ||
            !wanted_put_back(mtu, &daemon->node, now_usec(daemon, CLOCK_MONOTONIC)))
            continue;
        snprintf(job.call.target, sizeof(job.call.target), "%s", mtu->link);
        (void)executor_submit(daemon->executor, &job, &refusal);
    }
}

static void on_restarted(void *userdata)
{
    struct daemon *daemon = userdata;
    const struct address_fact *address = node_address(&daemon->node);

    if (address)
        address_text(address->family, address->bytes, -1, daemon->refreshed, sizeof(daemon->refreshed));
}

static void restart(void *userdata, const char *unit, uint64_t deadline_usec, executor_effect_done done,
                    void *done_userdata)
{
    bus_restart(&((struct daemon *)userdata)->bus, unit, deadline_usec, done, done_userdata);
}

static void on_refreshed(void *userdata, const struct outcome *outcome)
{
    char text[STEP_TEXT_SIZE];

    if (!outcome)
        return;
    if (outcome->refusal.kind != REFUSAL_NONE)
        log_event(LOG_WARNING, LOG_ID_CHANGE, NULL, "The address is not followed: %s", outcome->refusal.text);
    for (size_t i = 0; outcome->change && i < outcome->plan.steps_count; i++)
        log_event(LOG_INFO, LOG_ID_CHANGE, outcome->plan.steps[i].target,
                  "Change %lu follows the address: %s %s %s", (unsigned long)outcome->change,
                  step_kind_name(outcome->plan.steps[i].kind), outcome->plan.steps[i].target,
                  step_text(&outcome->plan.steps[i], text, sizeof(text)));
}

static void submit(struct daemon *daemon, enum job_kind kind, struct call call)
{
    struct job job = {.kind = kind, .call = call, .done = on_refreshed, .userdata = daemon};
    struct refusal refusal;

    if (executor_submit(daemon->executor, &job, &refusal) < 0)
        log_warning("%s", refusal.text);
}

static int on_refresh(sd_event_source *source, uint64_t usec, void *userdata)
{
    submit(userdata, JOB_REFRESH, (struct call){.verb = VERB_REFRESH_IP});
    return 0;
}

/* Once the address stays. Nobody asked, so without an address or anything to follow it this is not tried. */
static void follow_address(struct daemon *daemon)
{
    const struct targets *targets = &daemon->config.targets;

    if (!daemon->refreshed[0])
        on_restarted(daemon);
    if (targets->manual || !(targets->files_count || targets->units_count) || !node_address(&daemon->node))
        return;
    sd_event_source_set_time_relative(daemon->refresh_source, HOLD_DOWN_USEC);
    sd_event_source_set_enabled(daemon->refresh_source, SD_EVENT_ONESHOT);
}

static void roll_back_unfinished(struct daemon *daemon)
{
    const struct change_list *changes = &daemon->changes.list;

    for (size_t i = changes->count; i-- > 0;)
        if (changes->list[i].state == CHANGE_STARTED)
            submit(daemon, JOB_ROLL_BACK, (struct call){.change = changes->list[i].id});
}

static bool same_findings(const struct findings *a, const struct findings *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!finding_equal(&a->list[i], &b->list[i]))
            return false;
    return true;
}

static void check_health(struct daemon *daemon)
{
    struct health_input input = {.node = &daemon->node, .wanted = &daemon->wanted};
    const char *before = health_word(&daemon->node, &daemon->findings);
    struct findings swapped;

    health_evaluate(&input, &daemon->fresh);
    if (same_findings(&daemon->findings, &daemon->fresh) && !(daemon->mask & NODE_LINKS))
        return;
    if (!same_findings(&daemon->findings, &daemon->fresh))
        daemon->mask |= NODE_FINDINGS;
    swapped = daemon->findings;
    daemon->findings = daemon->fresh;
    daemon->fresh = swapped;
    if (strcmp(before, health_word(&daemon->node, &daemon->findings)) != 0)
        daemon->mask |= NODE_HEALTH;
}

static void tell_systemd(struct daemon *daemon)
{
    const struct link_fact *uplink = node_uplink(&daemon->node);
    const struct address_fact *address = node_address(&daemon->node);
    char text[ADDRESS_TEXT_SIZE] = "no address", status[sizeof(daemon->status)];

    if (address)
        address_text(address->family, address->bytes, address->prefix, text, sizeof(text));
    snprintf(status, sizeof(status), "%s, %s %s, MTU %u, health %s", daemon->node.platform.platform,
             uplink ? uplink->name : "no uplink", text, uplink ? uplink->mtu : 0,
             health_word(&daemon->node, &daemon->findings));
    if (strcmp(status, daemon->status) == 0)
        return;
    memcpy(daemon->status, status, sizeof(status));
    sd_notifyf(0, "STATUS=%s", status);
}

static void log_events(struct daemon *daemon)
{
    for (size_t i = 0; i < daemon->events.count; i++) {
        const struct event *event = &daemon->events.list[i];

        if (strcmp(event->before, event->after) != 0 || !event->before[0])
            log_event(LOG_INFO, LOG_ID_LINK, event->subject, "%s%s%s: %s → %s", event->subject,
                      event->subject[0] ? ": " : "", event_kind_name(event->kind),
                      event->before[0] ? event->before : "none", event->after[0] ? event->after : "none");
    }
    if (daemon->events.lost)
        log_info("More happened to links and addresses than is told here");
    events_clear(&daemon->events);
}

static int settle(sd_event_source *source, void *userdata)
{
    struct daemon *daemon = userdata;
    int mask;

    put_back(daemon);
    if (daemon->mask)
        check_health(daemon);
    if (daemon->mask & (NODE_ADDRESS | NODE_ADDRESSES))
        follow_address(daemon);
    mask = daemon->mask;
    daemon->mask = 0;
    log_events(daemon);
    if (mask) {
        log_debug("Changes of this turn: 0x%x", mask);
        bus_publish(&daemon->bus, mask);
        tell_systemd(daemon);
    }
    if (mask & NODE_ANY_ADDRESS)
        sense_port_doubt(daemon->port);
    if (!sense_link_busy(daemon->link) && !sense_port_busy(daemon->port) && !sense_file_busy(daemon->file))
        bus_measured(&daemon->bus);
    return 0;
}

static void measure(void *userdata)
{
    struct daemon *daemon = userdata;

    sense_platform_refresh(daemon->platform);
    sense_link_refresh(daemon->link);
    sense_file_refresh(daemon->file);
    sense_port_refresh(daemon->port);
}

static void on_named(void *userdata, int result)
{
    struct daemon *daemon = userdata;

    if (result < 0) {
        sd_event_exit(daemon->event, EXIT_FAILURE);
        return;
    }
    log_event(LOG_INFO, LOG_ID_STARTED, NULL, "wslnoded %s is ready: %s", WSLNODE_VERSION, daemon->status);
    sd_notify(0, "READY=1");
}

static int on_name_latest(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct daemon *daemon = userdata;

    bus_want_name(&daemon->bus);
    return 0;
}

static void load_config(struct daemon *daemon)
{
    struct fact fact = fact_of(FACT_CONFIG);

    if (config_load(daemon->root, &daemon->config, &fact.config) < 0)
        log_event(LOG_ERR, LOG_ID_CONFIG_REFUSED, fact.config.path,
                  "%s: %s; the configuration before it stays", fact.config.path, fact.config.problem);
    config_apply(&daemon->config, now_usec(daemon, CLOCK_REALTIME), &daemon->wanted);
    on_fact(daemon, &fact);
    daemon->mask |= NODE_WANTED;
    wake_settle(daemon);
}

static int on_reload(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
    struct daemon *daemon = userdata;

    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu", (unsigned long long)now_usec(daemon, CLOCK_MONOTONIC));
    load_config(daemon);
    measure(daemon);
    follow_address(daemon);
    log_event(LOG_INFO, LOG_ID_RELOADED, NULL, "The configuration was read again");
    sd_notify(0, "READY=1");
    return 0;
}

static int on_stop(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
    struct daemon *daemon = userdata;

    sd_notify(0, "STOPPING=1");
    return sd_event_exit(daemon->event, EXIT_SUCCESS);
}

static int add_signals(struct daemon *daemon)
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
    r = sd_event_add_signal(daemon->event, NULL, SIGTERM, on_stop, daemon);
    if (r >= 0)
        r = sd_event_add_signal(daemon->event, NULL, SIGINT, on_stop, daemon);
    return r < 0 ? r : sd_event_add_signal(daemon->event, NULL, SIGHUP, on_reload, daemon);
}

static int add_loop(struct daemon *daemon)
{
    int r = sd_event_new(&daemon->event);

    if (r >= 0)
        r = add_signals(daemon);
    if (r >= 0)
        r = sd_event_add_defer(daemon->event, &daemon->settle_source, settle, daemon);
    /* After all sensors of this turn, before any call is answered. */
    if (r >= 0)
        r = sd_event_source_set_priority(daemon->settle_source, SD_EVENT_PRIORITY_IMPORTANT + 1);
    if (r >= 0)
        r = sd_event_source_set_enabled(daemon->settle_source, SD_EVENT_OFF);
    if (r >= 0)
        r = sd_event_add_time_relative(daemon->event, &daemon->name_source, CLOCK_MONOTONIC, NAME_LATEST_USEC,
                                       10000, on_name_latest, daemon);
    if (r >= 0)
        r = sd_event_add_time_relative(daemon->event, &daemon->refresh_source, CLOCK_MONOTONIC, 0, 10000,
                                       on_refresh, daemon);
    if (r >= 0)
        r = sd_event_source_set_enabled(daemon->refresh_source, SD_EVENT_OFF);
    return r < 0 ? r : sd_event_set_watchdog(daemon->event, true);
}

static int add_parts(struct daemon *daemon)
{
    struct executor_context execution = {.event = daemon->event,
                                         .view = daemon->view,
                                         .wanted = &daemon->wanted,
                                         .changes = &daemon->changes,
                                         .restart = restart,
                                         .restarted = on_restarted,
                                         .settled = is_settled,
                                         .ran = on_ran,
                                         .userdata = daemon};
    struct sense sense = {.event = daemon->event,
                          .root = daemon->root,
                          .node = &daemon->node,
                          .targets = &daemon->config.targets,
                          .emit = on_fact,
                          .turn = on_turn,
                          .userdata = daemon};
    struct bus_context bus = {.event = daemon->event,
                              .view = daemon->view,
                              .measure = measure,
                              .named = on_named,
                              .userdata = daemon};
    int r = apply_kernel_new(daemon->event, -1, &daemon->apply_kernel);

    if (r >= 0)
        r = apply_file_new(daemon->event, daemon->root, &daemon->apply_file);
    if (r < 0)
        return r;
    execution.kernel = daemon->apply_kernel;
    execution.file = daemon->apply_file;
    r = executor_new(&execution, &daemon->executor);
    if (r < 0)
        return r;
    bus.executor = daemon->executor;
    r = bus_open(&daemon->bus, &bus);
    if (r >= 0)
        r = sense_link_new(&sense, &daemon->link);
    if (r >= 0)
        r = sense_platform_new(&sense, &daemon->platform);
    if (r >= 0)
        r = sense_port_new(&sense, -1, &daemon->port);
    return r < 0 ? r : sense_file_new(&sense, &daemon->file);
}

static void free_parts(struct daemon *daemon)
{
    bus_close(&daemon->bus);
    daemon->file = sense_file_free(daemon->file);
    daemon->platform = sense_platform_free(daemon->platform);
    daemon->port = sense_port_free(daemon->port);
    daemon->link = sense_link_free(daemon->link);
    daemon->executor = executor_free(daemon->executor);
    daemon->apply_kernel = apply_kernel_free(daemon->apply_kernel);
    daemon->apply_file = apply_file_free(daemon->apply_file);
    sd_event_source_disable_unref(daemon->refresh_source);
    sd_event_source_disable_unref(daemon->name_source);
    sd_event_source_disable_unref(daemon->settle_source);
    sd_event_unref(daemon->event);
    changes_done(&daemon->changes);
    findings_done(&daemon->findings);
    findings_done(&daemon->fresh);
    node_done(&daemon->node);
}

int daemon_run(int root)
{
    static struct daemon daemon; /* one a process, and too large for a stack */
    int r, lost;

    daemon.root = root;
    daemon.view = (struct view){.node = &daemon.node,
                                .wanted = &daemon.wanted,
                                .findings = &daemon.findings,
                                .changes = &daemon.changes.list,
                                .targets = &daemon.config.targets,
                                .refreshed = daemon.refreshed};
    node_init(&daemon.node);
    changes_init(&daemon.changes);
    lost = changes_load(&daemon.changes, root, &daemon.wanted);
    if (lost)
        log_warning("%d records in /var/lib/wslnode and /run/wslnode cannot be understood, ignoring", lost);
    r = add_loop(&daemon);
    if (r >= 0) {
        load_config(&daemon);
        r = add_parts(&daemon);
    }
    if (r >= 0)
        roll_back_unfinished(&daemon);
    if (r >= 0)
        r = sd_event_loop(daemon.event);
    else
        log_error("The daemon cannot start: %s", strerror(-r));
    free_parts(&daemon);
    return r;
}
