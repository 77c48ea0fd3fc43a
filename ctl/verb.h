/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* verb: the one way to call a method that changes something. */
#ifndef WSLNODE_CTL_VERB_H
#define WSLNODE_CTL_VERB_H

#include <jansson.h>
#include <systemd/sd-bus.h>

#include "command.h"

/* The daemon gives a person 120 s for the password and itself 20 s for the work. */
#define VERB_TIMEOUT_USEC (UINT64_C(150) * 1000000)

/*
 * Calls method with the arguments that types describes, as sd_bus_message_append takes them; the flags are
 * added here. Prints steps and result, or what went wrong.
 */
int verb_run(const struct command_options *options, const char *method, const char *types, ...);
/* The flags that the options ask for. */
uint64_t verb_flags(const struct command_options *options);
/* Puts what a verb answers into the object: change, steps and result. */
int verb_read(sd_bus_message *reply, json_t *object);
/* Says no to text that the bus cannot carry: COMMAND_USAGE, otherwise 0. */
int verb_check_text(const struct command_options *options, const char *text);

#endif
