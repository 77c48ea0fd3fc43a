/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An executor for a test */
#include "stand.h"

#include <signal.h>

#include "../../service/sys/clock_time.h"

const struct endpoint_names *stand_endpoint_names;

static bool is_ready(void *userdata, const struct job *next)
{
    struct stand *stand = userdata;

    stand->next = *next;
    return !stand->unready;
}

static void on_measure(void *userdata, executor_measured done, void *done_userdata)
{
    struct stand *stand = userdata;

    stand->measures++;
    if (stand->on_measure)
        stand->on_measure(stand);
    if (stand->measures_later) {
        stand->measured = done;
        stand->measured_userdata = done_userdata;
        return;
    }
    done(done_userdata);
}

static void on_stepped(void *userdata)
{
    ((struct stand *)userdata)->stepped++;
}

static void on_ran(void *userdata, const struct outcome *outcome)
{
    ((struct stand *)userdata)->ran++;
}

static void on_restart(void *userdata, const char *unit, uint64_t deadline_usec, executor_effect_done done,
                       void *done_userdata)
{
    struct stand *stand = userdata;
    size_t length = strlen(stand->units);

    assert_true(stand->restarts < COUNT(stand->deadlines_usec));
    stand->deadlines_usec[stand->restarts++] = deadline_usec;
    snprintf(stand->units + length, sizeof(stand->units) - length, "%s ", unit);
    if (stand->on_restart)
        stand->on_restart(stand);
    done(done_userdata, stand->result ? stand->result : "done");
}

static void on_restarted(void *userdata)
{
    ((struct stand *)userdata)->restarted++;
}

static void read_tunnel(struct stand *stand)
{
    struct fact peers[2];

    for (uint32_t i = 0; i < COUNT(peers); i++) {
        peers[i] = peer_of(WG0, i + 1, clock_time_raw(), -1);
        peers[i].peer.keepalive_sec = stand->keepalive[i];
    }
    read_peers(&stand->node, WG0, peers, COUNT(peers));
}

static void on_sent(void *userdata, int32_t ifindex, const uint8_t key[PEER_KEY_SIZE])
{
}

/* What wireguard-go was told it has when it is read. */
static bool is_read(void *userdata, const char *link, int64_t raw_usec)
{
    struct stand *stand = userdata;
    unsigned peer = 0, seconds = 0;
    const char *interval = strstr(stand->go.set, "interval=");

    if (interval && sscanf(stand->go.set, "set=1\npublic_key=%8x", &peer) == 1 &&
        sscanf(interval, "interval=%u", &seconds) == 1 && peer >= 1 && peer <= 2 &&
        peer != stand->keepalive_fails)
        stand->keepalive[peer - 1] = seconds;
    stand->keepalive_sets++;
    read_tunnel(stand);
    return true;
}

void stand_pose_tunnel(struct stand *stand)
{
    struct fact tunnel = tunnel_of("wg0", WG0);

    tunnel.tunnel.user_space = true;
    name_tunnels(&stand->node, &tunnel, 1);
    wireguard_go_start(&stand->go, stand->event, &stand->scratch, "wg0");
    stand->go.set_answer = "errno=0\n\n";
    read_tunnel(stand);
}

static void on_link_dns(void *userdata, int32_t ifindex, const struct dns_list *servers,
                        executor_link_dns_done done, void *done_userdata)
{
    struct stand *stand = userdata;

    stand->link_dns_sets++;
    stand->link_dns_ifindex = ifindex;
    stand->link_dns_asked = *servers;
    done(done_userdata, stand->link_dns_problem, &stand->link_dns_before);
}

static void on_done(void *userdata, const struct outcome *outcome)
{
    struct stand *stand = userdata;
    size_t length = strlen(stand->order);

    if (!outcome) {
        stand->ended++;
        return;
    }
    stand->outcome = *outcome;
    if (length + 1 < sizeof(stand->order))
        stand->order[length] = outcome->plan.subject.link[0] ? outcome->plan.subject.link[2] : '-';
    stand->done++;
    /* The wanted state and the log are looked at before the caller is told. */
    assert_int_equal(stand->ran, stand->done);
}

void stand_load(struct stand *stand)
{
    changes_done(&stand->changes);
    memset(&stand->wanted, 0, sizeof(stand->wanted));
    assert_int_equal(changes_load(&stand->changes, stand->scratch.root, &stand->wanted), 0);
}

