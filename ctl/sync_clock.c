/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sync-clock: sets the clock right by its reference. */
#include "sync_clock.h"

#include <stdio.h>
#include <string.h>

#include "command.h"
#include "json.h"
#include "offset.h"
#include "text.h"
#include "verb.h"

/* An offset of no more is right, however exact the reference is. */
#define SYNC_CLOCK_RIGHT_USEC 50000

int sync_clock_run(const struct command_options *options, char **arguments)
{
    return verb_run(options, "SyncClock", "");
}

bool sync_clock_is_result(const json_t *result)
{
    const char *outcome = json_text(result, "outcome");

    return strcmp(outcome, "ok") == 0 || strcmp(outcome, "stepped") == 0;
}

void sync_clock_print(const json_t *result, bool dry_run)
{
    json_int_t offset = json_number(result, "offset-before-usec");
    json_int_t bound = json_number(result, "error-bound-usec");
    char by[OFFSET_SIZE], within[OFFSET_SIZE];

    offset_exact(bound > SYNC_CLOCK_RIGHT_USEC ? bound : SYNC_CLOCK_RIGHT_USEC, 3, within);
    if (strcmp(json_text(result, "outcome"), "ok") == 0) {
        printf("The clock %s right (offset %s, within %s of ", dry_run ? "is" : "was",
               offset_exact(offset, 3, by), within + 1);
        text_write(stdout, json_text(result, "reference"));
        puts(").");
        return;
    }
    /* The step is what the offset is not. */
    printf("%s by %s (reference ", dry_run ? "Would step" : "Stepped",
           offset_exact(offset < -INT64_MAX ? INT64_MAX : -offset, 3, by));
    text_write(stdout, json_text(result, "reference"));
    printf(", within %s).\n", within + 1);
}
