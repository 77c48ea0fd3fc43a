/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The methods, in one table, behind one trampoline.
 *
 * Each row says how it is authorised: METHOD_FREE, or a function that names the polkit action. There is no
 * third way, and no default: a row without one does not compile.
 */
#pragma once

#include <systemd/sd-bus.h>

/* X(member, (in arguments), (out arguments), authorisation, what runs) */
#define METHOD_RESULT ("t", change, "a(sss)", steps, "a{sv}", result)
#define METHOD_TABLE(X)                                                                                      \
    X(SetMTU, ("s", link, "u", mtu, "t", flags), METHOD_RESULT, action_set_mtu, parse_set_mtu)               \
    X(RefreshIP, ("t", flags), METHOD_RESULT, action_refresh_ip, parse_refresh_ip)                           \
    X(SyncClock, ("t", flags), METHOD_RESULT, action_sync_clock, parse_sync_clock)                           \
    X(FixDNS, ("t", flags), METHOD_RESULT, action_fix_dns, parse_fix_dns)                                    \
    X(SetKeepalive, ("s", link, "s", peer, "u", seconds, "t", flags), METHOD_RESULT, action_set_keepalive,   \
      parse_set_keepalive)                                                                                   \
    X(Mend, ("s", finding, "s", subject, "t", flags), METHOD_RESULT, action_mend, parse_mend)                \
    X(Undo, ("t", change, "t", flags), ("t", undoing, "a(sss)", steps, "a{sv}", result), action_undo,        \
      parse_undo)                                                                                            \
    X(Release, ("s", kind, "s", target, "t", flags), METHOD_RESULT, action_release, parse_release)           \
    X(ListChanges, ("t", before, "u", limit), ("aa{sv}", changes), METHOD_FREE, list_changes)                \
    X(ListLinks, ("u", offset, "u", limit), ("aa{sv}", links), METHOD_FREE, list_links)                      \
    X(Diagnose, (NULL), ("aa{sv}", checks), METHOD_FREE, diagnose)

struct bus;

/* The handler of every method in the vtable; `userdata` is the struct bus. */
int method_dispatch(sd_bus_message *call, void *userdata, sd_bus_error *error);
/* Of another object, which polkit's dialogue names as the target. */
int method_dispatch_on(struct bus *bus, sd_bus_message *call, const char *target, sd_bus_error *error);
