/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The methods and their trampoline: parse, plan, authorise, then plan again and execute */
#include "method.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../service/sys/clock_time.h"
#include "../service/sys/log.h"
#include "action.h"
#include "bus.h"
#include "encode.h"
#include "encode_dns.h"
#include "error.h"
#include "question.h"
#include "vpn_method.h"

#define LIST_LINKS_MAX 1000

typedef int (*parse_function)(sd_bus_message *message, struct call *call);
typedef int (*run_function)(struct bus *bus, sd_bus_message *message, const char *target,
                            sd_bus_error *error);

/* A verb has an action and a parser. Others run: with an action once that is authorised, else at once. */
struct method {
    const char *member;
    action_function action;
    parse_function parse;
    run_function run;
};

/* A call that waits: for polkit, or for its turn. One that is no verb has only the question's target. */
struct pending {
    struct bus *bus;
    sd_bus_message *message;
    const struct method *method;
    struct call call;
    struct plan_subject subject; /* what is authorised */
    struct question question;
};

static int take_text(char *text, const char *given)
{
    return snprintf(text, CALL_TEXT_SIZE, "%s", given) < CALL_TEXT_SIZE ? 0 : -E2BIG;
}

static int parse_set_mtu(sd_bus_message *message, struct call *call)
{
    const char *link;
    int r = sd_bus_message_read(message, "sut", &link, &call->mtu, &call->flags);

    call->verb = VERB_SET_MTU;
    return r < 0 ? r : take_text(call->target, link);
}

static int parse_refresh_ip(sd_bus_message *message, struct call *call)
{
    call->verb = VERB_REFRESH_IP;
    return sd_bus_message_read(message, "t", &call->flags);
}

static int parse_sync_clock(sd_bus_message *message, struct call *call)
{
    call->verb = VERB_SYNC_CLOCK;
    return sd_bus_message_read(message, "t", &call->flags);
}

static int parse_fix_dns(sd_bus_message *message, struct call *call)
{
    call->verb = VERB_FIX_DNS;
    return sd_bus_message_read(message, "t", &call->flags);
}

static int parse_set_keepalive(sd_bus_message *message, struct call *call)
{
    const char *link, *peer;
    int r = sd_bus_message_read(message, "ssut", &link, &peer, &call->seconds, &call->flags);

    call->verb = VERB_SET_KEEPALIVE;
    if (r >= 0)
        r = take_text(call->target, link);
    return r < 0 ? r : take_text(call->word, peer);
}

static int parse_mend(sd_bus_message *message, struct call *call)
{
    const char *finding, *subject;
    int r = sd_bus_message_read(message, "sst", &finding, &subject, &call->flags);

    call->verb = VERB_MEND;
    if (r >= 0)
        r = take_text(call->word, finding);
    return r < 0 ? r : take_text(call->target, subject);
}

static int parse_undo(sd_bus_message *message, struct call *call)
{
    call->verb = VERB_UNDO;
    return sd_bus_message_read(message, "tt", &call->change, &call->flags);
}

static int parse_release(sd_bus_message *message, struct call *call)
{
    const char *kind, *target;
    int r = sd_bus_message_read(message, "sst", &kind, &target, &call->flags);

    call->verb = VERB_RELEASE;
    if (r >= 0)
        r = take_text(call->word, kind);
    return r < 0 ? r : take_text(call->target, target);
}

/* Replies to calls that list something: an array of dictionaries. */
static int reply_list(struct bus *bus, sd_bus_message *call,
                      int (*fill)(struct bus *, sd_bus_message *, const void *), const void *arguments)
{
    sd_bus_message *reply = NULL;
    int r = sd_bus_message_new_method_return(call, &reply);

    if (r >= 0)
        r = sd_bus_message_open_container(reply, 'a', "a{sv}");
    if (r >= 0)
        r = fill(bus, reply, arguments);
    if (r >= 0)
        r = sd_bus_message_close_container(reply);
    if (r >= 0)
        r = sd_bus_send(NULL, reply, NULL);
    sd_bus_message_unref(reply);
    return r;
}

