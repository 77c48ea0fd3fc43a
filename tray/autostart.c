/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* autostart: the user's systemd under WSL, a file in the autostart folder elsewhere. */
#include "autostart.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

#define UNIT "wslnode-tray.service"

/* Longer than systemd needs to read its units again. */
#define TIMEOUT_MSEC 20000

static const char entry[] = "[Desktop Entry]\n"
                            "Type=Application\n"
                            "Name=wslnode\n"
                            "Icon=org.wslnode.Tray\n"
                            "Exec=wslnode-tray --background\n"
                            "Terminal=false\n";

struct request {
    GDBusConnection *session;
    autostart_answer answer;
    gpointer userdata;
};

static void request_free(gpointer data)
{
    struct request *request = data;

    g_clear_object(&request->session);
    g_free(request);
}

/* Always from the loop, never from within the call that asked. */
static void answered(GObject *source, GAsyncResult *result, gpointer data)
{
    struct request *request = g_task_get_task_data(G_TASK(result));
    g_autoptr(GError) error = NULL;
    gboolean enabled = g_task_propagate_boolean(G_TASK(result), &error);

    request->answer(enabled, error, request->userdata);
}

static GTask *task_new(GDBusConnection *session, autostart_answer answer, gpointer userdata)
{
    struct request *request = g_new0(struct request, 1);
    GTask *task = g_task_new(NULL, NULL, answered, NULL);

    *request = (struct request){.answer = answer, .userdata = userdata};
    g_set_object(&request->session, session);
    g_task_set_task_data(task, request, request_free);
    return task;
}

gboolean autostart_is_wsl(void)
{
    g_autofree char *release = NULL, *lower = NULL;

    if (!g_file_get_contents("/proc/sys/kernel/osrelease", &release, NULL, NULL))
        return FALSE;
    lower = g_ascii_strdown(release, -1);
    return strstr(lower, "microsoft") != NULL;
}

/* Ends the task with the error, in words for a person. */
static void fail(GTask *task, GError *error)
{
    if (g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
        g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER)) {
        g_error_free(error);
        error = g_error_new_literal(
            G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
            _("No systemd runs for this user, so nothing starts the tray. Under WSL it needs systemd=true in "
              "[boot] of /etc/wsl.conf."));
    }
    g_dbus_error_strip_remote_error(error);
    g_task_return_error(task, error);
    g_object_unref(task);
}

static void call(GTask *task, const char *method, GVariant *arguments, const char *type,
                 GAsyncReadyCallback callback)
{
    const struct request *request = g_task_get_task_data(task);

    if (!request->session) {
        if (arguments)
            g_variant_unref(g_variant_ref_sink(arguments));
        fail(task, g_error_new_literal(G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED, _("There is no session bus.")));
        return;
    }
    g_dbus_connection_call(request->session, "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                           "org.freedesktop.systemd1.Manager", method, arguments, G_VARIANT_TYPE(type),
                           G_DBUS_CALL_FLAGS_NO_AUTO_START, TIMEOUT_MSEC, NULL, callback, task);
}

/* NULL if the call failed, and then the task is over. */
static GVariant *finish(GObject *session, GAsyncResult *result, GTask *task)
{
    GError *error = NULL;
    GVariant *answer = g_dbus_connection_call_finish(G_DBUS_CONNECTION(session), result, &error);

    if (!answer)
        fail(task, error);
    return answer;
}

static void on_state(GObject *session, GAsyncResult *result, gpointer data)
{
    g_autoptr(GVariant) answer = finish(session, result, data);
    const char *state;

    if (!answer)
        return;
    g_variant_get(answer, "(&s)", &state);
    g_task_return_boolean(data, g_str_has_prefix(state, "enabled"));
    g_object_unref(data);
}

static void ask(GTask *task)
{
    call(task, "GetUnitFileState", g_variant_new("(s)", UNIT), "(s)", on_state);
}

static void on_reloaded(GObject *session, GAsyncResult *result, gpointer data)
{
    g_autoptr(GVariant) answer = finish(session, result, data);

    if (answer)
        ask(data);
}

/* systemd writes the links, but follows them only after it has read its units again. */
static void on_written(GObject *session, GAsyncResult *result, gpointer data)
{
    g_autoptr(GVariant) answer = finish(session, result, data);

    if (answer)
        call(data, "Reload", NULL, "()", on_reloaded);
}

static char *file_path(void)
{
    return g_build_filename(g_get_user_config_dir(), "autostart", "org.wslnode.Tray.desktop", NULL);
}

static gboolean file_enabled(void)
{
    g_autofree char *path = file_path();
    g_autoptr(GKeyFile) file = g_key_file_new();

    return g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL) &&
           !g_key_file_get_boolean(file, "Desktop Entry", "Hidden", NULL);
}

static gboolean file_set(gboolean enabled, GError **error)
{
    g_autofree char *path = file_path(), *folder = g_path_get_dirname(path);
    gboolean done;

    if (enabled) {
        if (g_mkdir_with_parents(folder, 0700) == 0)
            return g_file_set_contents_full(path, entry, -1,
                                            G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                            0644, error);
        done = FALSE;
    } else {
        done = g_unlink(path) == 0 || errno == ENOENT;
    }
    if (!done)
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "%s: %s", path, g_strerror(errno));
    return done;
}

void autostart_read(GDBusConnection *session, autostart_answer answer, gpointer userdata)
{
    GTask *task = task_new(session, answer, userdata);

    if (autostart_is_wsl()) {
        ask(task);
        return;
    }
    g_task_return_boolean(task, file_enabled());
    g_object_unref(task);
}

void autostart_set(GDBusConnection *session, gboolean enabled, autostart_answer answer, gpointer userdata)
{
    const char *const units[] = {UNIT, NULL};
    GTask *task = task_new(session, answer, userdata);
    GError *error = NULL;

    if (autostart_is_wsl()) {
        if (enabled)
            call(task, "EnableUnitFiles", g_variant_new("(^asbb)", units, FALSE, TRUE), "(ba(sss))",
                 on_written);
        else
            call(task, "DisableUnitFiles", g_variant_new("(^asb)", units, FALSE), "(a(sss))", on_written);
        return;
    }
    if (file_set(enabled, &error))
        g_task_return_boolean(task, file_enabled());
    else
        g_task_return_error(task, error);
    g_object_unref(task);
}
