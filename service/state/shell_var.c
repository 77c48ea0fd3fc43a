/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Assignments in the text of a configuration file, and the address in them */
#include "shell_var.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

struct assignment {
    const char *name, *name_end;
    const char *equals;
    const char *value, *value_end; /* with its quotes */
    bool blank_before;             /* the = */
    bool shell;                    /* no blanks around the =: the value is a word as a shell reads it */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_quote(char c)
{
    return c == '"' || c == '\'';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool begins_name(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

/* What stands before it is looked at: never ask for the first byte of a text. */
static bool begins_comment(const char *at)
{
    return (*at == '#' || *at == ';') && is_blank(at[-1]);
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && is_blank(*at))
        at++;
    return at;
}

static const char *skip_name(const char *at, const char *end)
{
    if (at < end && begins_name(*at))
        while (at < end && (begins_name(*at) || is_digit(*at)))
            at++;
    return at;
}

bool shell_var_is_name(const char *name)
{
    size_t length = strnlen(name, SHELL_VAR_NAME_MAX + 1);

    return length > 0 && length <= SHELL_VAR_NAME_MAX && skip_name(name, name + length) == name + length;
}

/* Where the line's own text ends: before LF or CR LF. */
static const char *line_end(const char *at, const char *end)
{
    const char *newline = at;

    while (newline < end && *newline != '\n')
        newline++;
    return newline < end && newline > at && newline[-1] == '\r' ? newline - 1 : newline;
}

/* Past the line, and past those that it goes on in. `begin` is where looking back for backslashes ends. */
static const char *skip_line(const char *begin, const char *at, const char *end)
{
    bool goes_on = true;

    while (at < end && goes_on) {
        const char *stop = line_end(at, end), *slash = stop;

        while (slash > begin && slash[-1] == '\\')
            slash--;
        goes_on = (stop - slash) % 2 == 1;
        at = stop < end ? stop + (*stop == '\r' ? 2 : 1) : end;
    }
    return at;
}

/* From a quote on, to behind the one that closes it. Without one that is the end of the text. */
static const char *skip_quoted(const char *at, const char *end, bool escapes)
{
    char quote = *at++;

    for (; at < end; at++) {
        if (*at == quote)
            return at + 1;
        if (escapes && *at == '\\' && end - at > 1)
            at++;
    }
    return end;
}

/* Past what a shell takes together: quotes and what is in them, a backslash and what it hides, or a byte. */
static const char *skip_piece(const char *at, const char *end)
{
    if (is_quote(*at))
        return skip_quoted(at, end, *at == '"');
    if (*at == '$' && end - at > 1 && at[1] == '\'')
        return skip_quoted(at + 1, end, true);
    if (*at == '\\' && end - at > 2 && at[1] == '\r' && at[2] == '\n')
        return at + 3;
    return *at == '\\' && end - at > 1 ? at + 2 : at + 1;
}

static bool ends_word(const char *at, const char *end)
{
    if (*at == '\r')
        return end - at > 1 && at[1] == '\n';
    return is_blank(*at) || *at == '\n' || *at == ';' || *at == '&' || *at == '|';
}

static const char *skip_word(const char *at, const char *end)
{
    while (at < end && !ends_word(at, end))
        at = skip_piece(at, end);
    return at;
}

/* To the end of the line or a comment. A quote is one only where the value begins: else, an apostrophe. */
static const char *skip_ini_value(const char *at, const char *end)
{
    const char *begin, *stop;

    if (at < end && is_quote(*at))
        at = skip_quoted(at, end, *at == '"');
    begin = at;
    stop = line_end(at, end);
    while (at < stop && !begins_comment(at))
        at++;
    while (at > begin && is_blank(at[-1]))
        at--;
    return at;
}

/* Up to the value, within one line. */
static bool read_head(const char *at, const char *end, struct assignment *assignment)
{
    const char *name = skip_blanks(at, end), *name_end = skip_name(name, end);
    const char *next = skip_blanks(name_end, end), *next_end = skip_name(next, end);

    /* In `export = …` it is a name as others are. */
    if (name_end - name == 6 && memcmp(name, "export", 6) == 0 && next_end > next) {
        name = next;
        name_end = next_end;
        next = skip_blanks(name_end, end);
    }
    if (name == name_end || next == end || *next != '=')
        return false;
    assignment->name = name;
    assignment->name_end = name_end;
    assignment->equals = next;
    assignment->value = skip_blanks(next + 1, end);
    assignment->blank_before = next > name_end;
    assignment->shell = !assignment->blank_before && assignment->value == next + 1;
    return true;
}

/* Reads an assignment if there is one; returns where the next line begins that can be one. */
static const char *read_line(const char *at, const char *stop, const char *end, struct assignment *assignment)
{
    const char *begin = at;

    memset(assignment, 0, sizeof(*assignment));
    if (!read_head(at, stop, assignment))
        return skip_line(begin, at, end);
    if (!assignment->shell) {
        assignment->value_end = skip_ini_value(assignment->value, end);
        return skip_line(begin, assignment->value_end, end);
    }
    assignment->value_end = at = skip_word(assignment->value, end);
    /* More words may follow, and open a quote. */
    while (at < end && *at != '\n' && !begins_comment(at))
        at = skip_piece(at, end);
    return skip_line(begin, at, end);
}

static uint8_t family_of(const char *begin, const char *end)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;

    if ((size_t)(end - begin) >= sizeof(text))
        return 0;
    memcpy(text, begin, end - begin);
    text[end - begin] = 0;
    if (inet_pton(AF_INET, text, &address) == 1)
        return AF_INET;
    return inet_pton(AF_INET6, text, &address) == 1 ? AF_INET6 : 0;
}

static bool is_number(const char *at, const char *end, uint32_t most)
{
    uint32_t number = 0;

    if (at == end || end - at > 5)
        return false;
    for (; at < end; at++) {
        if (!is_digit(*at))
            return false;
        number = number * 10 + (*at - '0');
    }
    return number <= most;
}

/* An address, alone or with the length of a prefix or a port. IPv6 before a port has to be in brackets. */
static bool read_address(const char *text, const char *at, const char *end, struct shell_var *var)
{
    bool bracket = *at == '[';
    const char *begin = at + bracket, *stop = memchr(begin, bracket ? ']' : '/', end - begin);
    const char *rest;

    if (!stop && bracket)
        return false;
    if (!stop && family_of(begin, end) == 0)
        stop = memchr(begin, ':', end - begin);
    if (!stop)
        stop = end;
    var->family = family_of(begin, stop);
    if (!var->family || (bracket && var->family != AF_INET6))
        return false;
    var->offset = begin - text;
    var->length = stop - begin;
    rest = stop + bracket;
    var->port = rest < end && *rest == ':';
    if (var->port)
        return is_number(rest + 1, end, UINT16_MAX);
    return rest == end || (!bracket && is_number(rest + 1, end, var->family == AF_INET ? 32 : 128));
}

/* Where an address belongs if there is no value. */
static const char *empty_place(const struct assignment *assignment, const char *stop)
{
    /* With a blank behind the = alone, it would be a command to a shell. */
    if (!assignment->blank_before)
        return assignment->equals + 1;
    /* A comment needs the blank before it. */
    return assignment->value < stop ? assignment->value - 1 : assignment->value;
}

static struct shell_var tell(const struct assignment *assignment, const char *text, const char *stop)
{
    const char *begin = assignment->value, *end = assignment->value_end;
    bool quoted = end - begin > 1 && is_quote(*begin) && end[-1] == *begin;
    struct shell_var address = {.value = SHELL_VAR_ADDRESS};

