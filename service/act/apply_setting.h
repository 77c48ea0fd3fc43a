/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The step that sets one key of a configuration file of WSL's, in a child. Every other byte stays. */
#pragma once

#include "../state/change.h"

/*
 * As apply_resolv(): 0; -ESTALE if the key is another than the step starts from, and 0 when that is taken
 * back; -EPERM with `problem` where the file is refused or cannot be edited; another error in `failed`.
 */
int apply_setting(int root, const struct step *step, bool back, const char **failed, char *problem,
                  size_t problem_size);
