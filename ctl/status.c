/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* status: how this node is, on one page. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "client.h"
#include "command.h"
#include "dns.h"
#include "failure.h"
#include "finding.h"
#include "json.h"
#include "links.h"
#include "offset.h"
#include "table.h"
#include "text.h"
#include "tunnels.h"

static void status_print_verdict(const json_t *node)
{
    const char *health = json_text(node, "Health");
    const json_t *findings = json_object_get(node, "Findings");
    size_t trouble = 0, notes, i;
    json_t *finding;

    json_array_foreach(findings, i, finding) trouble += finding_is_trouble(finding);
    notes = json_array_size(findings) - trouble;
    printf("%s%s ", table_colour(finding_colour(health)), table_dot());
    text_write(stdout, *health ? health : "unknown");
    printf("%s", table_colour(TABLE_PLAIN));
    if (strcmp(health, "unknown") == 0)
        printf(": the links have not been read yet");
    else if (trouble > 0)
        printf(": %zu finding%s", trouble, trouble == 1 ? "" : "s");
    else
        printf(": nothing to mend");
    if (notes > 0)
        printf(", %zu note%s", notes, notes == 1 ? "" : "s");
    fputc('\n', stdout);
}

static void status_print_line(const char *label, const char *text)
{
    printf("  %-11s", label);
    text_write(stdout, text);
    fputc('\n', stdout);
}

/* Adds ", word value" unless the value says nothing. */
static void status_print_part(const char *word, const char *value)
{
    if (!*value || strcmp(value, "unknown") == 0 || strcmp(value, "absent") == 0)
        return;
    printf(", %s ", word);
    text_write(stdout, value);
}

static void status_print_platform(const json_t *node)
{
    const char *distribution = json_text(node, "Distribution");
    const char *kernel = json_text(node, "KernelRelease");

    printf("  %-11s", "Platform:");
    text_write(stdout, json_text(node, "Platform"));
    status_print_part("WSL", json_text(node, "WSLVersion"));
    status_print_part("networking", json_text(node, "NetworkingMode"));
    status_print_part("interop", json_text(node, "Interop"));
    fputc('\n', stdout);
    if (!*distribution && !*kernel)
        return;
    printf("  %-11s", "System:");
    text_write(stdout, distribution);
    printf("%s%s", *distribution && *kernel ? ", " : "", *kernel ? "kernel " : "");
    text_write(stdout, kernel);
    fputc('\n', stdout);
}

static void status_print_uplink(const json_t *node)
{
    const json_t *addresses = json_object_get(node, "Addresses");
    const char *gateway = json_text(node, "Gateway");

    if (!*json_text(node, "Uplink")) {
        status_print_line("Uplink:", "none");
        return;
    }
    printf("  %-11s%s", "Uplink:", table_colour(TABLE_BOLD));
    text_write(stdout, json_text(node, "Uplink"));
    printf("%s, MTU %" JSON_INTEGER_FORMAT "\n", table_colour(TABLE_PLAIN), json_number(node, "UplinkMTU"));
    printf("  %-11s", json_array_size(addresses) > 1 ? "Addresses:" : "Address:");
    json_write_list(stdout, addresses, "none");
    fputc('\n', stdout);
    status_print_line("Gateway:", *gateway ? gateway : "none");
}

static void status_print_clock(const json_t *node)
{
    const char *reference = json_text(node, "ClockReference");
    const char *state = json_text(node, "ClockState");
    json_int_t offset = json_number(node, "ClockOffsetUSec");
    char words[OFFSET_SIZE];

    printf("  %-11s", "Clock:");
    text_write(stdout, *state ? state : "unknown");
    if (*reference && strcmp(reference, "none") != 0) {
        printf(", %s ", offset_words(offset, words));
        fputs(offset < 0 ? "" : "of ", stdout);
        text_write(stdout, reference);
    } else {
        fputs(", nothing tells the true time", stdout);
    }
    fputc('\n', stdout);
}

