/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table: aligned columns, colours and glyphs for a person at a terminal. */
#ifndef WSLNODE_CTL_TABLE_H
#define WSLNODE_CTL_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#define TABLE_COLUMNS 8

enum table_colour {
    TABLE_PLAIN,
    TABLE_BOLD,
    TABLE_DIM,
    TABLE_GREEN,
    TABLE_YELLOW,
    TABLE_RED,
};

struct table {
    size_t columns;
    size_t rows;
    char **cells;
    enum table_colour *colours;
    bool broken;
};

/* The head is the first row: the columns' titles. */
void table_begin(struct table *table, size_t columns, const char *const head[]);
/* One cell for each column; NULL is an empty one. They are cleaned here, whoever chose them. */
void table_add(struct table *table, enum table_colour colour, const char *const cells[]);
/* Prints every row behind an indent, the first one as the head if asked; -ENOMEM if one was lost. */
int table_print(const struct table *table, bool head, unsigned indent);
void table_end(struct table *table);

/* Escape sequences for stdout, empty where it takes none; TABLE_PLAIN ends them. */
const char *table_colour(enum table_colour colour);
const char *table_dot(void);

#define _table_ __attribute__((cleanup(table_end)))

#endif
