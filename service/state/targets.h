/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is to follow the node's address: files that hold it, and units that read them. From the configuration.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node.h"

#define TARGET_FILES_MAX     32
#define TARGET_UNITS_MAX     16
#define TARGET_VARIABLES_MAX 4

struct target_file {
    char name[WORD_SIZE];      /* of its section; empty: it stands in Files= alone */
    char path[FILE_PATH_SIZE]; /* with its leading slash */
    char variables[TARGET_VARIABLES_MAX][VARIABLE_SIZE];
    size_t variables_count;
    uint32_t uid; /* who writes it: root, unless User= says otherwise */
    bool create;
};

struct targets {
    struct target_file files[TARGET_FILES_MAX];
    size_t files_count;
    char units[TARGET_UNITS_MAX][FILE_PATH_SIZE];
    size_t units_count;
    bool manual; /* Automatic=no: only when asked */
};

const struct target_file *targets_find(const struct targets *targets, const char *path);
/* Of all that would be touched: what is authorised. */
uint64_t targets_digest(const struct targets *targets);
/* The node's address that belongs into a place; NULL if there is none, or it is no place for one. */
const char *targets_address(const struct node *node, const struct place_fact *place, char *buffer,
                            size_t size);
bool targets_stale(const struct node *node, const struct place_fact *place);