/* "ok, by 10.255.255.254, 172.20.0.1, owner wsl" */
static void status_print_dns(const json_t *node)
{
    const json_t *servers = json_object_get(node, "DNSServers");
    const char *separator = ", by ";
    const char *state = json_text(node, "DNSState");
    const char *owner = json_text(node, "DNSOwner");
    json_t *server;
    size_t i;

    printf("  %-11s", "DNS:");
    text_write(stdout, *state ? state : "unknown");
    json_array_foreach(servers, i, server)
    {
        if (!dns_has_role(server, "listed"))
            continue;
        fputs(separator, stdout);
        text_write(stdout, json_text(server, "address"));
        separator = ", ";
    }
    fputs(", owner ", stdout);
    text_write(stdout, *owner ? owner : "unknown");
    fputc('\n', stdout);
}

static const char *status_wish_holds(const json_t *wish)
{
    if (strcmp(json_text(wish, "origin"), "configuration") == 0)
        return "as configured";
    return json_flag(wish, "persist") ? "for good" : "until the next start";
}

static int status_print_wanted(const struct command_options *options, const json_t *node)
{
    _table_ struct table table = {0};
    const json_t *wanted = json_object_get(node, "Wanted");
    json_t *wish;
    size_t i;

    if (json_array_size(wanted) == 0)
        return 0;
    table_begin(&table, 5, (const char *const[]){"WANTED", "TARGET", "VALUE", "HOLDS", "SINCE"});
    json_array_foreach(wanted, i, wish)
    {
        char value[JSON_NUMBER_SIZE], since[TEXT_TIME_SIZE];
        const char *cells[] = {
            json_text(wish, "kind"),
            json_text(wish, "target"),
            json_scalar(json_object_get(wish, "value"), value),
            status_wish_holds(wish),
            text_time((uint64_t)json_number(wish, "since-usec"), since),
        };

        table_add(&table, TABLE_PLAIN, cells);
    }
    fputc('\n', stdout);
    return table_print(&table, !options->no_legend, 2);
}

static int status_print(const struct command_options *options, const json_t *node)
{
    int r;

    status_print_verdict(node);
    status_print_platform(node);
    status_print_uplink(node);
    status_print_clock(node);
    status_print_dns(node);
    tunnels_print_lines(json_object_get(node, "Tunnels"));
    r = links_print_others(options, json_object_get(node, "Links"));
    if (r >= 0)
        r = status_print_wanted(options, node);
    if (r < 0)
        return r;
    finding_print_all(node);
    return 0;
}

static int status_show(const struct command_options *options, json_t *properties, json_t *links,
                       json_t *tunnels)
{
    _json_ json_t *document = json_document();

    if (!document || json_object_update(document, properties) < 0 ||
        json_put(document, "Links", json_incref(links)) < 0 ||
        json_put(document, "Tunnels", json_incref(tunnels)) < 0)
        return -ENOMEM;
    return options->json ? json_emit(document) : status_print(options, document);
}

int status_run(const struct command_options *options, char **arguments)
{
    _bus_ sd_bus *bus = NULL;
    _call_ struct client_call all = {0}, first = {0}, objects = {0};
    _json_ json_t *properties = NULL, *links = NULL, *tunnels = NULL;
    int r = client_open(&bus);

    if (r < 0)
        return failure_no_bus(options, r);
    /* All leave together: status costs as little as one call. */
    r = client_send_get_all(bus, &all);
    if (r >= 0)
        r = links_ask(bus, 0, &first);
    if (r >= 0)
        r = tunnels_ask(bus, &objects);
    if (r < 0)
        return failure_report(options, NULL, r);
    r = client_take(options, bus, &all, &properties);
    if (r == 0)
        r = links_take(options, bus, &first, &links);
    if (r == 0)
        r = tunnels_take_known(options, bus, &objects, &tunnels);
    return r != 0 ? r : status_show(options, properties, links, tunnels);
}
