/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration of what follows the node's address */
#include "config_targets.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state/shell_var.h"
#include "sys/cleanup.h"
#include "sys/file_io.h"

#define PASSWD_LIMIT (4 << 20)
#define DEFAULT_NAME "WSL_IP"

struct taking {
    struct targets *targets;
    struct target_file *file; /* of the section, if it is one of a file */
    int root;
    char *problem;
    size_t size;
};

#define refuse_value(taking, ...) (snprintf((taking)->problem, (taking)->size, __VA_ARGS__), -1)

static bool is_path(const char *path)
{
    size_t length = strlen(path);

    if (path[0] != '/' || length < 2 || length >= FILE_PATH_SIZE || path[length - 1] == '/')
        return false;
    for (const char *c = path; *c; c++)
        if (*c < ' ' || *c > '~')
            return false;
    return !strstr(path, "//") && !strstr(path, "/../") && !strstr(path, "/./");
}

static struct target_file *add_file(struct taking *taking)
{
    struct targets *targets = taking->targets;
    struct target_file *file;

    if (targets->files_count == TARGET_FILES_MAX) {
        (void)refuse_value(taking, "at most %d files can follow the address", TARGET_FILES_MAX);
        return NULL;
    }
    file = &targets->files[targets->files_count++];
    memset(file, 0, sizeof(*file));
    snprintf(file->variables[0], sizeof(file->variables[0]), "%s", DEFAULT_NAME);
    file->variables_count = 1;
    return file;
}

static int set_path(struct taking *taking, struct target_file *file, const char *path)
{
    if (!is_path(path))
        return refuse_value(taking, "'%.40s' is not the absolute path of a file", path);
    for (size_t i = 0; i < taking->targets->files_count; i++)
        if (&taking->targets->files[i] != file && strcmp(taking->targets->files[i].path, path) == 0)
            return refuse_value(taking, "%.60s stands there twice", path);
    snprintf(file->path, sizeof(file->path), "%s", path);
    return 1;
}

/* Each word of a list; an empty list forgets what came before. */
static int each_word(struct taking *taking, const char *value,
                     int (*take)(struct taking *taking, const char *word))
{
    _cleanup_free_ char *copy = strdup(value);
    char *position = copy, *word;

    if (!copy)
        return refuse_value(taking, "out of memory");
    while ((word = strsep(&position, " \t")))
        if (*word && take(taking, word) < 0)
            return -1;
    return 1;
}

static int add_path(struct taking *taking, const char *word)
{
    struct target_file *file;

    if (targets_find(taking->targets, word))
        return 1;
    file = add_file(taking);
    return file ? set_path(taking, file, word) : -1;
}

static int take_files(struct taking *taking, const char *value)
{
    struct targets *targets = taking->targets;
    size_t kept = 0;

    if (*value)
        return each_word(taking, value, add_path);
    for (size_t i = 0; i < targets->files_count; i++)
        if (targets->files[i].name[0])
            targets->files[kept++] = targets->files[i];
    targets->files_count = kept;
    return 1;
}

static int add_unit(struct taking *taking, const char *word)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:_.@-\\";
    struct targets *targets = taking->targets;

    if (word[strspn(word, allowed)] || !strchr(word, '.') || strlen(word) >= FILE_PATH_SIZE)
        return refuse_value(taking, "'%.40s' is not a unit's name, such as wg-quick@wg0.service", word);
    for (size_t i = 0; i < targets->units_count; i++)
        if (strcmp(targets->units[i], word) == 0)
            return 1;
    if (targets->units_count == TARGET_UNITS_MAX)
        return refuse_value(taking, "at most %d units can be restarted", TARGET_UNITS_MAX);
    snprintf(targets->units[targets->units_count++], FILE_PATH_SIZE, "%s", word);
    return 1;
}

static int take_units(struct taking *taking, const char *value)
{
    if (!*value)
        taking->targets->units_count = 0;
    return each_word(taking, value, add_unit);
}

static int take_switch(struct taking *taking, const char *value, bool *ret)
{
    static const char *const on[] = {"yes", "true", "on", "1"}, *const off[] = {"no", "false", "off", "0"};

    for (size_t i = 0; i < 4; i++)
        if (strcmp(value, on[i]) == 0 || strcmp(value, off[i]) == 0) {
            *ret = strcmp(value, on[i]) == 0;
            return 1;
        }
    return refuse_value(taking, "'%.40s' is neither yes nor no", value);
}

