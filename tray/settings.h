/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* settings: what the user chose, in ~/.config/wslnode/tray.conf. A file that cannot be read counts as no
 * file. */
#pragma once

#include <glib.h>

enum settings_tell {
    SETTINGS_TELL_WARNINGS, /* warnings and critical ones: where nothing is chosen */
    SETTINGS_TELL_CRITICAL,
    SETTINGS_TELL_NOTHING,
};

struct settings {
    enum settings_tell tell;
    char *powershell; /* an absolute path to run instead of what is found; NULL */
};

/* `path` is the file; settings_path() gives the user's. */
char *settings_path(void);
void settings_load(struct settings *settings, const char *path);
/*
 * Keeps the comments and keys that it does not know. Temporary file, fsync, rename. What could not be read is
 * kept beside it as tray.conf.broken.
 */
gboolean settings_save(const struct settings *settings, const char *path, GError **error);
void settings_clear(struct settings *settings);
/* Whether a finding of this severity is told. */
gboolean settings_tells(const struct settings *settings, const char *severity);
/* Whether a resume is told: by those who are told of warnings always, for it tells what was mended. */
gboolean settings_tells_resume(const struct settings *settings, gboolean critical);
