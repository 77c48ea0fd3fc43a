/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keepalive in a tunnel's file */
#include "keepalive_file.h"

#include <stdio.h>
#include <string.h>

void keepalive_file_done(struct keepalive_file *file)
{
    wireguard_conf_edit_done(&file->edit);
    wireguard_conf_done(&file->conf);
    memset(file, 0, sizeof(*file));
}

void keepalive_file_refuse(struct keepalive_file *file, const char *link, const char *problem)
{
    keepalive_file_done(file);
    snprintf(file->link, sizeof(file->link), "%s", link);
    snprintf(file->problem, sizeof(file->problem), "%s", problem);
}

void keepalive_file_take(struct keepalive_file *file, const char *link, const char *text, size_t size,
                         uint16_t seconds)
{
    enum wireguard_conf_error error;
    char problem[sizeof(file->problem)];
    uint32_t line = 0;

    keepalive_file_done(file);
    snprintf(file->link, sizeof(file->link), "%s", link);
    error = wireguard_conf_parse(text, size, &file->conf, &line);
    if (!error)
        error = wireguard_conf_set_keepalive(&file->conf, text, NULL, seconds, &file->edit);
    if (!error)
        return;
    if (line)
        snprintf(problem, sizeof(problem), "line %u: %s", line, wireguard_conf_problem(error));
    else
        snprintf(problem, sizeof(problem), "%s", wireguard_conf_problem(error));
    keepalive_file_refuse(file, link, problem);
}

const struct wireguard_conf_span *keepalive_file_span(const struct keepalive_file *file,
                                                      const uint8_t key[PEER_KEY_SIZE])
{
    for (size_t i = 0; i < file->edit.count; i++)
        if (memcmp(file->edit.spans[i].key, key, PEER_KEY_SIZE) == 0)
            return &file->edit.spans[i];
    return NULL;
}
