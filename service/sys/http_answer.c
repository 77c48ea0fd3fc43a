/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An HTTP answer, read as it comes */
#include "http_answer.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define STATUS_OFFSET 9 /* "HTTP/1.x " */

enum part {
    STATUS,
    HEADERS,
    CHUNK_SIZE,
    CHUNK_END, /* an empty line */
    TRAILERS,
    BODY, /* of the whole or of a chunk */
    ENDED,
};

static int check_status(const char *line)
{
    const char *status = line + STATUS_OFFSET;

    if (strlen(line) < STATUS_OFFSET + 3 || strncmp(line, "HTTP/1.", 7) != 0 || line[8] != ' ' ||
        strspn(status, "0123456789") != 3)
        return -EBADMSG;
    if (strncmp(status, "200", 3) == 0)
        return 0;
    if (strncmp(status, "401", 3) == 0 || strncmp(status, "403", 3) == 0)
        return -EACCES;
    return strncmp(status, "404", 3) == 0 ? -EOPNOTSUPP : -EREMOTEIO;
}

static int parse_number(const char *text, unsigned base, uint64_t *number)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    const char *found;

    *number = 0;
    for (; *text && (found = strchr(digits, *text)); text++) {
        unsigned digit = found - digits;

        if (digit >= 16)
            digit -= 6;
        if (digit >= base || *number > UINT64_MAX >> 5)
            return -EBADMSG;
        *number = *number * base + digit;
    }
    return *text ? -EBADMSG : 0;
}

static char *value_of(char *line, const char *name)
{
    size_t length = strlen(name);

    if (strncasecmp(line, name, length) != 0 || line[length] != ':')
        return NULL;
    return line + length + 1 + strspn(line + length + 1, " \t");
}

static int take_header(struct http_answer *answer, char *line)
{
    char *value = value_of(line, "Transfer-Encoding");

    if (value) {
        answer->chunked = strcasecmp(value, "chunked") == 0;
        return answer->chunked ? 0 : -EBADMSG;
    }
    value = value_of(line, "Content-Length");
    if (!value)
        return 0;
    answer->counted = true;
    return *value ? parse_number(value, 10, &answer->left) : -EBADMSG;
}

static int end_head(struct http_answer *answer)
{
    /* Beside chunks the length means nothing. */
    answer->part = answer->chunked ? CHUNK_SIZE : answer->counted && !answer->left ? ENDED : BODY;
    return 0;
}

static int begin_chunk(struct http_answer *answer, char *line)
{
    line[strcspn(line, "; \t")] = 0; /* extensions */
    if (!*line || parse_number(line, 16, &answer->left) < 0)
        return -EBADMSG;
    answer->part = answer->left ? BODY : TRAILERS;
    return 0;
}

static int take_line(struct http_answer *answer, char *line)
{
    int r;

    switch ((enum part)answer->part) {
    case STATUS:
        r = check_status(line);
        answer->part = HEADERS;
        return r;
    case HEADERS:
        return *line ? take_header(answer, line) : end_head(answer);
    case CHUNK_SIZE:
        return begin_chunk(answer, line);
    case CHUNK_END:
        answer->part = CHUNK_SIZE;
        return *line ? -EBADMSG : 0;
    case TRAILERS:
        if (!*line)
            answer->part = ENDED;
        return 0;
    case BODY:
    case ENDED:
        break;
    }
    return -EBADMSG;
}

static int end_line(struct http_answer *answer)
{
    if (answer->length && answer->line[answer->length - 1] == '\r')
        answer->length--;
    answer->line[answer->length] = 0;
    answer->cut = false;
    answer->length = 0;
    return take_line(answer, answer->line);
}

static int take_byte(struct http_answer *answer, char byte)
{
    /* A chunk's frame is counted by itself. */
    if (answer->part == CHUNK_SIZE && !answer->length)
        answer->head = 0;
    if (!byte || ++answer->head > HTTP_ANSWER_HEAD_MAX)
        return -EBADMSG;
    if (byte == '\n')
        return end_line(answer);
    if (answer->length == sizeof(answer->line) - 1)
        answer->cut = true;
    if (!answer->cut)
        answer->line[answer->length++] = byte;
    return 0;
}

static int take_body(struct http_answer *answer, char *bytes, size_t length)
{
    int r = answer->body(answer->userdata, bytes, length);

    if (r < 0)
        return r;
    answer->half = r > 0;
    if (!answer->chunked && !answer->counted)
        return 0;
    answer->left -= length;
    if (!answer->left)
        answer->part = answer->chunked ? CHUNK_END : ENDED;
    return 0;
}

void http_answer_begin(struct http_answer *answer, http_answer_body body, void *userdata)
{
    memset(answer, 0, sizeof(*answer));
    answer->body = body;
    answer->userdata = userdata;
    answer->half = true;
}

int http_answer_take(struct http_answer *answer, char *bytes, size_t length)
{
    int r = 0;

    while (length && r == 0 && answer->part != ENDED) {
        size_t part = 1;

        if (answer->part == BODY) {
            part = length;
            if ((answer->chunked || answer->counted) && answer->left < length)
                part = answer->left;
            r = take_body(answer, bytes, part);
        } else {
            r = take_byte(answer, *bytes);
        }
        bytes += part;
        length -= part;
    }
    return r < 0 ? r : answer->part == ENDED;
}

int http_answer_close(const struct http_answer *answer)
{
    bool open = answer->part == BODY && !answer->chunked && !answer->counted;

    return answer->part == ENDED || (open && !answer->half) ? 0 : -ENODATA;
}

/* Between two chunks nothing is due. */
bool http_answer_half(const struct http_answer *answer)
{
    bool between = answer->part == CHUNK_SIZE && !answer->length;
    bool open = answer->part == BODY && !answer->chunked;

    return answer->half || (answer->part != ENDED && !between && !open);
}
