/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One key of a configuration file of WSL's is set or removed, and every other byte stays */
#include "wsl_config_edit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wsl_config.h"
#include "wsl_config_text.h"
#include "wsl_config_value.h"

struct editor {
    struct wsl_config before;
    const char *text;
    size_t size;
    bool wide;
    const char *eol;
    const char *section, *key;
    const struct wsl_config_key *known; /* NULL of a key that WSL does not know */
    const char *value;                  /* NULL: it is to go */
    char *out, *write;
    size_t done; /* of the text */
};

static bool is_target(const struct editor *editor, const struct wsl_config_pair *pair)
{
    if (editor->known)
        return pair->known == editor->known;
    return !pair->known && *pair->key && wsl_config_same_name(pair->section, editor->section) &&
           wsl_config_same_name(pair->key, editor->key);
}

static const struct wsl_config_pair *find_target(const struct editor *editor, const struct wsl_config *config)
{
    for (size_t i = 0; i < config->pairs_count; i++)
        if (is_target(editor, &config->pairs[i]))
            return &config->pairs[i];
    return NULL;
}

/* As the first line ends. */
static const char *eol_of(const struct wsl_config *config, const char *text, size_t size, bool wide)
{
    size_t step = wide ? 2 : 1;

    for (size_t at = 0; at + step <= size; at += step)
        if (text[at] == '\n' && (!wide || !text[at + 1]))
            return at >= step && text[at - step] == '\r' ? "\r\n" : "\n";
    return config->dialect == WSL_CONFIG_CONF ? "\n" : "\r\n";
}

/* What was before it stays, and it comes in the place of what ends at `end`. */
static void replace(struct editor *editor, size_t begin, size_t end, const char *fresh)
{
    memcpy(editor->write, editor->text + editor->done, begin - editor->done);
    editor->write += begin - editor->done;
    editor->done = end;
    for (; *fresh; fresh++) {
        *editor->write++ = *fresh;
        if (editor->wide)
            *editor->write++ = 0;
    }
}

static void finish(struct editor *editor, struct wsl_config_edit *edit)
{
    replace(editor, editor->size, editor->size, "");
    edit->text = editor->out;
    edit->size = editor->write - editor->out;
    edit->changed = edit->size != editor->size || memcmp(edit->text, editor->text, edit->size) != 0;
}

static void remove_pairs(struct editor *editor)
{
    for (size_t i = 0; i < editor->before.pairs_count; i++) {
        const struct wsl_config_pair *pair = &editor->before.pairs[i];

        if (!is_target(editor, pair))
            continue;
        if (pair->comment)
            replace(editor, pair->name.begin, pair->comment, "");
        else
            replace(editor, pair->whole.begin, pair->whole.end, "");
    }
}

struct place {
    size_t at;
    bool ended;  /* a line may begin there */
    bool header; /* of its own */
    bool before; /* something that has to stand off */
};

/* An end of line behind it would make the last line a valid one that goes on. */
static bool ends_in_backslash(const struct wsl_config *config, const struct wsl_config_complaint *last)
{
    return !config->ended && last->kind == WSL_CONFIG_BAD_ESCAPE && last->offset == config->end;
}

/*
 * Where a wsl.conf ends early, what follows is dead and will be alive again when somebody mends that line. So
 * a new section comes in before the one which that line is in.
 */
static struct place new_section(const struct wsl_config *config)
{
    struct place place = {.at = config->end, .ended = config->ended, .header = true};
    const struct wsl_config_complaint *last;
    size_t count = config->sections_count;

    if (!config->complaints_count)
        return place;
    last = &config->complaints[config->complaints_count - 1];
    if (ends_in_backslash(config, last))
        return (struct place){.at = last->begin, .ended = true, .header = true};
    if (!config->aborted || !count || last->kind == WSL_CONFIG_NO_SECTION ||
        last->kind == WSL_CONFIG_NO_BRACKET || last->kind == WSL_CONFIG_AFTER_HEADER)
        return place;
    place.ended = true;
    place.before = count == 1;
    place.at = count == 1 ? config->sections[0].begin : config->sections[count - 2].end;
    return place;
}