struct page {
    uint64_t from;
    uint32_t limit;
};

static int fill_changes(struct bus *bus, sd_bus_message *reply, const void *arguments)
{
    const struct change_list *changes = bus->context.view.changes;
    const struct page *page = arguments;
    uint32_t given = 0;
    int r = 0;

    for (size_t i = changes->count; r >= 0 && i-- > 0 && given < page->limit;)
        if (!page->from || changes->list[i].id < page->from) {
            r = encode_change(reply, &changes->list[i]);
            given++;
        }
    return r;
}

static int list_changes(struct bus *bus, sd_bus_message *message, const char *target, sd_bus_error *error)
{
    struct page page;
    int r = sd_bus_message_read(message, "tu", &page.from, &page.limit);

    if (r < 0)
        return r;
    if (!page.limit || page.limit > CHANGES_MAX)
        page.limit = CHANGES_MAX;
    return reply_list(bus, message, fill_changes, &page);
}

static int fill_links(struct bus *bus, sd_bus_message *reply, const void *arguments)
{
    const struct node *node = bus->context.view.node;
    const struct page *page = arguments;
    int r = 0;

    for (uint64_t i = page->from; r >= 0 && i < node->links.count && i < page->from + page->limit; i++)
        r = encode_link(reply, node, &node->links.list[i].fact.link);
    return r;
}

static int list_links(struct bus *bus, sd_bus_message *message, const char *target, sd_bus_error *error)
{
    struct page page;
    uint32_t offset;
    int r = sd_bus_message_read(message, "uu", &offset, &page.limit);

    if (r < 0)
        return r;
    page.from = offset;
    if (!page.limit || page.limit > LIST_LINKS_MAX)
        page.limit = LIST_LINKS_MAX;
    return reply_list(bus, message, fill_links, &page);
}

static int diagnose(struct bus *bus, sd_bus_message *message, const char *target, sd_bus_error *error)
{
    return diagnose_call(&bus->diagnose, message, error);
}

/* METHOD_FREE_list_changes and so on: free methods say so, verbs name their action. */
#define ROW(name, in, out, authorisation, runs) ROW_##authorisation(name, runs)
#define ROW_METHOD_FREE(name, runs)             {.member = #name, .run = runs},
#define ROW_action_set_mtu(name, runs)          {.member = #name, .action = action_set_mtu, .parse = runs},
#define ROW_action_refresh_ip(name, runs)       {.member = #name, .action = action_refresh_ip, .parse = runs},
#define ROW_action_sync_clock(name, runs)       {.member = #name, .action = action_sync_clock, .parse = runs},
#define ROW_action_fix_dns(name, runs)          {.member = #name, .action = action_fix_dns, .parse = runs},
#define ROW_action_set_keepalive(name, runs)    {.member = #name, .action = action_set_keepalive, .parse = runs},
#define ROW_action_mend(name, runs)             {.member = #name, .action = action_mend, .parse = runs},
#define ROW_action_undo(name, runs)             {.member = #name, .action = action_undo, .parse = runs},
#define ROW_action_release(name, runs)          {.member = #name, .action = action_release, .parse = runs},
#define ROW_action_list_peers(name, runs)       {.member = #name, .action = action_list_peers, .run = runs},

static const struct method methods[] = {METHOD_TABLE(ROW) VPN_METHOD_TABLE(ROW)};

static const struct method *find_method(const char *member)
{
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        if (strcmp(methods[i].member, member) == 0)
            return &methods[i];
    return NULL;
}

static void pending_free(struct pending *pending)
{
    struct bus *bus = pending->bus;

    sd_bus_message_unref(pending->message);
    free(pending);
    bus_call_ended(bus);
}