    if (end - begin == (quoted ? 2 : 0))
        return (struct shell_var){.value = SHELL_VAR_EMPTY,
                                  .offset = (quoted ? begin + 1 : empty_place(assignment, stop)) - text};
    if (read_address(text, begin + quoted, end - quoted, &address))
        return address;
    return (struct shell_var){.value = SHELL_VAR_OTHER, .offset = begin - text, .length = end - begin};
}

static bool is_named(const struct assignment *assignment, const char *name)
{
    size_t length = strlen(name);

    return (size_t)(assignment->name_end - assignment->name) == length &&
           memcmp(assignment->name, name, length) == 0;
}

size_t shell_var_find(const char *text, size_t length, const char *name, struct shell_var *list, size_t max)
{
    const char *end = text + length, *next;
    struct assignment assignment;
    uint32_t line = 1;
    size_t count = 0;

    if (!shell_var_is_name(name) || length > UINT32_MAX)
        return 0;
    for (const char *at = text; at < end; at = next) {
        const char *stop = line_end(at, end);

        next = read_line(at, stop, end, &assignment);
        if (is_named(&assignment, name) && !memchr(at, 0, stop - at)) {
            if (count < max) {
                list[count] = tell(&assignment, text, stop);
                list[count].line = line;
            }
            count++;
        }
        for (; at < next; at++)
            line += *at == '\n';
    }
    return count;
}
