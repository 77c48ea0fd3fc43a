/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* topic: what a command shows of the node. */
#include "topic.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "json.h"

static bool topic_has_id(const struct topic *topic, const char *id)
{
    for (const char *const *own = topic->findings; *own; own++) {
        size_t length = strlen(*own);

        if ((*own)[length - 1] == '-' ? strncmp(id, *own, length) == 0 : strcmp(id, *own) == 0)
            return true;
    }
    return false;
}

static bool topic_has(const struct topic *topic, const json_t *finding)
{
    const char *id = json_text(finding, "id");

    if (topic->fought_for && strcmp(id, "fighting") == 0)
        return strcmp(json_text(finding, "subject"), topic->fought_for) == 0;
    return topic_has_id(topic, id);
}

static int topic_fill(const struct topic *topic, const json_t *node, const char *subject, json_t *document)
{
    json_t *findings = json_array();
    json_t *finding;
    size_t i;

    if (!findings || json_put(document, "Findings", findings) < 0)
        return -ENOMEM;
    for (const char *const *key = topic->properties; *key; key++) {
        json_t *value = json_object_get(node, *key);

        if (value && json_object_set(document, *key, value) < 0)
            return -ENOMEM;
    }
    json_array_foreach(json_object_get(node, "Findings"), i, finding)
    {
        if (!topic_has(topic, finding) || (subject && strcmp(json_text(finding, "subject"), subject) != 0))
            continue;
        if (json_array_append(findings, finding) < 0)
            return -ENOMEM;
    }
    return 0;
}

json_t *topic_document(const struct topic *topic, const json_t *node, const char *subject)
{
    json_t *document = json_document();

    if (document && topic_fill(topic, node, subject, document) < 0) {
        json_decref(document);
        return NULL;
    }
    return document;
}
