/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Refusals */
#include "refusal.h"

#include <stdarg.h>
#include <stdio.h>

int refuse(struct refusal *refusal, enum refusal_kind kind, const char *format, ...)
{
    va_list args;

    refusal->kind = kind;
    va_start(args, format);
    vsnprintf(refusal->text, sizeof(refusal->text), format, args);
    va_end(args);
    return -1;
}
