/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A root directory of one's own for each test, removed afterwards. */
#pragma once

#include <sys/types.h>

struct scratch {
    char path[64];
    int root; /* O_PATH, as the daemon's */
};

/* As cmocka's set-up and tear-down: the state is the struct scratch. */
int scratch_set_up(void **state);
int scratch_tear_down(void **state);
void scratch_make(struct scratch *scratch);
void scratch_remove(struct scratch *scratch);

/* Makes the directories on the way too. */
void scratch_write(const struct scratch *scratch, const char *path, const char *text);
void scratch_write_bytes(const struct scratch *scratch, const char *path, const void *bytes, size_t length);
void scratch_mkdir(const struct scratch *scratch, const char *path);
void scratch_link(const struct scratch *scratch, const char *path, const char *target);
void scratch_fifo(const struct scratch *scratch, const char *path);
void scratch_unlink(const struct scratch *scratch, const char *path);
/* To be freed; NULL if there is none. */
char *scratch_read(const struct scratch *scratch, const char *path);
void scratch_assert(const struct scratch *scratch, const char *path, const char *text);
/* Permission bits; 0 if there is none. */
mode_t scratch_mode(const struct scratch *scratch, const char *path);
/* How many entries there are, hidden ones too. */
int scratch_count(const struct scratch *scratch, const char *path);
