/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The .wslconfig of Windows' users, on drive C as WSL mounts it.
 *
 * Which user runs WSL only Windows can tell. A folder that cannot be looked into is another one's: the drive
 * is read with the rights of the user who runs WSL. Of those that are left each one with a .wslconfig counts.
 */
#pragma once

#include "../state/fact.h"

/* It may wait for Windows without end: for a child. What cannot be told leaves a fact that is all zero. */
void wslconfig_finder_read(int root, struct wslconfig_fact *fact);
