/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Toasts: where PowerShell is, and what it is given */
#include "toast.h"

#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCRIPT     "/org/wslnode/Tray/toast.ps1"
#define POWERSHELL "Windows/System32/WindowsPowerShell/v1.0/powershell.exe"
#define GROUP      "wslnode"
#define TAG_LENGTH 16 /* before Windows 10 1703 it takes no more */
#define MOST_TITLE 200
#define MOST_BODY  1000

/* Made by glib-compile-resources. A call of it keeps the linker from leaving it out. */
GResource *toast_get_resource(void);

/* XML 1.0 holds no control characters but these three (and some that nobody needs), and not U+FFFE and
 * U+FFFF. */
static gboolean fits_xml(gunichar c)
{
    return c == '\t' || c == '\n' || c == '\r' || (!g_unichar_iscntrl(c) && c != 0xfffe && c != 0xffff);
}

/* At most `most` characters, the last of them an ellipsis if there were more. */
static char *clean(const char *text, glong most)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *cleaned = g_string_new(NULL);
    glong length = 0;

    for (const char *c = valid; *c; c = g_utf8_next_char(c)) {
        if (!fits_xml(g_utf8_get_char(c)))
            continue;
        if (++length > most) {
            char *last = g_utf8_prev_char(cleaned->str + cleaned->len);

            g_string_truncate(cleaned, (gsize)(last - cleaned->str));
            g_string_append(cleaned, "…");
            break;
        }
        g_string_append_len(cleaned, c, g_utf8_next_char(c) - c);
    }
    return g_string_free(cleaned, FALSE);
}

static void set_text(json_t *message, const char *name, const char *text, glong most)
{
    g_autofree char *cleaned = clean(text ? text : "", most);

    json_object_set_new(message, name, json_string(cleaned));
}

static char *message_of(const char *act, const char *key, const char *title, const char *body,
                        gboolean silent)
{
    g_autofree char *tag = g_compute_checksum_for_string(G_CHECKSUM_SHA1, key, -1);
    json_t *message = json_object();
    char *text;

    tag[TAG_LENGTH] = '\0';
    set_text(message, "act", act, MOST_TITLE);
    set_text(message, "tag", tag, TAG_LENGTH);
    set_text(message, "group", GROUP, MOST_TITLE);
    set_text(message, "title", title, MOST_TITLE);
    set_text(message, "body", body, MOST_BODY);
    json_object_set_new(message, "silent", json_boolean(silent));
    text = json_dumps(message, JSON_ENSURE_ASCII | JSON_COMPACT);
    json_decref(message);
    return text;
}

char *toast_input(const char *act, const char *key, const char *title, const char *body, gboolean silent)
{
    g_autoptr(GBytes) script =
        g_resource_lookup_data(toast_get_resource(), SCRIPT, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
    char *message = message_of(act, key, title, body, silent);
    gsize length;
    const char *text = g_bytes_get_data(script, &length);
    char *input = g_strdup_printf("%.*s%s\n", (int)length, text, message);

    free(message);
    return input;
}

/* As the kernel writes them: three octal digits. */
static char *unescape(const char *field)
{
    GString *text = g_string_new(NULL);

    for (const char *c = field; *c; c++) {
        if (c[0] == '\\' && c[1] >= '0' && c[1] <= '3' && c[2] >= '0' && c[2] <= '7' && c[3] >= '0' &&
            c[3] <= '7') {
            g_string_append_c(text, (char)((c[1] - '0') << 6 | (c[2] - '0') << 3 | (c[3] - '0')));
            c += 3;
        } else {
            g_string_append_c(text, *c);
        }
    }
    return g_string_free(text, FALSE);
}

/* "C:" or "C:\" */
static gboolean is_c(const char *text)
{
    return g_ascii_strcasecmp(text, "C:") == 0 || g_ascii_strcasecmp(text, "C:\\") == 0;
}

/* 9p has it among its options: rw,dirsync,aname=drvfs;path=C:\;uid=1000;symlinkroot=/mnt/,mmap,trans=fd */
static gboolean is_9p_drive(const char *options)
{
    g_auto(GStrv) parts = g_strsplit_set(options, ",;", -1);
    gboolean drive = FALSE;

    for (char **part = parts; *part; part++)
        drive = drive || (g_str_has_prefix(*part, "path=") && is_c(*part + strlen("path=")));
    return drive && g_strv_contains((const char *const *)parts, "aname=drvfs");
}

/* The others have it as their source; a virtiofs has a tag there, with an "a" where Windows' administrator
 * mounted it. */
static gboolean is_drive(const char *type, const char *source, const char *options)
{
    if (strcmp(type, "9p") == 0)
        return is_9p_drive(options);
    if (strcmp(type, "drvfs") == 0)
        return is_c(source);
    return strcmp(type, "virtiofs") == 0 &&
           (is_c(source) || g_str_has_prefix(source, "drvfsC") || g_str_has_prefix(source, "drvfsaC"));
}

/* id parent major:minor root place options tags... - type source options: the place, if it is drive C: as a
 * whole. */
static char *drive_of(const char *line)
{
    g_auto(GStrv) fields = g_strsplit(line, " ", -1);
    guint count = g_strv_length(fields);
    guint i = 6;
    g_autofree char *source = NULL, *options = NULL;

    while (i < count && strcmp(fields[i], "-") != 0)
        i++;
    if (i + 3 >= count || strcmp(fields[3], "/") != 0)
        return NULL;
    source = unescape(fields[i + 2]);
    options = unescape(fields[i + 3]);
    return is_drive(fields[i + 1], source, options) ? unescape(fields[4]) : NULL;
}

char *toast_windows_drive(const char *mountinfo)
{
    g_auto(GStrv) lines = g_strsplit(mountinfo, "\n", -1);
    char *drive = NULL;

    for (char **line = lines; *line && !drive; line++)
        drive = drive_of(*line);
    return drive;
}

/* A file that Windows can run; a folder, pipe or device is not opened for long enough to wait for it. */
static gboolean is_windows_program(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat found;
    char magic[2];
    gboolean program;

    if (fd < 0)
        return FALSE;
    program = fstat(fd, &found) == 0 && S_ISREG(found.st_mode) &&
              read(fd, magic, sizeof(magic)) == (ssize_t)sizeof(magic) &&
              memcmp(magic, "MZ", sizeof(magic)) == 0;
    close(fd);
    return program;
}

char *toast_find_powershell(const char *configured)
{
    g_autofree char *mountinfo = NULL, *drive = NULL, *path = NULL;

    /* Who chose one gets that one, or none: nothing else is run instead. */
    if (configured && *configured) {
        gboolean fine = g_path_is_absolute(configured) && g_file_test(configured, G_FILE_TEST_IS_REGULAR) &&
                        g_file_test(configured, G_FILE_TEST_IS_EXECUTABLE);

        return fine ? g_strdup(configured) : NULL;
    }
    if (!g_file_get_contents("/proc/self/mountinfo", &mountinfo, NULL, NULL))
        return NULL;
    drive = toast_windows_drive(mountinfo);
    if (!drive)
        return NULL;
    path = g_build_filename(drive, POWERSHELL, NULL);
    return is_windows_program(path) ? g_steal_pointer(&path) : NULL;
}
