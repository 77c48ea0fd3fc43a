/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Kernel steps: read just before, set, read back.
 *
 * The kernel's acknowledgement says that it took a value, not that the value stands: what counts is what it
 * reports afterwards.
 */
#pragma once

#include <systemd/sd-event.h>

#include "../state/plan.h"

struct apply_kernel;

/* A refusal of kind REFUSAL_NONE is success. Called once for each start, from the event loop. */
typedef void (*apply_kernel_done)(void *userdata, const struct refusal *refusal);

/* Takes `fd`, a datagram socket that speaks rtnetlink; with -1 it opens one to the kernel. */
int apply_kernel_new(sd_event *event, int fd, struct apply_kernel **ret);
struct apply_kernel *apply_kernel_free(struct apply_kernel *apply);

/* Sets subject->mtu on the link that was authorised. One at a time. */
void apply_kernel_start(struct apply_kernel *apply, const struct plan_subject *subject,
                        apply_kernel_done done, void *userdata);