static struct place find_place(const struct editor *editor)
{
    const struct wsl_config *config = &editor->before;

    for (size_t i = 0; i < config->sections_count; i++)
        if (wsl_config_same_name(config->sections[i].name, editor->section))
            return (struct place){.at = config->sections[i].end, .ended = config->sections[i].ended};
    return new_section(config);
}

static char *append(char *at, const char *text)
{
    return stpcpy(at, text);
}

/* The lines to be added, or the value alone. */
static char *write_fresh(const struct editor *editor, const struct place *place, char *fresh)
{
    size_t mark = editor->wide ? 2 : editor->before.encoding == WSL_CONFIG_UTF8_MARK ? 3 : 0;
    bool first = place && place->at <= mark;
    char *at = fresh;

    if (!place) {
        wsl_config_text_write(editor->value, fresh);
        return fresh;
    }
    if (!place->ended)
        at = append(at, editor->eol);
    if (place->header) {
        at = append(at, first || place->before ? "" : editor->eol);
        at = append(append(append(append(at, "["), editor->section), "]"), editor->eol);
    }
    at = append(append(at, editor->key), "=");
    at += wsl_config_text_write(editor->value, at);
    append(append(at, editor->eol), place->before ? editor->eol : "");
    return fresh;
}

static void set_value(struct editor *editor, char *fresh)
{
    const struct wsl_config_pair *pair = find_target(editor, &editor->before);
    struct place place;

    if (pair && strcmp(pair->value, editor->value) == 0)
        return;
    if (pair) {
        replace(editor, pair->text.begin, pair->text.end, write_fresh(editor, NULL, fresh));
        return;
    }
    place = find_place(editor);
    replace(editor, place.at, place.at, write_fresh(editor, &place, fresh));
}

/* Those of the key apart, the same pairs in the same order; so each means what it meant. */
static bool same_others(const struct editor *editor, const struct wsl_config *after)
{
    const struct wsl_config *before = &editor->before;
    size_t i = 0, j = 0;

    for (;; i++, j++) {
        while (i < before->pairs_count && is_target(editor, &before->pairs[i]))
            i++;
        while (j < after->pairs_count && is_target(editor, &after->pairs[j]))
            j++;
        if (i == before->pairs_count || j == after->pairs_count)
            return i == before->pairs_count && j == after->pairs_count;
        if (strcmp(before->pairs[i].section, after->pairs[j].section) != 0 ||
            strcmp(before->pairs[i].key, after->pairs[j].key) != 0 ||
            strcmp(before->pairs[i].value, after->pairs[j].value) != 0)
            return false;
    }
}

static enum wsl_config_edit_error verify(const struct editor *editor, const struct wsl_config_edit *edit)
{
    const struct wsl_config_pair *pair;
    struct wsl_config after;
    bool sure;
    int r = wsl_config_parse(editor->before.dialect, edit->text, edit->size, &after);

    if (r < 0)
        return r == -EFBIG ? WSL_CONFIG_EDIT_TOO_LARGE : WSL_CONFIG_EDIT_NO_MEMORY;
    pair = find_target(editor, &after);
    sure = editor->value ? pair && strcmp(pair->value, editor->value) == 0 : !pair;
    sure = sure && same_others(editor, &after) && after.encoding == editor->before.encoding &&
           after.invalid_lines == editor->before.invalid_lines;
    wsl_config_done(&after);
    return sure ? WSL_CONFIG_EDIT_DONE : WSL_CONFIG_EDIT_UNSURE;
}

static enum wsl_config_edit_error write_edit(struct editor *editor, struct wsl_config_edit *edit)
{
    /* Names, twice the value and what stands around it, twice again if it is wide. */
    size_t most = strlen(editor->section) + strlen(editor->key) + 16;
    enum wsl_config_edit_error error;
    char *fresh;

