/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The changes log and the wanted state on disk */
#include "changes.h"

#include <errno.h>
#include <string.h>

#include "../sys/cleanup.h"
#include "../sys/file_io.h"
#include "record.h"

#define LOG_LIMIT    (16 << 20)
#define LINES_MAX    (CHANGES_MAX * 2)
#define WANTED_LIMIT 65536

void changes_init(struct changes *changes)
{
    *changes = (struct changes){.state = -EBADF, .run = -EBADF};
}

void changes_done(struct changes *changes)
{
    cleanup_close(&changes->state); /* takes a negative errno too */
    cleanup_close(&changes->run);
    change_list_done(&changes->list);
    changes_init(changes);
}

static int read_line(struct changes *changes, const char *line)
{
    json_auto_t *record = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    struct change change;
    int r;

    if (record_read_change(record, &change) < 0)
        return 1;
    r = change_list_put(&changes->list, &change);
    steps_done(&change.steps);
    return r < 0;
}

static int load_log(struct changes *changes)
{
    _cleanup_free_ char *text = NULL;
    char *position, *line;
    int lost = 0;
    ssize_t length = file_io_read(changes->state, "changes", LOG_LIMIT, &text);

    if (length < 0)
        return length == -ENOENT ? 0 : 1;
    position = text;
    while ((line = strsep(&position, "\n"))) {
        if (!*line)
            continue;
        changes->lines++;
        lost += read_line(changes, line);
    }
    /* A line without its end would swallow the next one. */
    if (length && text[length - 1] != '\n')
        changes->lines = LINES_MAX;
    return lost;
}

/* An undoing is written down before what it undid is marked: a crash in between is made good. */
static void mark_undone(struct changes *changes)
{
    const struct change_list *list = &changes->list;
    const struct change *last = list->count ? &list->list[list->count - 1] : NULL;
    const struct change *undone =
        last && last->state == CHANGE_DONE && last->undoes ? change_list_find(list, last->undoes) : NULL;
    struct change change;

    if (!undone || undone->state != CHANGE_DONE)
        return;
    change = *undone;
    change.state = CHANGE_UNDONE;
    (void)changes_record(changes, &change, false);
}

static int load_wanted(int directory, bool persist, struct wanted *wanted)
{
    json_auto_t *record = NULL;
    _cleanup_free_ char *text = NULL;
    ssize_t length = file_io_read(directory, "wanted", WANTED_LIMIT, &text);

    if (length < 0)
        return length == -ENOENT ? 0 : 1;
    record = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    return record_read_wanted(record, persist, wanted);
}

static int save(int directory, const struct wanted *wanted, bool persist)
{
    json_auto_t *record = record_of_wanted(wanted, persist);
    _cleanup_free_ char *text = json_dumps(record, JSON_INDENT(2));

    if (directory < 0)
        return directory;
    if (!text)
        return -ENOMEM;
    return file_io_replace(directory, "wanted", text, strlen(text), 0600);
}

static size_t count_wishes(const struct wanted *wanted, bool persist)
{
    size_t count = 0;

    for (size_t i = 0; i < wanted->count; i++)
        count += wanted->list[i].by_verb.set && wanted->list[i].by_verb.persist == persist;
    return count;
}

int changes_load(struct changes *changes, int root, struct wanted *wanted)
{
    size_t for_good;
    int lost = 0;

    changes->state = file_io_directory(root, "var/lib/wslnode");
    changes->run = file_io_directory(root, "run/wslnode");
    file_io_tidy(changes->state, "changes");
    file_io_tidy(changes->state, "wanted");
    file_io_tidy(changes->run, "wanted");
    if (changes->state >= 0)
        lost += load_log(changes) + load_wanted(changes->state, true, wanted);
    mark_undone(changes);
    for_good = count_wishes(wanted, true);
    if (changes->run >= 0)
        lost += load_wanted(changes->run, false, wanted);
    /* A crash between the two files left a wish in both: the one that does not hold is not to come back. */
    if (count_wishes(wanted, true) < for_good)
        (void)save(changes->state, wanted, true);
    if (for_good && !lost) /* the run file may have the older one: in memory, so written without asking */
        (void)save(changes->run, wanted, false);
    return lost;
}

static int append(struct changes *changes, const struct change *change, bool sync)
{
    json_auto_t *record = record_of_change(change);
    _cleanup_free_ char *line = json_dumps(record, JSON_COMPACT);
    size_t length;
    int r;

    if (!line)
        return -ENOMEM;
    length = strlen(line);
    line[length] = '\n'; /* over the NUL: the length is passed on */
    r = file_io_append(changes->state, "changes", line, length + 1, sync);
    if (r == 0)
        changes->lines++;
    return r;
}

/* Only what is in the list, which drops superseded lines and the oldest entries. */
static int rewrite(struct changes *changes)
{
    _cleanup_free_ char *text = NULL;
    size_t length = 0;
    int r;

    for (size_t i = 0; i < changes->list.count; i++) {
        json_auto_t *record = record_of_change(&changes->list.list[i]);
        _cleanup_free_ char *line = json_dumps(record, JSON_COMPACT);
        size_t added = line ? strlen(line) : 0;
        char *larger = line ? realloc(text, length + added + 2) : NULL;

        if (!larger)
            return -ENOMEM;
        text = larger;
        memcpy(text + length, line, added);
        text[length + added] = '\n';
        length += added + 1;
    }
    r = file_io_replace(changes->state, "changes", text ? text : "", length, 0600);
    if (r == 0)
        changes->lines = changes->list.count;
    return r;
}

int changes_record(struct changes *changes, const struct change *change, bool sync)
{
    int r;

    if (changes->state < 0)
        return changes->state;
    if (changes->lines >= LINES_MAX && (r = rewrite(changes)) < 0)
        return r;
    r = append(changes, change, sync);
    return r < 0 ? r : change_list_put(&changes->list, change);
}

/* The file that gains the wish first: a crash in between leaves it in both, never in none. */
int changes_save_wanted(struct changes *changes, const struct wanted *wanted, const struct wish *before,
                        const struct wish *after)
{
    bool first = after->set ? after->persist : before->persist;
    int r;

    if (!before->set && !after->set)
        return 0;
    r = save(first ? changes->state : changes->run, wanted, first);

    if (r == 0 && before->set && after->set && before->persist != after->persist)
        r = save(first ? changes->run : changes->state, wanted, !first);
    return r;
}
