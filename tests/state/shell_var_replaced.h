/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What has to hold for any text: a found address can be replaced, and nothing else becomes another. */
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "../../service/state/shell_var.h"

#define VARS_MAX 64

struct vars {
    struct shell_var list[VARS_MAX];
    size_t count;
};

/* In memory of the text's own size, so that a byte too far is seen. */
static inline struct vars vars_in(const char *text, size_t length, const char *name)
{
    char *copy = malloc(length ? length : 1);
    struct vars vars = {.count = 0};

    memcpy(copy, text, length);
    vars.count = shell_var_find(copy, length, name, vars.list, VARS_MAX);
    free(copy);
    return vars;
}

static inline char *replace(const char *text, size_t length, const struct shell_var *var, const char *address)
{
    size_t behind = var->offset + var->length;
    char *fresh = malloc(length - var->length + strlen(address));

    memcpy(fresh, text, var->offset);
    memcpy(fresh + var->offset, address, strlen(address));
    memcpy(fresh + var->offset + strlen(address), text + behind, length - behind);
    return fresh;
}

static inline bool is_address(const char *text, const struct shell_var *var)
{
    char address[INET6_ADDRSTRLEN] = "";
    struct in6_addr bytes;

    if (var->length >= sizeof(address))
        return false;
    memcpy(address, text + var->offset, var->length);
    return inet_pton(var->family, address, &bytes) == 1;
}

/* On its line, behind the one before it, and an address if it says so. */
static inline bool holds(const char *text, size_t length, const struct vars *vars, size_t i)
{
    const struct shell_var *var = &vars->list[i];
    uint32_t line = 1;

    if (var->offset > length || var->length > length - var->offset)
        return false;
    if (i > 0 && (var->line <= var[-1].line || var->offset < var[-1].offset + var[-1].length))
        return false;
    for (uint32_t at = 0; at < var->offset; at++)
        line += text[at] == '\n';
    if (var->line != line)
        return false;
    if (var->value == SHELL_VAR_ADDRESS)
        return is_address(text, var);
    return var->family == 0 && !var->port && (var->length == 0) == (var->value == SHELL_VAR_EMPTY);
}

static inline bool same_but_for(size_t changed, const struct vars *before, const struct vars *after,
                                const char *address)
{
    uint32_t moved = strlen(address) - before->list[changed].length;

    if (before->count != after->count)
        return false;
    for (size_t i = 0; i < before->count && i < VARS_MAX; i++) {
        struct shell_var expected = before->list[i];
        const struct shell_var *var = &after->list[i];

        if (i == changed) {
            expected.value = SHELL_VAR_ADDRESS;
            expected.family = strchr(address, ':') ? AF_INET6 : AF_INET;
            expected.length = strlen(address);
        }
        if (i > changed)
            expected.offset += moved;
        if (var->line != expected.line || var->offset != expected.offset || var->length != expected.length ||
            var->value != expected.value || var->family != expected.family || var->port != expected.port)
            return false;
    }
    return true;
}

static inline bool every_one_can_be_replaced(const char *text, size_t length, const char *name)
{
    static const char *const addresses[] = {"10.255.255.254", "fd00:1:2:3:4:5:6:7", "::"};
    struct vars vars = vars_in(text, length, name);

    for (size_t i = 0; i < vars.count && i < VARS_MAX; i++) {
        const struct shell_var *var = &vars.list[i];

        if (!holds(text, length, &vars, i))
            return false;
        for (size_t j = 0; j < sizeof(addresses) / sizeof(addresses[0]); j++) {
            uint8_t family = strchr(addresses[j], ':') ? AF_INET6 : AF_INET;
            struct vars again;
            char *fresh;

            if (var->value == SHELL_VAR_OTHER || (var->value == SHELL_VAR_ADDRESS && var->family != family))
                continue;
            fresh = replace(text, length, var, addresses[j]);
            again = vars_in(fresh, length - var->length + strlen(addresses[j]), name);
            free(fresh);
            if (!same_but_for(i, &vars, &again, addresses[j]))
                return false;
        }
    }
    return true;
}
