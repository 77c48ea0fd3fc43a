/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The hardware clock */
#include "rtc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../state/fact.h"
#include "cleanup.h"
#include "file_io.h"

#define SECONDS_PATH "sys/class/rtc/rtc0/since_epoch"
#define ADJUST_PATH  "etc/adjtime"

/* hwclock's file: its third line says what the clock's time is. */
static bool is_local(int root)
{
    _cleanup_free_ char *text = NULL;
    const char *line;

    if (file_io_read(root, ADJUST_PATH, 4096, &text) < 0)
        return false;
    line = strchr(text, '\n');
    line = line ? strchr(line + 1, '\n') : NULL;
    return line && strncmp(line + 1, "LOCAL", 5) == 0;
}

int rtc_read(int root, int64_t *seconds)
{
    _cleanup_free_ char *text = NULL;
    ssize_t length = file_io_read(root, SECONDS_PATH, 64, &text);
    char *end;

    if (length < 0)
        return length;
    if (is_local(root))
        return -ENOTSUP;
    errno = 0;
    *seconds = strtoll(text, &end, 10);
    if (errno || end == text || (*end && *end != '\n') || *seconds < 0 ||
        *seconds > CLOCK_TIME_MAX_USEC / 1000000)
        return -EBADMSG;
    return 0;
}
