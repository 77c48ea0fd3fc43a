/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The machine's getent, as it would be in the node that it lies in: with that root's /etc, /mnt and /run.
 *
 * The daemon starts it without an environment, and by a descriptor that no script could be read from.
 */
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLACE "/usr/bin/getent"

/* /run comes last: the root is below it. */
static const char *const folders[] = {"/etc", "/mnt", "/run"};

int main(int argc, char *argv[])
{
    char root[4096], path[sizeof(root) + 8];
    ssize_t length = readlink("/proc/self/exe", root, sizeof(root) - 1);
    ssize_t end = length - (ssize_t)strlen(PLACE);

    if (argc != 3 || end <= 0 || memcmp(root + end, PLACE, strlen(PLACE)) != 0)
        return 99;
    root[end] = 0;
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return 98;
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        snprintf(path, sizeof(path), "%s%s", root, folders[i]);
        (void)mkdir(path, 0755);
        if (mount(path, folders[i], NULL, MS_BIND, NULL) < 0)
            return 97;
    }
    execv(PLACE, argv);
    return 96;
}