static int fill_result(sd_bus_message *reply, const struct pending *pending, const struct plan *plan)
{
    switch (plan->subject.verb) {
    case VERB_SET_MTU:
        return sd_bus_message_append(reply, "a{sv}", 1, "mtu", "u", plan->subject.mtu);
    case VERB_REFRESH_IP:
        return encode_refreshed(reply, &pending->bus->context.view);
    case VERB_SYNC_CLOCK:
        return encode_synced(reply, plan);
    case VERB_FIX_DNS:
        return encode_dns_fixed(reply, plan);
    case VERB_SET_KEEPALIVE:
        return sd_bus_message_append(reply, "a{sv}", 1, "peers", "u", plan->peers);
    case VERB_MEND:
    case VERB_UNDO:
    case VERB_RELEASE:
    case VERBS:
        break;
    }
    return sd_bus_message_append(reply, "a{sv}", 0);
}

static int reply_outcome(const struct pending *pending, const struct outcome *outcome)
{
    sd_bus_message *reply = NULL;
    int r;

    if (outcome->refusal.kind != REFUSAL_NONE)
        return error_reply(pending->message, &outcome->refusal);
    r = sd_bus_message_new_method_return(pending->message, &reply);
    if (r >= 0)
        r = sd_bus_message_append(reply, "t", outcome->change);
    if (r >= 0)
        r = encode_steps(reply, outcome->plan.steps, outcome->plan.steps_count);
    if (r >= 0)
        r = fill_result(reply, pending, &outcome->plan);
    if (r >= 0)
        r = sd_bus_send(NULL, reply, NULL);
    sd_bus_message_unref(reply);
    return r;
}

static void log_outcome(const struct pending *pending, const struct outcome *outcome)
{
    char text[STEP_TEXT_SIZE];

    if (outcome->refusal.kind != REFUSAL_NONE)
        log_event(LOG_NOTICE, LOG_ID_CHANGE, pending->subject.link, "%s of uid %u: %s",
                  pending->method->member, pending->call.uid, outcome->refusal.text);
    for (size_t i = 0; outcome->change && i < outcome->plan.steps_count; i++)
        log_event(LOG_INFO, LOG_ID_CHANGE, outcome->plan.steps[i].target,
                  "Change %lu, %s of uid %u: %s %s %s", (unsigned long)outcome->change,
                  pending->method->member, pending->call.uid, step_kind_name(outcome->plan.steps[i].kind),
                  outcome->plan.steps[i].target, step_text(&outcome->plan.steps[i], text, sizeof(text)));
}

static void on_executed(void *userdata, const struct outcome *outcome)
{
    struct pending *pending = userdata;
    int r = outcome ? reply_outcome(pending, outcome) : 0;

    if (outcome)
        log_outcome(pending, outcome);
    if (r < 0)
        log_debug("%s cannot be answered: %s, ignoring", pending->method->member, strerror(-r));
    pending_free(pending);
}

static void on_ask(void *userdata, uint32_t uid, struct authorize_request *request)
{
    struct pending *pending = userdata;
    const struct view *view = &pending->bus->context.view;

    pending->call.uid = uid;
    if (pending->method->parse)
        question_ask(&pending->question, view, &pending->call, &pending->subject);
    *request = (struct authorize_request){
        .action = pending->method->action(view, &pending->call),
        .details = {"verb", pending->method->member, "target", pending->question.target, "value",
                    pending->question.value, NULL},
    };
}

static void run(const struct pending *pending)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    int r = pending->method->run(pending->bus, pending->message, pending->question.target, &error);

    if (r < 0)
        r = sd_bus_reply_method_errno(pending->message, r, &error);
    sd_bus_error_free(&error);
    if (r < 0)
        log_debug("%s cannot be answered: %s, ignoring", pending->method->member, strerror(-r));
}

static void on_authorized(void *userdata, const struct refusal *refusal)
{
    struct pending *pending = userdata;
    struct refusal busy;
    struct job job = {.kind = JOB_CALL,
                      .call = pending->call,
                      .authorised = pending->subject,
                      .done = on_executed,
                      .userdata = pending};

    if (refusal && refusal->kind == REFUSAL_NONE && pending->method->run) {
        run(pending);
        refusal = NULL;
    } else if (refusal && refusal->kind == REFUSAL_NONE) {
        if (executor_submit(pending->bus->context.executor, &job, &busy) == 0)
            return;
        refusal = &busy;
    }
    if (refusal)
        (void)error_reply(pending->message, refusal);
    pending_free(pending);
}

