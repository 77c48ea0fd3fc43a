/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* wsl_lint: what is wrong in the configuration files of WSL itself. It asks the files alone. */
#ifndef WSLNODE_CTL_WSL_LINT_H
#define WSLNODE_CTL_WSL_LINT_H

#include "command.h"

/* Of the files, NULL at the end, or of /etc/wsl.conf, which need not be there. Gives an exit code. */
int wsl_lint_run(const struct command_options *options, char **files);

#endif
