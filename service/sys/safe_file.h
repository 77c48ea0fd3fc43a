/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Somebody else's file, below a root directory fd: opened only where nobody but its owner can play tricks,
 * and replaced as a whole with mode, owner and attributes kept.
 *
 * Every directory on the way belongs to root or to `uid` and is writable by nobody else; no part is a
 * symbolic link; the file is a regular one with one name and at most SAFE_FILE_LIMIT bytes. A file of drvfs
 * cannot be replaced: it is written in place, which is not atomic. There the mode says nothing, and who asks
 * as root is refused.
 *
 * All of this may wait for a disk: it is meant for a task (child_run).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#define SAFE_FILE_LIMIT (1 << 20) /* bytes */

struct safe_file {
    int directory; /* that holds it */
    int fd;        /* -1: it is not there, and may be made */
    char name[256];
    uid_t uid;
    struct stat stat; /* as it was opened */
    bool in_place;
    bool nowhere; /* refused for want of a directory on the way */
    char *text;   /* with a NUL behind it; NULL if it is not there */
    size_t length;
    const char *step;  /* what failed: "open", "write" … */
    char problem[160]; /* why it is refused; empty: see the error */
};

/*
 * Opens and reads it. 0 also if only the file is missing. -EPERM with `problem` where it is refused, another
 * error where `step` failed.
 */
int safe_file_open(struct safe_file *file, int root, const char *path, uid_t uid);
/* The same of one that steers what root does: it must be root's, too, and nobody else's to write. */
int safe_file_open_of_root(struct safe_file *file, int root, const char *path);
void safe_file_close(struct safe_file *file);

/*
 * Gives it this text. -ESTALE if somebody else changed it since it was opened. On any other error the old
 * file stands, unless `step` is "sync directory": then the new one does, but may not survive a power cut.
 */
int safe_file_write(struct safe_file *file, const char *text, size_t length);
/* Makes it, with 0644. -EEXIST if somebody else did meanwhile. */
int safe_file_create(struct safe_file *file, const char *text, size_t length);
int safe_file_remove(struct safe_file *file);
