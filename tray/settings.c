/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* settings: the user's file, read and written. */
#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX (1024 * 1024)

#define TELL       "Tell", "Severity"
#define POWERSHELL "Windows", "PowerShell"

static const char *const tell_names[] = {"warning", "critical", "nothing"};

enum reading { READING_NONE, READING_BROKEN, READING_GOOD };

char *settings_path(void)
{
    return g_build_filename(g_get_user_config_dir(), "wslnode", "tray.conf", NULL);
}

/* All of a regular file that is not too big; a pipe or a device would hold up the loop. */
static GString *read_all(int fd)
{
    g_autoptr(GString) text = g_string_new(NULL);
    char buffer[4096];
    struct stat st;
    ssize_t n;

    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return NULL;
    while ((n = read(fd, buffer, sizeof(buffer))) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || text->len + (gsize)n > FILE_MAX)
            return NULL;
        g_string_append_len(text, buffer, n);
    }
    return g_steal_pointer(&text);
}

/* GKeyFile would take what follows a NUL for nothing, and drop it. */
static enum reading read_file(GKeyFile *file, const char *path)
{
    g_autoptr(GString) text = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? READING_NONE : READING_BROKEN;
    text = read_all(fd);
    close(fd);
    if (!text || memchr(text->str, 0, text->len) ||
        !g_key_file_load_from_data(file, text->str, text->len,
                                   G_KEY_FILE_KEEP_COMMENTS | G_KEY_FILE_KEEP_TRANSLATIONS, NULL))
        return READING_BROKEN;
    return READING_GOOD;
}

void settings_load(struct settings *settings, const char *path)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *tell = NULL, *powershell = NULL;

    *settings = (struct settings){.tell = SETTINGS_TELL_WARNINGS};
    if (read_file(file, path) != READING_GOOD)
        return;
    tell = g_key_file_get_string(file, TELL, NULL);
    for (size_t i = 0; tell && i < G_N_ELEMENTS(tell_names); i++)
        if (strcmp(tell, tell_names[i]) == 0)
            settings->tell = (enum settings_tell)i;
    powershell = g_key_file_get_string(file, POWERSHELL, NULL);
    /* Another path would depend on where the tray was started. */
    if (powershell && g_path_is_absolute(powershell))
        settings->powershell = g_steal_pointer(&powershell);
}

static gboolean fail(GError **error, int number, const char *path)
{
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(number), "%s: %s", path, g_strerror(number));
    return FALSE;
}

/* What somebody wrote there is not lost, even if it cannot be understood. */
static gboolean keep_broken(const char *path, GError **error)
{
    g_autofree char *kept = g_strconcat(path, ".broken", NULL);

    return g_rename(path, kept) == 0 || fail(error, errno, path);
}

static gboolean write_file(GKeyFile *file, const char *path, GError **error)
{
    g_autofree char *text = NULL;
    struct stat st;
    gsize length;
    int mode = stat(path, &st) == 0 ? (int)(st.st_mode & 0777) : 0600;

    text = g_key_file_to_data(file, &length, NULL);
    return g_file_set_contents_full(path, text, (gssize)length,
                                    G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, mode,
                                    error);
}

gboolean settings_save(const struct settings *settings, const char *path, GError **error)
{
    /* A link to the file, as managers of such files make it, stays a link. */
    g_autofree char *real = realpath(path, NULL), *folder = NULL;
    g_autoptr(GKeyFile) file = g_key_file_new();

    if (real)
        path = real;
    folder = g_path_get_dirname(path);
    if (g_mkdir_with_parents(folder, 0700) < 0)
        return fail(error, errno, folder);
    if (read_file(file, path) == READING_BROKEN) {
        if (!keep_broken(path, error))
            return FALSE;
        g_key_file_unref(file);
        file = g_key_file_new();
    }
    g_key_file_set_string(file, TELL, tell_names[settings->tell]);
    if (settings->powershell)
        g_key_file_set_string(file, POWERSHELL, settings->powershell);
    else
        g_key_file_remove_key(file, POWERSHELL, NULL);
    return write_file(file, path, error);
}

void settings_clear(struct settings *settings)
{
    g_clear_pointer(&settings->powershell, g_free);
}

gboolean settings_tells(const struct settings *settings, const char *severity)
{
    gboolean critical = g_strcmp0(severity, "critical") == 0;

    switch (settings->tell) {
    case SETTINGS_TELL_WARNINGS:
        return critical || g_strcmp0(severity, "warning") == 0;
    case SETTINGS_TELL_CRITICAL:
        return critical;
    case SETTINGS_TELL_NOTHING:
        break;
    }
    return FALSE;
}

gboolean settings_tells_resume(const struct settings *settings, gboolean critical)
{
    return settings_tells(settings, critical ? "critical" : "warning");
}
