/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files, and what WSL's own parser made of them: NAME.conf and NAME.expected in a folder. What is expected
 * lists each key with its value, be it the default, and each warning; what WSL makes of the values later is
 * left out.
 */
#pragma once

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../service/state/wsl_config_value.h"
#include "wsl_config_shown.h"

/* The defaults that the tables leave open, as they are where the cases were made. */
static const char *const open_defaults[][2] = {{"memory", "0"},
                                               {"processors", "0"},
                                               {"swap", "18446744073709551615"},
                                               {"nestedVirtualization", "true"},
                                               {"telemetry", "true"},
                                               {"macAddress", "unset"},
                                               {"dnsTunnelingIpAddress", "unset"}};

static inline void print_literal(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++)
        if (*text == '"' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else if (*text == '\t' || *text == '\n' || *text == '\b')
            fprintf(out, "\\%c", *text == '\t' ? 't' : *text == '\n' ? 'n' : 'b');
        else if ((unsigned char)*text < ' ' || (unsigned char)*text > '~')
            fprintf(out, "\\%03o", (unsigned char)*text);
        else
            fputc(*text, out);
    fputc('"', out);
}

static inline void print_value(FILE *out, enum wsl_config_dialect dialect, const struct wsl_config_key *key,
                               const char *text)
{
    struct wsl_config_value value;

    wsl_config_value_read(dialect, key, text, &value);
    if (key->type == WSL_CONFIG_BOOLEAN)
        fputs(value.number ? "true" : "false", out);
    else if (key->type == WSL_CONFIG_INTEGER)
        fprintf(out, "%" PRId64, (int64_t)value.number);
    else if (key->type == WSL_CONFIG_SIZE)
        fprintf(out, "%" PRIu64, value.number);
    else if (key->type == WSL_CONFIG_CHOICE)
        fputs(value.choice, out);
    else
        print_literal(out, text);
}

static inline void print_default(FILE *out, enum wsl_config_dialect dialect, const struct wsl_config_key *key)
{
    for (size_t i = 0; i < sizeof(open_defaults) / sizeof(*open_defaults); i++)
        if (dialect == WSL_CONFIG_WSLCONFIG && strcmp(key->key, open_defaults[i][0]) == 0) {
            fputs(open_defaults[i][1], out);
            return;
        }
    if (key->standard)
        print_value(out, dialect, key, key->standard);
    else
        fputs(dialect == WSL_CONFIG_CONF ? "unset" : "\"\"", out);
}

/* An address that is none turns DNS tunnelling off, until a later line turns it on. */
static inline bool tunnelling_is_off(const struct wsl_config *config, const struct wsl_config_pair *pair)
{
    const struct wsl_config_pair *address = wsl_config_find(config, "experimental", "dnsTunnelingIpAddress");

    return address && address->standing == WSL_CONFIG_INVALID &&
           !(pair && pair->standing == WSL_CONFIG_COUNTS && pair > address);
}

static inline void print_key(FILE *out, const struct wsl_config *config, const struct wsl_config_key *key,
                             const char *section)
{
    const struct wsl_config_pair *pair = wsl_config_find(config, key->section, key->key);

    fprintf(out, "%s.%s=", section, key->key);
    if (strcmp(key->key, "dnsTunneling") == 0 && tunnelling_is_off(config, pair))
        fputs("false", out);
    else if (pair && pair->standing == WSL_CONFIG_COUNTS)
        print_value(out, config->dialect, key, pair->value);
    else
        print_default(out, config->dialect, key);
    fputc('\n', out);
}

static inline void print_name(FILE *out, const struct wsl_config_pair *pair)
{
    fprintf(out, "\"%s%s%s\"", pair->section, *pair->section && *pair->key ? "." : "", pair->key);
}

