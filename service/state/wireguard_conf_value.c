/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A piece of a line of a WireGuard configuration file */
#include "wireguard_conf_value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define KEY_LENGTH    44
#define NUMBER_SIZE   64
#define ENDPOINT_SIZE (WIREGUARD_CONF_HOST_SIZE + WIREGUARD_CONF_PORT_SIZE + 2)

bool wireguard_conf_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Not tolower(), which has a locale. */
static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

struct wireguard_conf_run wireguard_conf_trim(struct wireguard_conf_run run)
{
    while (run.begin < run.end && wireguard_conf_is_space(*run.begin))
        run.begin++;
    while (run.begin < run.end && wireguard_conf_is_space(run.end[-1]))
        run.end--;
    return run;
}

bool wireguard_conf_same(struct wireguard_conf_run run, const char *name)
{
    size_t length = strlen(name);

    if ((size_t)(run.end - run.begin) != length)
        return false;
    for (size_t i = 0; i < length; i++)
        if (lower(run.begin[i]) != lower(name[i]))
            return false;
    return true;
}

const char *wireguard_conf_behind(struct wireguard_conf_run run, const char *head)
{
    const char *at = run.begin;

    for (; *head; head++, at++) {
        while (at < run.end && wireguard_conf_is_space(*at))
            at++;
        if (at == run.end || lower(*at) != lower(*head))
            return NULL;
    }
    return at;
}

/* What it stands for; -1: it is no digit of base64. */
static int digit_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (is_digit(c))
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool wireguard_conf_is_key(struct wireguard_conf_run run)
{
    size_t count = 0;
    int last = -1;

    for (const char *at = run.begin; at < run.end; at++) {
        if (wireguard_conf_is_space(*at))
            continue;
        count++;
        if (count == KEY_LENGTH && *at == '=')
            continue;
        last = digit_of(*at);
        if (count >= KEY_LENGTH || last < 0)
            return false;
    }
    return count == KEY_LENGTH && last % 4 == 0;
}

bool wireguard_conf_copy(struct wireguard_conf_run run, char *buffer, size_t size)
{
    size_t length = 0;

    for (const char *at = run.begin; at < run.end; at++) {
        if (wireguard_conf_is_space(*at))
            continue;
        if (length + 1 == size) {
            buffer[0] = 0;
            return false;
        }
        buffer[length++] = *at;
    }
    buffer[length] = 0;
    return true;
}

static bool is_number(const char *text)
{
    return *text && text[strspn(text, "0123456789")] == 0;
}

bool wireguard_conf_keepalive(struct wireguard_conf_run run, uint16_t *seconds)
{
    char text[NUMBER_SIZE];
    unsigned long number;

    *seconds = 0;
    if (!wireguard_conf_copy(run, text, sizeof(text)))
        return false;
    if (wireguard_conf_same((struct wireguard_conf_run){text, text + strlen(text)}, "off"))
        return true;
    /* What overflows is ULONG_MAX. */
    number = strtoul(text, NULL, 10);
    if (!is_number(text) || number > UINT16_MAX)
        return false;
    *seconds = (uint16_t)number;
    return true;
}

bool wireguard_conf_port(struct wireguard_conf_run run, char port[WIREGUARD_CONF_PORT_SIZE])
{
    if (!wireguard_conf_copy(run, port, WIREGUARD_CONF_PORT_SIZE) || !*port)
        return false;
    for (const char *at = port; *at; at++)
        if (*at <= ' ' || *at > '~' || *at == ':')
            return false;
    return !is_number(port) || strtoul(port, NULL, 10) <= UINT16_MAX;
}

static bool read_host(struct wireguard_conf_run run, char host[WIREGUARD_CONF_HOST_SIZE])
{
    if (!wireguard_conf_copy(run, host, WIREGUARD_CONF_HOST_SIZE) || !*host)
        return false;
    for (const char *at = host; *at; at++)
        if (*at <= ' ' || *at > '~')
            return false;
    return true;
}

bool wireguard_conf_endpoint(struct wireguard_conf_run run, char host[WIREGUARD_CONF_HOST_SIZE],
                             char port[WIREGUARD_CONF_PORT_SIZE])
{
    char text[ENDPOINT_SIZE], *begin = text, *end;

    if (!wireguard_conf_copy(run, text, sizeof(text)))
        return false;
    if (*text == '[') {
        begin++;
        end = strchr(text, ']');
        if (!end || end[1] != ':')
            return false;
        *end++ = 0;
    } else {
        end = strrchr(text, ':');
        if (!end)
            return false;
    }
    *end++ = 0;
    return read_host((struct wireguard_conf_run){begin, begin + strlen(begin)}, host) &&
           wireguard_conf_port((struct wireguard_conf_run){end, end + strlen(end)}, port);
}

bool wireguard_conf_mtu(struct wireguard_conf_run run, int32_t *mtu)
{
    size_t length = run.end - run.begin;
    char text[NUMBER_SIZE], *end;
    long number;

    if (length == 0 || length >= sizeof(text))
        return false;
    memcpy(text, run.begin, length);
    text[length] = 0;
    errno = 0;
    number = strtol(text, &end, 0);
    if (errno || *end || end == text || number < 0 || number > INT32_MAX)
        return false;
    *mtu = (int32_t)number;
    return true;
}
