/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sensor of DNS
 *
 * resolv.conf is read when it changes, and whoever is listed there is asked then. What is well is asked again
 * every four minutes, by one datagram for each server whose answer is looked for a minute later: both go
 * along with a beat of the clock.
 */
#include "sense.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../sys/cleanup.h"
#include "../sys/clock_time.h"
#include "../sys/timer.h"
#include "dns_late.h"
#include "dns_prober.h"
#include "dns_quiet.h"
#include "folder_watch.h"
#include "resolver_reader.h"

#define RESOLV_CONF "/etc/resolv.conf"
#define OURS        "/run/wslnode/resolv.conf"
#define DOUBT_USEC  500000
#define AGAIN_USEC  2000000 /* WSL's servers answered: if they do so again, ours may go */
#define GOOD_MAX    2
#define LOST_USEC   INT64_C(600000000)
#define LOST_MAX    16
#define OWN_USEC    2000000
#define FINE_ERROR  10000
#define QUIET_BEATS 4

enum probing {
    PROBING_NONE,
    PROBING_FULL,     /* who is in use */
    PROBING_THOROUGH, /* all candidates */
};

struct sense_dns {
    struct sense sense;
    struct folder_watch *watch;
    struct dns_prober *prober;
    sd_event_source *timer_source; /* a doubt, or what is to be asked again soon */
    struct resolver_fact resolver; /* as it was emitted last */
    struct dns_candidates known;   /* and these */
    bool read;
    bool doubting, soon; /* what the timer is for */
    unsigned beats;      /* since it was asked last */
    struct dns_quiet quiet;
    struct dns_late late;
    enum probing probing, again; /* under way; asked for meanwhile */
    bool public_asked;           /* with the public ones */
    int64_t asked_usec;
    int64_t measured_usec; /* so much was asked for what is known of all candidates … */
    bool measured_public;  /* … the public ones too … */
    bool answered;         /* … and this came of it */
    int64_t own_usec;      /* until then a change is ours */
    int64_t lost_usec[LOST_MAX];
    size_t lost;
};

static void emit(struct sense_dns *dns, const struct fact *fact)
{
    dns->sense.emit(dns->sense.userdata, fact);
}

static bool is_wsl(const struct sense_dns *dns)
{
    return strcmp(dns->sense.node->platform.platform, "wsl2") == 0;
}

/* Ours for good is nobody's stand-in. */
static bool stands_in(const struct sense_dns *dns)
{
    return dns->resolver.kind == RESOLVER_LINK && dns->resolver.owner == DNS_OWNER_WSLNODE;
}

static void emit_resolver(struct sense_dns *dns)
{
    struct fact fact = fact_of(FACT_RESOLVER);

    memcpy(&fact.resolver, &dns->resolver, sizeof(fact.resolver));
    emit(dns, &fact);
}

/* Whether a server answers by what programs ask it by. */
static enum dns_answer main_answer(const struct sense_dns *dns, const struct server_fact *server)
{
    return dns->resolver.use_vc && server->roles & DNS_ROLE_LISTED ? server->tcp : server->udp;
}

static bool is_in_use(const struct sense_dns *dns, const struct server_fact *server)
{
    return server->roles & DNS_ROLE_LISTED || (stands_in(dns) && server->roles & DNS_ROLE_WSL);
}

/* `by_tcp`: by that as well. */
static bool all_answer(const struct sense_dns *dns, bool by_tcp)
{
    size_t listed = 0;

    for (size_t i = 0; i < dns->known.count; i++) {
        const struct server_fact *server = &dns->known.list[i].server;

        if (!is_in_use(dns, server))
            continue;
        listed++;
        if (main_answer(dns, server) != DNS_ANSWER_OK || (by_tcp && server->tcp != DNS_ANSWER_OK))
            return false;
    }
    return listed > 0;
}

