/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is read of tailscaled's messages, in pieces of any size. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../service/sys/tailscale_message.h"
#include "../unit.h"

#define SECRET "0badc0ffee15dead"

struct story {
    struct tailscale_fact fact;
    unsigned messages, news;
};

static inline void on_message(void *userdata, const struct tailscale_message *message)
{
    struct story *story = userdata;

    story->messages++;
    story->news += tailscale_message_apply(message, &story->fact);
}

static inline char *read_file(const char *name, size_t *length)
{
    char path[512], *text = malloc(1 << 16);
    FILE *file;

    snprintf(path, sizeof(path), RECORDINGS "/%s", name);
    file = fopen(path, "re");
    assert_non_null(file);
    *length = fread(text, 1, 1 << 16, file);
    assert_true(*length > 0 && *length < 1 << 16);
    fclose(file);
    return text;
}

static inline int take(struct tailscale_message *message, const char *text, size_t length, size_t size)
{
    int r = 0;

    for (size_t at = 0; at < length && r >= 0; at += size) {
        size_t part = length - at < size ? length - at : size;
        char *piece = malloc(part);

        memcpy(piece, text + at, part);
        r = tailscale_message_take(message, piece, part);
        assert_null(memmem(message, sizeof(*message), SECRET, 8));
        free(piece);
    }
    return r;
}

static inline int read_text(struct story *story, enum tailscale_form form, const char *text)
{
    struct tailscale_message message;

    tailscale_message_begin(&message, form, on_message, story);
    return take(&message, text, strlen(text), 1000);
}
