/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration */
#include "config.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_clock.h"
#include "config_dns.h"
#include "config_targets.h"
#include "state/mtu.h"
#include "sys/cleanup.h"
#include "sys/file_io.h"
#include "sys/log.h"

#define DROP_INS    "etc/wslnode/wslnode.conf.d"
#define FILE_LIMIT  65536
#define FILES_LIMIT 64

/* inih's own buffer: it would take the rest of a longer line for a line of its own. */
#define LINE_LIMIT 198

struct reading {
    struct config *config;
    int root;
    const char *path;
    const char *rest; /* of the text */
    int line;         /* that is being read */
    char problem[96]; /* of that line; nothing is read after it */
};

static int find(struct config *config, const char *link)
{
    for (size_t i = 0; i < config->mtus_count; i++)
        if (strcmp(config->mtus[i].link, link) == 0)
            return i;
    if (config->mtus_count == CONFIG_MTUS_MAX)
        return -ENOSPC;
    snprintf(config->mtus[config->mtus_count].link, LINK_NAME_SIZE, "%s", link);
    return config->mtus_count++;
}

static int take_mtu(struct reading *reading, char *item)
{
    char *colon = strrchr(item, ':'), *end = NULL;
    unsigned long mtu;
    int index;

    for (const char *c = item; *c; c++)
        if (*c <= ' ' || *c > '~' || *c == '/') {
            snprintf(reading->problem, sizeof(reading->problem), "'%.40s' is no name of a link", item);
            return -1;
        }
    if (!colon || colon == item || colon - item >= LINK_NAME_SIZE || colon[1] < '0' || colon[1] > '9') {
        snprintf(reading->problem, sizeof(reading->problem), "MTU= takes link:bytes, not '%.40s'", item);
        return -1;
    }
    mtu = strtoul(colon + 1, &end, 10);
    if (*end || mtu < MTU_LEAST_IPV6 || mtu > INT32_MAX) {
        snprintf(reading->problem, sizeof(reading->problem), "MTU= takes %u bytes or more, not '%.40s'",
                 MTU_LEAST_IPV6, colon + 1);
        return -1;
    }
    *colon = 0;
    index = find(reading->config, item);
    if (index < 0) {
        snprintf(reading->problem, sizeof(reading->problem), "MTU= takes at most %d links", CONFIG_MTUS_MAX);
        return -1;
    }
    reading->config->mtus[index].mtu = mtu;
    return 0;
}

static int take_mtus(struct reading *reading, const char *value)
{
    _cleanup_free_ char *copy = strdup(value);
    char *position = copy, *item;

    if (!copy)
        return -1;
    if (!*value)
        reading->config->mtus_count = 0;
    while ((item = strsep(&position, " \t")))
        if (*item && take_mtu(reading, item) < 0)
            return -1;
    return 0;
}

/* inih: 1 goes on, 0 is an error on this line. */
static int on_pair(void *userdata, const char *section, const char *name, const char *value)
{
    struct reading *reading = userdata;
    struct config_pair pair = {.section = section, .name = name, .value = value ? value : ""};
    int taken;

    if (strcmp(section, "Node") == 0 && strcmp(name, "MTU") == 0)
        return take_mtus(reading, pair.value) == 0;
    taken = config_targets_take(&reading->config->targets, reading->root, &pair, reading->problem,
                                sizeof(reading->problem));
    if (taken == 0)
        taken = config_clock_take(&reading->config->clock, &pair, reading->problem, sizeof(reading->problem));
    if (taken == 0)
        taken = config_dns_take(&reading->config->dns, &pair, reading->problem, sizeof(reading->problem));
    if (taken)
        return taken > 0;
    reading->config->unknown++;
    log_warning("/%s: unknown key %.40s in section [%.40s], ignoring", reading->path, name, section);
    return 1;
}

/* Both go onto the bus, where a string must be UTF-8; a file name or a line need not be. */
static void make_printable(char *text)
{
    for (; *text; text++)
        if (*text < 0x20 || *text > 0x7e)
            *text = '?';
}