/* What is late, or good, for the first time is asked again; all else waits for a beat. */
static void plan_next(struct sense_dns *dns, bool late)
{
    bool good = dns->resolver.wsl_good > 0 && dns->resolver.wsl_good < GOOD_MAX;

    dns->beats = 0;
    if (dns->doubting)
        return;
    dns->soon = is_wsl(dns) && (late || good);
    if (dns->soon)
        timer_set(dns->timer_source, AGAIN_USEC);
    else
        timer_stop(dns->timer_source);
}

static void count_wsl(struct sense_dns *dns)
{
    const struct dns_list *wsl = &dns->resolver.wsl;
    uint32_t good = 0;

    for (size_t i = 0; stands_in(dns) && wsl->count && i < dns->known.count; i++) {
        const struct dns_candidate *candidate = &dns->known.list[i];

        if (dns_address_equal(&candidate->server.address, &wsl->servers[0]) && candidate->udp &&
            candidate->server.udp == DNS_ANSWER_OK)
            good = dns->resolver.wsl_good < GOOD_MAX ? dns->resolver.wsl_good + 1 : GOOD_MAX;
    }
    if (good == dns->resolver.wsl_good)
        return;
    dns->resolver.wsl_good = good;
    emit_resolver(dns);
}

static bool was_asked(const struct server_fact *server)
{
    return server->udp != DNS_ANSWER_UNKNOWN || server->tcp != DNS_ANSWER_UNKNOWN;
}

static void emit_servers(struct sense_dns *dns)
{
    struct fact dump = fact_of(FACT_DUMP_BEGIN);

    dump.dump.of = FACT_SERVER;
    emit(dns, &dump);
    for (size_t i = 0; i < dns->known.count; i++) {
        struct fact fact = fact_of(FACT_SERVER);

        memcpy(&fact.server, &dns->known.list[i].server, sizeof(fact.server));
        if (was_asked(&fact.server))
            emit(dns, &fact);
    }
    dump.kind = FACT_DUMP_END;
    emit(dns, &dump);
}

/* What public ones said long ago is worth nothing. */
static void forget(struct server_fact *server)
{
    server->udp = server->tcp = DNS_ANSWER_UNKNOWN;
    server->latency_usec = 0;
}

static void choose_asked(struct sense_dns *dns, struct dns_candidates *candidates)
{
    for (size_t i = 0; i < candidates->count; i++) {
        struct dns_candidate *candidate = &candidates->list[i];
        struct server_fact *server = &candidate->server;
        bool public = server->roles == DNS_ROLE_PUBLIC;

        if (dns->probing == PROBING_THOROUGH) {
            candidate->udp = candidate->tcp = !public || dns->public_asked;
            if (public)
                forget(server);
        } else if (is_in_use(dns, server)) {
            candidate->udp = candidate->tcp = true;
        }
    }
}

static void find_candidates(struct sense_dns *dns, struct dns_candidates *candidates)
{
    dns_candidates_find(dns->sense.node, &dns->resolver, dns->sense.dns, candidates);
    dns_candidates_recall(candidates, &dns->known);
    choose_asked(dns, candidates);
}

static void begin(struct sense_dns *dns, enum probing probing, bool public_asked)
{
    struct dns_candidates candidates;

    dns->again = PROBING_NONE;
    dns_quiet_stop(&dns->quiet);
    if (probing != PROBING_THOROUGH && !is_wsl(dns))
        return;
    dns->probing = probing;
    if (probing == PROBING_THOROUGH) {
        dns->asked_usec = clock_time_raw();
        dns->public_asked = public_asked;
    }
    find_candidates(dns, &candidates);
    dns_prober_ask(dns->prober, dns->sense.dns->probe_name, &candidates);
}

static void want(struct sense_dns *dns, enum probing probing)
{
    if (!dns_prober_busy(dns->prober))
        begin(dns, probing, false);
    else if (dns->again < probing)
        dns->again = probing;
}

