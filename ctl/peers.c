/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* peers: the peers of a tunnel, which not everybody may see. */
#include "peers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent.h"
#include "amount.h"
#include "cleanup.h"
#include "client.h"
#include "json.h"
#include "table.h"
#include "tunnels.h"
#include "verb.h"

/* A page as large as the daemon gives; the end of the paging bounds what is held in memory. */
#define PEERS_PAGE 1000
#define PEERS_MAX  100000 /* six times what the daemon knows */

static int peers_ask(const struct command_options *options, sd_bus *bus, const char *path, size_t offset,
                     struct client_call *call)
{
    _message_ sd_bus_message *m = NULL;
    int r = sd_bus_message_new_method_call(bus, &m, CLIENT_NAME, path, TUNNELS_INTERFACE, "ListPeers");

    if (r >= 0)
        r = sd_bus_message_append(m, "uu", (uint32_t)offset, (uint32_t)PEERS_PAGE);
    if (r >= 0)
        r = sd_bus_message_set_allow_interactive_authorization(m, !options->no_ask_password);
    return r < 0 ? r : client_send(bus, m, VERB_TIMEOUT_USEC, call);
}

int peers_list(const struct command_options *options, sd_bus *bus, const char *path, json_t *peers,
               sd_bus_error *error)
{
    /* Gone before anything is printed: it may hold the terminal. */
    _agent_ pid_t agent = 0;
    size_t page;
    int r = options->no_ask_password ? 0 : agent_start(&agent);

    do {
        _call_ struct client_call call = {0};
        _json_ json_t *more = NULL;

        if (r >= 0)
            r = peers_ask(options, bus, path, json_array_size(peers), &call);
        if (r >= 0)
            r = client_wait(bus, &call, error);
        if (r >= 0)
            r = json_from_message(call.reply, &more);
        if (r < 0)
            return r;
        if (json_array_extend(peers, more) < 0)
            return -ENOMEM;
        page = json_array_size(more);
    } while (page == PEERS_PAGE && json_array_size(peers) < PEERS_MAX);
    return 0;
}

/* Who was heard of, though by no handshake whose age is known, may have had one. */
static const char *peers_handshake(const json_t *peer, char buffer[AMOUNT_SIZE])
{
    if (json_object_get(peer, "handshake-age-usec"))
        return amount_ago(json_unsigned(peer, "handshake-age-usec"), buffer);
    return json_unsigned(peer, "rx") > 0 ? "-" : "never";
}

static char *peers_state(const json_t *peer)
{
    const char *reason = json_text(peer, "reason");
    char *text;

    if (asprintf(&text, "%s%s%s", json_text(peer, "state"), *reason ? ": " : "", reason) < 0)
        return NULL;
    return text;
}

static enum table_colour peers_colour(const json_t *peer)
{
    const char *state = json_text(peer, "state");

    if (strcmp(state, "down") == 0)
        return TABLE_RED;
    return strcmp(state, "idle") == 0 ? TABLE_DIM : TABLE_PLAIN;
}

static int peers_add(struct table *table, const json_t *peer)
{
    _free_ char *state = peers_state(peer);
    const char *endpoint = json_text(peer, "endpoint");
    char handshake[AMOUNT_SIZE], rx[AMOUNT_SIZE], tx[AMOUNT_SIZE], keepalive[AMOUNT_SIZE] = "off";
    json_int_t seconds = json_number(peer, "keepalive");

    if (!state)
        return -ENOMEM;
    if (seconds > 0)
        snprintf(keepalive, sizeof(keepalive), "%" JSON_INTEGER_FORMAT " s", seconds);
    table_add(table, peers_colour(peer),
              (const char *const[]){json_text(peer, "key"), *endpoint ? endpoint : "-", state,
                                    peers_handshake(peer, handshake),
                                    amount_bytes(json_unsigned(peer, "rx"), rx),
                                    amount_bytes(json_unsigned(peer, "tx"), tx), keepalive});
    return 0;
}

int peers_print(const struct command_options *options, const json_t *peers)
{
    static const char *const head[] = {"PEER", "ENDPOINT", "STATE", "HANDSHAKE", "RX", "TX", "KEEPALIVE"};
    _table_ struct table table = {0};
    json_t *peer;
    size_t i;

    if (json_array_size(peers) == 0)
        return 0;
    table_begin(&table, 7, head);
    json_array_foreach(peers, i, peer) if (peers_add(&table, peer) < 0) return -ENOMEM;
    fputc('\n', stdout);
    return table_print(&table, !options->no_legend, 2);
}
