/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * getent, as the file next to it says: a line "ahosts NAME finds" for each question, or "says-no", "floods",
 * "fails", "crashes". Where there is no line it hangs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOUND "192.0.2.1       STREAM name.test"

static int perform(const char *behaviour)
{
    if (strcmp(behaviour, "crashes") == 0)
        abort();
    while (strcmp(behaviour, "floods") == 0)
        puts(FOUND);
    if (strcmp(behaviour, "finds") == 0)
        return puts(FOUND) < 0;
    return strcmp(behaviour, "says-no") == 0 ? 2 : 3;
}

int main(int argc, char *argv[])
{
    char path[256] = "", database[64], name[300], behaviour[64];
    FILE *file;

    if (argc != 3 || readlink("/proc/self/exe", path, sizeof(path) - 16) < 0)
        return 99;
    strcat(path, ".behaviour");
    file = fopen(path, "re");
    while (file && fscanf(file, "%63s %299s %63s", database, name, behaviour) == 3)
        if (strcmp(database, argv[1]) == 0 && strcmp(name, argv[2]) == 0)
            return perform(behaviour);
    for (;;)
        pause();
}
