/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is wrong in a configuration file of WSL's */
#include "wsl_config_lint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct linter {
    const struct wsl_config *config;
    const char *text;
    size_t step; /* bytes of a character of ASCII */
    struct wsl_config_remarks *remarks;
};

/* There are never more than the places that lint() counted. */
static struct wsl_config_remark *remark(struct linter *linter, enum wsl_config_remark_kind kind,
                                        uint32_t line)
{
    struct wsl_config_remark *added = &linter->remarks->list[linter->remarks->count++];

    *added = (struct wsl_config_remark){.kind = kind, .line = line};
    return added;
}

static void remark_pair(struct linter *linter, enum wsl_config_remark_kind kind,
                        const struct wsl_config_pair *pair)
{
    struct wsl_config_remark *added = remark(linter, kind, pair->line);

    added->section = pair->section;
    added->key = pair->key;
    if (kind == WSL_CONFIG_REMARK_DUPLICATE)
        added->first = linter->config->pairs[pair->first].line;
}

static enum wsl_config_remark_kind syntax_kind(const struct linter *linter,
                                               const struct wsl_config_complaint *complaint)
{
    /* Behind the last character is another one: the line's end, or what stops the reading. */
    char c = complaint->offset < linter->config->size ? linter->text[complaint->offset] : 0;

    switch (complaint->kind) {
    case WSL_CONFIG_NO_NAME:
        return c == ';' || c == '/' ? WSL_CONFIG_REMARK_COMMENT : WSL_CONFIG_REMARK_NO_NAME;
    case WSL_CONFIG_NO_SECTION:
        return WSL_CONFIG_REMARK_SECTION;
    case WSL_CONFIG_NO_BRACKET:
        return WSL_CONFIG_REMARK_BRACKET;
    case WSL_CONFIG_AFTER_HEADER:
        return WSL_CONFIG_REMARK_AFTER_HEADER;
    case WSL_CONFIG_NO_EQUALS:
        return c == '.' ? WSL_CONFIG_REMARK_DOTTED : WSL_CONFIG_REMARK_NO_EQUALS;
    case WSL_CONFIG_BAD_ESCAPE:
        return WSL_CONFIG_REMARK_ESCAPE;
    case WSL_CONFIG_OPEN_QUOTE:
    case WSL_CONFIG_UNKNOWN_KEY:
    case WSL_CONFIG_DUPLICATE_KEY:
    case WSL_CONFIG_BAD_VALUE:
    case WSL_CONFIG_UNREADABLE:
        break;
    }
    return WSL_CONFIG_REMARK_QUOTE;
}

static void lint_syntax(struct linter *linter)
{
    const struct wsl_config *config = linter->config;

    for (size_t i = 0; i < config->complaints_count; i++)
        if (wsl_config_is_syntax(config->complaints[i].kind))
            remark(linter, syntax_kind(linter, &config->complaints[i]), config->complaints[i].line)->rest =
                config->aborted;
}

static void lint_unknown(struct linter *linter, const struct wsl_config_pair *pair)
{
    enum wsl_config_dialect dialect = linter->config->dialect;
    enum wsl_config_dialect other = dialect == WSL_CONFIG_CONF ? WSL_CONFIG_WSLCONFIG : WSL_CONFIG_CONF;
    enum wsl_config_remark_kind kind = WSL_CONFIG_REMARK_UNKNOWN_KEY;

    if (pair->astray)
        kind = WSL_CONFIG_REMARK_ASTRAY;
    else if (!*pair->section)
        kind = WSL_CONFIG_REMARK_OUTSIDE;
    else if (wsl_config_key_find(other, pair->section, pair->key))
        kind = other == WSL_CONFIG_CONF ? WSL_CONFIG_REMARK_CONF_KEY : WSL_CONFIG_REMARK_WSLCONFIG_KEY;
    else if (!wsl_config_section_known(dialect, pair->section))
        kind = WSL_CONFIG_REMARK_UNKNOWN_SECTION;
    remark_pair(linter, kind, pair);
}

static enum wsl_config_remark_kind choice_kind(const struct wsl_config_key *key)
{
    if (strcmp(key->key, "cgroups") == 0)
        return WSL_CONFIG_REMARK_CGROUPS;
    return strcmp(key->key, "networkingMode") == 0 ? WSL_CONFIG_REMARK_MODE : WSL_CONFIG_REMARK_RECLAIM;
}

static enum wsl_config_remark_kind invalid_kind(const struct wsl_config_pair *pair)
{
    if (strchr(pair->value, ';'))
        return WSL_CONFIG_REMARK_SEMICOLON;
    switch (pair->known->type) {
    case WSL_CONFIG_BOOLEAN:
        return WSL_CONFIG_REMARK_BOOLEAN;
    case WSL_CONFIG_INTEGER:
        return WSL_CONFIG_REMARK_INTEGER;
    case WSL_CONFIG_SIZE:
        return WSL_CONFIG_REMARK_SIZE;
    case WSL_CONFIG_CHOICE:
        return choice_kind(pair->known);
    case WSL_CONFIG_PORTS:
        return WSL_CONFIG_REMARK_PORTS;
    case WSL_CONFIG_ADDRESS:
        return WSL_CONFIG_REMARK_ADDRESS;
    case WSL_CONFIG_MAC:
    case WSL_CONFIG_TEXT:
    case WSL_CONFIG_PATH:
        break;
    }
    return WSL_CONFIG_REMARK_MAC;
}

