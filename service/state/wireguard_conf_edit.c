/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PersistentKeepalive in a file of wg-quick's, set and taken back */
#include "wireguard_conf_edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME       "PersistentKeepalive"
#define BLANKS_MAX 16

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* As the line ends; the last one, as the one before it, for there is a header. */
static const char *eol_of(const char *text, const struct wireguard_conf_place *line)
{
    const char *end = text + line->offset + line->length;

    if (end[-1] != '\n')
        end = text + line->offset;
    return end - text > 1 && end[-2] == '\r' ? "\r\n" : "\n";
}

/* One is taken as it is; more of them put the = of several lines into one column. */
static int blanks_before(const char *name, const char *equals, char blanks[BLANKS_MAX + 1])
{
    const char *end = equals;
    int column = sizeof(NAME) - 1, count = 1;

    while (end > name && is_blank(end[-1]))
        end--;
    if (end == equals)
        count = 0;
    else if (equals - end > 1 && *end == ' ' && equals - name > column)
        count = equals - name - column < BLANKS_MAX ? (int)(equals - name) - column : BLANKS_MAX;
    memset(blanks, *end == '\t' ? '\t' : ' ', count);
    return count;
}

static int blanks_at(const char *at, const char *end)
{
    int count = 0;

    while (at + count < end && count < BLANKS_MAX && is_blank(at[count]))
        count++;
    return count;
}

/* A line in the style of the last one with a key, which it comes behind. */
static void write_line(const char *text, const struct wireguard_conf_place *last, uint16_t seconds,
                       char line[WIREGUARD_CONF_TEXT_SIZE])
{
    const char *begin = text + last->offset, *end = begin + last->length, *eol = eol_of(text, last);
    const char *equals = memchr(begin, '=', last->length); /* every key has one */
    int indent = blanks_at(begin, end), behind = blanks_at(equals + 1, end);
    bool ended = end[-1] == '\n';
    char blanks[BLANKS_MAX + 1];
    int before = blanks_before(begin + indent, equals, blanks);

    snprintf(line, WIREGUARD_CONF_TEXT_SIZE, "%s%.*s" NAME "%.*s=%.*s%u%s", ended ? "" : eol, indent, begin,
             before, blanks, behind, equals + 1, seconds, ended ? eol : "");
}

/* Behind the last line with a key. */
static void put_line(const struct wireguard_conf_peer *peer, const char *text, uint16_t seconds,
                     struct wireguard_conf_span *span)
{
    *span = (struct wireguard_conf_span){.offset = peer->last.offset + peer->last.length,
                                         .line = peer->last.line + 1};
    memcpy(span->key, peer->key, sizeof(span->key));
    write_line(text, &peer->last, seconds, span->after);
}

/* False if there is nothing to do. */
static bool set_one(const struct wireguard_conf_peer *peer, const char *text, uint16_t seconds,
                    struct wireguard_conf_span *span)
{
    if (peer->keepalive_sec == seconds)
        return false;
    if (!peer->keepalive.line) {
        put_line(peer, text, seconds, span);
        return true;
    }
    *span = (struct wireguard_conf_span){.offset = peer->keepalive.offset, .line = peer->keepalive.line};
    memcpy(span->key, peer->key, sizeof(span->key));
    memcpy(span->before, text + peer->keepalive.offset, peer->keepalive.length);
    if (seconds)
        snprintf(span->after, sizeof(span->after), "%u", seconds);
    else
        snprintf(span->after, sizeof(span->after), "off");
    return true;
}

static enum wireguard_conf_error begin_edit(struct wireguard_conf_edit *edit, size_t most)
{
    edit->count = 0;
    edit->spans = calloc(most + 1, sizeof(*edit->spans));
    return edit->spans ? WIREGUARD_CONF_DONE : WIREGUARD_CONF_NO_MEMORY;
}

enum wireguard_conf_error wireguard_conf_set_keepalive(const struct wireguard_conf *conf, const char *text,
                                                       const uint8_t *key, uint16_t seconds,
                                                       struct wireguard_conf_edit *edit)
{
    const struct wireguard_conf_peer *only = key ? wireguard_conf_find(conf, key) : NULL;
    enum wireguard_conf_error error;

    *edit = (struct wireguard_conf_edit){0};
    if (key && !only)
        return WIREGUARD_CONF_NO_PEER;
    error = begin_edit(edit, key ? 1 : conf->peers_count);
    if (error)
        return error;
    for (size_t i = 0; i < conf->peers_count; i++) {
        const struct wireguard_conf_peer *peer = &conf->peers[i];

        if (peer == (key ? only : wireguard_conf_find(conf, peer->key)))
            edit->count += set_one(peer, text, seconds, &edit->spans[edit->count]);
    }
    return WIREGUARD_CONF_DONE;
}

/* Whether the line is over there, but for what ends it. */
static bool is_line_end(const char *at, const char *end)
{
    return at == end || *at == '\n' || (*at == '\r' && end - at > 1 && at[1] == '\n');
}