    if (editor->value)
        most += 2 * strlen(editor->value);
    fresh = malloc(most);
    editor->out = editor->write = malloc(editor->size + 2 * most);
    if (!fresh || !editor->out) {
        free(fresh);
        free(editor->out);
        return WSL_CONFIG_EDIT_NO_MEMORY;
    }
    if (editor->value)
        set_value(editor, fresh);
    else
        remove_pairs(editor);
    free(fresh);
    finish(editor, edit);
    error = verify(editor, edit);
    if (error != WSL_CONFIG_EDIT_DONE) {
        free(edit->text);
        *edit = (struct wsl_config_edit){0};
    }
    return error;
}

static enum wsl_config_edit_error edit_text(struct editor *editor, enum wsl_config_dialect dialect,
                                            struct wsl_config_edit *edit)
{
    enum wsl_config_edit_error error = WSL_CONFIG_EDIT_ENCODING;
    int r = wsl_config_parse(dialect, editor->text, editor->size, &editor->before);

    if (r < 0)
        return r == -EFBIG ? WSL_CONFIG_EDIT_TOO_LARGE : WSL_CONFIG_EDIT_NO_MEMORY;
    if (!wsl_config_encoding_is_dead(dialect, editor->before.encoding)) {
        editor->wide = editor->before.encoding == WSL_CONFIG_UTF16LE_MARK;
        editor->eol = eol_of(&editor->before, editor->text, editor->size, editor->wide);
        error = write_edit(editor, edit);
    }
    wsl_config_done(&editor->before);
    return error;
}

enum wsl_config_edit_error wsl_config_set(enum wsl_config_dialect dialect, const char *text, size_t size,
                                          const char *section, const char *key, const char *value,
                                          struct wsl_config_edit *edit)
{
    const struct wsl_config_key *known = wsl_config_key_find(dialect, section, key);
    struct editor editor = {.text = text, .size = size, .known = known, .value = value};
    struct wsl_config_value read;

    *edit = (struct wsl_config_edit){0};
    if (!known)
        return WSL_CONFIG_EDIT_UNKNOWN_KEY;
    if (strlen(value) > WSL_CONFIG_SIZE_MAX)
        return WSL_CONFIG_EDIT_TOO_LARGE;
    if (!wsl_config_text_can_be_written(dialect, value))
        return WSL_CONFIG_EDIT_BAD_CHARACTER;
    if (!wsl_config_value_read(dialect, known, value, &read))
        return WSL_CONFIG_EDIT_BAD_VALUE;
    /* As the table spells them, but in the section that was asked for. */
    editor.key = known->key;
    editor.section = wsl_config_same_name(known->section, section) ? known->section : known->alias;
    return edit_text(&editor, dialect, edit);
}

enum wsl_config_edit_error wsl_config_unset(enum wsl_config_dialect dialect, const char *text, size_t size,
                                            const char *section, const char *key,
                                            struct wsl_config_edit *edit)
{
    struct editor editor = {.text = text, .size = size, .section = section, .key = key};

    *edit = (struct wsl_config_edit){0};
    editor.known = wsl_config_key_find(dialect, section, key);
    return edit_text(&editor, dialect, edit);
}

const char *wsl_config_edit_problem(enum wsl_config_edit_error error)
{
    static const char *const problems[] = {
        [WSL_CONFIG_EDIT_DONE] = "none",
        [WSL_CONFIG_EDIT_UNKNOWN_KEY] = "WSL knows no such key in this file",
        [WSL_CONFIG_EDIT_BAD_VALUE] = "WSL does not take this value for the key",
        [WSL_CONFIG_EDIT_BAD_CHARACTER] = "the value has a character that this file cannot hold",
        [WSL_CONFIG_EDIT_ENCODING] =
            "WSL cannot read the file in this encoding; it has to be plain UTF-8 first",
        [WSL_CONFIG_EDIT_TOO_LARGE] = "the file is larger than 1 MiB, or would be",
        [WSL_CONFIG_EDIT_NO_MEMORY] = "no memory",
        [WSL_CONFIG_EDIT_UNSURE] = "the file could not be changed without changing what else it says",
    };

    return problems[error];
}
