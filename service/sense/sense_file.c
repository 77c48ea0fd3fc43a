/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files that are to follow the node's address: read in a child, watched by inotify */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../state/shell_var.h"
#include "../state/targets.h"
#include "../sys/child.h"
#include "../sys/cleanup.h"
#include "../sys/safe_file.h"
#include "../sys/timer.h"
#include "sense.h"

#define DEADLINE_USEC 4000000
#define GATHER_USEC   50000 /* an editor makes several events of one change */
#define WATCHED       (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB | IN_ONLYDIR)
#define PLACES_MAX    16 /* of one variable in one file */
#define OUTPUT_MAX    ((NODE_FILES_MAX + NODE_PLACES_MAX) * sizeof(struct fact))

struct sense_file {
    struct sense sense;
    sd_event_source *io_source, *gather_source;
    int inotify;
    struct child *child;
    bool reading;
    bool again; /* something changed while it was being read */
    int newest; /* watch: what was read before it may be old already */
};

static void say(int output, const struct fact *fact)
{
    /* A pipe takes less than this at once, or nothing. */
    if (write(output, fact, sizeof(*fact)) != sizeof(*fact))
        _exit(1);
}

static void say_places(int output, const struct target_file *target, const struct safe_file *file,
                       const char *variable, size_t *usable, size_t *others)
{
    struct shell_var list[PLACES_MAX];
    size_t count = shell_var_find(file->text, file->length, variable, list, PLACES_MAX);

    for (size_t i = 0; i < count && i < PLACES_MAX; i++) {
        struct fact fact = fact_of(FACT_PLACE);
        struct place_fact *place = &fact.place;

        memcpy(place->path, target->path, sizeof(place->path));
        snprintf(place->variable, sizeof(place->variable), "%s", variable);
        place->line = list[i].line;
        place->offset = list[i].offset;
        place->port = list[i].port;
        place->family = list[i].family;
        place->value = list[i].value == SHELL_VAR_ADDRESS ? PLACE_ADDRESS
                       : list[i].value == SHELL_VAR_EMPTY ? PLACE_EMPTY
                                                          : PLACE_OTHER;
        if (place->value == PLACE_ADDRESS && list[i].length < sizeof(place->text))
            memcpy(place->text, file->text + list[i].offset, list[i].length);
        *(place->value == PLACE_OTHER ? others : usable) += 1;
        say(output, &fact);
    }
}

static size_t count_places(const struct target_file *target, const struct safe_file *file)
{
    size_t total = 0;

    for (size_t i = 0; i < target->variables_count; i++) {
        size_t count = shell_var_find(file->text, file->length, target->variables[i], NULL, 0);

        total += count < PLACES_MAX ? count : PLACES_MAX;
    }
    return total;
}

static void say_contents(int output, const struct target_file *target, const struct safe_file *file,
                         struct file_fact *fact, size_t *left)
{
    size_t usable = 0, others = 0, count = count_places(target, file);

    if (count > *left) {
        fact->state = FILE_REFUSED;
        snprintf(fact->problem, sizeof(fact->problem),
                 "with it there would be more than %d assignments in all files", NODE_PLACES_MAX);
        return;
    }
    *left -= count;
    for (size_t i = 0; i < target->variables_count; i++)
        say_places(output, target, file, target->variables[i], &usable, &others);
    if (usable)
        return;
    fact->state = FILE_REFUSED;
    if (others)
        snprintf(fact->problem, sizeof(fact->problem),
                 "what %.32s holds is no address; leave it empty to have it filled", target->variables[0]);
    else
        snprintf(fact->problem, sizeof(fact->problem), "%.32s is not assigned in it", target->variables[0]);
}

static void say_file(int output, int root, const struct target_file *target, size_t *left)
{
    struct fact fact = fact_of(FACT_FILE);
    struct safe_file file;
    int r = safe_file_open(&file, root, target->path, target->uid);

    memcpy(fact.file.path, target->path, sizeof(fact.file.path));
    fact.file.in_place = file.in_place;
    if (r < 0) {
        fact.file.state = FILE_REFUSED;
        snprintf(fact.file.problem, sizeof(fact.file.problem), "%s",
                 file.problem[0] ? file.problem : strerror(-r));
    } else if (file.fd < 0) {
        fact.file.state = target->create ? FILE_MISSING : FILE_REFUSED;
        if (!target->create)
            snprintf(fact.file.problem, sizeof(fact.file.problem),
                     "there is no such file (Create=yes makes it)");
    } else {
        say_contents(output, target, &file, &fact.file, left);
    }
    say(output, &fact);
    safe_file_close(&file);
}

/* In the child. */
static int work(const void *data, int output)
{
    const struct sense_file *files = data;
    size_t left = NODE_PLACES_MAX;

    for (size_t i = 0; i < files->sense.targets->files_count; i++)
        say_file(output, files->sense.root, &files->sense.targets->files[i], &left);
    return 0;
}

