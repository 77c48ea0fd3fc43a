/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The log: to the journal with fields where there is one, else to stderr.
 *
 * Only the daemon, the bus side and the executor log. A line says what failed, on what, and the error; what
 * is not fatal ends in ", ignoring" where something is ignored.
 */
#pragma once

#include <stdbool.h>
#include <syslog.h>

/* One for each kind of event, as `journalctl MESSAGE_ID=…` takes them; wslnoded(8) lists them. */
#define LOG_ID_STARTED         "5f0e9f0d8c3f4a0f9a57f0c2b1d40a01"
#define LOG_ID_RELOADED        "5f0e9f0d8c3f4a0f9a57f0c2b1d40a02"
#define LOG_ID_CONFIG_REFUSED  "5f0e9f0d8c3f4a0f9a57f0c2b1d40a03"
#define LOG_ID_BUS_LOST        "5f0e9f0d8c3f4a0f9a57f0c2b1d40a04"
#define LOG_ID_LINK            "5f0e9f0d8c3f4a0f9a57f0c2b1d40a05"
#define LOG_ID_FINDING_RAISED  "5f0e9f0d8c3f4a0f9a57f0c2b1d40a06"
#define LOG_ID_FINDING_CLEARED "5f0e9f0d8c3f4a0f9a57f0c2b1d40a07"
#define LOG_ID_CHANGE          "5f0e9f0d8c3f4a0f9a57f0c2b1d40a08"
#define LOG_ID_DENIED          "5f0e9f0d8c3f4a0f9a57f0c2b1d40a09"
#define LOG_ID_PUT_BACK        "5f0e9f0d8c3f4a0f9a57f0c2b1d40a0a"
#define LOG_ID_STEPPED         "5f0e9f0d8c3f4a0f9a57f0c2b1d40a0b"
#define LOG_ID_RESUMED         "5f0e9f0d8c3f4a0f9a57f0c2b1d40a0c"
#define LOG_ID_VPN_DOWN        "5f0e9f0d8c3f4a0f9a57f0c2b1d40a0d"
#define LOG_ID_VPN_UP          "5f0e9f0d8c3f4a0f9a57f0c2b1d40a0e"

/* "journal" or "console"; "auto" takes the journal if it is there. Returns false for another word. */
bool log_set_target(const char *target);
const char *log_target(void);
/* A word as in systemd: emerg alert crit err warning notice info debug. */
bool log_set_level(const char *level);
const char *log_level(void);

/* `id` may be NULL. `subject` goes into the field WSLNODE_SUBJECT; may be NULL. */
void log_event(int priority, const char *id, const char *subject, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#define log_error(...)   log_event(LOG_ERR, NULL, NULL, __VA_ARGS__)
#define log_warning(...) log_event(LOG_WARNING, NULL, NULL, __VA_ARGS__)
#define log_info(...)    log_event(LOG_INFO, NULL, NULL, __VA_ARGS__)
#define log_debug(...)   log_event(LOG_DEBUG, NULL, NULL, __VA_ARGS__)
