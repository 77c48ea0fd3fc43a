/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: what links this node has. */
#include "links.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "failure.h"
#include "json.h"
#include "table.h"

/* A page as large as the daemon gives; the end of the paging bounds what is held in memory. */
#define LINKS_PAGE 1000
#define LINKS_MAX  1000000

int links_ask(sd_bus *bus, uint32_t offset, struct client_call *call)
{
    _message_ sd_bus_message *m = NULL;
    int r = client_new_call(bus, CLIENT_INTERFACE, "ListLinks", &m);

    if (r >= 0)
        r = sd_bus_message_append(m, "uu", offset, (uint32_t)LINKS_PAGE);
    return r < 0 ? r : client_send(bus, m, CLIENT_TIMEOUT_USEC, call);
}

static int links_extend(const struct command_options *options, sd_bus *bus, json_t *links)
{
    size_t page = json_array_size(links);

    while (page == LINKS_PAGE && json_array_size(links) < LINKS_MAX) {
        _call_ struct client_call call = {0};
        _json_ json_t *more = NULL;
        int r = links_ask(bus, (uint32_t)json_array_size(links), &call);

        if (r >= 0)
            r = client_take(options, bus, &call, &more);
        if (r != 0)
            return r;
        if (json_array_extend(links, more) < 0)
            return -ENOMEM;
        page = json_array_size(more);
    }
    return 0;
}

int links_take(const struct command_options *options, sd_bus *bus, struct client_call *first, json_t **ret)
{
    _json_ json_t *links = NULL;
    int r = client_take(options, bus, first, &links);

    if (r == 0)
        r = links_extend(options, bus, links);
    if (r != 0)
        return r;
    *ret = links;
    links = NULL;
    return 0;
}

static int links_add(struct table *table, const json_t *link)
{
    _free_ char *addresses = json_join(json_object_get(link, "addresses"), "-");
    char mtu[JSON_NUMBER_SIZE];
    bool up = json_flag(link, "up");
    const char *kind = json_text(link, "kind");
    const char *cells[] = {
        json_text(link, "name"), json_text(link, "role"),
        *kind ? kind : "-",      json_scalar(json_object_get(link, "mtu"), mtu),
        up ? "up" : "down",      addresses,
    };

    if (!addresses)
        return -ENOMEM;
    table_add(table, up ? TABLE_PLAIN : TABLE_DIM, cells);
    return 0;
}

static bool links_is_other(const json_t *link)
{
    const char *role = json_text(link, "role");

    return strcmp(role, "uplink") != 0 && strcmp(role, "loopback") != 0;
}

static int links_fill(struct table *table, const json_t *links, bool all)
{
    static const char *const head[] = {"LINK", "ROLE", "KIND", "MTU", "STATE", "ADDRESSES"};
    json_t *link;
    size_t i;

    table_begin(table, 6, head);
    json_array_foreach(links, i,
                       link) if ((all || links_is_other(link)) && links_add(table, link) < 0) return -ENOMEM;
    return 0;
}

int links_print_others(const struct command_options *options, const json_t *links)
{
    _table_ struct table table = {0};

    if (links_fill(&table, links, false) < 0)
        return -ENOMEM;
    if (table.rows <= 1)
        return 0;
    fputc('\n', stdout);
    return table_print(&table, !options->no_legend, 2);
}

static int links_print(const struct command_options *options, const json_t *links)
{
    _table_ struct table table = {0};

    if (links_fill(&table, links, true) < 0)
        return -ENOMEM;
    return table_print(&table, !options->no_legend, 0);
}

int links_run(const struct command_options *options, char **arguments)
{
    _bus_ sd_bus *bus = NULL;
    _call_ struct client_call call = {0};
    _json_ json_t *links = NULL;
    int r = client_open(&bus);

    if (r < 0)
        return failure_no_bus(options, r);
    r = links_ask(bus, 0, &call);
    if (r < 0)
        return failure_report(options, NULL, r);
    r = links_take(options, bus, &call, &links);
    if (r != 0)
        return r;
    return options->json ? json_emit_list("Links", links) : links_print(options, links);
}
