/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reader of endpoints by name
 *
 * All names are looked up at the same time, each by a getent of its own: one that is never answered takes
 * nothing from the others.
 */
#include "endpoint_reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sys/child.h"
#include "../sys/clock_time.h"
#include "tunnel_file.h"

#define GETENT        "usr/bin/getent"
#define DEADLINE_USEC 5000000

struct lookup {
    struct endpoint_reader *reader;
    struct child *child;
};

struct endpoint_reader {
    struct sense sense;
    int64_t begun_usec;          /* CLOCK_MONOTONIC_RAW; 0: never */
    struct endpoint_names names; /* as far as they are known */
    struct lookup lookups[ENDPOINT_NAMES_MAX];
    size_t pending;
};

static void publish(struct endpoint_reader *reader)
{
    *reader->sense.endpoint_names = reader->names;
}

static void on_getent(void *userdata, int status, const char *output, size_t length)
{
    struct lookup *lookup = userdata;
    struct endpoint_reader *reader = lookup->reader;

    endpoint_name_answer(&reader->names.list[lookup - reader->lookups], status, output, length);
    lookup->child = child_free(lookup->child);
    if (--reader->pending)
        return;
    publish(reader);
    reader->sense.turn(reader->sense.userdata);
}

static void look_up(struct endpoint_reader *reader, size_t at)
{
    struct endpoint_name *name = &reader->names.list[at];
    char *argv[] = {"getent", "ahosts", name->host, NULL};

    if (name->answer != ENDPOINT_ASKED)
        return;
    if (child_start(reader->sense.event, reader->sense.root, GETENT, argv, DEADLINE_USEC, on_getent,
                    &reader->lookups[at], &reader->lookups[at].child) < 0)
        name->answer = ENDPOINT_FAILED;
    else
        reader->pending++;
}

/* Without a file there are no names: whose the tunnel is then knows better. */
static void read_file(struct endpoint_reader *reader, const char *link)
{
    struct wireguard_conf conf;
    char problem[TUNNEL_FILE_PROBLEM_SIZE];
    int r = tunnel_file_read(reader->sense.root, link, &conf, problem);

    if (r < 0)
        endpoint_names_refuse(&reader->names, link, problem);
    if (r <= 0)
        return;
    endpoint_names_take(&reader->names, link, &conf);
    wireguard_conf_done(&conf);
}

static void begin(struct endpoint_reader *reader)
{
    const struct tunnels *tunnels = &reader->sense.node->tunnels;

    reader->begun_usec = clock_time_raw();
    memset(&reader->names, 0, sizeof(reader->names));
    for (size_t i = 0; i < tunnels->count && !reader->names.truncated; i++)
        if (tunnels->list[i].kind == TUNNEL_WIREGUARD)
            read_file(reader, tunnels->list[i].fact.name);
    for (size_t i = 0; i < reader->names.count; i++)
        look_up(reader, i);
    if (!reader->pending)
        publish(reader);
}

bool endpoint_reader_fresh(struct endpoint_reader *reader, int64_t raw_usec)
{
    if (!reader->pending && (!reader->begun_usec || reader->begun_usec < raw_usec))
        begin(reader);
    return !reader->pending;
}

struct endpoint_reader *endpoint_reader_free(struct endpoint_reader *reader)
{
    if (!reader)
        return NULL;
    for (size_t i = 0; i < ENDPOINT_NAMES_MAX; i++)
        child_free(reader->lookups[i].child);
    free(reader);
    return NULL;
}

int endpoint_reader_new(const struct sense *sense, struct endpoint_reader **ret)
{
    struct endpoint_reader *reader = calloc(1, sizeof(*reader));

    if (!reader)
        return -ENOMEM;
    reader->sense = *sense;
    for (size_t i = 0; i < ENDPOINT_NAMES_MAX; i++)
        reader->lookups[i].reader = reader;
    *ret = reader;
    return 0;
}
