/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as a datagram of the kernel's: decoded, then applied to a node */
#include <stdlib.h>
#include <string.h>

#include "../../service/sys/link_message.h"
#include "../../service/state/node.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_word(const char *word, size_t size)
{
    check(memchr(word, 0, size) != NULL);
    for (; *word; word++)
        check((unsigned char)*word > 0x20 && (unsigned char)*word < 0x7f);
}

static void check_fact(const struct fact *fact)
{
    if (fact->kind == FACT_LINK) {
        check(fact->link.ifindex > 0);
        check_word(fact->link.name, sizeof(fact->link.name));
        check_word(fact->link.kind, sizeof(fact->link.kind));
    } else if (fact->kind == FACT_ADDRESS) {
        check(fact->address.family != 0);
    } else {
        check(fact->kind == FACT_ROUTE && fact->route.ifindex > 0);
    }
}

static void take(struct node *node, const struct nlmsghdr *header)
{
    struct events events = {.count = 0};
    struct fact fact, again;

    memset(&fact, 0xaa, sizeof(fact));
    memset(&again, 0x55, sizeof(again));
    if (link_message_decode(header, &fact) <= 0)
        return;
    check_fact(&fact);
    check(link_message_decode(header, &again) == 1 && memcmp(&fact, &again, sizeof(fact)) == 0);
    check(node_apply(node, &fact, &events) >= 0);
    events_clear(&events);
    if (!fact.gone) /* told twice, it is no news */
        check(node_apply(node, &fact, &events) == 0 && events.count == 0);
    node_networking_mode(node);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of its own size, so that a byte too far is seen */
    struct nlmsghdr *header = (struct nlmsghdr *)copy;
    struct node node;
    int left = size;

    memcpy(copy, data, size);
    node_init(&node);
    for (; nlmsg_ok(header, left); header = nlmsg_next(header, &left))
        take(&node, header);
    node_done(&node);
    free(copy);
    return 0;
}
