/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The assignments of one variable in the text of a configuration file, and the address in them: the bytes to
 * be replaced to give it another one.
 *
 * An assignment stands at the beginning of a line, one on each: `NAME=value` or `export NAME=value` as in a
 * shell, in /etc/default or in an EnvironmentFile=, and `Name = value` as in WireGuard's and other INI files.
 * Names with a dash or a dot, `declare -x NAME=`, `readonly NAME=` and `NAME+=` are not looked for.
 *
 * What is not fully understood is SHELL_VAR_OTHER, or is not found at all:
 * - a list of addresses, as it is not clear which one is meant; an address with a zone; a name; a netmask;
 * - a backslash, `$` or backquote in a value; pieces glued together ("a"b); a quote not closed in its line;
 * - lines that belong to an earlier one, which ended in a backslash (be it a comment) or in an open quote. In
 *   `Description=John's` a quote opens, as it does for a shell; in `Description = John's` none does;
 * - lines with a NUL.
 * Not known are here-documents, brackets over several lines, and quotes that are opened by a line which is no
 * assignment: lines in these that look like assignments are taken for such.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHELL_VAR_NAME_MAX 63

enum shell_var_value { SHELL_VAR_ADDRESS, SHELL_VAR_EMPTY, SHELL_VAR_OTHER };

struct shell_var {
    uint32_t line; /* counted from 1 */
    /* Bytes of the text: the address alone, the empty place where one belongs, or all of another value. */
    uint32_t offset, length;
    enum shell_var_value value;
    uint8_t family; /* AF_INET or AF_INET6 of ADDRESS, else 0. One of the other family may not fit there. */
    bool port;      /* something like :51820 follows; an IPv6 address then stands in brackets, which stay */
};

/*
 * Returns how many there are, which may be more than max; only max are filled, in the order of the text. It
 * may hold any bytes. Nothing is found in 4 GiB or more, or for what is no name.
 */
size_t shell_var_find(const char *text, size_t length, const char *name, struct shell_var *list, size_t max);
/* Whether it can be a variable's name: [A-Za-z_][A-Za-z0-9_]*, of at most SHELL_VAR_NAME_MAX bytes. */
bool shell_var_is_name(const char *name);
