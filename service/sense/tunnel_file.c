/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A tunnel's file */
#include "tunnel_file.h"

#include <stdio.h>
#include <string.h>

#include "../state/keepalive_file.h"
#include "../sys/safe_file.h"

static int parse(const struct safe_file *file, struct wireguard_conf *conf,
                 char problem[TUNNEL_FILE_PROBLEM_SIZE])
{
    uint32_t line = 0;
    enum wireguard_conf_error error = wireguard_conf_parse(file->text, file->length, conf, &line);

    if (error == WIREGUARD_CONF_DONE)
        return 1;
    snprintf(problem, TUNNEL_FILE_PROBLEM_SIZE, line ? "%s (line %u)" : "%s", wireguard_conf_problem(error),
             line);
    return -1;
}

int tunnel_file_read(int root, const char *link, struct wireguard_conf *conf,
                     char problem[TUNNEL_FILE_PROBLEM_SIZE])
{
    char path[FILE_PATH_SIZE];
    struct safe_file file;
    int r;

    snprintf(path, sizeof(path), KEEPALIVE_FILE_FOLDER "/%s.conf", link);
    r = safe_file_open_of_root(&file, root, path);
    if (r < 0 && file.nowhere) {
        r = 0;
    } else if (r < 0) {
        snprintf(problem, TUNNEL_FILE_PROBLEM_SIZE, "%s", file.problem[0] ? file.problem : strerror(-r));
        r = -1;
    } else if (file.fd >= 0) {
        r = parse(&file, conf, problem);
    }
    if (file.text)
        explicit_bzero(file.text, file.length);
    safe_file_close(&file);
    return r;
}
