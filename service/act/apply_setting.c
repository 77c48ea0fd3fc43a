/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One key of a configuration file of WSL's */
#include "apply_setting.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../state/wsl_config.h"
#include "../state/wsl_config_edit.h"
#include "../sys/safe_file.h"

struct move {
    const char *section, *key;
    const char *before, *after; /* empty: not there */
    bool create, remove, back;
    struct safe_file file;
};

static int refuse_file(struct move *move, const char *problem)
{
    snprintf(move->file.problem, sizeof(move->file.problem), "%s", problem);
    return -EPERM;
}

/* Somebody else changed it; what is to be taken back is then not there to be taken back. */
static int stale(const struct move *move)
{
    return move->back ? 0 : -ESTALE;
}

/* 0, with the text to be freed. */
static int edit(struct move *move, const char *text, size_t size, const char *value,
                struct wsl_config_edit *done)
{
    enum wsl_config_edit_error error = WSL_CONFIG_EDIT_BAD_VALUE;

    if (*value)
        error = wsl_config_set(WSL_CONFIG_CONF, text, size, move->section, move->key, value, done);
    /* Of what WSL does not take the default holds, as if nothing was there. */
    if (error == WSL_CONFIG_EDIT_BAD_VALUE)
        error = wsl_config_unset(WSL_CONFIG_CONF, text, size, move->section, move->key, done);
    return error == WSL_CONFIG_EDIT_DONE ? 0 : refuse_file(move, wsl_config_edit_problem(error));
}

/* 1 if the key is as it should be before, 0 if not. */
static int holds_before(struct move *move)
{
    const struct wsl_config_pair *pair;
    struct wsl_config config;
    int r = wsl_config_parse(WSL_CONFIG_CONF, move->file.text, move->file.length, &config);

    if (r < 0) {
        move->file.step = "parse";
        return r;
    }
    pair = wsl_config_find(&config, move->section, move->key);
    if (!pair)
        r = !*move->before;
    else if (*pair->value)
        r = strcmp(pair->value, move->before) == 0;
    else /* neither there nor not there */
        r = move->back ? 0 : refuse_file(move, "it has the key without a value: remove that line first");
    wsl_config_done(&config);
    return r;
}

static int create(struct move *move)
{
    struct wsl_config_edit made;
    int r = edit(move, "", 0, move->after, &made);

    if (r < 0)
        return r;
    r = safe_file_create(&move->file, made.text, made.size);
    free(made.text);
    return r;
}

/* 1 if the file holds exactly what create() would have made. */
static int is_made(struct move *move)
{
    struct wsl_config_edit made;
    int r = edit(move, "", 0, move->before, &made);

    if (r < 0)
        return r;
    r = made.size == move->file.length && memcmp(made.text, move->file.text, made.size) == 0;
    free(made.text);
    return r;
}

static int change(struct move *move)
{
    struct wsl_config_edit changed;
    int r = edit(move, move->file.text, move->file.length, move->after, &changed);

    if (r < 0)
        return r;
    r = changed.changed ? safe_file_write(&move->file, changed.text, changed.size) : 0;
    free(changed.text);
    return r;
}

static int carry_out(struct move *move)
{
    int r;

    if (move->file.fd < 0)
        return move->create ? create(move) : move->remove ? 0 : stale(move);
    /* Taken back it may be there: of a file with more than the key only that was removed. */
    if (move->create && !move->back)
        return -ESTALE;
    r = holds_before(move);
    if (r <= 0)
        return r < 0 ? r : stale(move);
    r = move->remove ? is_made(move) : 0;
    if (r < 0)
        return r;
    return r ? safe_file_remove(&move->file) : change(move);
}

int apply_setting(int root, const struct step *step, bool back, const char **failed, char *problem,
                  size_t problem_size)
{
    const struct setting_span *span = &step->setting;
    struct move move = {.section = span->section,
                        .key = span->key,
                        .before = back ? span->after : span->before,
                        .after = back ? span->before : span->after,
                        .create = back ? span->remove : span->create,
                        .remove = back ? span->create : span->remove,
                        .back = back};
    int r = safe_file_open(&move.file, root, step->target, 0);

    if (r == 0)
        r = carry_out(&move);
    *failed = move.file.step ? move.file.step : "";
    if (r == -EPERM && move.file.problem[0])
        snprintf(problem, problem_size, "%s", move.file.problem);
    safe_file_close(&move.file);
    return r;
}
