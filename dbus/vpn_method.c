/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The methods of a tunnel's object: authorise, then answer from memory */
#include "vpn_method.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../service/sys/log.h"
#include "bus.h"
#include "encode_vpn.h"
#include "error.h"

#define LIST_PEERS_MAX 1000

typedef int (*run_function)(sd_bus_message *call, const struct node *node, const struct tunnel *tunnel);

/* Without an action it is free. */
struct vpn_method {
    const char *member;
    const char *action;
    run_function run;
};

/* A call that waits for polkit. Its tunnel may go meanwhile, or another get its name. */
struct pending {
    struct bus *bus;
    sd_bus_message *message;
    const struct vpn_method *method;
    enum tunnel_kind kind;
    char name[LINK_NAME_SIZE];
};

static int list_peers(sd_bus_message *call, const struct node *node, const struct tunnel *tunnel)
{
    sd_bus_message *reply = NULL;
    uint32_t offset, limit;
    int r = sd_bus_message_read(call, "uu", &offset, &limit);

    if (r >= 0)
        r = sd_bus_message_new_method_return(call, &reply);
    if (r >= 0)
        r = encode_peers(reply, node, tunnel, offset,
                         limit && limit < LIST_PEERS_MAX ? limit : LIST_PEERS_MAX);
    if (r >= 0)
        r = sd_bus_send(NULL, reply, NULL);
    sd_bus_message_unref(reply);
    return r;
}

#define ROW(name, in, out, authorisation, runs) ROW_##authorisation(name, runs)
#define ROW_METHOD_FREE(name, runs)             {.member = #name, .run = runs},
#define ROW_action_list_peers(name, runs)                                                                    \
    {.member = #name, .action = "org.wslnode.node1.list-peers", .run = runs},

static const struct vpn_method methods[] = {VPN_METHOD_TABLE(ROW)};

static const struct vpn_method *find_method(const char *member)
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

static void on_ask(void *userdata, uint32_t uid, struct authorize_request *request)
{
    struct pending *pending = userdata;

    *request = (struct authorize_request){
        .action = pending->method->action,
        .details = {"verb", pending->method->member, "target", pending->name, "value", "", NULL},
    };
}

static int answer(const struct pending *pending)
{
    const struct node *node = pending->bus->context.view.node;
    const struct tunnel *tunnel = tunnels_find(&node->tunnels, pending->kind, pending->name);

    if (!tunnel)
        return sd_bus_reply_method_errorf(pending->message, SD_BUS_ERROR_UNKNOWN_OBJECT,
                                          "The tunnel %s is gone.", pending->name);
    return pending->method->run(pending->message, node, tunnel);
}

static void on_authorized(void *userdata, const struct refusal *refusal)
{
    struct pending *pending = userdata;
    int r = 0;

    if (refusal)
        r = refusal->kind == REFUSAL_NONE ? answer(pending) : error_reply(pending->message, refusal);
    if (r < 0)
        log_debug("%s cannot be answered: %s, ignoring", pending->method->member, strerror(-r));
    pending_free(pending);
}

static int start(const struct vpn_object *object, const struct vpn_method *method, sd_bus_message *call,
                 sd_bus_error *error)
{
    static const struct authorize_handler handler = {.ask = on_ask, .done = on_authorized};
    struct pending *pending = calloc(1, sizeof(*pending));
    struct refusal refusal;

    if (!pending)
        return -ENOMEM;
    *pending = (struct pending){.bus = object->bus,
                                .message = sd_bus_message_ref(call),
                                .method = method,
                                .kind = object->tunnel->kind};
    snprintf(pending->name, sizeof(pending->name), "%s", object->tunnel->fact.name);
    bus_call_waits(object->bus);
    if (authorize_start(object->bus->authorize, call, &handler, pending, &refusal) == 0)
        return 1;
    pending_free(pending);
    return error_set(error, &refusal);
}

/* Nor for a refusal. */
static int refuse_counted(const struct tunnel *tunnel, sd_bus_error *error)
{
    struct refusal refusal;

    refuse(&refusal, REFUSAL_UNSUPPORTED,
           "Peers of %s are counted only, and not listed. `tailscale status` shows them.", tunnel->fact.name);
    return error_set(error, &refusal);
}

int vpn_method_dispatch(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
    const struct vpn_object *object = userdata;
    const struct vpn_method *method = find_method(sd_bus_message_get_member(call));
    int r;

    if (!method)
        return sd_bus_error_set(error, SD_BUS_ERROR_UNKNOWN_METHOD, "There is no such method.");
    /* Nobody is asked for a password for an answer that nobody waits for. */
    if (sd_bus_message_get_expect_reply(call) <= 0)
        return 1;
    log_debug("%s calls %s of %s", sd_bus_message_get_sender(call), method->member,
              object->tunnel->fact.name);
    if (object->tunnel->kind == TUNNEL_TAILSCALE)
        return refuse_counted(object->tunnel, error);
    if (method->action)
        return start(object, method, call, error);
    r = method->run(call, object->bus->context.view.node, object->tunnel);
    return r < 0 ? r : 1;
}
