/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as a configuration file, behind the line with a name: what is found can be replaced */
#include <stdlib.h>
#include <string.h>

#include "../state/shell_var_replaced.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *newline = memchr(data, '\n', size);
    char name[SHELL_VAR_NAME_MAX + 2] = "";
    size_t length = newline ? (size_t)(newline - data) : size;

    memcpy(name, data, length < sizeof(name) ? length : sizeof(name) - 1);
    if (newline)
        length++;
    if (!shell_var_is_name(name))
        check(vars_in((const char *)data + length, size - length, name).count == 0);
    check(every_one_can_be_replaced((const char *)data + length, size - length, name));
    return 0;
}
