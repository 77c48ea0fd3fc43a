/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* finding: one finding, or one check of a diagnosis, for a person. */
#ifndef WSLNODE_CTL_FINDING_H
#define WSLNODE_CTL_FINDING_H

#include <jansson.h>
#include <stdbool.h>

#include "table.h"

/* Also for Health, which has the same words. */
enum table_colour finding_colour(const char *severity);
/* Whether it is more than a note. */
bool finding_is_trouble(const json_t *finding);
/* Prints what is wrong, why, what helps and the command that does it. */
void finding_print(const json_t *finding);
/* The findings of a document, each below an empty line. */
void finding_print_all(const json_t *document);

#endif