static bool somebody_answered(const struct dns_candidates *answers)
{
    for (size_t i = 0; i < answers->count; i++)
        if (answers->list[i].server.udp == DNS_ANSWER_OK || answers->list[i].server.tcp == DNS_ANSWER_OK)
            return true;
    return false;
}

static void on_answers(void *userdata, const struct dns_candidates *answers)
{
    struct sense_dns *dns = userdata;
    struct dns_candidates now = *answers;
    bool late = dns_late_settle(&dns->late, &dns->known, &now, dns->probing == PROBING_THOROUGH);

    dns->known = now;
    if (dns->probing == PROBING_THOROUGH) {
        dns->measured_usec = dns->asked_usec;
        dns->measured_public = dns->public_asked;
        dns->answered = somebody_answered(answers);
    }
    dns->probing = PROBING_NONE;
    emit_servers(dns);
    count_wsl(dns);
    plan_next(dns, late);
    if (dns->again)
        begin(dns, dns->again, false);
    dns->sense.turn(dns->sense.userdata);
}

static void count_lost(struct sense_dns *dns, const struct resolver_fact *now)
{
    int64_t raw = clock_time_raw();

    if (dns->resolver.owner == DNS_OWNER_WSLNODE && now->owner != DNS_OWNER_WSLNODE && raw > dns->own_usec)
        dns->lost_usec[dns->lost++ % LOST_MAX] = raw;
    dns->own_usec = 0;
}

static uint32_t lost_lately(const struct sense_dns *dns)
{
    size_t count = dns->lost < LOST_MAX ? dns->lost : LOST_MAX;
    uint32_t lately = 0;

    for (size_t i = 0; i < count; i++)
        lately += clock_time_raw() - dns->lost_usec[i] < LOST_USEC;
    return lately;
}

/* Whether it is another than before. */
static bool read_again(struct sense_dns *dns)
{
    struct resolver_fact *before = &dns->resolver;
    struct fact fact = fact_of(FACT_RESOLVER);
    struct resolver_fact *now = &fact.resolver;
    struct wsl_resolv wsl;
    bool changed;

    wsl_resolv_read(dns->sense.root, &wsl);
    folder_watch_add(dns->watch, RESOLV_CONF);
    folder_watch_add(dns->watch, OURS);
    folder_watch_add(dns->watch, wsl.path);
    resolver_reader_read(dns->sense.root, &wsl, now);
    if (is_wsl(dns))
        resolver_reader_setting(dns->sense.root, now);
    now->lost = before->lost;
    now->wsl_good = before->wsl_good;
    changed = !dns->read || memcmp(now, before, sizeof(*now)) != 0;
    if (dns->read && changed)
        count_lost(dns, now);
    now->lost = lost_lately(dns);
    memcpy(before, now, sizeof(*before));
    if (changed)
        before->wsl_good = 0;
    dns->read = true;
    emit_resolver(dns);
    return changed;
}

void sense_dns_reread(struct sense_dns *dns)
{
    if (read_again(dns))
        want(dns, PROBING_FULL);
    dns->sense.turn(dns->sense.userdata);
}

static void on_changed(void *userdata)
{
    sense_dns_reread(userdata);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct sense_dns *dns = userdata;

    dns->doubting = dns->soon = false;
    read_again(dns);
    want(dns, PROBING_FULL);
    dns->sense.turn(dns->sense.userdata);
    return 0;
}

/* Who is well by every way that programs may take. */
static bool ask_quietly(struct sense_dns *dns)
{
    struct dns_candidates candidates;

    if (stands_in(dns) || dns->resolver.use_vc || !all_answer(dns, true))
        return false;
    find_candidates(dns, &candidates);
    return dns_quiet_ask(&dns->quiet, dns->sense.dns->probe_name, &candidates);
}

static bool is_due(struct sense_dns *dns)
{
    dns->beats++;
    return stands_in(dns) || !all_answer(dns, false) || dns->beats >= QUIET_BEATS;
}

