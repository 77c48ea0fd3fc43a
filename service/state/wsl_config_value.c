/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What WSL takes for a value of each type. It reads numbers as C does, whose functions vary with the libc. */
#include "wsl_config_value.h"

#include <arpa/inet.h>
#include <limits.h>
#include <string.h>

static const char *skip_space(const char *at)
{
    while (*at == ' ' || (*at >= '\t' && *at <= '\r'))
        at++;
    return at;
}

/* Of a digit in a base up to 16, else the base or more. */
static unsigned digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10u : 16;
}

/*
 * Blanks, a sign, digits; base 0 is told by 0 or 0x. The number stays at UINT64_MAX. Returns what follows, or
 * NULL without digits.
 */
static const char *read_number(const char *at, unsigned base, bool *negative, uint64_t *number)
{
    const char *begin;

    at = skip_space(at);
    *negative = *at == '-';
    at += *at == '-' || *at == '+';
    if (base == 0) {
        bool hex = at[0] == '0' && (at[1] == 'x' || at[1] == 'X') && digit(at[2]) < 16;

        base = hex ? 16 : *at == '0' ? 8 : 10;
        at += hex ? 2 : 0;
    }
    *number = 0;
    for (begin = at; digit(*at) < base; at++)
        if (__builtin_mul_overflow(*number, base, number) ||
            __builtin_add_overflow(*number, digit(*at), number)) {
            while (digit(*at) < base)
                at++;
            *number = UINT64_MAX;
            return at;
        }
    return at > begin ? at : NULL;
}

static bool read_boolean(const char *text, struct wsl_config_value *value)
{
    value->number = strcmp(text, "1") == 0 || wsl_config_same_name(text, "true");
    return value->number || strcmp(text, "0") == 0 || wsl_config_same_name(text, "false");
}

/* An int: what does not fit is invalid in wsl.conf, and the nearest that does in .wslconfig. */
static bool read_integer(enum wsl_config_dialect dialect, const char *text, struct wsl_config_value *value)
{
    bool negative;
    uint64_t number, most;
    const char *end = read_number(text, 0, &negative, &number);

    if (!end || *end)
        return false;
    most = (uint64_t)INT_MAX + negative;
    if (number > most && dialect == WSL_CONFIG_CONF)
        return false;
    number = number > most ? most : number;
    value->number = negative ? -number : number;
    return true;
}

/* Too large a number or a sign is not refused, and wraps around. */
static bool read_size(const char *text, struct wsl_config_value *value)
{
    static const char units[] = "BKMGT";
    const char *unit, *end;
    bool negative;

    end = read_number(text, 10, &negative, &value->number);
    if (!end || (value->number == 0 && (text[0] != '0' || end != text + 1)))
        return false;
    if (negative && value->number != UINT64_MAX)
        value->number = -value->number;
    if (!*end)
        return true;
    unit = strchr(units, *end);
    if (!unit || (end[1] && (*unit == 'B' || end[1] != 'B' || end[2])))
        return false;
    value->number <<= 10 * (unit - units);
    return true;
}

static bool read_choice(const struct wsl_config_key *key, const char *text, struct wsl_config_value *value)
{
    for (const char *const *choice = key->choices; *choice; choice++)
        if (wsl_config_same_name(*choice, text)) {
            value->choice = *choice;
            return true;
        }
    return false;
}

/* Empty entries are passed over, and what follows a number within an entry. */
static bool read_ports(const char *text, struct wsl_config_value *value)
{
    while (*text) {
        size_t length = strcspn(text, ",");
        uint64_t number = 0;
        bool negative;
        const char *end = length ? read_number(text, 10, &negative, &number) : text;

        if (length && (!end || negative || number < 1 || number > UINT16_MAX))
            value->bad++;
        text += length + (text[length] == ',');
    }
    return value->bad == 0;
}

static bool read_mac(const char *text)
{
    if (strlen(text) != 17 || (text[2] != '-' && text[2] != ':'))
        return false;
    for (size_t i = 0; i < 17; i++)
        if (i % 3 == 2 ? text[i] != text[2] : digit(text[i]) > 15)
            return false;
    return true;
}

bool wsl_config_value_read(enum wsl_config_dialect dialect, const struct wsl_config_key *key,
                           const char *text, struct wsl_config_value *value)
{
    struct in_addr address;

    *value = (struct wsl_config_value){0};
    switch (key->type) {
    case WSL_CONFIG_BOOLEAN:
        return read_boolean(text, value);
    case WSL_CONFIG_INTEGER:
        return read_integer(dialect, text, value);
    case WSL_CONFIG_SIZE:
        return read_size(text, value);
    case WSL_CONFIG_CHOICE:
        return read_choice(key, text, value);
    case WSL_CONFIG_PORTS:
        return read_ports(text, value);
    case WSL_CONFIG_ADDRESS:
        return inet_pton(AF_INET, text, &address) == 1;
    case WSL_CONFIG_MAC:
        return read_mac(text);
    case WSL_CONFIG_TEXT:
    case WSL_CONFIG_PATH:
        break;
    }
    return true;
}
