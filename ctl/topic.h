/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* topic: what a command shows of the node: some of its properties, and the findings that are about them. */
#ifndef WSLNODE_CTL_TOPIC_H
#define WSLNODE_CTL_TOPIC_H

#include <jansson.h>

struct topic {
    const char *properties[8]; /* NULL ends both lists */
    const char *findings[8];   /* ids; with a dash at its end, how ids begin */
    const char *fought_for;    /* the subject of "fighting", which is of others as well; or NULL */
};

/*
 * The document of --json, which is what is printed too. With a subject, of the findings only what is about
 * it. NULL without memory.
 */
json_t *topic_document(const struct topic *topic, const json_t *node, const char *subject);

#endif
