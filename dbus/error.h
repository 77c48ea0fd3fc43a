/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Refusals as D-Bus errors: the only place that knows their names. */
#pragma once

#include <systemd/sd-bus.h>

#include "../service/state/refusal.h"

const char *error_name(enum refusal_kind kind);
/* Fills `error` and returns its negative errno, as a handler does. */
int error_set(sd_bus_error *error, const struct refusal *refusal);
int error_reply(sd_bus_message *call, const struct refusal *refusal);
/* Puts ? for each byte that is no UTF-8, for which the bus would refuse the whole message. Returns the text.
 */
char *error_mend_text(char *text);