static void emit_dump(struct sense_file *files, enum fact_kind kind, enum fact_kind of)
{
    struct fact fact = fact_of(kind);

    fact.dump.of = of;
    files->sense.emit(files->sense.userdata, &fact);
}

/* The directory is what is watched: files are replaced, and may come later. */
static void watch(struct sense_file *files, const char *target)
{
    struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
    char folder[FILE_PATH_SIZE], path[32];
    _cleanup_close_ int fd = -1;
    int number;

    snprintf(folder, sizeof(folder), "%s", target);
    strrchr(folder, '/')[folder == strrchr(folder, '/')] = 0;
    fd = syscall(SYS_openat2, files->sense.root, folder, &how, sizeof(how));
    if (fd < 0)
        return;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    number = inotify_add_watch(files->inotify, path, WATCHED);
    if (number > files->newest) {
        files->newest = number;
        files->again = true;
    }
}

static void emit_all(struct sense_file *files, const char *output, size_t length)
{
    struct fact fact;

    emit_dump(files, FACT_DUMP_BEGIN, FACT_FILE);
    emit_dump(files, FACT_DUMP_BEGIN, FACT_PLACE);
    /* Drives of Windows tell nothing, and may not answer. */
    for (; length >= sizeof(fact); output += sizeof(fact), length -= sizeof(fact)) {
        memcpy(&fact, output, sizeof(fact));
        files->sense.emit(files->sense.userdata, &fact);
        if (fact.kind == FACT_FILE && !fact.file.in_place)
            watch(files, fact.file.path);
    }
    emit_dump(files, FACT_DUMP_END, FACT_FILE);
    emit_dump(files, FACT_DUMP_END, FACT_PLACE);
    files->sense.turn(files->sense.userdata);
}

static void on_read(void *userdata, int status, const char *output, size_t length)
{
    struct sense_file *files = userdata;

    files->reading = false;
    /* A drive of Windows that does not answer leaves what was known. */
    if (status == 0)
        emit_all(files, output, length);
    else
        files->sense.turn(files->sense.userdata);
    files->child = child_free(files->child);
    if (files->again)
        sense_file_refresh(files);
}

static bool is_ours(const struct sense_file *files, const struct inotify_event *event)
{
    const struct targets *targets = files->sense.targets;

    /* The directory itself, or an overflow. */
    if (!event->len)
        return true;
    for (size_t i = 0; i < targets->files_count; i++)
        if (strcmp(strrchr(targets->files[i].path, '/') + 1, event->name) == 0)
            return true;
    return false;
}

static int on_event(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    struct sense_file *files = userdata;
    ssize_t length = read(fd, buffer, sizeof(buffer));
    bool ours = false;

    for (char *position = buffer; length > 0 && position < buffer + length;) {
        const struct inotify_event *event = (const struct inotify_event *)position;

        ours = ours || is_ours(files, event);
        position += sizeof(*event) + event->len;
    }
    if (ours)
        timer_set(files->gather_source, GATHER_USEC);
    return 0;
}

static int on_gathered(sd_event_source *source, uint64_t usec, void *userdata)
{
    sense_file_refresh(userdata);
    return 0;
}

void sense_file_refresh(struct sense_file *files)
{
    const struct targets *targets = files->sense.targets;

    files->again = files->reading;
    if (files->again)
        return;
    if (!targets->files_count) {
        emit_all(files, NULL, 0);
        return;
    }
    if (child_run(files->sense.event, work, files, 0, OUTPUT_MAX, DEADLINE_USEC, on_read, files,
                  &files->child) < 0)
        emit_all(files, NULL, 0);
    else
        files->reading = true;
}

bool sense_file_busy(const struct sense_file *files)
{
    return files->reading || files->again;
}

struct sense_file *sense_file_free(struct sense_file *files)
{
    if (!files)
        return NULL;
    child_free(files->child);
    sd_event_source_disable_unref(files->io_source);
    sd_event_source_disable_unref(files->gather_source);
    cleanup_close(&files->inotify);
    free(files);
    return NULL;
}

static void sense_file_freep(struct sense_file **files)
{
    sense_file_free(*files);
}

int sense_file_new(const struct sense *sense, struct sense_file **ret)
{
    _cleanup_(sense_file_freep) struct sense_file *files = calloc(1, sizeof(*files));
    int r;

    if (!files)
        return -ENOMEM;
    files->sense = *sense;
    files->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (files->inotify < 0)
        return -errno;
    r = sd_event_add_io(sense->event, &files->io_source, files->inotify, EPOLLIN, on_event, files);
    if (r >= 0)
        r = sd_event_source_set_priority(files->io_source, SD_EVENT_PRIORITY_IMPORTANT);
    if (r >= 0)
        r = timer_new(sense->event, &files->gather_source, 10000, on_gathered, files);
    if (r < 0)
        return r;
    sense_file_refresh(files);
    *ret = take_pointer(files);
    return 0;
}
