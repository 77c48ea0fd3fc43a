/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls that change files: the one that is chosen fails, or the process ends before it. Linked with FAULTS of
 * meson.build. chattr +i is made up, so that it is there on every file system and stays on none.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

enum fault { FAULT_NONE, FAULT_FAIL, FAULT_END };

#define FAULT_STATUS 77 /* of a process that ended so */

struct faults {
    enum fault fault;
    unsigned at;     /* which call, from 1 on */
    unsigned calls;  /* so far */
    int error;       /* errno to fail with */
    ino_t immutable; /* the inode that is; 0: none */
    /* Before the first exchange or rename of names, once. */
    void (*on_rename)(void *userdata);
    void *userdata;
};

/* Shared with children, so that what one made immutable is so for whoever comes after it. */
extern struct faults *faults;

void faults_reset(void);
