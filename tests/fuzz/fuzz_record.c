/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any text as a line of the changes log, or as a file of wishes: what is read can be written and read again
 */
#include <stdlib.h>
#include <string.h>

#include "../../service/act/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_change(const json_t *record)
{
    struct change change, again;
    json_t *first, *second;
    char text[STEP_TEXT_SIZE];

    if (record_read_change(record, &change) < 0)
        return;
    check(change.id && change.steps.count >= 1 && change.steps.count <= STEPS_MAX);
    for (size_t i = 0; i < change.steps.count; i++) {
        struct step step = steps_at(&change.steps, i);
        enum step_kind kind = step.kind;

        check(memchr(step.target, 0,
                     kind == STEP_KERNEL || kind == STEP_WANTED ? LINK_NAME_SIZE : FILE_PATH_SIZE) != NULL);
        step_text(&step, text, sizeof(text));
    }
    first = record_of_change(&change);
    check(first && record_read_change(first, &again) == 0);
    second = record_of_change(&again);
    check(json_equal(first, second));
    json_decref(first);
    json_decref(second);
    steps_done(&change.steps);
    steps_done(&again.steps);
}

static void check_wanted(const json_t *record, bool persist)
{
    static struct wanted wanted, again;
    json_t *first, *second;

    wanted.count = again.count = 0;
    check(record_read_wanted(record, persist, &wanted) >= 0);
    check(wanted.count <= WANTED_MAX);
    first = record_of_wanted(&wanted, persist);
    check(json_object_size(first) == wanted.count);
    check(record_read_wanted(first, persist, &again) == 0);
    second = record_of_wanted(&again, persist);
    check(json_equal(first, second));
    json_decref(first);
    json_decref(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *record = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);

    check_change(record);
    check_wanted(record, true);
    check_wanted(record, false);
    json_decref(record);
    return 0;
}
