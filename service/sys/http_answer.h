/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What an HTTP server answers a GET with, read as it comes, in pieces of any size: HTTP/1.0 or 1.1, its body
 * in chunks, of a length that is told, or up to the end.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_ANSWER_LINE_SIZE 128         /* of a header that is looked at; longer ones are passed over */
#define HTTP_ANSWER_HEAD_MAX  (16 * 1024) /* bytes */

/* A piece of the body. Negative: no more of it, for this reason; 1: the rest of something is due, else 0. */
typedef int (*http_answer_body)(void *userdata, char *bytes, size_t length);

struct http_answer {
    http_answer_body body;
    void *userdata;
    uint8_t part; /* that is being read */
    bool chunked;
    bool counted;  /* the length was told */
    bool cut;      /* of this line the rest is passed over */
    bool half;     /* what body() said last; at first it is due */
    uint64_t left; /* bytes of the body, or of a chunk */
    size_t head;   /* bytes so far */
    size_t length; /* of the line so far */
    char line[HTTP_ANSWER_LINE_SIZE];
};

void http_answer_begin(struct http_answer *answer, http_answer_body body, void *userdata);
/*
 * 0: more may come; 1: it has ended, and what follows is not looked at. -EACCES (401, 403), -EOPNOTSUPP
 * (404), -EREMOTEIO (any other status than 200), -EBADMSG: no such answer; or what body() said. Not 0 is the
 * last.
 */
int http_answer_take(struct http_answer *answer, char *bytes, size_t length);
/* The server closed: 0 if that may be, -ENODATA in the middle. */
int http_answer_close(const struct http_answer *answer);
/* Something is due: the rest of the head or of a chunk's frame, or what body() waits for. */
bool http_answer_half(const struct http_answer *answer);
