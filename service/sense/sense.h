/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The contract of every sensor: it watches one outside thing and emits facts.
 *
 * A sensor never writes the node, never logs, never waits. What can vanish is dumped between DUMP_BEGIN and
 * DUMP_END. After each batch of facts it says that its turn is over.
 */
#pragma once

#include <systemd/sd-event.h>

#include "../state/node.h"
#include "../state/targets.h"

struct sense {
    sd_event *event;
    int root;
    const struct node *node;
    const struct targets *targets;
    void (*emit)(void *userdata, const struct fact *fact);
    void (*turn)(void *userdata);
    void *userdata;
};

struct sense_link;

/* Links, addresses and default routes, by rtnetlink. */
int sense_link_new(const struct sense *sense, struct sense_link **ret);
struct sense_link *sense_link_free(struct sense_link *link);
/* Reads everything again. */
void sense_link_refresh(struct sense_link *link);
/* A dump is under way, or wanted. */
bool sense_link_busy(const struct sense_link *link);

struct sense_port;

/* Sockets at addresses of the node's own, by sock_diag, which announces nothing: a dump a second after the
 * start and after sense_port_doubt(), and each minute while one is stranded. `fd` is the kernel's end of a
 * test; -1 opens the real one. */
int sense_port_new(const struct sense *sense, int fd, struct sense_port **ret);
struct sense_port *sense_port_free(struct sense_port *port);
/* Reads everything again. */
void sense_port_refresh(struct sense_port *port);
/* Addresses came or went: what waits at them may be stranded. */
void sense_port_doubt(struct sense_port *port);
/* A dump is under way, or about to be tried again. */
bool sense_port_busy(const struct sense_port *port);

struct sense_platform;

/* The kernel, the distribution, and what WSL says of itself. */
int sense_platform_new(const struct sense *sense, struct sense_platform **ret);
struct sense_platform *sense_platform_free(struct sense_platform *platform);
/* Reads everything again; wslinfo is asked again too. */
void sense_platform_refresh(struct sense_platform *platform);

struct sense_file;

/* The files that are to follow the node's address. */
int sense_file_new(const struct sense *sense, struct sense_file **ret);
struct sense_file *sense_file_free(struct sense_file *files);
/* Reads everything again: after a reload other files may be meant. */
void sense_file_refresh(struct sense_file *files);
bool sense_file_busy(const struct sense_file *files);