/* Where the line stands that was put in; NULL: it is not there as it was. */
static const char *find_line(const char *text, size_t size, const struct wireguard_conf_place *value,
                             const char *line)
{
    const char *begin = text + value->offset, *end = text + size;
    size_t length = strlen(line), head = strspn(line, "\r\n");

    while (begin > text && begin[-1] != '\n')
        begin--;
    if ((size_t)(begin - text) < head || (size_t)(end - begin) + head < length)
        return NULL;
    begin -= head;
    if (memcmp(begin, line, length) != 0)
        return NULL;
    return line[length - 1] == '\n' || is_line_end(begin + length, end) ? begin : NULL;
}

/* A line that was taken out again is put in as it was, by what the file is like now. */
static bool redo_line(const struct wireguard_conf_peer *peer, const char *text,
                      const struct wireguard_conf_span *done, struct wireguard_conf_span *span)
{
    const char *equals = strchr(done->before, '=');

    if (peer->keepalive.line || !equals)
        return false;
    put_line(peer, text, (uint16_t)strtoul(equals + 1, NULL, 10), span);
    return true;
}

static bool undo_one(const struct wireguard_conf_peer *peer, const char *text, size_t size,
                     const struct wireguard_conf_span *done, struct wireguard_conf_span *span)
{
    const char *at = text + peer->keepalive.offset;

    if (!*done->after)
        return redo_line(peer, text, done, span);
    if (!peer->keepalive.line)
        return false;
    if (!*done->before)
        at = find_line(text, size, &peer->keepalive, done->after);
    else if (peer->keepalive.length != strlen(done->after) ||
             memcmp(at, done->after, peer->keepalive.length) != 0)
        at = NULL;
    if (!at)
        return false;
    *span = (struct wireguard_conf_span){.offset = at - text, .line = peer->keepalive.line};
    memcpy(span->key, done->key, sizeof(span->key));
    memcpy(span->before, done->after, sizeof(span->before));
    memcpy(span->after, done->before, sizeof(span->after));
    return true;
}

static int by_offset(const void *a, const void *b)
{
    const struct wireguard_conf_span *one = a, *other = b;

    return (one->offset > other->offset) - (one->offset < other->offset);
}

enum wireguard_conf_error wireguard_conf_undo(const struct wireguard_conf *conf, const char *text,
                                              size_t size, const struct wireguard_conf_edit *done,
                                              struct wireguard_conf_edit *edit)
{
    enum wireguard_conf_error error = begin_edit(edit, done->count);

    for (size_t i = 0; i < done->count && !error; i++) {
        const struct wireguard_conf_peer *peer = wireguard_conf_find(conf, done->spans[i].key);

        if (!peer)
            error = WIREGUARD_CONF_NO_PEER;
        else if (!undo_one(peer, text, size, &done->spans[i], &edit->spans[edit->count++]))
            error = WIREGUARD_CONF_STALE;
    }
    if (error)
        wireguard_conf_edit_done(edit);
    else /* sections may have been moved */
        qsort(edit->spans, edit->count, sizeof(*edit->spans), by_offset);
    return error;
}

void wireguard_conf_edit_done(struct wireguard_conf_edit *edit)
{
    free(edit->spans);
    *edit = (struct wireguard_conf_edit){0};
}

/* The size that comes out; 0 if a span does not stand there. */
static size_t size_after(const char *text, size_t size, const struct wireguard_conf_edit *edit)
{
    size_t total = size, done = 0;

    for (size_t i = 0; i < edit->count; i++) {
        const struct wireguard_conf_span *span = &edit->spans[i];
        size_t length = strlen(span->before);

        if (span->offset < done || span->offset > size || length > size - span->offset ||
            memcmp(text + span->offset, span->before, length) != 0)
            return 0;
        done = span->offset + length;
        total += strlen(span->after) - length;
    }
    return total;
}

enum wireguard_conf_error wireguard_conf_apply(const char *text, size_t size,
                                               const struct wireguard_conf_edit *edit, char **ret_text,
                                               size_t *ret_size)
{
    size_t total = size_after(text, size, edit), done = 0;
    char *write;

    *ret_text = NULL;
    *ret_size = 0;
    if (edit->count && !total)
        return WIREGUARD_CONF_STALE;
    if (total > WIREGUARD_CONF_SIZE_MAX)
        return WIREGUARD_CONF_TOO_LARGE;
    *ret_text = write = malloc(total + 1);
    if (!write)
        return WIREGUARD_CONF_NO_MEMORY;
    for (size_t i = 0; i < edit->count; i++) {
        const struct wireguard_conf_span *span = &edit->spans[i];

        write = mempcpy(write, text + done, span->offset - done);
        write = stpcpy(write, span->after);
        done = span->offset + strlen(span->before);
    }
    write = mempcpy(write, text + done, size - done);
    *write = 0;
    *ret_size = total;
    return WIREGUARD_CONF_DONE;
}
