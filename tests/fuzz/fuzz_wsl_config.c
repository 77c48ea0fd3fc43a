/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a configuration file of WSL's, behind a line that says which one and what to change: "c" or
 * "w" and "section.key=value", or without the value to remove the key.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../service/state/wsl_config_lint.h"
#include "../../service/state/wsl_config_plain.h"
#include "../state/wsl_config_edited.h"

#define LINE_MAX 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_places(const struct wsl_config *config, size_t size)
{
    size_t end = 0;

    for (size_t i = 0; i < config->pairs_count; i++) {
        const struct wsl_config_pair *pair = &config->pairs[i];

        check(end <= pair->whole.begin && pair->whole.begin <= pair->name.begin &&
              pair->name.begin < pair->name.end && pair->name.end < pair->text.begin &&
              pair->text.begin <= pair->text.end && pair->text.end <= pair->whole.end &&
              pair->whole.end <= size);
        check(!pair->comment || (pair->text.end <= pair->comment && pair->comment < pair->whole.end));
        end = pair->whole.end;
    }
    check(config->end <= size);
}

static void check_parsing(enum wsl_config_dialect dialect, const char *text, size_t size)
{
    struct wsl_config_remarks remarks;
    struct wsl_config config;

    check(wsl_config_parse(dialect, text, size, &config) == 0);
    check_places(&config, size);
    check(wsl_config_lint(&config, text, &remarks) == 0);
    /* What WSL complains of is not passed over. */
    check(remarks.count > 0 || config.complaints_count == 0);
    wsl_config_remarks_done(&remarks);
    wsl_config_done(&config);
}

static void check_plain(const char *text, size_t size)
{
    size_t plain_size;
    char *plain;

    check(wsl_config_plain(text, size, &plain, &plain_size) == 0);
    free(plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *newline = memchr(data, '\n', size);
    size_t length = newline ? (size_t)(newline - data) : size;
    char line[LINE_MAX] = "", *key, *value;
    struct change change;
    const char *text;

    if (!newline || length >= sizeof(line))
        return 0;
    memcpy(line, data, length);
    text = (const char *)newline + 1;
    size -= length + 1;
    change.dialect = line[0] == 'w' ? WSL_CONFIG_WSLCONFIG : WSL_CONFIG_CONF;
    check_parsing(change.dialect, text, size);
    check_plain(text, size);
    key = length > 1 ? strchr(line + 1, '.') : NULL;
    if (!key)
        return 0;
    *key++ = 0;
    value = strchr(key, '=');
    if (value)
        *value++ = 0;
    change.section = line + 1;
    change.key = key;
    change.value = value;
    check(edits_well(&change, text, size));
    return 0;
}
