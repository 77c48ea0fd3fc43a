/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The daemon: wiring
 *
 * Sensors emit facts during a turn; the turn ends in settle(), which asks the checks, puts back what is lost
 * and publishes.
 */
#include "daemon.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "../dbus/bus.h"
#include "act/executor.h"
#include "appliers.h"
#include "config.h"
#include "config_dns.h"
#include "follow.h"
#include "fresh.h"
#include "own.h"
#include "report.h"
#include "restore.h"
#include "resume.h"
#include "sensors.h"
#include "signals.h"
#include "stand_in.h"
#include "state/health.h"
#include "sync.h"
#include "sys/clock_time.h"
#include "sys/log.h"

#define NAME_LATEST_USEC 500000
struct daemon {
    int root;
    sd_event *event;
    sd_event_source *settle_source, *name_source;
    struct node node;
    struct wanted wanted;
    struct findings findings, fresh;
    struct changes changes;
    struct config config;
    struct view view;
    struct events events;
    int mask;
    char status[REPORT_STATUS_SIZE];
    struct follow follow;
    struct resume resume;
    uint64_t resumes; /* that were seen to */
    struct sync sync;
    struct restore restore;
    struct stand_in stand_in;
    struct fresh fresh_enough;
    struct sensors sensors;
    struct appliers appliers;
    struct keepalive_file keepalive_file;
    struct endpoint_names endpoint_names;
    struct executor *executor;
    struct bus bus;
};

static uint64_t now_usec(struct daemon *daemon, clockid_t clock)
{
    uint64_t usec = 0;

    sd_event_now(daemon->event, clock, &usec);
    return usec;
}

static void wake_settle(void *userdata)
{
    sd_event_source_set_enabled(((struct daemon *)userdata)->settle_source, SD_EVENT_ONESHOT);
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
    sync_turn(&daemon->sync);
    executor_resume(daemon->executor);
    wake_settle(daemon);
}

static void on_beat(void *userdata)
{
    sensors_beat(&((struct daemon *)userdata)->sensors);
}

static bool is_ready(void *userdata, const struct job *next)
{
    return fresh_for(&((struct daemon *)userdata)->fresh_enough, next);
}

static void on_ran(void *userdata, const struct outcome *outcome)
{
    struct daemon *daemon = userdata;

    fresh_after(&daemon->fresh_enough, &outcome->plan);
    if (outcome->change && plan_has(&outcome->plan, STEP_RESOLV))
        resume_mended(&daemon->resume, "dns", "");
    daemon->mask |= NODE_WANTED;
    wake_settle(daemon);
}

static void on_restored(void *userdata, const char *link)
{
    resume_mended(&((struct daemon *)userdata)->resume, "mtu", link);
}

static void on_restarted(void *userdata)
{
    follow_restarted(&((struct daemon *)userdata)->follow);
}

static void restart(void *userdata, const char *unit, uint64_t deadline_usec, executor_effect_done done,
                    void *done_userdata)
{
    bus_restart(&((struct daemon *)userdata)->bus, unit, deadline_usec, done, done_userdata);
}

static void set_link_dns(void *userdata, int32_t ifindex, const struct dns_list *servers,
                         executor_link_dns_done done, void *done_userdata)
{
    bus_set_link_dns(&((struct daemon *)userdata)->bus, ifindex, servers, done, done_userdata);
}

static void refresh(void *userdata)
{
    own_submit(((struct daemon *)userdata)->executor, JOB_OWN, (struct call){.verb = VERB_REFRESH_IP});
}

static bool follows(void *userdata)
{
    return follow_wanted(&((struct daemon *)userdata)->follow);
}

static void on_stepped(void *userdata)
{
    sense_clock_own(((struct daemon *)userdata)->sensors.clock);
}

static void measure_clock(void *userdata, executor_measured done, void *done_userdata)
{
    sync_measure(&((struct daemon *)userdata)->sync, done, done_userdata);
}

static bool may_sync(void *userdata)
{
    return sync_allowed(&((struct daemon *)userdata)->sync);
}

static void measure_links(void *userdata)
{
    struct daemon *daemon = userdata;

    sense_link_refresh(daemon->sensors.link);
    sense_loopback_refresh(daemon->sensors.loopback);
    sense_wireguard_refresh(daemon->sensors.wireguard);
    sense_tailscale_wake(daemon->sensors.tailscale);
    sense_dns_doubt(daemon->sensors.dns);
}

