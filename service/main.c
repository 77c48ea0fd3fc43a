/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* wslnoded: the command line */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "sys/log.h"

enum { OPTION_ROOT = 256, OPTION_LOG_LEVEL, OPTION_VERSION };

static const struct option options[] = {
    {"root", required_argument, NULL, OPTION_ROOT},
    {"log-level", required_argument, NULL, OPTION_LOG_LEVEL},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static int usage(FILE *stream, int status)
{
    fprintf(stream,
            "Usage: wslnoded [OPTION…]\n"
            "Keeps a mesh-VPN node inside WSL2 healthy; serves org.wslnode.Node1 on the system bus.\n\n"
            "  --root DIR         take every file path below DIR (default: /)\n"
            "  --log-level LEVEL  emerg alert crit err warning notice info debug (default: info)\n"
            "  --version\n"
            "  -h, --help\n\n"
            "See wslnoded(8).\n");
    return status;
}

int main(int argc, char *argv[])
{
    const char *root = "/";
    int option, fd, r;

    log_set_target("auto");
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1)
        switch (option) {
        case OPTION_ROOT:
            root = optarg;
            break;
        case OPTION_LOG_LEVEL:
            if (!log_set_level(optarg)) {
                fprintf(stderr, "wslnoded: unknown log level “%s”; see --help\n", optarg);
                return 2;
            }
            break;
        case OPTION_VERSION:
            puts("wslnoded " WSLNODE_VERSION);
            return 0;
        case 'h':
            return usage(stdout, 0);
        default:
            return usage(stderr, 2);
        }
    if (optind < argc)
        return usage(stderr, 2);
    fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        fprintf(stderr, "wslnoded: --root %s: %s\n", root, strerror(errno));
        return 1;
    }
    r = daemon_run(fd);
    close(fd);
    return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
