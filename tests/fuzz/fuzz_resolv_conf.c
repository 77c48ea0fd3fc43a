/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a resolv.conf, behind a line that says what is to come into it: "t" for TCP only, and
 * addresses with blanks between.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../service/state/dns.h"
#include "../state/resolv_conf_kept.h"

#define LINE_MAX 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void read_line(char *line, struct dns_list *servers, bool *use_vc)
{
    char *word;

    memset(servers, 0, sizeof(*servers));
    *use_vc = false;
    while ((word = strsep(&line, " "))) {
        struct dns_address address;

        if (strcmp(word, "t") == 0)
            *use_vc = true;
        else if (servers->count < DNS_SERVERS_MAX && dns_address_parse(word, &address) == 0)
            servers->servers[servers->count++] = address;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *newline = memchr(data, '\n', size);
    size_t length = newline ? (size_t)(newline - data) : size;
    struct dns_list servers;
    char line[LINE_MAX] = "";
    bool use_vc;

    if (!newline || length >= sizeof(line))
        return 0;
    memcpy(line, data, length);
    read_line(line, &servers, &use_vc);
    check(renders_well((const char *)newline + 1, size - length - 1, &servers, use_vc));
    return 0;
}