static bool links_settled(void *userdata)
{
    const struct daemon *daemon = userdata;
    const struct sensors *sensors = &daemon->sensors;

    return !sense_link_busy(sensors->link) && !sense_loopback_busy(sensors->loopback) &&
           !sense_clock_busy(sensors->clock) && !sense_wireguard_busy(sensors->wireguard) &&
           sense_dns_settled(sensors->dns) && !daemon->node.clock.beyond && executor_idle(daemon->executor);
}

static void on_resumed(void *userdata, const struct resumed *resumed)
{
    struct daemon *daemon = userdata;

    path_watch_refresh(daemon->sensors.path);
    sense_windows_doubt(daemon->sensors.windows);
    sense_reach_refresh(daemon->sensors.reach);
    bus_resumed(&daemon->bus, resumed);
}

static void check_health(struct daemon *daemon)
{
    struct health_input input = {.node = &daemon->node, .wanted = &daemon->wanted};
    const char *before = health_word(&daemon->node, &daemon->findings);
    struct findings swapped;

    health_evaluate(&input, &daemon->fresh);
    if (findings_equal(&daemon->findings, &daemon->fresh) && !(daemon->mask & NODE_LINKS))
        return;
    if (!findings_equal(&daemon->findings, &daemon->fresh))
        daemon->mask |= NODE_FINDINGS;
    swapped = daemon->findings;
    daemon->findings = daemon->fresh;
    daemon->fresh = swapped;
    if (strcmp(before, health_word(&daemon->node, &daemon->findings)) != 0)
        daemon->mask |= NODE_HEALTH;
}

static void see_to_clock(struct daemon *daemon)
{
    if (daemon->resumes != daemon->node.clock.resumes_total) {
        daemon->resumes = daemon->node.clock.resumes_total;
        bus_hold(&daemon->bus);
        resume_start(&daemon->resume, daemon->node.clock.asleep_usec);
    } else if (daemon->mask & NODE_CLOCK && !resume_running(&daemon->resume) && sync_wanted(&daemon->sync)) {
        own_submit(daemon->executor, JOB_OWN, (struct call){.verb = VERB_SYNC_CLOCK});
    }
}

static void see_to_dns(struct daemon *daemon)
{
    struct call call;

    if (daemon->mask & (NODE_PLATFORM | NODE_UPLINK | NODE_ADDRESS | NODE_GATEWAY))
        sense_dns_doubt(daemon->sensors.dns);
    if (daemon->mask & NODE_DNS && stand_in_wanted(&daemon->stand_in, clock_time_raw(), &call))
        own_submit(daemon->executor, JOB_OWN, call);
}

static int settle(sd_event_source *source, void *userdata)
{
    struct daemon *daemon = userdata;
    int mask;

    path_watch_look(daemon->sensors.path);
    sense_reach_look(daemon->sensors.reach);
    if (restore_turn(&daemon->restore, now_usec(daemon, CLOCK_MONOTONIC)))
        daemon->mask |= NODE_WANTED;
    if (daemon->mask)
        check_health(daemon);
    if (daemon->mask & (NODE_ADDRESS | NODE_ADDRESSES))
        follow_changed(&daemon->follow);
    see_to_clock(daemon);
    see_to_dns(daemon);
    mask = daemon->mask;
    daemon->mask = 0;
    report_events(&daemon->events);
    events_clear(&daemon->events);
    if (mask) {
        log_debug("Changes of this turn: 0x%x", mask);
        bus_publish(&daemon->bus, mask);
        report_status(&daemon->view, daemon->status);
    }
    if (mask & NODE_ANY_ADDRESS)
        sense_port_doubt(daemon->sensors.port);
    if (mask)
        sense_hosts_doubt(daemon->sensors.hosts);
    if (mask & NODE_LINKS)
        sense_wireguard_doubt(daemon->sensors.wireguard);
    resume_turn(&daemon->resume);
    if (!sensors_busy(&daemon->sensors))
        bus_measured(&daemon->bus);
    return 0;
}

static void measure(void *userdata)
{
    sensors_refresh(&((struct daemon *)userdata)->sensors);
}

static const char *late(void *userdata)
{
    return sensors_late(&((struct daemon *)userdata)->sensors);
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
    bus_want_name(&((struct daemon *)userdata)->bus);
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
    follow_changed(&daemon->follow);
    log_event(LOG_INFO, LOG_ID_RELOADED, NULL, "The configuration was read again");
    sd_notify(0, "READY=1");
    return 0;
}

static int on_stop(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
    sd_notify(0, "STOPPING=1");
    return sd_event_exit(((struct daemon *)userdata)->event, EXIT_SUCCESS);
}