static int take_automatic(struct taking *taking, const char *value)
{
    bool automatic = true;
    int r = take_switch(taking, value, &automatic);

    taking->targets->manual = !automatic;
    return r;
}

static int take_path(struct taking *taking, const char *value)
{
    return set_path(taking, taking->file, value);
}

static int add_variable(struct taking *taking, const char *word)
{
    struct target_file *file = taking->file;

    if (!shell_var_is_name(word))
        return refuse_value(taking, "'%.40s' is not a variable's name", word);
    if (file->variables_count == TARGET_VARIABLES_MAX)
        return refuse_value(taking, "at most %d variables of a file", TARGET_VARIABLES_MAX);
    snprintf(file->variables[file->variables_count++], VARIABLE_SIZE, "%s", word);
    return 1;
}

static int take_variables(struct taking *taking, const char *value)
{
    taking->file->variables_count = 0;
    return each_word(taking, value, add_variable);
}

/* Without NSS, which might wait: users of a directory service can be given by number. */
static int find_user(int root, const char *name, uint32_t *ret)
{
    _cleanup_free_ char *text = NULL;
    ssize_t length = file_io_read(root, "etc/passwd", PASSWD_LIMIT, &text);
    FILE *stream = length > 0 ? fmemopen(text, length, "r") : NULL;
    struct passwd *user;
    int r = -ENOENT;

    if (!stream)
        return -ENOENT;
    while ((user = fgetpwent(stream)))
        if (strcmp(user->pw_name, name) == 0) {
            *ret = user->pw_uid;
            r = 0;
            break;
        }
    fclose(stream);
    return r;
}

static int take_user(struct taking *taking, const char *value)
{
    char *end;
    unsigned long number = strtoul(value, &end, 10);

    if (*value >= '0' && *value <= '9' && !*end && number < UINT32_MAX)
        taking->file->uid = number;
    else if (find_user(taking->root, value, &taking->file->uid) < 0)
        return refuse_value(taking, "there is no user '%.40s' in /etc/passwd", value);
    return 1;
}

static int take_create(struct taking *taking, const char *value)
{
    return take_switch(taking, value, &taking->file->create);
}

static const struct key {
    const char *section, *name;
    int (*take)(struct taking *taking, const char *value);
} keys[] = {
    {"RefreshIP", "Files", take_files},
    {"RefreshIP", "Units", take_units},
    {"RefreshIP", "Automatic", take_automatic},
    {"File", "Path", take_path},
    {"File", "Variables", take_variables},
    {"File", "User", take_user},
    {"File", "Create", take_create},
};

static struct target_file *file_of_section(struct taking *taking, const char *name)
{
    struct target_file *file;

    for (size_t i = 0; i < taking->targets->files_count; i++)
        if (strcmp(taking->targets->files[i].name, name) == 0)
            return &taking->targets->files[i];
    if (!*name || strlen(name) >= sizeof(file->name)) {
        (void)refuse_value(taking, "a section [File NAME] needs a name of at most %zu bytes",
                           sizeof(file->name) - 1);
        return NULL;
    }
    file = add_file(taking);
    if (file)
        snprintf(file->name, sizeof(file->name), "%s", name);
    return file;
}

int config_targets_take(struct targets *targets, int root, const struct config_pair *pair, char *problem,
                        size_t size)
{
    struct taking taking = {.targets = targets, .root = root, .problem = problem, .size = size};
    size_t word = strcspn(pair->section, " \t");
    bool is_file = word == 4 && strncmp(pair->section, "File", word) == 0;
    const char *section = is_file ? "File" : pair->section;

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (strcmp(section, keys[i].section) != 0 || strcmp(pair->name, keys[i].name) != 0)
            continue;
        if (is_file) {
            taking.file =
                file_of_section(&taking, pair->section + word + strspn(pair->section + word, " \t"));
            if (!taking.file)
                return -1;
        }
        return keys[i].take(&taking, pair->value);
    }
    return 0;
}

int config_targets_check(const struct targets *targets, char *problem, size_t size)
{
    for (size_t i = 0; i < targets->files_count; i++) {
        const struct target_file *file = &targets->files[i];

        if (!file->path[0] || !file->variables_count) {
            snprintf(problem, size, "section [File %s] lacks %s=", file->name,
                     file->path[0] ? "Variables" : "Path");
            return -1;
        }
    }
    return 0;
}