void sense_dns_beat(struct sense_dns *dns)
{
    bool changed;

    if (!is_wsl(dns) || dns->doubting || dns->soon || dns_prober_busy(dns->prober))
        return;
    if (dns_quiet_open(&dns->quiet)) {
        dns->beats++;
        if (!dns_quiet_end(&dns->quiet, &dns->late))
            begin(dns, PROBING_FULL, false);
        return;
    }
    if (!is_due(dns))
        return;
    dns->beats = 0;
    changed = read_again(dns);
    if (changed || !ask_quietly(dns))
        begin(dns, PROBING_FULL, false);
    dns->sense.turn(dns->sense.userdata);
}

static void begin_thorough(struct sense_dns *dns, bool public_asked)
{
    dns_prober_stop(dns->prober);
    read_again(dns);
    begin(dns, PROBING_THOROUGH, public_asked);
    dns->sense.turn(dns->sense.userdata);
}

/* What is being answered may be old already. */
void sense_dns_refresh(struct sense_dns *dns)
{
    if (dns->probing == PROBING_THOROUGH)
        dns->again = PROBING_THOROUGH;
    else
        begin_thorough(dns, false);
}

/* Links come up together: one question for all of it. */
void sense_dns_doubt(struct sense_dns *dns)
{
    if (dns->doubting)
        return;
    dns->doubting = true;
    timer_set(dns->timer_source, DOUBT_USEC);
}

bool sense_dns_busy(const struct sense_dns *dns)
{
    return dns_prober_busy(dns->prober);
}

bool sense_dns_settled(const struct sense_dns *dns)
{
    return !sense_dns_busy(dns) && !dns->doubting && !dns->soon;
}

static bool is_fresh(const struct sense_dns *dns, int64_t raw_usec, bool public_asked)
{
    return dns->measured_usec >= raw_usec && (dns->answered || dns->measured_public || !public_asked);
}

/* Whoever waits has no time for what else may be under way. */
bool sense_dns_fresh(struct sense_dns *dns, int64_t raw_usec, bool public_allowed)
{
    bool public_asked = public_allowed && dns->sense.dns->public_fallback;
    bool coming = dns->probing == PROBING_THOROUGH && dns->asked_usec >= raw_usec &&
                  (dns->public_asked || !public_asked);

    if (!coming && !is_fresh(dns, raw_usec, public_asked))
        begin_thorough(dns, public_asked);
    return is_fresh(dns, raw_usec, public_asked);
}

void sense_dns_own(struct sense_dns *dns)
{
    dns->own_usec = clock_time_raw() + OWN_USEC;
}

static bool is_meant(const char *name)
{
    return strcmp(name, "resolv.conf") == 0 || strcmp(name, "wsl.conf") == 0;
}

struct sense_dns *sense_dns_free(struct sense_dns *dns)
{
    if (!dns)
        return NULL;
    sd_event_source_disable_unref(dns->timer_source);
    dns_quiet_stop(&dns->quiet);
    folder_watch_free(dns->watch);
    dns_prober_free(dns->prober);
    free(dns);
    return NULL;
}

static void sense_dns_freep(struct sense_dns **dns)
{
    sense_dns_free(*dns);
}

int sense_dns_new(const struct sense *sense, struct sense_dns **ret)
{
    _cleanup_(sense_dns_freep) struct sense_dns *dns = calloc(1, sizeof(*dns));
    int r;

    if (!dns)
        return -ENOMEM;
    dns->sense = *sense;
    r = folder_watch_new(sense->event, sense->root, is_meant, on_changed, dns, &dns->watch);
    if (r >= 0)
        r = dns_prober_new(sense->event, on_answers, dns, &dns->prober);
    if (r >= 0)
        r = timer_new(sense->event, &dns->timer_source, FINE_ERROR, on_timer, dns);
    if (r < 0)
        return r;
    read_again(dns);
    sense_dns_doubt(dns);
    dns->sense.turn(dns->sense.userdata);
    *ret = take_pointer(dns);
    return 0;
}