static int add_loop(struct daemon *daemon)
{
    int r = sd_event_new(&daemon->event);

    if (r >= 0)
        r = signals_add(daemon->event, on_reload, on_stop, daemon);
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
        r = follow_init(&daemon->follow, daemon->event);
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
                                         .ready = is_ready,
                                         .measure_clock = measure_clock,
                                         .set_link_dns = set_link_dns,
                                         .stepped = on_stepped,
                                         .ran = on_ran,
                                         .userdata = daemon};
    struct sense sense = {.event = daemon->event,
                          .root = daemon->root,
                          .node = &daemon->node,
                          .targets = &daemon->config.targets,
                          .ntp_servers = daemon->config.clock.servers,
                          .ntp_servers_count = &daemon->config.clock.servers_count,
                          .dns = &daemon->config.dns,
                          .endpoint_names = &daemon->endpoint_names,
                          .emit = on_fact,
                          .turn = on_turn,
                          .beat = on_beat,
                          .userdata = daemon};
    struct bus_context bus = {.event = daemon->event,
                              .view = daemon->view,
                              .measure = measure,
                              .late = late,
                              .named = on_named,
                              .userdata = daemon};
    struct resume_context resume = {.event = daemon->event,
                                    .node = &daemon->node,
                                    .may_sync = may_sync,
                                    .measure = measure_links,
                                    .settled = links_settled,
                                    .follows = follows,
                                    .read_vpn = sensors_read_vpn,
                                    .vpn_is_read = sensors_vpn_is_read,
                                    .vpn_sent = sensors_vpn_sent,
                                    .sensors = &daemon->sensors,
                                    .wake = wake_settle,
                                    .ended = on_resumed,
                                    .userdata = daemon};
    int r = appliers_start(&daemon->appliers, daemon->event, &daemon->fresh_enough);

    if (r < 0)
        return r;
    execution.kernel = daemon->appliers.kernel;
    execution.file = daemon->appliers.file;
    execution.peer = daemon->appliers.peer;
    r = executor_new(&execution, &daemon->executor);
    if (r < 0)
        return r;
    bus.executor = resume.executor = daemon->restore.executor = daemon->executor;
    r = resume_init(&daemon->resume, &resume);
    if (r < 0)
        return r;
    r = bus_open(&daemon->bus, &bus);
    if (r >= 0)
        r = sensors_start(&daemon->sensors, &sense);
    daemon->sync.clock = daemon->sensors.clock;
    return r;
}

static void free_parts(struct daemon *daemon)
{
    bus_close(&daemon->bus);
    sensors_stop(&daemon->sensors);
    daemon->executor = executor_free(daemon->executor);
    appliers_stop(&daemon->appliers);
    keepalive_file_done(&daemon->keepalive_file);
    resume_done(&daemon->resume);
    follow_done(&daemon->follow);
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
                                .dns = &daemon.config.dns,
                                .keepalive_file = &daemon.keepalive_file,
                                .endpoint_names = &daemon.endpoint_names,
                                .refreshed = daemon.follow.refreshed};
    daemon.follow = (struct follow){.node = &daemon.node,
                                    .targets = &daemon.config.targets,
                                    .refresh = refresh,
                                    .userdata = &daemon};
    daemon.sync = (struct sync){.node = &daemon.node, .config = &daemon.config.clock};
    daemon.fresh_enough = (struct fresh){.view = &daemon.view,
                                         .sensors = &daemon.sensors,
                                         .keepalive_file = &daemon.keepalive_file,
                                         .root = root};
    daemon.stand_in = (struct stand_in){.view = &daemon.view};
    daemon.restore = (struct restore){.node = &daemon.node,
                                      .wanted = &daemon.wanted,
                                      .restored = on_restored,
                                      .userdata = &daemon};
    node_init(&daemon.node);
    changes_init(&daemon.changes);
    lost = changes_load(&daemon.changes, root, &daemon.wanted);
    if (lost)
        log_warning("%d records in /var/lib/wslnode and /run/wslnode cannot be understood, ignoring", lost);
    r = add_loop(&daemon);
    if (r >= 0) {
        config_dns_default(&daemon.config.dns); /* the first file may be refused */
        load_config(&daemon);
        r = add_parts(&daemon);
    }
    if (r >= 0)
        own_roll_back(daemon.executor, &daemon.changes.list);
    if (r >= 0)
        r = sd_event_loop(daemon.event);
    else
        log_error("The daemon cannot start: %s", strerror(-r));
    free_parts(&daemon);
    return r;
}