static int check_call(sd_bus_message *message, const struct call *call, struct refusal *refusal)
{
    if (sd_bus_message_get_expect_reply(message) <= 0)
        return refuse(refusal, REFUSAL_INVALID_ARGS, "A verb must be called with a reply expected.");
    if (call->flags & ~(uint64_t)(CALL_DRY_RUN | CALL_FORCE | CALL_PERSIST))
        return refuse(refusal, REFUSAL_INVALID_ARGS,
                      "Unknown flags; known are 1 DRY_RUN, 2 FORCE and 4 PERSIST, added up.");
    return 0;
}

/* Whether what refuses it may be old: that is measured before the plan that counts. */
static bool is_doubtful(const struct view *view, const struct call *call, const struct refusal *refusal)
{
    char link[LINK_NAME_SIZE];

    return (plan_needs_clock(view, call) && plan_clock_doubts(refusal)) ||
           (plan_needs_dns(view, call) && plan_dns_doubts(refusal)) ||
           (plan_needs_tunnel(view, call, link) && plan_tunnel_doubts(call, refusal)) ||
           plan_endpoint_doubts(view, call, refusal);
}

/*
 * Of the plan no more is kept than what is authorised: it is made again. That there is nothing to do may be
 * old as well, so this goes the same way.
 */
static int make_subject(struct bus *bus, struct pending *pending, struct refusal *refusal)
{
    static struct plan plan; /* too large for a stack */
    int r = plan_make(&bus->context.view, &pending->call, &plan, refusal);

    pending->subject = plan.subject;
    return r < 0 && is_doubtful(&bus->context.view, &pending->call, refusal) ? 0 : r;
}

static int prepare_verb(struct pending *pending, struct refusal *refusal)
{
    struct call *call = &pending->call;
    int r;

    log_debug("%s calls %s", sd_bus_message_get_sender(pending->message), pending->method->member);
    sd_event_now(pending->bus->context.event, CLOCK_REALTIME, &call->now_usec);
    clock_time_read(&call->raw_usec, &call->clock_usec);
    r = pending->method->parse(pending->message, call);
    if (r == -E2BIG)
        r = refuse(refusal, REFUSAL_INVALID_ARGS, "A text is longer than %d bytes.", CALL_TEXT_SIZE - 1);
    else if (r >= 0)
        r = check_call(pending->message, call, refusal);
    else
        r = refuse(refusal, REFUSAL_INVALID_ARGS, "The arguments are not as the introspection data says.");
    return r < 0 ? r : make_subject(pending->bus, pending, refusal);
}

static int start(struct bus *bus, const struct method *method, sd_bus_message *message, const char *target,
                 sd_bus_error *error)
{
    static const struct authorize_handler handler = {.ask = on_ask, .done = on_authorized};
    struct pending *pending = calloc(1, sizeof(*pending));
    struct refusal refusal;
    int r = 0;

    if (!pending)
        return -ENOMEM;
    *pending = (struct pending){.bus = bus, .method = method, .message = sd_bus_message_ref(message)};
    snprintf(pending->question.target, sizeof(pending->question.target), "%s", target);
    bus_call_waits(bus);
    if (method->parse)
        r = prepare_verb(pending, &refusal);
    if (r >= 0)
        r = authorize_start(bus->authorize, message, &handler, pending, &refusal);
    if (r >= 0)
        return 1;
    pending_free(pending);
    return error_set(error, &refusal);
}

int method_dispatch(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
    return method_dispatch_on(userdata, call, "", error);
}

int method_dispatch_on(struct bus *bus, sd_bus_message *call, const char *target, sd_bus_error *error)
{
    const struct method *method = find_method(sd_bus_message_get_member(call));
    int r;

    if (!method)
        return sd_bus_error_set(error, SD_BUS_ERROR_UNKNOWN_METHOD, "There is no such method.");
    if (method->action)
        return start(bus, method, call, target, error);
    r = method->run(bus, call, target, error);
    return r < 0 ? r : 1;
}
