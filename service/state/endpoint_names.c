/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Endpoints by name */
#include "endpoint_names.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOT_FOUND 2 /* getent's status */

static bool is_address(const char *host)
{
    size_t length = strcspn(host, "%"); /* a scope may follow */
    char address[INET6_ADDRSTRLEN];
    uint8_t bytes[16];

    if (length >= sizeof(address))
        return false;
    memcpy(address, host, length);
    address[length] = 0;
    return inet_pton(AF_INET, address, bytes) == 1 || inet_pton(AF_INET6, address, bytes) == 1;
}

/* 0: it is none. */
static uint16_t port_of(const char *text)
{
    unsigned long port = strtoul(text, NULL, 10);

    return strspn(text, "0123456789") == strlen(text) && port <= UINT16_MAX ? (uint16_t)port : 0;
}

/* Sections with one key are one peer: the last one with an endpoint counts. */
static bool is_said_again(const struct wireguard_conf *conf, size_t at)
{
    for (size_t i = at + 1; i < conf->peers_count; i++)
        if (conf->peers[i].host[0] && memcmp(conf->peers[i].key, conf->peers[at].key, PEER_KEY_SIZE) == 0)
            return true;
    return false;
}

static void add(struct endpoint_names *names, const struct endpoint_name *name)
{
    if (names->count == ENDPOINT_NAMES_MAX)
        names->truncated = true;
    else
        names->list[names->count++] = *name;
}

bool endpoint_name_from(struct endpoint_name *name, const char *link, const struct wireguard_conf_peer *peer)
{
    memset(name, 0, sizeof(*name));
    if (!peer->host[0] || is_address(peer->host))
        return false;
    snprintf(name->link, sizeof(name->link), "%s", link);
    memcpy(name->key, peer->key, sizeof(name->key));
    name->port = port_of(peer->port);
    memcpy(name->host, peer->host, sizeof(name->host));
    /* A program would take it for an option. */
    if (*name->host == '-')
        name->answer = ENDPOINT_BAD_NAME;
    else if (!name->port)
        name->answer = ENDPOINT_NO_PORT;
    return true;
}

void endpoint_names_take(struct endpoint_names *names, const char *link, const struct wireguard_conf *conf)
{
    for (size_t i = 0; i < conf->peers_count && !names->truncated; i++) {
        struct endpoint_name name;

        if (endpoint_name_from(&name, link, &conf->peers[i]) && !is_said_again(conf, i))
            add(names, &name);
    }
}

void endpoint_names_refuse(struct endpoint_names *names, const char *link, const char *problem)
{
    struct endpoint_name name = {.answer = ENDPOINT_BAD_FILE};

    snprintf(name.link, sizeof(name.link), "%s", link);
    snprintf(name.host, sizeof(name.host), "%s", problem);
    add(names, &name);
}

static bool has(const struct endpoint_name *name, const struct dns_address *address)
{
    for (size_t i = 0; i < name->addresses_count; i++)
        if (memcmp(&name->addresses[i], address, sizeof(*address)) == 0)
            return true;
    return false;
}

/* One with a scope holds on one link only, and is none. */
static void take_line(struct endpoint_name *name, const char *line, size_t length)
{
    struct dns_address address;
    char text[INET6_ADDRSTRLEN];
    size_t end = 0;

    while (end < length && line[end] != ' ' && line[end] != '\t')
        end++;
    if (!end || end >= sizeof(text))
        return;
    memcpy(text, line, end);
    text[end] = 0;
    memset(&address, 0, sizeof(address));
    address.family = strchr(text, ':') ? AF_INET6 : AF_INET;
    if (inet_pton(address.family, text, address.bytes) != 1)
        return;
    if (name->addresses_count < ENDPOINT_ADDRESSES_MAX && !has(name, &address))
        name->addresses[name->addresses_count++] = address;
}

static void take_lines(struct endpoint_name *name, const char *output, size_t length)
{
    name->addresses_count = 0;
    while (length > 0) {
        const char *end = memchr(output, '\n', length);
        size_t line = end ? (size_t)(end - output) : length;

        if (end) /* half a line is half an address */
            take_line(name, output, line);
        line += end != NULL;
        output += line;
        length -= line;
    }
    name->answer = name->addresses_count ? ENDPOINT_FOUND : ENDPOINT_NOT_FOUND;
}

void endpoint_name_answer(struct endpoint_name *name, int status, const char *output, size_t length)
{
    /* It prints what it finds: too much of it is found as well. */
    if (status == 0 || status == -EFBIG)
        take_lines(name, output, length);
    else
        name->answer = status == NOT_FOUND ? ENDPOINT_NOT_FOUND
                       : status == -ETIME  ? ENDPOINT_LATE
                                           : ENDPOINT_FAILED;
}

bool endpoint_name_place(const struct endpoint_name *name, const struct peer_endpoint *present,
                         struct peer_endpoint *place)
{
    const struct dns_address *chosen = NULL;

    if (name->answer != ENDPOINT_FOUND)
        return false;
    for (size_t i = 0; i < name->addresses_count; i++) {
        const struct dns_address *address = &name->addresses[i];

        if (address->family != present->family)
            continue;
        if (!chosen)
            chosen = address;
        if (memcmp(address->bytes, present->bytes, address->family == AF_INET ? 4 : 16) == 0)
            chosen = address;
    }
    if (!chosen)
        chosen = &name->addresses[0];
    *place = (struct peer_endpoint){.family = chosen->family, .port = name->port};
    memcpy(place->bytes, chosen->bytes, sizeof(place->bytes));
    return true;
}

bool endpoint_names_of(const struct endpoint_names *names, const char *link)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->list[i].link, link) == 0)
            return true;
    return false;
}

const char *endpoint_answer_text(enum endpoint_answer answer)
{
    static const char *const texts[ENDPOINT_ANSWERS] = {
        [ENDPOINT_ASKED] = "is being looked up",   [ENDPOINT_FOUND] = "is found",
        [ENDPOINT_NOT_FOUND] = "is not found",     [ENDPOINT_LATE] = "is not found in time",
        [ENDPOINT_FAILED] = "cannot be looked up", [ENDPOINT_NO_PORT] = "has a port that is no number",
        [ENDPOINT_BAD_NAME] = "is no name",        [ENDPOINT_BAD_FILE] = "is in a file that cannot be used",
    };

    return texts[answer];
}
