/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keepalive in a file of wg-quick's: it is read for a plan, and one value in it is changed.
 *
 * The text holds private keys: it is wiped, and of it only public ones go anywhere.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "../state/change.h"
#include "../state/keepalive_file.h"

/* What the tunnel's file says, and what would set this. A file that cannot be changed has a problem. */
void apply_keepalive_file_read(int root, const char *link, uint16_t seconds, struct keepalive_file *file);
/*
 * The file is read again, and what the step expects has to stand there. 0, -ESTALE if it does not, -EPERM
 * with `problem` where the file is refused, or another error where `failed` did.
 */
int apply_keepalive_file(int root, const struct step *step, bool back, const char **failed, char *problem,
                         size_t problem_size);
