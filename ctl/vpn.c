/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vpn: the VPN's tunnels, or one of them with its peers. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "client.h"
#include "command.h"
#include "failure.h"
#include "finding.h"
#include "json.h"
#include "peers.h"
#include "table.h"
#include "text.h"
#include "topic.h"
#include "tunnels.h"

#define VPN_NAMES 20

static int vpn_ask(const struct command_options *options, sd_bus *bus, json_t **tunnels, json_t **properties)
{
    _call_ struct client_call objects = {0}, all = {0};
    int r = tunnels_ask(bus, &objects);

    if (r >= 0)
        r = client_send_get_all(bus, &all);
    if (r < 0)
        return failure_report(options, NULL, r);
    r = tunnels_take(options, bus, &objects, tunnels);
    return r != 0 ? r : client_take(options, bus, &all, properties);
}

/* What an uplink lacks for a tunnel is the uplink's. */
static const struct topic vpn_topic = {.findings = {"vpn-", "tailscale-", "path-too-small"}};

/* "2/3, 1 down"; while its link is down they are not known. */
static const char *vpn_peers(const json_t *tunnel, char buffer[64])
{
    json_int_t down = json_number(tunnel, "PeersDown");
    int length;

    if (json_number(tunnel, "PeerCount") <= 0)
        return "-";
    length = snprintf(buffer, 64, "%" JSON_INTEGER_FORMAT "/%" JSON_INTEGER_FORMAT,
                      json_number(tunnel, "PeersUp"), json_number(tunnel, "PeerCount"));
    if (down > 0)
        snprintf(buffer + length, 64 - (size_t)length, ", %" JSON_INTEGER_FORMAT " down", down);
    return buffer;
}

static void vpn_add(struct table *table, const json_t *tunnel)
{
    const char *link = json_text(tunnel, "Link");
    char mtu[JSON_NUMBER_SIZE], peers[64], handshake[AMOUNT_SIZE];

    table_add(table, tunnels_colour(tunnel),
              (const char *const[]){json_text(tunnel, "Name"), json_text(tunnel, "Kind"),
                                    json_text(tunnel, "State"), *link ? link : "-",
                                    json_number(tunnel, "MTU") > 0
                                        ? json_scalar(json_object_get(tunnel, "MTU"), mtu)
                                        : "-",
                                    vpn_peers(tunnel, peers), tunnels_handshake(tunnel, handshake)});
}

/* Of what is none of this node's tunnels, where anything is known of it. */
static void vpn_print_windows(const json_t *document, const char *before)
{
    const char *state = json_text(document, "WindowsTailscale");

    if (!*state || strcmp(state, "unknown") == 0 || strcmp(state, "absent") == 0)
        return;
    printf("%sTailscale in Windows: ", before);
    text_write(stdout, state);
    fputc('\n', stdout);
}

static int vpn_print_all(const struct command_options *options, const json_t *document)
{
    static const char *const head[] = {"NAME", "KIND", "STATE", "LINK", "MTU", "PEERS", "HANDSHAKE"};
    const json_t *tunnels = json_object_get(document, "Tunnels");
    _table_ struct table table = {0};
    json_t *tunnel;
    size_t i;
    int r;

    if (json_array_size(tunnels) == 0) {
        fputs("There is no VPN tunnel.\n", stderr);
        vpn_print_windows(document, "");
        return 0;
    }
    table_begin(&table, 7, head);
    json_array_foreach(tunnels, i, tunnel) vpn_add(&table, tunnel);
    r = table_print(&table, !options->no_legend, 0);
    vpn_print_windows(document, "\n");
    finding_print_all(document);
    return r;
}

static bool vpn_is_tailscale(const json_t *tunnel)
{
    return strcmp(json_text(tunnel, "Kind"), "tailscale") == 0;
}

static const char *vpn_explain(const json_t *tunnel, const char *state)
{
    static const struct {
        const char *name, *meaning;
    } states[] = {
        {"up", ": a peer has a session"},
        {"down", ": nothing goes through"},
        {"idle", ": no session, and nobody wants one"},
        {"unknown", ": there was no time yet to tell"},
    };

    if (vpn_is_tailscale(tunnel))
        return strcmp(state, "up") == 0 ? ": it runs" : strcmp(state, "idle") == 0 ? ": it was stopped" : "";
    for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
        if (strcmp(states[i].name, state) == 0)
            return states[i].meaning;
    return "";
}

static void vpn_print_head(const json_t *tunnel)
{
    const char *state = json_text(tunnel, "State");
    enum table_colour colour = tunnels_colour(tunnel);

    if (colour == TABLE_PLAIN && strcmp(state, "up") == 0)
        colour = TABLE_GREEN;
    printf("%s%s ", table_colour(colour), table_dot());
    text_write(stdout, *state ? state : "unknown");
    printf("%s%s\n  %-11s", table_colour(TABLE_PLAIN), vpn_explain(tunnel, state), "Tunnel:");
    text_write(stdout, json_text(tunnel, "Name"));
    fputs(", ", stdout);
    text_write(stdout, json_text(tunnel, "Kind"));
    fputc('\n', stdout);
}

