/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* wslinfo, as the file next to it says: "answer MODE VERSION", "hang", "flood", "fail", "nonsense". */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    char path[256], behaviour[64] = "", mode[64] = "", version[64] = "";
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 16);
    FILE *file;

    path[length < 0 ? 0 : length] = 0;
    strcat(path, ".behaviour");
    file = fopen(path, "re");
    if (!file || fscanf(file, "%63s %63s %63s", behaviour, mode, version) < 1)
        return 99;
    fclose(file);
    if (strcmp(behaviour, "hang") == 0)
        for (;;)
            pause();
    if (strcmp(behaviour, "flood") == 0)
        for (;;)
            puts("nat");
    if (strcmp(behaviour, "nonsense") == 0)
        puts("no word; rm -rf \xff");
    else if (argc == 2 && strcmp(argv[1], "--networking-mode") == 0)
        puts(mode);
    else if (argc == 2 && strcmp(argv[1], "--wsl-version") == 0)
        printf("%s\r\n\r\n", version);
    return strcmp(behaviour, "fail") == 0 ? 1 : 0;
}