/* What is escaped in a value: of each backslash the character behind it, of those that are not doubled. */
struct escapes {
    bool letter, newline, cr;
};

static struct escapes escapes_in(const struct linter *linter, const struct wsl_config_pair *pair)
{
    struct escapes escapes = {0};

    for (size_t at = pair->text.begin; at + linter->step < pair->text.end; at += linter->step) {
        char c;

        if (linter->text[at] != '\\')
            continue;
        at += linter->step;
        c = linter->text[at];
        escapes.letter |= c == 'b' || c == 'n' || c == 't';
        escapes.newline |= c == '\n' || (c == '\r' && linter->config->dialect == WSL_CONFIG_WSLCONFIG);
        escapes.cr |= c == '\r' && linter->config->dialect == WSL_CONFIG_CONF;
    }
    return escapes;
}

static bool is_ascii(const struct linter *linter, const struct wsl_config_pair *pair)
{
    for (size_t at = pair->text.begin; at < pair->text.end; at += linter->step)
        if ((unsigned char)linter->text[at] >= 0x80 || (linter->step > 1 && linter->text[at + 1]))
            return false;
    return true;
}

/* Of another kind than a file knows: these are part of the value. */
static bool has_quotes(const char *value)
{
    size_t length = strlen(value);

    return (length > 1 && value[0] == '\'' && value[length - 1] == '\'') ||
           strncmp(value, "\xe2\x80\x9c", 3) == 0 || strncmp(value, "\xe2\x80\x98", 3) == 0;
}

static void lint_value(struct linter *linter, const struct wsl_config_pair *pair)
{
    bool wslconfig = linter->config->dialect == WSL_CONFIG_WSLCONFIG;
    bool path = pair->known->type == WSL_CONFIG_PATH;
    struct escapes escapes = escapes_in(linter, pair);

    if (path && escapes.letter)
        remark_pair(linter, WSL_CONFIG_REMARK_BACKSLASH, pair);
    if (path && escapes.newline)
        remark_pair(linter, WSL_CONFIG_REMARK_SWALLOWED, pair);
    if (escapes.cr)
        remark_pair(linter, WSL_CONFIG_REMARK_CONTINUED, pair);
    /* Directly behind the value, where a blank would have told. */
    if (pair->comment && pair->comment == pair->text.end && pair->text.begin < pair->text.end)
        remark_pair(linter, WSL_CONFIG_REMARK_HASH, pair);
    if (wslconfig && !is_ascii(linter, pair))
        remark_pair(linter, WSL_CONFIG_REMARK_NOT_ASCII, pair);
    else if (has_quotes(pair->value))
        remark_pair(linter, WSL_CONFIG_REMARK_QUOTES, pair);
    if (pair->cut)
        remark_pair(linter, WSL_CONFIG_REMARK_NUL, pair);
}

static void lint_pair(struct linter *linter, const struct wsl_config_pair *pair)
{
    switch (pair->standing) {
    case WSL_CONFIG_UNKNOWN:
        lint_unknown(linter, pair);
        break;
    case WSL_CONFIG_DUPLICATE:
        remark_pair(linter, WSL_CONFIG_REMARK_DUPLICATE, pair);
        break;
    case WSL_CONFIG_INVALID:
        remark_pair(linter, invalid_kind(pair), pair);
        lint_value(linter, pair);
        break;
    case WSL_CONFIG_COUNTS:
        lint_value(linter, pair);
        break;
    }
}

static int by_line(const void *a, const void *b)
{
    const struct wsl_config_remark *one = a, *other = b;

    if (one->line != other->line)
        return one->line < other->line ? -1 : 1;
    return (one->kind > other->kind) - (one->kind < other->kind);
}

int wsl_config_lint(const struct wsl_config *config, const char *text, struct wsl_config_remarks *remarks)
{
    struct linter linter = {.config = config, .text = text, .step = 1, .remarks = remarks};
    /* Of a pair: one for its value's type, one of a path's two, and one each of the other five. */
    size_t most = 8 * config->pairs_count + config->complaints_count + 1;

    *remarks = (struct wsl_config_remarks){.list = calloc(most, sizeof(*remarks->list))};
    if (!remarks->list)
        return -ENOMEM;
    /* What else would be said of such a file is what this makes of it. */
    if (wsl_config_encoding_is_dead(config->dialect, config->encoding)) {
        remark(&linter,
               config->encoding == WSL_CONFIG_UTF8_MARK ? WSL_CONFIG_REMARK_MARK : WSL_CONFIG_REMARK_UTF16, 1)
            ->rest = true;
        return 0;
    }
    if (config->encoding == WSL_CONFIG_UTF16LE_MARK)
        linter.step = 2;
    lint_syntax(&linter);
    for (size_t i = 0; i < config->pairs_count; i++)
        lint_pair(&linter, &config->pairs[i]);
    qsort(remarks->list, remarks->count, sizeof(*remarks->list), by_line);
    return 0;
}

void wsl_config_remarks_done(struct wsl_config_remarks *remarks)
{
    free(remarks->list);
    *remarks = (struct wsl_config_remarks){0};
}
