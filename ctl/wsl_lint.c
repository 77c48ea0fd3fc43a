/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* wsl_lint: what is wrong in the configuration files of WSL itself. */
#include "wsl_lint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "../service/state/wsl_config_lint.h"
#include "cleanup.h"
#include "failure.h"
#include "json.h"
#include "text.h"

#define WSL_LINT_FILE "/etc/wsl.conf"

/* Reads until it is too large for WSL's own reader to be looked at: one byte more than that. */
static int wsl_lint_read(const char *path, char **ret, size_t *ret_size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), r = 0;
    char *text = malloc(WSL_CONFIG_SIZE_MAX + 1);
    size_t size = 0;
    ssize_t count = 1;

    if (fd < 0 || !text)
        r = fd < 0 ? -errno : -ENOMEM;
    while (r == 0 && count != 0 && size <= WSL_CONFIG_SIZE_MAX) {
        count = read(fd, text + size, WSL_CONFIG_SIZE_MAX + 1 - size);
        if (count < 0 && errno != EINTR)
            r = -errno;
        size += count > 0 ? count : 0;
    }
    if (fd >= 0)
        close(fd);
    if (r < 0) {
        free(text);
        return r;
    }
    *ret = text;
    *ret_size = size;
    return 0;
}

static enum wsl_config_dialect wsl_lint_dialect(const struct command_options *options, const char *path)
{
    const char *slash = strrchr(path, '/');

    if (options->wslconfig || wsl_config_same_name(slash ? slash + 1 : path, ".wslconfig"))
        return WSL_CONFIG_WSLCONFIG;
    return WSL_CONFIG_CONF;
}

/* "boot.systemd", or what of it there is. NULL where no key is concerned, or without memory. */
static char *wsl_lint_key(const struct wsl_config_remark *remark)
{
    char *name;

    if (!remark->key || asprintf(&name, "%s%s%s", remark->section,
                                 *remark->section && *remark->key ? "." : "", remark->key) < 0)
        return NULL;
    return name;
}

static void wsl_lint_print(const char *path, const struct wsl_config_remark *remark)
{
    _free_ char *key = wsl_lint_key(remark);

    text_write(stderr, path);
    fprintf(stderr, ": line %u: %s%s%s", remark->line, key ? key : "", key ? ": " : "",
            wsl_config_remark_what(remark->kind));
    if (remark->first)
        fprintf(stderr, " (line %u)", remark->first);
    fprintf(stderr, ". %s.%s\n", wsl_config_remark_next(remark->kind),
            remark->rest ? " WSL reads nothing from here on." : "");
}

static json_t *wsl_lint_object(const struct wsl_config_remark *remark)
{
    _free_ char *key = wsl_lint_key(remark);
    json_t *object =
        json_pack("{s:I, s:s, s:s, s:s, s:b}", "Line", (json_int_t)remark->line, "Kind",
                  wsl_config_remark_id(remark->kind), "What", wsl_config_remark_what(remark->kind), "Next",
                  wsl_config_remark_next(remark->kind), "Rest", remark->rest);

    if (key)
        json_object_set_new(object, "Key", json_string(key));
    if (remark->first)
        json_object_set_new(object, "First", json_integer(remark->first));
    return object;
}

/* How many remarks there are, or a negative errno. */
static int wsl_lint_text(enum wsl_config_dialect dialect, const char *path, const char *text, size_t size,
                         json_t *list)
{
    struct wsl_config_remarks remarks;
    struct wsl_config config;
    int count, r = wsl_config_parse(dialect, text, size, &config);

    if (r < 0)
        return r;
    r = wsl_config_lint(&config, text, &remarks);
    count = r < 0 ? r : (int)remarks.count;
    for (int i = 0; i < count; i++) {
        wsl_lint_print(path, &remarks.list[i]);
        json_array_append_new(list, wsl_lint_object(&remarks.list[i]));
    }
    wsl_config_remarks_done(&remarks);
    wsl_config_done(&config);
    return count;
}

static void wsl_lint_say(const struct command_options *options, const char *path, const char *words)
{
    if (options->json)
        return;
    text_write(stdout, path);
    printf(": %s\n", words);
}

/* COMMAND_OK if nothing is wrong; puts the file into the list. A file that must not be there may be missing.
 */
static int wsl_lint_file(const struct command_options *options, const char *path, bool must, json_t *list)
{
    enum wsl_config_dialect dialect = wsl_lint_dialect(options, path);
    _free_ char *text = NULL, *clean = text_clean(path);
    json_t *remarks = json_array();
    json_t *object = json_pack("{s:s, s:s, s:o}", "Path", clean ? clean : "", "Dialect",
                               dialect == WSL_CONFIG_CONF ? "wsl.conf" : ".wslconfig", "Remarks", remarks);
    size_t size = 0;
    int r = wsl_lint_read(path, &text, &size);
    bool missing = r == -ENOENT && !must;

    if (r == 0)
        r = wsl_lint_text(dialect, path, text, size, remarks);
    json_object_set_new(object, "Missing", json_boolean(missing));
    if (missing) {
        wsl_lint_say(options, path, "there is no such file, so WSL takes its defaults.");
    } else if (r < 0) {
        text_write(stderr, path);
        fprintf(stderr, ": %s\n", strerror(-r));
        json_object_set_new(object, "Error", json_string(strerror(-r)));
    } else if (r == 0) {
        wsl_lint_say(options, path, "nothing is wrong.");
    }
    json_array_append_new(list, object);
    return missing || r == 0 ? COMMAND_OK : COMMAND_FAILED;
}

int wsl_lint_run(const struct command_options *options, char **files)
{
    _json_ json_t *document = json_document();
    json_t *list = json_array();
    int result = COMMAND_OK, r;

    if (!document || json_put(document, "Files", list) < 0)
        return -ENOMEM;
    if (!*files && options->wslconfig)
        return failure_usage(options, SD_BUS_ERROR_INVALID_ARGS,
                             "--wslconfig takes a file, such as /mnt/c/Users/NAME/.wslconfig");
    if (!*files)
        result = wsl_lint_file(options, WSL_LINT_FILE, false, list);
    for (; *files; files++)
        if (wsl_lint_file(options, *files, true, list) != COMMAND_OK)
            result = COMMAND_FAILED;
    r = options->json ? json_emit(document) : 0;
    return r < 0 ? r : result;
}
