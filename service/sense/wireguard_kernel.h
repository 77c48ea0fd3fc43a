/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads WireGuard tunnels of the kernel, one at a time, by generic netlink. */
#pragma once

#include <systemd/sd-event.h>

#include "wireguard_reader.h"

struct wireguard_kernel;

/* `fd` is a test's end of a kernel; -1 opens the real one with the first reading; so does
 * one after a dump that was cancelled. */
int wireguard_kernel_new(sd_event *event, int fd, const struct wireguard_reader *reader,
                         struct wireguard_kernel **ret);
struct wireguard_kernel *wireguard_kernel_free(struct wireguard_kernel *kernel);
/* Begins; `done` is called later, unless this returns an error. One at a time. */
int wireguard_kernel_read(struct wireguard_kernel *kernel, int32_t ifindex);
/* Whatever may come of the reading that is under way is dropped. */
void wireguard_kernel_cancel(struct wireguard_kernel *kernel);
