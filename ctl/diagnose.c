/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* diagnose: measures afresh and shows every check. */
#include <stdio.h>

#include "cleanup.h"
#include "client.h"
#include "command.h"
#include "failure.h"
#include "finding.h"
#include "json.h"

static int diagnose_ask(const struct command_options *options, json_t **ret)
{
    _bus_ sd_bus *bus = NULL;
    _message_ sd_bus_message *m = NULL;
    int r = client_open(&bus);

    if (r < 0)
        return failure_no_bus(options, r);
    r = client_new_call(bus, CLIENT_INTERFACE, "Diagnose", &m);
    return r < 0 ? r : client_ask(options, bus, m, ret);
}

static int diagnose_print(const json_t *checks, size_t trouble)
{
    json_t *check;
    size_t i;

    json_array_foreach(checks, i, check) finding_print(check);
    printf("%zu check%s, %zu with trouble.\n", json_array_size(checks),
           json_array_size(checks) == 1 ? "" : "s", trouble);
    return 0;
}

int diagnose_run(const struct command_options *options, char **arguments)
{
    _json_ json_t *checks = NULL;
    size_t trouble = 0, i;
    json_t *check;
    int r = diagnose_ask(options, &checks);

    if (r != 0)
        return r;
    json_array_foreach(checks, i, check) trouble += finding_is_trouble(check);
    r = options->json ? json_emit_list("Checks", checks) : diagnose_print(checks, trouble);
    if (r < 0)
        return r;
    return trouble > 0 ? COMMAND_FAILED : COMMAND_OK;
}
