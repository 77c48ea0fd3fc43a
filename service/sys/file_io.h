/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Small files below a root directory fd: read with a limit, written whole or not at all.
 *
 * Paths are relative to the root ("etc/os-release"). Links are followed within the root when reading, and
 * never when writing. Nothing here waits: a FIFO or a device is refused.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * The file's text with a NUL behind it, to be freed. Returns its length, or -ENOENT …, -EFBIG above `limit`,
 * -EINVAL if it is not a regular file.
 */
ssize_t file_io_read(int root, const char *path, size_t limit, char **ret_text);

/* Whether there is anything at that path, links followed within the root. */
bool file_io_exists(int root, const char *path);

/*
 * The names in a directory that end in `suffix`, sorted, at most `limit` (more: -E2BIG); both the list and
 * each name are to be freed. A missing directory has none. Returns how many.
 */
int file_io_names(int root, const char *path, const char *suffix, size_t limit, char ***ret_names);

/* An fd for a path that must be a directory; it is made with 0755 if it is missing. */
int file_io_directory(int root, const char *path);

/*
 * Replaces directory/name: temporary file beside it, fsync, rename, fsync of the directory. On an error the
 * old file stands. The mode is `mode`.
 */
int file_io_replace(int directory, const char *name, const char *text, size_t length, mode_t mode);

/* Removes what a crash in the middle of file_io_replace() left beside the file. */
void file_io_tidy(int directory, const char *name);

/* Appends in one write; with `sync` it is on disk when this returns. A part that was written is taken back.
 */
int file_io_append(int directory, const char *name, const char *text, size_t length, int sync);
