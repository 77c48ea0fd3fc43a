/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table: aligned columns, colours and glyphs for a person at a terminal. */
#include "table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

static int table_grow(struct table *table)
{
    size_t rows = table->rows + 1;
    char **cells = reallocarray(table->cells, rows, table->columns * sizeof(*cells));
    enum table_colour *colours;

    if (!cells)
        return -ENOMEM;
    table->cells = cells;
    colours = reallocarray(table->colours, rows, sizeof(*colours));
    if (!colours)
        return -ENOMEM;
    table->colours = colours;
    table->rows = rows;
    return 0;
}

void table_add(struct table *table, enum table_colour colour, const char *const cells[])
{
    char **row;

    if (table->broken || table_grow(table) < 0) {
        table->broken = true;
        return;
    }
    table->colours[table->rows - 1] = colour;
    row = table->cells + (table->rows - 1) * table->columns;
    for (size_t i = 0; i < table->columns; i++) {
        row[i] = text_clean(cells[i] ? cells[i] : "");
        table->broken = table->broken || !row[i];
    }
}

void table_begin(struct table *table, size_t columns, const char *const head[])
{
    *table = (struct table){.columns = columns};
    table_add(table, TABLE_BOLD, head);
}

static void table_measure(const struct table *table, size_t first, size_t widths[TABLE_COLUMNS])
{
    for (size_t i = 0; i < table->columns; i++) {
        widths[i] = 0;
        for (size_t row = first; row < table->rows; row++) {
            size_t width = text_width(table->cells[row * table->columns + i]);

            widths[i] = width > widths[i] ? width : widths[i];
        }
    }
}

static void table_print_row(const struct table *table, size_t row, const size_t widths[TABLE_COLUMNS],
                            unsigned indent)
{
    bool plain = table->colours[row] == TABLE_PLAIN;
    char **cells = table->cells + row * table->columns;
    size_t last = table->columns;

    /* Spaces at the end of a line disturb whoever copies it. */
    while (last > 0 && cells[last - 1][0] == '\0')
        last--;
    printf("%*s%s", (int)indent, "", plain ? "" : table_colour(table->colours[row]));
    for (size_t i = 0; i < last; i++) {
        size_t padding = i + 1 < last ? widths[i] - text_width(cells[i]) + 2 : 0;

        printf("%s%*s", cells[i], (int)padding, "");
    }
    printf("%s\n", plain ? "" : table_colour(TABLE_PLAIN));
}

int table_print(const struct table *table, bool head, unsigned indent)
{
    size_t widths[TABLE_COLUMNS];
    size_t first = head ? 0 : 1;

    if (table->broken)
        return -ENOMEM;
    table_measure(table, first, widths);
    for (size_t row = first; row < table->rows; row++)
        table_print_row(table, row, widths, indent);
    return 0;
}

void table_end(struct table *table)
{
    for (size_t i = 0; i < table->rows * table->columns; i++)
        free(table->cells[i]);
    free(table->cells);
    free(table->colours);
}

static bool table_has_colours(void)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    return isatty(STDOUT_FILENO) && !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
}

const char *table_colour(enum table_colour colour)
{
    static const char *const sequences[] = {
        [TABLE_PLAIN] = "\033[0m",  [TABLE_BOLD] = "\033[1m",    [TABLE_DIM] = "\033[2m",
        [TABLE_GREEN] = "\033[32m", [TABLE_YELLOW] = "\033[33m", [TABLE_RED] = "\033[31m",
    };

    return table_has_colours() ? sequences[colour] : "";
}

const char *table_dot(void)
{
    return text_is_utf8_locale() ? "\xe2\x97\x8f" : "*";
}
