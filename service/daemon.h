/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The daemon: owns every part, and wires them. Decisions are made elsewhere. */
#pragma once

/* Runs until SIGTERM or SIGINT. Returns 0 or a negative errno. `root` is the directory that every path is
 * below. */
int daemon_run(int root);
