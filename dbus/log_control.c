/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * org.freedesktop.LogControl1
 *
 * Only root may write it: the bus policy that is installed with the daemon sees to that, for asking the bus
 * for the caller's privileges from within a property's setter would block the loop.
 */
#include "log_control.h"

#include "../service/sys/log.h"

static int get_level(sd_bus *bus, const char *path, const char *interface, const char *property,
                     sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    return sd_bus_message_append(reply, "s", log_level());
}

static int get_target(sd_bus *bus, const char *path, const char *interface, const char *property,
                      sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    return sd_bus_message_append(reply, "s", log_target());
}

static int get_identifier(sd_bus *bus, const char *path, const char *interface, const char *property,
                          sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    return sd_bus_message_append(reply, "s", "wslnoded");
}

static int set_word(sd_bus_message *value, bool (*set)(const char *word), const char *known,
                    sd_bus_error *error)
{
    const char *word;
    int r = sd_bus_message_read(value, "s", &word);

    if (r < 0)
        return r;
    if (!set(word))
        return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS, "Unknown word; known are: %s", known);
    return 0;
}

static int set_level(sd_bus *bus, const char *path, const char *interface, const char *property,
                     sd_bus_message *value, void *userdata, sd_bus_error *error)
{
    return set_word(value, log_set_level, "emerg alert crit err warning notice info debug", error);
}

static int set_target(sd_bus *bus, const char *path, const char *interface, const char *property,
                      sd_bus_message *value, void *userdata, sd_bus_error *error)
{
    return set_word(value, log_set_target, "auto journal console", error);
}

static const sd_bus_vtable vtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_WRITABLE_PROPERTY("LogLevel", "s", get_level, set_level, 0, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_WRITABLE_PROPERTY("LogTarget", "s", get_target, set_target, 0, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_PROPERTY("SyslogIdentifier", "s", get_identifier, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_VTABLE_END,
};

int log_control_add(sd_bus *connection)
{
    return sd_bus_add_object_vtable(connection, NULL, "/org/freedesktop/LogControl1",
                                    "org.freedesktop.LogControl1", vtable, NULL);
}
