/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keepalive in a file of wg-quick's */
#include "apply_keepalive_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sys/safe_file.h"

static void close_file(struct safe_file *file)
{
    if (file->text)
        explicit_bzero(file->text, file->length);
    safe_file_close(file);
}

void apply_keepalive_file_read(int root, const char *link, uint16_t seconds, struct keepalive_file *file)
{
    char path[FILE_PATH_SIZE], problem[sizeof(file->problem)];
    struct safe_file opened;
    int r;

    snprintf(path, sizeof(path), KEEPALIVE_FILE_FOLDER "/%s.conf", link);
    r = safe_file_open_of_root(&opened, root, path);
    if (r == 0 && opened.fd >= 0) {
        keepalive_file_take(file, link, opened.text, opened.length, seconds);
    } else if (r == 0 || r == -ENOENT) {
        keepalive_file_refuse(file, link, "it is not there");
    } else if (r == -EPERM && opened.problem[0]) {
        keepalive_file_refuse(file, link, opened.problem);
    } else {
        snprintf(problem, sizeof(problem), "it cannot be read: %s", strerror(-r));
        keepalive_file_refuse(file, link, problem);
    }
    close_file(&opened);
}

static int explain(struct safe_file *file, enum wireguard_conf_error error)
{
    if (error == WIREGUARD_CONF_DONE)
        return 0;
    if (error == WIREGUARD_CONF_NO_MEMORY)
        return -ENOMEM;
    if (error == WIREGUARD_CONF_STALE || error == WIREGUARD_CONF_NO_PEER)
        return -ESTALE;
    snprintf(file->problem, sizeof(file->problem), "%s", wireguard_conf_problem(error));
    return -EPERM;
}

/* To do it is to take back its inverse, which finds the place by what stands there now. */
static enum wireguard_conf_error find_edit(const struct wireguard_conf *conf, const struct safe_file *file,
                                           const struct wireguard_conf_span *span,
                                           struct wireguard_conf_edit *edit)
{
    struct wireguard_conf_span inverse = *span;
    struct wireguard_conf_edit done = {.spans = &inverse, .count = 1};

    memcpy(inverse.before, span->after, sizeof(inverse.before));
    memcpy(inverse.after, span->before, sizeof(inverse.after));
    return wireguard_conf_undo(conf, file->text, file->length, &done, edit);
}

static int change(struct safe_file *file, const struct wireguard_conf_span *span)
{
    struct wireguard_conf_edit edit = {0};
    struct wireguard_conf conf;
    char *text = NULL;
    size_t size = 0;
    uint32_t line;
    int r = explain(file, wireguard_conf_parse(file->text, file->length, &conf, &line));

    if (r < 0)
        return r;
    r = explain(file, find_edit(&conf, file, span, &edit));
    if (r == 0)
        r = explain(file, wireguard_conf_apply(file->text, file->length, &edit, &text, &size));
    if (r == 0 && edit.count)
        r = safe_file_write(file, text, size);
    if (text)
        explicit_bzero(text, size);
    free(text);
    wireguard_conf_edit_done(&edit);
    wireguard_conf_done(&conf);
    return r;
}

int apply_keepalive_file(int root, const struct step *step, bool back, const char **failed, char *problem,
                         size_t problem_size)
{
    struct wireguard_conf_span span = step->keepalive.span;
    struct safe_file file;
    int r;

    if (back) {
        memcpy(span.before, step->keepalive.span.after, sizeof(span.before));
        memcpy(span.after, step->keepalive.span.before, sizeof(span.after));
    }
    r = safe_file_open_of_root(&file, root, step->target);
    if (r == 0)
        r = file.fd < 0 ? -ESTALE : change(&file, &span);
    /* Then nothing of ours is there to be taken back. */
    if (r == -ESTALE && (back || step->keepalive.lenient))
        r = 0;
    *failed = file.step ? file.step : "";
    if (r == -EPERM && file.problem[0])
        snprintf(problem, problem_size, "%s", file.problem);
    close_file(&file);
    return r;
}
