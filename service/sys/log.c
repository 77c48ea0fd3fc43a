/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The log */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#define FIELD_SIZE 512
#define FIELDS_MAX 5

static const char *const levels[] = {"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"};
static int maximum = LOG_INFO;
static bool to_journal;

bool log_set_target(const char *target)
{
    if (strcmp(target, "auto") == 0)
        to_journal = access("/run/systemd/journal/socket", W_OK) == 0;
    else if (strcmp(target, "journal") == 0 || strcmp(target, "console") == 0)
        to_journal = target[0] == 'j';
    else
        return false;
    return true;
}

const char *log_target(void)
{
    return to_journal ? "journal" : "console";
}

bool log_set_level(const char *level)
{
    for (int i = 0; i <= LOG_DEBUG; i++)
        if (strcmp(levels[i], level) == 0) {
            maximum = i;
            return true;
        }
    return false;
}

const char *log_level(void)
{
    return levels[maximum];
}

struct fields {
    char text[FIELDS_MAX][FIELD_SIZE];
    struct iovec iov[FIELDS_MAX];
    int count;
};

static void add_field(struct fields *fields, const char *name, const char *value)
{
    char *text = fields->text[fields->count];

    snprintf(text, FIELD_SIZE, "%s=%s", name, value);
    fields->iov[fields->count++] = (struct iovec){.iov_base = text, .iov_len = strlen(text)};
}

static void send_fields(int priority, const char *id, const char *subject, const char *message)
{
    char number[] = {'0' + priority, 0};
    struct fields fields = {.count = 0};

    add_field(&fields, "MESSAGE", message);
    add_field(&fields, "PRIORITY", number);
    add_field(&fields, "SYSLOG_IDENTIFIER", "wslnoded");
    if (id)
        add_field(&fields, "MESSAGE_ID", id);
    if (subject && *subject)
        add_field(&fields, "WSLNODE_SUBJECT", subject);
    sd_journal_sendv(fields.iov, fields.count);
}

void log_event(int priority, const char *id, const char *subject, const char *format, ...)
{
    char message[FIELD_SIZE - 16];
    va_list args;

    if (priority > maximum)
        return;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    if (to_journal)
        send_fields(priority, id, subject, message);
    else
        fprintf(stderr, "wslnoded: %s: %s\n", levels[priority], message);
}
