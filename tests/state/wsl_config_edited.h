/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What has to hold for any text: a change of one key changes that key, no other, and no byte besides; done
 * again it changes nothing. The texts are read in memory of their own size, so that a byte too far is seen.
 */
#pragma once

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../../service/state/wsl_config.h"
#include "../../service/state/wsl_config_edit.h"

struct change {
    enum wsl_config_dialect dialect;
    const char *section, *key;
    const char *value; /* NULL: it is to go */
};

static inline enum wsl_config_edit_error edit_exactly(const struct change *change, const char *text,
                                                      size_t size, struct wsl_config_edit *edit)
{
    enum wsl_config_edit_error error;
    char *copy = malloc(size ? size : 1);

    memcpy(copy, text, size);
    if (change->value)
        error =
            wsl_config_set(change->dialect, copy, size, change->section, change->key, change->value, edit);
    else
        error = wsl_config_unset(change->dialect, copy, size, change->section, change->key, edit);
    free(copy);
    return error;
}

static inline bool is_of(const struct change *change, const struct wsl_config_pair *pair)
{
    const struct wsl_config_key *known = wsl_config_key_find(change->dialect, change->section, change->key);

    if (known || pair->known)
        return pair->known == known;
    return *pair->key && wsl_config_same_name(pair->section, change->section) &&
           wsl_config_same_name(pair->key, change->key);
}

/* The next pair of another key. */
static inline size_t next_other(const struct change *change, const struct wsl_config *config, size_t i)
{
    while (i < config->pairs_count && is_of(change, &config->pairs[i]))
        i++;
    return i;
}

static inline bool keys_are_as_they_should(const struct change *change, const struct wsl_config *before,
                                           const struct wsl_config *after)
{
    size_t i = 0, j = 0;

    for (;; i++, j++) {
        i = next_other(change, before, i);
        j = next_other(change, after, j);
        if (i == before->pairs_count || j == after->pairs_count)
            break;
        if (strcmp(before->pairs[i].section, after->pairs[j].section) != 0 ||
            strcmp(before->pairs[i].key, after->pairs[j].key) != 0 ||
            strcmp(before->pairs[i].value, after->pairs[j].value) != 0 ||
            before->pairs[i].standing != after->pairs[j].standing)
            return false;
    }
    if (i < before->pairs_count || j < after->pairs_count || before->aborted != after->aborted)
        return false;
    for (i = 0; i < after->pairs_count; i++)
        if (is_of(change, &after->pairs[i]))
            return change->value && strcmp(after->pairs[i].value, change->value) == 0 &&
                   after->pairs[i].standing == WSL_CONFIG_COUNTS;
    return !change->value;
}

/* Set: one place is another. Unset: bytes are gone, and what is left is in order. */
static inline bool other_bytes_stay(const struct change *change, const struct wsl_config *before,
                                    const char *text, size_t size, const struct wsl_config_edit *edit)
{
    size_t head = 0, tail = 0, room = size < edit->size ? size : edit->size, at = 0;
    size_t replaced = 0;

    if (!change->value) {
        for (size_t i = 0; i < edit->size; i++, at++) {
            while (at < size && text[at] != edit->text[i])
                at++;
            if (at == size)
                return false;
        }
        return true;
    }
    for (size_t i = 0; i < before->pairs_count && !replaced; i++)
        if (is_of(change, &before->pairs[i]))
            replaced = before->pairs[i].text.end - before->pairs[i].text.begin;
    while (head < room && text[head] == edit->text[head])
        head++;
    while (tail < room - head && text[size - 1 - tail] == edit->text[edit->size - 1 - tail])
        tail++;
    return size - head - tail <= replaced;
}

static inline bool again_changes_nothing(const struct change *change, const struct wsl_config_edit *edit)
{
    struct wsl_config_edit again;
    bool same = edit_exactly(change, edit->text, edit->size, &again) == WSL_CONFIG_EDIT_DONE &&
                !again.changed && again.size == edit->size && memcmp(again.text, edit->text, again.size) == 0;

    free(again.text);
    return same;
}

/* Also that no text is given with an error. */
static inline bool edits_well(const struct change *change, const char *text, size_t size)
{
    struct wsl_config before, after;
    struct wsl_config_edit edit;
    bool well;

    if (edit_exactly(change, text, size, &edit) != WSL_CONFIG_EDIT_DONE)
        return !edit.text && !edit.changed;
    if (wsl_config_parse(change->dialect, text, size, &before) < 0)
        return false;
    well = wsl_config_parse(change->dialect, edit.text, edit.size, &after) == 0 &&
           edit.changed == (edit.size != size || memcmp(edit.text, text, size) != 0) &&
           keys_are_as_they_should(change, &before, &after) &&
           other_bytes_stay(change, &before, text, size, &edit) && again_changes_nothing(change, &edit);
    wsl_config_done(&before);
    wsl_config_done(&after);
    free(edit.text);
    return well;
}
