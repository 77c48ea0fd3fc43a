/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Following the address */
#include "follow.h"

#include "sys/timer.h"

/* An address that flaps is followed once. */
#define HOLD_DOWN_USEC 3000000

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct follow *follow = userdata;

    follow->refresh(follow->userdata);
    return 0;
}

bool follow_wanted(const struct follow *follow)
{
    const struct targets *targets = follow->targets;

    return !targets->manual && (targets->files_count || targets->units_count) && node_address(follow->node);
}

void follow_restarted(struct follow *follow)
{
    const struct address_fact *address = node_address(follow->node);

    if (address)
        address_text(address->family, address->bytes, -1, follow->refreshed, sizeof(follow->refreshed));
}

/* Nobody asked, so without an address or anything to follow it this is not tried. */
void follow_changed(struct follow *follow)
{
    if (!follow->refreshed[0])
        follow_restarted(follow);
    if (follow_wanted(follow))
        timer_set(follow->timer_source, HOLD_DOWN_USEC);
}

int follow_init(struct follow *follow, sd_event *event)
{
    return timer_new(event, &follow->timer_source, 10000, on_timer, follow);
}

void follow_done(struct follow *follow)
{
    follow->timer_source = sd_event_source_disable_unref(follow->timer_source);
}
