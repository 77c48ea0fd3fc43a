/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DNS: what follows from resolv.conf and from how its servers answer. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "fact.h"

#define DNS_ADDRESS_SIZE 48 /* as text */
#define DNS_LIST_SIZE    (DNS_SERVERS_MAX * DNS_ADDRESS_SIZE)
#define DNS_FIGHT_LOST   3 /* so often it was replaced: somebody else wants another */

/* The configuration: section [DNS]. */
struct dns_config {
    struct dns_list servers;              /* Servers=: asked when WSL's own do not answer */
    bool public_fallback;                 /* PublicFallback=: public ones, when nothing else answers */
    char probe_name[DNS_PROBE_NAME_SIZE]; /* ProbeName=: what is asked for */
};

struct node;

enum dns_state { DNS_STATE_UNKNOWN, DNS_STATE_OK, DNS_STATE_DEGRADED, DNS_STATE_FAILED, DNS_STATES };

/*
 * `ok`: every listed server answers by UDP (by TCP, with use-vc). `degraded`: one of them does not. `failed`:
 * none does, or there is none. `unknown`: not all were asked.
 */
enum dns_state dns_state(const struct node *node);
/* The server, if it was asked. */
const struct server_fact *dns_server(const struct node *node, const struct dns_address *address);
/* As programs would ask it: by UDP, or by TCP with use-vc. */
enum dns_answer dns_listed_answer(const struct node *node, const struct dns_address *address);
/* The first that is listed does: programs have no trouble then. */
bool dns_first_answers(const struct node *node);
/* And it has an address for the name that is asked for. */
bool dns_first_finds(const struct node *node);
bool dns_address_equal(const struct dns_address *a, const struct dns_address *b);
bool dns_list_equal(const struct dns_list *a, const struct dns_list *b);
bool dns_list_has(const struct dns_list *list, const struct dns_address *address);
/* Nothing happens if it is full or has it already. */
void dns_list_add(struct dns_list *list, const struct dns_address *address);

/* WSL's own servers, and how they answer: whether the first of them does. */
bool dns_wsl_answers(const struct node *node);

struct dns_choice {
    struct dns_list servers; /* those that answer, in the order of their roles; then WSL's others */
    size_t answering;        /* how many of them do; 0: nothing can be chosen */
    bool use_vc;             /* they answer by TCP only */
    bool public_used;
};

/* What resolv.conf should have. Public servers only if allowed and nothing else answers. */
void dns_choose(const struct node *node, bool public_allowed, struct dns_choice *choice);

/* The addresses that are tried: the tunnel's, and the public ones (two of different houses). */
extern const struct dns_address dns_tunnel;
extern const struct dns_list dns_public;

const char *dns_owner_name(enum dns_owner owner);    /* wsl resolved tailscale wslnode user none */
const char *dns_state_name(enum dns_state state);    /* ok degraded failed unknown */
const char *dns_answer_name(enum dns_answer answer); /* ok refused timeout degraded unknown */
const char *dns_address_text(const struct dns_address *address, char *buffer, size_t size);
/* Addresses with blanks between; "" of none. */
const char *dns_list_text(const struct dns_list *list, char *buffer, size_t size);
/* 0 or -EINVAL. Numeric, without scope. */
int dns_address_parse(const char *text, struct dns_address *address);
