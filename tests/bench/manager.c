/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A stand-in for systemd's manager: hostnamectl asks it for two properties and fails without them. The real
 * one has some 200 for the same GetAll, so hostnamectl is faster here than on a machine.
 */
#include <stdlib.h>

#include "measure.h"

static int get_virtualization(sd_bus *bus, const char *path, const char *interface, const char *property,
                              sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    return sd_bus_message_append(reply, "s", "wsl");
}

static int get_architecture(sd_bus *bus, const char *path, const char *interface, const char *property,
                            sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    return sd_bus_message_append(reply, "s", "x86-64");
}

static const sd_bus_vtable vtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_PROPERTY("Virtualization", "s", get_virtualization, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Architecture", "s", get_architecture, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_VTABLE_END,
};

int main(void)
{
    sd_bus *bus = open_bus();
    int r = sd_bus_add_object_vtable(bus, NULL, "/org/freedesktop/systemd1",
                                     "org.freedesktop.systemd1.Manager", vtable, NULL);

    if (r >= 0)
        r = sd_bus_request_name(bus, "org.freedesktop.systemd1", 0);
    while (r >= 0) {
        r = sd_bus_process(bus, NULL);
        if (r == 0)
            r = sd_bus_wait(bus, UINT64_MAX);
    }
    give_up(r, "the stand-in for systemd's manager");
}
