/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How long a command takes from its start to its end, with its output thrown away:
 *
 *   spawn COUNT COMMAND… [:: OTHER…]    two commands are run in turn
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure.h"

static uint64_t measure(char **command, const posix_spawn_file_actions_t *actions)
{
    uint64_t started = now_nsec(), ended;
    int status, r;
    pid_t pid;

    r = posix_spawn(&pid, command[0], actions, NULL, command, environ);
    if (r != 0)
        give_up(-r, "%s cannot be started", command[0]);
    if (waitpid(pid, &status, 0) < 0)
        give_up(-errno, "%s", command[0]);
    ended = now_nsec();
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        give_up(0, "%s ended with status %#x", command[0], (unsigned)status);
    return ended - started;
}

int main(int argc, char *argv[])
{
    posix_spawn_file_actions_t actions;
    struct series series;
    char **commands[2] = {argv + 2, argv + 2};
    size_t count;

    if (argc < 3)
        give_up(0, "spawn: wrong usage");
    count = parse_number(argv[1], 1);
    for (int i = 2; i < argc - 1; i++)
        if (strcmp(argv[i], "::") == 0) {
            argv[i] = NULL;
            commands[1] = argv + i + 1;
        }
    if (!commands[0][0] || !commands[1][0])
        give_up(0, "spawn: wrong usage");
    if (posix_spawn_file_actions_init(&actions) != 0 ||
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) != 0)
        give_up(0, "no memory");
    series_init(&series, count);
    for (size_t i = 0; i < count; i++)
        series_add(&series, measure(commands[i % 2], &actions));
    posix_spawn_file_actions_destroy(&actions);
    series_print(&series);
    return EXIT_SUCCESS;
}
