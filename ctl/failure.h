/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* failure: what went wrong, in words for a person, as JSON and as an exit code. */
#ifndef WSLNODE_CTL_FAILURE_H
#define WSLNODE_CTL_FAILURE_H

#include <jansson.h>
#include <systemd/sd-bus.h>

#include "command.h"

#define FAILURE_PREFIX "org.wslnode.Node1.Error."

/* The bus or the daemon answered with an error, or the call failed with r. Gives the exit code. */
int failure_report(const struct command_options *options, const sd_bus_error *error, int r);
/* The last part of an error's name, which is the word that the documentation explains. */
const char *failure_word(const char *name);
/* The same as a member of a document that is printed anyway. */
int failure_put(json_t *document, const sd_bus_error *error, int r);
/* The command line is wrong: name is an error name of the bus that says how. Gives COMMAND_USAGE. */
int failure_usage(const struct command_options *options, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* There is no bus to ask. Gives COMMAND_NOT_RUNNING. */
int failure_no_bus(const struct command_options *options, int r);

#endif
