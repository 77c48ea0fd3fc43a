/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes: what was done, by whom, and how to take it back. CHANGES_MAX are kept. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fact.h"
#include "steps.h"
#include "wanted.h"
#include "wireguard_conf_edit.h"

#define CHANGES_MAX 200
#define STEPS_MAX   48 /* of one change */

#define STEP_TEXT_SIZE 192

enum step_kind {
    STEP_FILE,           /* an address in a file: reversible */
    STEP_KERNEL,         /* a link's MTU: reversible, not rolled back after a boot */
    STEP_WANTED,         /* the wish that goes with it */
    STEP_EFFECT,         /* a unit's restart: cannot be taken back */
    STEP_CLOCK,          /* nor can a step of the clock */
    STEP_RESOLV,         /* /etc/resolv.conf: reversible */
    STEP_SETTING,        /* a key of wsl.conf: reversible */
    STEP_LINK_DNS,       /* a link's servers in systemd-resolved: reversible, not rolled back after a boot */
    STEP_KEEPALIVE,      /* a peer's keepalive in a tunnel: reversible, not rolled back after a boot */
    STEP_KEEPALIVE_FILE, /* the same in wg-quick's file: reversible */
    STEP_ENDPOINT,       /* where a peer is: reversible, not rolled back after a boot */
    STEP_KINDS,
};

/* One place in a file. Of the file nothing else is kept, for it may hold keys. */
struct file_span {
    char variable[VARIABLE_SIZE];
    char before[PLACE_SIZE], after[PLACE_SIZE];
    bool create, remove; /* of a file that holds this assignment and no more */
    uint32_t line;       /* counted from 1 */
    uint32_t offset;     /* bytes */
    uint32_t uid;        /* who writes it */
};

/* What stands at /etc/resolv.conf. */
enum resolv_form {
    RESOLV_ABSENT,
    RESOLV_OTHER,   /* somebody else's; it is kept beside while ours is there */
    RESOLV_RUNTIME, /* a link to our file in /run, until the next start of WSL */
    RESOLV_LASTING, /* a file of ours */
    RESOLV_FORMS,
};

/* To take it back is the same with the two sides exchanged. */
struct resolv_span {
    enum resolv_form from, to;
    struct dns_list before, after; /* the servers */
    bool before_vc, after_vc;      /* options use-vc */
    bool immutable;                /* what is or was RESOLV_OTHER has chattr +i, which is put off for this */
    bool foreign;                  /* and is not WSL's link: it comes back only when somebody asks for it */
};

/* `before` is known once the step was run. */
struct link_dns_span {
    struct dns_list before, after;
};

#define SETTING_SIZE 64

/* One key of a file of WSL's. */
struct setting_span {
    char section[SETTING_SIZE], key[SETTING_SIZE];
    char before[SETTING_SIZE], after[SETTING_SIZE]; /* empty: not there */
    bool create, remove;                            /* of a file that holds this key and no more */
};

/* Of one peer; nothing else of a file is kept, for it holds keys. */
struct keepalive_span {
    uint8_t key[PEER_KEY_SIZE];      /* the public one */
    uint16_t before_sec, after_sec;  /* 0: off */
    bool lenient;                    /* of the file: what does not stand there is no error */
    struct wireguard_conf_span span; /* of the file */
};

/* Of one peer: where it is. */
struct endpoint_span {
    uint8_t key[PEER_KEY_SIZE];         /* the public one */
    struct peer_endpoint before, after; /* family 0: nobody knew */
};

struct step {
    enum step_kind kind;
    char target[FILE_PATH_SIZE]; /* link, path or unit */
    union {
        struct {
            uint32_t mtu_before, mtu_after; /* STEP_KERNEL */
        };
        struct {
            struct wish wish_before, wish_after; /* STEP_WANTED */
        };
        struct file_span file;           /* STEP_FILE */
        struct resolv_span resolv;       /* STEP_RESOLV */
        struct link_dns_span link_dns;   /* STEP_LINK_DNS */
        struct setting_span setting;     /* STEP_SETTING */
        struct keepalive_span keepalive; /* STEP_KEEPALIVE, STEP_KEEPALIVE_FILE */
        struct endpoint_span endpoint;   /* STEP_ENDPOINT */
        char result[WORD_SIZE];          /* STEP_EFFECT: systemd's word for how it ended; empty before */
        struct {
            int64_t clock_by_usec; /* STEP_CLOCK: positive is forward */
            bool clock_left;       /* measured again it was right, and was not stepped */
        };
    };
};

enum verb {
    VERB_SET_MTU,
    VERB_REFRESH_IP,
    VERB_SYNC_CLOCK,
    VERB_FIX_DNS,
    VERB_SET_KEEPALIVE,
    VERB_MEND,
    VERB_UNDO,
    VERB_RELEASE,
    VERBS,
};

enum change_state {
    CHANGE_DONE,
    CHANGE_UNDONE,
    CHANGE_FAILED,
    CHANGE_STARTED, /* files are being written; what is found so at start is rolled back */
    CHANGE_STATES,
};

struct change {
    uint64_t id;
    uint64_t time_usec; /* realtime */
    uint32_t uid;
    enum verb verb;
    enum change_state state;
    uint64_t undoes; /* VERB_UNDO: what it took back, which may be an undoing itself; 0 otherwise */
    struct steps steps;
};

struct change_list {
    struct change *list; /* oldest first */
    size_t count;
    uint64_t last_id; /* ids are never given twice */
};

void change_list_done(struct change_list *changes);
/*
 * Adds a copy, or replaces the one with its id. What is over makes room, otherwise the oldest; one more than
 * CHANGES_MAX is kept from an undoing's entry to the next, which marks what it undid. Returns -ENOMEM.
 */
int change_list_put(struct change_list *changes, const struct change *change);
const struct change *change_list_find(const struct change_list *changes, uint64_t id);

bool change_has(const struct change *change, enum step_kind kind);
/* The first of its steps of that kind, put into `room`; NULL if there is none. */
const struct step *change_step(const struct change *change, enum step_kind kind, struct step *room);

const char *verb_name(enum verb verb); /* as the method is called */
const char *change_state_name(enum change_state state);
const char *step_kind_name(enum step_kind kind);
/* It changes files, and is taken back where it was not finished. */
bool step_is_of_files(enum step_kind kind);
const char *resolv_form_name(enum resolv_form form); /* absent other runtime lasting */
/* "mtu 1420 → 1280", "mtu none → 1280, until the next start" */
const char *step_text(const struct step *step, char *buffer, size_t size);