static inline int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static inline void print_bad_value(FILE *out, const struct wsl_config_pair *pair)
{
    static const char *const types[] = {
        [WSL_CONFIG_BOOLEAN] = "boolean",  [WSL_CONFIG_INTEGER] = "integer",
        [WSL_CONFIG_SIZE] = "memory size", [WSL_CONFIG_CHOICE] = "choice",
        [WSL_CONFIG_PORTS] = "integer",    [WSL_CONFIG_ADDRESS] = "IP address",
        [WSL_CONFIG_MAC] = "MAC address",
    };
    const char *choices[8];
    size_t count = 0;

    fprintf(out, "invalid %s \"%s\" for key ", types[pair->known->type], pair->value);
    print_name(out, pair);
    if (pair->known->type == WSL_CONFIG_MAC)
        fputs(" (fatal)", out);
    if (pair->known->type != WSL_CONFIG_CHOICE)
        return;
    while (pair->known->choices[count]) {
        choices[count] = pair->known->choices[count];
        count++;
    }
    qsort(choices, count, sizeof(*choices), by_name);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s%s", i ? ", " : " (valid: ", choices[i]);
    fputc(')', out);
}

static inline void print_complaint(FILE *out, const struct wsl_config *config,
                                   const struct wsl_config_complaint *complaint, const char *text)
{
    static const char *const words[] = {
        [WSL_CONFIG_NO_NAME] = "invalid key name", [WSL_CONFIG_NO_SECTION] = "invalid section name",
        [WSL_CONFIG_NO_BRACKET] = "expected ']'",  [WSL_CONFIG_AFTER_HEADER] = "expected ' ' or '\\n'",
        [WSL_CONFIG_NO_EQUALS] = "expected '='",   [WSL_CONFIG_OPEN_QUOTE] = "expected \"",
    };
    /* Of syntax there may be complaints without any pair. */
    const struct wsl_config_pair *pair = config->pairs ? &config->pairs[complaint->pair] : NULL;

    if (complaint->kind == WSL_CONFIG_UNREADABLE) {
        fputs("warning: cannot open the file: UTF-16BE\n", out);
        return;
    }
    fprintf(out, "warning: line %u: ", complaint->wsl_line);
    if (complaint->kind == WSL_CONFIG_BAD_ESCAPE) {
        fprintf(out, "invalid escape '\\%c'", text[complaint->offset]);
    } else if (complaint->kind == WSL_CONFIG_UNKNOWN_KEY) {
        fputs("unknown key ", out);
        print_name(out, pair);
    } else if (complaint->kind == WSL_CONFIG_DUPLICATE_KEY) {
        fputs("duplicate key ", out);
        print_name(out, pair);
        fputs(", ignored (first: ", out);
        print_name(out, &config->pairs[pair->first]);
        fprintf(out, " in line %u)", config->pairs[pair->first].wsl_line);
    } else if (complaint->kind == WSL_CONFIG_BAD_VALUE) {
        print_bad_value(out, pair);
    } else {
        fputs(words[complaint->kind], out);
    }
    fputc('\n', out);
}

static inline char *case_found(enum wsl_config_dialect dialect, const char *text, size_t size)
{
    const struct wsl_config_key *key;
    struct wsl_config config;
    char *found = NULL;
    size_t length;
    FILE *out = open_memstream(&found, &length);

    if (parse_exactly(dialect, text, size, &config) < 0)
        abort();
    for (size_t i = 0; (key = wsl_config_key_at(dialect, i)); i++) {
        print_key(out, &config, key, key->section);
        if (key->alias)
            print_key(out, &config, key, key->alias);
    }
    for (size_t i = 0; i < config.complaints_count; i++)
        print_complaint(out, &config, &config.complaints[i], text);
    fprintf(out, "result: %s\n", config.aborted ? "aborted" : "complete");
    fclose(out);
    wsl_config_done(&config);
    return found;
}

static inline char *case_file(const char *folder, const char *name, const char *suffix, size_t *size)
{
    char path[4096];
    char *text = calloc(1, WSL_CONFIG_SIZE_MAX);
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s%s", folder, name, suffix);
    file = fopen(path, "re");
    if (!file)
        abort();
    *size = fread(text, 1, WSL_CONFIG_SIZE_MAX - 1, file);
    fclose(file);
    return text;
}

/* The lines of both: those of the keys in any order, the warnings in theirs. */
static inline bool same_lines(char *found, char *expected)
{
    char *lists[2][256], *warnings[2][256];
    size_t counts[2] = {0}, warned[2] = {0};

    for (int i = 0; i < 2; i++)
        for (char *rest, *line = strtok_r(i ? expected : found, "\n", &rest);
             line && counts[i] < 256 && warned[i] < 256; line = strtok_r(NULL, "\n", &rest))
            if (strncmp(line, "warning:", 8) == 0)
                warnings[i][warned[i]++] = line;
            else if (strncmp(line, "effective:", 10) != 0)
                lists[i][counts[i]++] = line;
    for (int i = 0; i < 2; i++)
        qsort(lists[i], counts[i], sizeof(*lists[i]), by_name);
    if (counts[0] != counts[1] || warned[0] != warned[1])
        return false;
    for (size_t i = 0; i < counts[0]; i++)
        if (strcmp(lists[0][i], lists[1][i]) != 0)
            return false;
    for (size_t i = 0; i < warned[0]; i++)
        if (strcmp(warnings[0][i], warnings[1][i]) != 0)
            return false;
    return true;
}

/* Returns how many came out otherwise, which are printed. */
static inline int run_cases(const char *folder, size_t *count)
{
    struct dirent *entry;
    DIR *listing = opendir(folder);
    int failed = 0;

    while (listing && (entry = readdir(listing))) {
        char *suffix = strstr(entry->d_name, ".conf");
        size_t size, expected_size;
        char *text, *expected, *found, *kept;

        if (!suffix || suffix[5])
            continue;
        text = case_file(folder, entry->d_name, "", &size);
        *suffix = 0;
        expected = case_file(folder, entry->d_name, ".expected", &expected_size);
        found =
            case_found(strncmp(entry->d_name, "wslconf-", 8) == 0 ? WSL_CONFIG_CONF : WSL_CONFIG_WSLCONFIG,
                       text, size);
        kept = strdup(found);
        if (!same_lines(found, expected)) {
            printf("%s: otherwise than expected\n%s", entry->d_name, kept);
            failed++;
        }
        (*count)++;
        free(text);
        free(expected);
        free(found);
        free(kept);
    }
    if (listing)
        closedir(listing);
    return failed;
}
