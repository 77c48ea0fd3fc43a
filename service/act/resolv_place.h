/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands at /etc/resolv.conf, or is kept beside it: whose it is, and whether it is immutable. */
#pragma once

#include "../state/change.h"

/* A link of exactly ours, or a regular file with one name and our mark; never RESOLV_ABSENT on an error. */
enum resolv_form resolv_place_form(int folder, const char *name);

static inline bool resolv_place_is_ours(enum resolv_form form)
{
    return form == RESOLV_RUNTIME || form == RESOLV_LASTING;
}

/* chattr +i, of a file or a folder; nothing else has it, nor is opened. */
bool resolv_place_immutable(int folder, const char *name);
int resolv_place_set_immutable(int folder, const char *name, bool immutable);
