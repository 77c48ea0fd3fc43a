/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* command: what main and the commands agree on: options, exit codes, one function for each command. */
#ifndef WSLNODE_CTL_COMMAND_H
#define WSLNODE_CTL_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

/* Documented in wslnodectl(1): they never change their meaning. */
enum command_exit {
    COMMAND_OK = 0,
    COMMAND_FAILED = 1,
    COMMAND_USAGE = 2,
    COMMAND_NOT_RUNNING = 3,
    COMMAND_NOT_AUTHORISED = 4,
    COMMAND_TIMED_OUT = 5,
};

struct command_options {
    bool json;
    bool dry_run;
    bool force;
    bool persist;
    bool no_ask_password;
    bool no_legend;
    bool all;
    bool wsl;
    bool wslconfig;
    uint32_t limit;
};

/*
 * Each takes the options and its arguments, NULL at the end; main has checked their number. Each gives an
 * exit code after it has told the user what went wrong, or a negative errno that main reports.
 */
int status_run(const struct command_options *options, char **arguments);
int links_run(const struct command_options *options, char **arguments);
int set_mtu_run(const struct command_options *options, char **arguments);
int mend_run(const struct command_options *options, char **arguments);
int undo_run(const struct command_options *options, char **arguments);
int undo_all_run(const struct command_options *options, char **arguments);
int refresh_ip_run(const struct command_options *options, char **arguments);
int clock_run(const struct command_options *options, char **arguments);
int sync_clock_run(const struct command_options *options, char **arguments);
int dns_run(const struct command_options *options, char **arguments);
int fix_dns_run(const struct command_options *options, char **arguments);
int vpn_run(const struct command_options *options, char **arguments);
int set_keepalive_run(const struct command_options *options, char **arguments);
int release_run(const struct command_options *options, char **arguments);
int changes_run(const struct command_options *options, char **arguments);
int config_run(const struct command_options *options, char **arguments);
int diagnose_run(const struct command_options *options, char **arguments);

#endif
