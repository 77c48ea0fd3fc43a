/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * toast: a notification of Windows', by powershell.exe: a constant script that anybody can read on its
 * standard input, and after it one line of JSON. Nothing of a message ever is part of a command.
 *
 * The message is made valid UTF-8, stripped of control characters and whatever else XML cannot hold, and cut:
 * 200 characters of title, 1,000 of body. A run has 15 seconds and 64 KiB of output; then its whole process
 * group is killed. Runs come one after another, at most 16 wait, the oldest of them is dropped. Nothing here
 * waits, but toast_find_powershell() looks at the drive of Windows.
 */
#pragma once

#include <gio/gio.h>

struct toast;

/* Whether there is a powershell.exe to be run: its path, or NULL. `configured` is the user's own choice, or
 * NULL. */
char *toast_find_powershell(const char *configured);
/* Where drive C: of Windows is mounted, by the text of /proc/self/mountinfo; NULL if it is not. */
char *toast_windows_drive(const char *mountinfo);

/* SIGPIPE is ignored from here on: a PowerShell that ends early must not take the tray along. */
struct toast *toast_new(const char *powershell);
/* How long a run may take, instead of 15,000. */
void toast_set_limit(struct toast *toast, guint milliseconds);
void toast_free(struct toast *toast);
void toast_show(struct toast *toast, const char *key, const char *title, const char *body, gboolean silent);
void toast_withdraw(struct toast *toast, const char *key);

/*
 * What goes to standard input: script and JSON. `act` is "show" or "withdraw", which has no title and body
 * (NULL). Exposed for the test.
 */
char *toast_input(const char *act, const char *key, const char *title, const char *body, gboolean silent);