int stand_set_up(void **state)
{
    static struct stand stand;
    struct executor_context context;
    struct apply_peer_context keepalive = {
        .fd = -1, .node = &stand.node, .is_read = is_read, .sent = on_sent, .userdata = &stand};
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, NULL); /* as the daemon does, for its children */
    memset(&stand, 0, sizeof(stand));
    memset(&settime, 0, sizeof(settime));
    scratch_make(&stand.scratch);
    node_with_tunnel(&stand.node);
    changes_init(&stand.changes);
    stand_load(&stand);
    assert_true(sd_event_new(&stand.event) >= 0);
    kernel_start(&stand.kernel, stand.event);
    assert_int_equal(apply_kernel_new(stand.event, stand.kernel.daemon_fd, &stand.apply_kernel), 0);
    keepalive.event = stand.event;
    keepalive.root = stand.scratch.root;
    stand.go.fd = stand.go.call = -1;
    assert_int_equal(apply_peer_new(&keepalive, &stand.apply_peer), 0);
    assert_int_equal(apply_file_new(stand.event, stand.scratch.root, &stand.apply_file), 0);
    stand.view = (struct view){.node = &stand.node,
                               .wanted = &stand.wanted,
                               .findings = &stand.findings,
                               .changes = &stand.changes.list,
                               .targets = &stand.targets,
                               .dns = &stand.dns,
                               .keepalive_file = &stand.keepalive_file,
                               .endpoint_names = stand_endpoint_names,
                               .refreshed = stand.refreshed};
    context = (struct executor_context){.event = stand.event,
                                        .view = stand.view,
                                        .wanted = &stand.wanted,
                                        .changes = &stand.changes,
                                        .kernel = stand.apply_kernel,
                                        .file = stand.apply_file,
                                        .peer = stand.apply_peer,
                                        .restart = on_restart,
                                        .restarted = on_restarted,
                                        .ready = is_ready,
                                        .measure_clock = on_measure,
                                        .set_link_dns = on_link_dns,
                                        .stepped = on_stepped,
                                        .ran = on_ran,
                                        .userdata = &stand};
    assert_true(executor_new(&context, &stand.executor) >= 0);
    stand.kernel.userdata = &stand;
    *state = &stand;
    return 0;
}

int stand_tear_down(void **state)
{
    struct stand *stand = *state;

    executor_free(stand->executor);
    apply_kernel_free(stand->apply_kernel);
    apply_file_free(stand->apply_file);
    apply_peer_free(stand->apply_peer);
    wireguard_go_kill(&stand->go);
    keepalive_file_done(&stand->keepalive_file);
    kernel_stop(&stand->kernel);
    sd_event_unref(stand->event);
    changes_done(&stand->changes);
    findings_done(&stand->findings);
    node_done(&stand->node);
    scratch_remove(&stand->scratch);
    return 0;
}

void stand_submit(struct stand *stand, struct call call)
{
    struct job job = {.call = call, .done = on_done, .userdata = stand};
    struct refusal refusal;
    struct plan plan;

    clock_time_read(&call.raw_usec, &call.clock_usec);
    assert_int_equal(plan_make(&stand->view, &call, &plan, &refusal), 0);
    job.authorised = plan.subject;
    assert_int_equal(executor_submit(stand->executor, &job, &refusal), 0);
}

void stand_submit_job(struct stand *stand, enum job_kind kind, struct call call)
{
    struct job job = {.kind = kind, .call = call, .done = on_done, .userdata = stand};
    struct refusal refusal;

    assert_int_equal(executor_submit(stand->executor, &job, &refusal), 0);
}

void stand_submit_put_back(struct stand *stand, const char *link)
{
    struct call call = {.flags = 0};

    snprintf(call.target, sizeof(call.target), "%s", link);
    stand_submit_job(stand, JOB_PUT_BACK, call);
}

static void file_with(const char *value, char *text, size_t size)
{
    snprintf(text, size, "# before\nWSL_IP=%s\n# after\n", value);
}

void stand_follow(struct stand *stand, const char *path, const char *value)
{
    struct target_file *file = &stand->targets.files[stand->targets.files_count++];
    char text[256];

    *file = (struct target_file){.variables = {"WSL_IP"}, .variables_count = 1};
    snprintf(file->path, sizeof(file->path), "%s", path);
    file_with(value, text, sizeof(text));
    scratch_write(&stand->scratch, path + 1, text);
    tell(&stand->node, file_of(path, NULL));
    tell(&stand->node, place_of(path, 2, value));
}

void stand_follow_unit(struct stand *stand, const char *unit)
{
    snprintf(stand->targets.units[stand->targets.units_count++], FILE_PATH_SIZE, "%s", unit);
}

void stand_assert_file(struct stand *stand, const char *path, const char *value)
{
    char text[256];

    file_with(value, text, sizeof(text));
    scratch_assert(&stand->scratch, path + 1, text);
}

void stand_wait(struct stand *stand, unsigned done)
{
    for (int i = 0; i < 1000 && stand->done < done; i++)
        assert_true(sd_event_run(stand->event, 10000) >= 0);
    assert_int_equal(stand->done, done);
}

const struct outcome *stand_run(struct stand *stand, struct call call)
{
    stand_submit(stand, call);
    stand_wait(stand, stand->done + 1);
    assert_true(executor_idle(stand->executor));
    return &stand->outcome;
}

void stand_look(struct stand *stand, enum clock_reference reference, int64_t offset_usec)
{
    struct fact fact = fact_of(FACT_CLOCK);

    fact.clock.reference = reference;
    fact.clock.settable = true;
    fact.clock.bound_usec = 1000;
    clock_time_read(&fact.clock.raw_usec, &fact.clock.clock_usec);
    fact.clock.base_usec = fact.clock.clock_usec - offset_usec;
    tell(&stand->node, fact);
}

void stand_hear(struct stand *stand)
{
    struct fact fact =
        link_up(stand->kernel.ifindex, stand->kernel.name, stand->kernel.kind, stand->kernel.mtu);

    tell(&stand->node, fact);
}
