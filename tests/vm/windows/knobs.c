/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The knobs in /run/windows, and the record of calls there */
#define _GNU_SOURCE
#include "windows.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "The dressing has no answer: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* Only the tests on the host give a root: in the machine there is one Windows. */
char *in_root(const char *path)
{
    const char *root = getenv("WINDOWS_ROOT");
    char *whole;

    if (asprintf(&whole, "%s%s", root ? root : "", path) < 0)
        give_up("memory");
    return whole;
}

static char *read_knob(const char *name)
{
    char *path, *text = NULL;
    size_t size = 0;
    ssize_t length;
    FILE *file;

    if (asprintf(&path, "/run/windows/%s", name) < 0)
        give_up("memory");
    file = fopen(in_root(path), "re");
    if (!file && errno == ENOENT)
        return NULL;
    if (!file)
        give_up(path);
    length = getdelim(&text, &size, 0, file);
    if (ferror(file))
        give_up(path);
    fclose(file);
    if (length <= 0)
        return strdup("");
    while (length && text[length - 1] == '\n')
        text[--length] = 0;
    return text;
}

char *knob(const char *name, const char *otherwise)
{
    char *text = read_knob(name);

    return text || !otherwise ? text : strdup(otherwise);
}

bool german(void)
{
    return strcmp(knob("language", "en"), "de") == 0;
}

static void write_field(FILE *line, const char *text)
{
    for (; *text; text++)
        if (*text == '\t')
            fputs("\\t", line);
        else if (*text == '\n')
            fputs("\\n", line);
        else if (*text == '\\')
            fputs("\\\\", line);
        else
            fputc(*text, line);
}

static char *line_of(const struct call *call, size_t *length)
{
    char *cwd = get_current_dir_name(), *text;
    FILE *line = open_memstream(&text, length);
    struct timespec now;

    if (!line)
        give_up("memory");
    clock_gettime(CLOCK_REALTIME, &now);
    fprintf(line, "%lld.%03ld\t%s\tWSL_INTEROP=%s\t", (long long)now.tv_sec, now.tv_nsec / 1000000,
            call->program, getenv("WSL_INTEROP") ? "set" : "unset");
    write_field(line, cwd ? cwd : "?");
    for (char **argument = call->arguments; *argument; argument++) {
        fputc('\t', line);
        write_field(line, *argument);
    }
    fputc('\n', line);
    if (fclose(line) != 0)
        give_up("memory");
    return text;
}

/* One write, so that calls at the same time do not mix. The file must be there already: see README.md. */
void record(const struct call *call)
{
    size_t length;
    char *line = line_of(call, &length);
    int fd = open(in_root("/run/windows/calls"), O_WRONLY | O_APPEND | O_CLOEXEC);

    if (fd < 0 || write(fd, line, length) != (ssize_t)length)
        give_up("/run/windows/calls");
    close(fd);
}

/* A knob of this program alone comes before the one for all. */
static char *mood(const struct call *call, const char *name)
{
    char *own, *text;

    if (asprintf(&own, "%s.%s", name, call->program) < 0)
        give_up("memory");
    text = read_knob(own);
    return text ? text : read_knob(name);
}

static void wait_seconds(const char *text)
{
    double seconds = strtod(text, NULL);
    struct timespec time = {.tv_sec = (time_t)seconds};

    time.tv_nsec = (long)((seconds - (double)time.tv_sec) * 1e9);
    while (nanosleep(&time, &time) < 0 && errno == EINTR)
        ;
}

void behave(const struct call *call)
{
    static char flood[4096];
    char *text = mood(call, "slow");

    if (text)
        wait_seconds(text);
    if (mood(call, "hang"))
        for (;;)
            pause();
    if (mood(call, "flood")) {
        memset(flood, '~', sizeof(flood));
        while (write(STDOUT_FILENO, flood, sizeof(flood)) > 0)
            ;
        exit(1);
    }
    text = mood(call, "fail");
    if (text) {
        fprintf(stderr, "%s fails, as it was told\n", call->program);
        exit(*text ? atoi(text) : 1);
    }
}