static int refuse_file(struct config_fact *problem, const char *path, const char *what, int line)
{
    memset(problem, 0, sizeof(*problem));
    snprintf(problem->path, sizeof(problem->path), "/%s", path);
    if (line > 0)
        snprintf(problem->problem, sizeof(problem->problem), "line %d: %s", line, what);
    else
        snprintf(problem->problem, sizeof(problem->problem), "%s", what);
    make_printable(problem->path);
    make_printable(problem->problem);
    return -1;
}

static bool is_text(const char *text, size_t length)
{
    return strlen(text) == length;
}

/* As fgets(), for inih; ends where a problem was found. */
static char *next_line(char *buffer, int size, void *userdata)
{
    struct reading *reading = userdata;
    size_t length = strcspn(reading->rest, "\n");

    if (!*reading->rest || reading->problem[0])
        return NULL;
    reading->line++;
    if (length > LINE_LIMIT || (int)length + 2 > size) {
        snprintf(reading->problem, sizeof(reading->problem),
                 "longer than %d bytes; lists may stand more than once", LINE_LIMIT);
        return NULL;
    }
    if (reading->rest[length] == '\n')
        length++;
    memcpy(buffer, reading->rest, length);
    buffer[length] = 0;
    reading->rest += length;
    return buffer;
}

static int read_file(int root, const char *path, struct config *config, struct config_fact *problem)
{
    struct reading reading = {.config = config, .root = root, .path = path};
    _cleanup_free_ char *text = NULL;
    ssize_t length = file_io_read(root, path, FILE_LIMIT, &text);
    int line;

    if (length == -ENOENT)
        return 0;
    if (length < 0)
        return refuse_file(problem, path, length == -EINVAL ? "not a regular file" : strerror(-length), 0);
    if (!is_text(text, length))
        return refuse_file(problem, path, "not a text file", 0);
    reading.rest = text;
    line = ini_parse_stream(next_line, &reading, on_pair, &reading);
    if (line && (!reading.problem[0] || line < reading.line))
        return refuse_file(problem, path, "neither [section] nor key=value", line);
    if (reading.problem[0])
        return refuse_file(problem, path, reading.problem, reading.line);
    return 0;
}

static int read_drop_ins(int root, struct config *config, struct config_fact *problem)
{
    char **names = NULL, path[320];
    int count = file_io_names(root, DROP_INS, ".conf", FILES_LIMIT, &names), r = 0;

    if (count < 0)
        return refuse_file(problem, DROP_INS, strerror(-count), 0);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof(path), "%s/%s", DROP_INS, names[i]);
        if (r == 0)
            r = read_file(root, path, config, problem);
        free(names[i]);
    }
    free(names);
    return r;
}

/* What no line alone can tell. */
static int check_whole(const struct config *config, struct config_fact *problem)
{
    char text[96];

    if (config_targets_check(&config->targets, text, sizeof(text)) == 0)
        return 0;
    return refuse_file(problem, "etc/wslnode/wslnode.conf", text, 0);
}

int config_load(int root, struct config *config, struct config_fact *problem)
{
    struct config fresh = {.targets = {.files_count = 0}};

    config_dns_default(&fresh.dns);
    if (read_file(root, "etc/wslnode/wslnode.conf", &fresh, problem) < 0 ||
        read_drop_ins(root, &fresh, problem) < 0 || check_whole(&fresh, problem) < 0)
        return -1;
    *config = fresh;
    return 0;
}

static bool configured(const struct config *config, const char *link)
{
    for (size_t i = 0; i < config->mtus_count; i++)
        if (strcmp(config->mtus[i].link, link) == 0)
            return true;
    return false;
}

void config_apply(const struct config *config, uint64_t now_usec, struct wanted *wanted)
{
    for (size_t i = 0; i < wanted->count; i++)
        if (!configured(config, wanted->list[i].link))
            wanted->list[i].by_config = (struct wish){0};
    wanted_tidy(wanted);
    for (size_t i = 0; i < config->mtus_count; i++) {
        struct wish wish = {.set = true, .persist = true, .mtu = config->mtus[i].mtu, .since_usec = now_usec};

        if (wanted_set_configured(wanted, config->mtus[i].link, &wish) < 0)
            log_warning("MTU=%s:%u: there are too many wishes, ignoring", config->mtus[i].link,
                        config->mtus[i].mtu);
    }
}