static void vpn_print_values(const json_t *tunnel)
{
    const char *link = json_text(tunnel, "Link");
    json_int_t down = json_number(tunnel, "PeersDown");
    char handshake[AMOUNT_SIZE];

    printf("  %-11s", "Link:");
    text_write(stdout, *link ? link : "none");
    if (json_number(tunnel, "MTU") > 0)
        printf(", MTU %" JSON_INTEGER_FORMAT, json_number(tunnel, "MTU"));
    if (json_number(tunnel, "PathMTU") > 0)
        printf(", path MTU %" JSON_INTEGER_FORMAT, json_number(tunnel, "PathMTU"));
    printf("\n  %-11s", "Peers:");
    if (json_number(tunnel, "PeerCount") > 0)
        printf("%" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT " up", json_number(tunnel, "PeersUp"),
               json_number(tunnel, "PeerCount"));
    else
        fputs("none that is known", stdout);
    if (down > 0)
        printf(", %" JSON_INTEGER_FORMAT " down", down);
    printf("\n  %-11s%s\n", "Handshake:", tunnels_handshake(tunnel, handshake));
}

static int vpn_print_one(const struct command_options *options, const json_t *document)
{
    const json_t *tunnel = json_array_get(json_object_get(document, "Tunnels"), 0);
    int r;

    vpn_print_head(tunnel);
    vpn_print_values(tunnel);
    r = peers_print(options, json_object_get(document, "Peers"));
    finding_print_all(document);
    return r;
}

/* Which there are, for somebody who named another. */
static char *vpn_join_names(const json_t *tunnels)
{
    char *joined = NULL;
    size_t size, i;
    json_t *tunnel;
    FILE *out = open_memstream(&joined, &size);

    if (!out)
        return NULL;
    fputs(json_array_size(tunnels) == 0 ? "There is none at all." : "There are: ", out);
    json_array_foreach(tunnels, i, tunnel)
    {
        if (i < VPN_NAMES)
            fprintf(out, "%s%s", i > 0 ? ", " : "", json_text(tunnel, "Name"));
    }
    if (json_array_size(tunnels) > VPN_NAMES)
        fprintf(out, " and %zu more", json_array_size(tunnels) - VPN_NAMES);
    fputs(json_array_size(tunnels) > 0 ? "." : "", out);
    if (fclose(out) != 0) {
        free(joined);
        return NULL;
    }
    return joined;
}

static int vpn_unknown(const struct command_options *options, const json_t *tunnels, const char *name)
{
    _error_ sd_bus_error error = SD_BUS_ERROR_NULL;
    _free_ char *names = vpn_join_names(tunnels);
    _free_ char *cleaned = text_clean(name);

    if (!names || !cleaned)
        return -ENOMEM;
    sd_bus_error_setf(&error, FAILURE_PREFIX "NoSuchTunnel", "There is no tunnel \"%s\". %s", cleaned, names);
    return failure_report(options, &error, -ENOENT);
}

static int vpn_show_all(const struct command_options *options, json_t *document)
{
    return options->json ? json_emit(document) : vpn_print_all(options, document);
}

/* It went while it was asked for its peers. */
static int vpn_gone(const struct command_options *options, const json_t *tunnel)
{
    _error_ sd_bus_error error = SD_BUS_ERROR_NULL;

    sd_bus_error_setf(&error, FAILURE_PREFIX "NoSuchTunnel", "The tunnel %s is gone.",
                      json_text(tunnel, "Name"));
    return failure_report(options, &error, -ENOENT);
}

/* What everybody may see is shown in any case, and then what went wrong with the peers. */
static int vpn_show_one(const struct command_options *options, json_t *document, const sd_bus_error *error,
                        int failed)
{
    struct command_options plain = *options;
    int r = failed < 0 ? failure_put(document, error, failed) : 0;

    if (r >= 0)
        r = options->json ? json_emit(document) : vpn_print_one(options, document);
    if (r < 0 || failed >= 0)
        return r;
    fflush(stdout);
    plain.json = false;
    return failure_report(&plain, error, failed);
}

static int vpn_run_one(const struct command_options *options, sd_bus *bus, json_t *document, json_t *tunnel)
{
    _error_ sd_bus_error error = SD_BUS_ERROR_NULL;
    _json_ json_t *peers = json_array();
    int failed;

    if (!peers || json_put(document, "Tunnels", json_pack("[O]", tunnel)) < 0)
        return -ENOMEM;
    if (vpn_is_tailscale(tunnel)) /* its peers are counted only */
        return vpn_show_one(options, document, &error, 0);
    failed = peers_list(options, bus, json_text(tunnel, "Path"), peers, &error);
    if (failed == -ENOMEM)
        return failed;
    if (sd_bus_error_has_name(&error, SD_BUS_ERROR_UNKNOWN_OBJECT))
        return vpn_gone(options, tunnel);
    if ((failed >= 0 || json_array_size(peers) > 0) && json_object_set(document, "Peers", peers) < 0)
        return -ENOMEM;
    return vpn_show_one(options, document, &error, failed);
}

int vpn_run(const struct command_options *options, char **arguments)
{
    _bus_ sd_bus *bus = NULL;
    _json_ json_t *tunnels = NULL, *properties = NULL, *document = NULL;
    const char *name = arguments[0];
    json_t *tunnel;
    int r = client_open(&bus);

    if (r < 0)
        return failure_no_bus(options, r);
    r = vpn_ask(options, bus, &tunnels, &properties);
    if (r != 0)
        return r;
    tunnel = name ? tunnels_find(tunnels, name) : NULL;
    if (name && !tunnel)
        return vpn_unknown(options, tunnels, name);
    document = topic_document(&vpn_topic, properties, name);
    if (!document)
        return -ENOMEM;
    if (name)
        return vpn_run_one(options, bus, document, tunnel);
    if (json_object_set(document, "Tunnels", tunnels) < 0 ||
        json_put(document, "WindowsTailscale", json_string(json_text(properties, "WindowsTailscale"))) < 0)
        return -ENOMEM;
    return vpn_show_all(options, document);
}
