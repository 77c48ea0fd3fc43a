/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* verb: the one way to call a method that changes something. */
#ifndef WSLNODE_CTL_VERB_H
#define WSLNODE_CTL_VERB_H

#include "command.h"

/*
 * Calls method with the arguments that types describes, as sd_bus_message_append takes them; the flags are
 * added here. Prints steps and result, or what went wrong.
 */
int verb_run(const struct command_options *options, const char *method, const char *types, ...);
/* Says no to text that the bus cannot carry: COMMAND_USAGE, otherwise 0. */
int verb_check_text(const struct command_options *options, const char *text);

#endif
