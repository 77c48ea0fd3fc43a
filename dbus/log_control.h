/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* org.freedesktop.LogControl1, for `systemctl service-log-level`. */
#pragma once

#include <systemd/sd-bus.h>

int log_control_add(sd_bus *connection);
