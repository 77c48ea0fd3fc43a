/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is to follow the node's address */
#include "targets.h"

#include <netinet/in.h>

#include "digest.h"

const struct target_file *targets_find(const struct targets *targets, const char *path)
{
    for (size_t i = 0; i < targets->files_count; i++)
        if (strcmp(targets->files[i].path, path) == 0)
            return &targets->files[i];
    return NULL;
}

uint64_t targets_digest(const struct targets *targets)
{
    uint64_t digest = DIGEST_BEGIN;

    for (size_t i = 0; i < targets->files_count; i++) {
        const struct target_file *file = &targets->files[i];

        digest = digest_add_text(digest, file->path);
        for (size_t v = 0; v < file->variables_count; v++)
            digest = digest_add_text(digest, file->variables[v]);
        digest = digest_add_number(digest, file->uid | (uint64_t)file->create << 32);
    }
    for (size_t i = 0; i < targets->units_count; i++)
        digest = digest_add_text(digest, targets->units[i]);
    return digest;
}

const char *targets_address(const struct node *node, const struct place_fact *place, char *buffer,
                            size_t size)
{
    const struct address_fact *address = NULL;

    switch (place->value) {
    case PLACE_ADDRESS:
        address = node_address_of(node, place->family);
        break;
    case PLACE_EMPTY:
        address = node_address(node);
        /* Between a bare colon and an IPv6 address nobody could tell which is which. */
        if (address && place->port && address->family == AF_INET6)
            address = NULL;
        break;
    case PLACE_OTHER:
        break;
    }
    return address ? address_text(address->family, address->bytes, -1, buffer, size) : NULL;
}

bool targets_stale(const struct node *node, const struct place_fact *place)
{
    char text[ADDRESS_TEXT_SIZE];

    return targets_address(node, place, text, sizeof(text)) && strcmp(place->text, text) != 0;
}
