/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Plans: what a call would do. Planners are pure; they read a view and give steps or a refusal.
 *
 * A plan is made twice: before authorisation, and again when the call leaves the queue. What was authorised
 * is the subject; if the second plan's differs, the call ends as ChangedSince.
 */
#pragma once

#include "change.h"
#include "dns.h"
#include "endpoint_names.h"
#include "finding.h"
#include "keepalive_file.h"
#include "node.h"
#include "refusal.h"
#include "targets.h"
#include "wanted.h"

enum call_flag {
    CALL_DRY_RUN = 1,
    CALL_FORCE = 2,
    CALL_PERSIST = 4,
};

#define CALL_TEXT_SIZE 256

/* A verb and its arguments, as parsed. Longer texts than fit are refused before. */
struct call {
    enum verb verb;
    uint64_t flags;
    uint32_t uid;
    char target[CALL_TEXT_SIZE]; /* SetMTU, SetKeepalive: link; Mend: subject; Release: target */
    char word[CALL_TEXT_SIZE];   /* Mend: finding; Release: kind; SetKeepalive: peer, empty: all */
    uint32_t mtu;                /* SetMTU */
    uint32_t seconds;            /* SetKeepalive */
    bool lacking;                /* only peers that lack one, as many as fit */
    uint64_t change;             /* Undo */
    uint64_t now_usec;           /* realtime, when it was called */
    bool own;                    /* nobody asked: done by itself */
    /* SyncClock: CLOCK_MONOTONIC_RAW when the plan is made, and CLOCK_REALTIME minus it. */
    int64_t raw_usec, clock_usec;
};

/* What a planner may look at. */
struct view {
    const struct node *node;
    const struct wanted *wanted;
    const struct findings *findings;
    const struct change_list *changes;
    const struct targets *targets;
    const struct dns_config *dns;
    const struct keepalive_file *keepalive_file;
    const struct endpoint_names *endpoint_names; /* as RefreshIP last looked them up */
    const char *refreshed; /* the address that the units were last started with; empty: not known yet */
};

/* What is authorised. */
struct plan_subject {
    enum verb verb; /* Mend: its finding's */
    char link[LINK_NAME_SIZE];
    char link_kind[LINK_KIND_SIZE];
    int32_t ifindex;  /* 0: the link is not touched */
    uint32_t mtu;     /* 0: none */
    uint32_t seconds; /* SetKeepalive; 0: off */
    /* SetKeepalive: a digest of the peers meant; RefreshIP: a digest of what is configured; FixDNS with
     * FORCE: of what stands there; their Undo: the change; otherwise 0 */
    uint64_t targets;
};

/* What SyncClock measured. */
struct plan_clock {
    int64_t offset_usec, bound_usec;
    enum clock_reference reference;
};

/* What FixDNS chose. */
struct plan_dns {
    struct dns_list servers; /* that programs will ask */
    bool restart_required;   /* it lasts once WSL has read its wsl.conf again */
};

struct plan {
    struct plan_subject subject;
    struct step steps[STEPS_MAX];
    size_t steps_count;
    struct plan_clock clock; /* SyncClock */
    struct plan_dns dns;     /* FixDNS */
    uint32_t peers;          /* SetKeepalive: how many are meant */
    uint64_t undoes;         /* the change that is marked undone when this is done; 0: none */
};

/* 0, or -1 with the refusal. */
int plan_make(const struct view *view, const struct call *call, struct plan *plan, struct refusal *refusal);
bool plan_has(const struct plan *plan, enum step_kind kind);
bool plan_has_files(const struct plan *plan);
bool plan_subject_equal(const struct plan_subject *a, const struct plan_subject *b);
/* What puts a lost wish back: only the kernel's side. */
int plan_put_back(const struct view *view, const char *link, struct plan *plan, struct refusal *refusal);

/* plan_mtu.c */
int plan_set_mtu(const struct view *view, const char *link, uint32_t mtu, uint64_t flags, uint64_t now_usec,
                 struct plan *plan, struct refusal *refusal);
/* Whether the link takes it at all, and whether it needs FORCE. */
int plan_check_mtu(const struct view *view, const struct link_fact *link, uint32_t mtu, uint64_t flags,
                   struct refusal *refusal);
void plan_add_mtu(struct plan *plan, const struct link_fact *link, uint32_t mtu);
void plan_add_wish(struct plan *plan, const char *link, const struct wish *before, const struct wish *after);
/* plan_refresh.c */
int plan_refresh(const struct view *view, const struct call *call, struct plan *plan,
                 struct refusal *refusal);
int plan_undo_refresh(const struct view *view, const struct change *change, uint64_t flags, struct plan *plan,
                      struct refusal *refusal);
/* plan_endpoint.c */
/* False: there are more steps than fit. */
bool plan_endpoints(const struct view *view, const struct call *call, struct plan *plan);
int plan_undo_endpoint(const struct view *view, const struct step *done, uint64_t flags, struct plan *plan,
                       struct refusal *refusal);
/* Whether names must be looked up before this is planned, and then the tunnel of this name be read; and
 * whether what comes of it may say otherwise. */
bool plan_needs_names(const struct view *view, const struct call *call);
bool plan_needs_peers(const struct view *view, const struct call *call, const char *link);
bool plan_endpoint_doubts(const struct view *view, const struct call *call, const struct refusal *refusal);
/* plan_clock.c */
int plan_sync_clock(const struct view *view, const struct call *call, struct plan *plan,
                    struct refusal *refusal);
/* Whether the clock must be measured before this is planned. */
bool plan_needs_clock(const struct view *view, const struct call *call);
/* Whether a measurement may say otherwise. */
bool plan_clock_doubts(const struct refusal *refusal);
/* plan_dns.c */
int plan_fix_dns(const struct view *view, const struct call *call, struct plan *plan,
                 struct refusal *refusal);
/* Whether servers must be asked before this is planned; and whether their answers may say otherwise. */
bool plan_needs_dns(const struct view *view, const struct call *call);
bool plan_dns_doubts(const struct refusal *refusal);
/* What stands at /etc/resolv.conf, and whether that is ours. */
enum resolv_form plan_dns_form(const struct resolver_fact *resolver);
bool plan_is_ours(enum resolv_form form);
/* That it may be taken from whom it belongs to. */
int plan_check_resolv(const struct resolver_fact *resolver, uint64_t flags, struct refusal *refusal);
/* A step from what stands there; the caller says what comes after. */
struct resolv_span *plan_add_resolv(const struct view *view, enum resolv_form to, struct plan *plan);
/* plan_link_dns.c */
int plan_link_dns(const struct view *view, const struct call *call, struct plan *plan,
                  struct refusal *refusal);
int plan_undo_link_dns(const struct view *view, const struct change *change, struct plan *plan,
                       struct refusal *refusal);
/* plan_keepalive.c */
int plan_set_keepalive(const struct view *view, const struct call *call, struct plan *plan,
                       struct refusal *refusal);
/* The tunnel that must be read before this is planned; whether its reading may say otherwise; and the
 * keepalive that its file is read for, -1: it is not. */
bool plan_needs_tunnel(const struct view *view, const struct call *call, char link[LINK_NAME_SIZE]);
bool plan_tunnel_doubts(const struct call *call, const struct refusal *refusal);
int32_t plan_needs_keepalive_file(const struct view *view, const struct call *call);
/* A step from before to after; the caller says of what. */
struct step *plan_add_keepalive(struct plan *plan, enum step_kind kind, const uint8_t key[PEER_KEY_SIZE],
                                uint16_t before, uint16_t after);
void plan_take_tunnel(const struct view *view, const struct tunnel *tunnel, struct plan *plan);
/* Its peers are known, and it can be asked. */
int plan_check_tunnel(const struct tunnel *tunnel, struct refusal *refusal);
/* plan_undo_keepalive.c */
int plan_undo_keepalive(const struct view *view, const struct change *change, uint64_t flags,
                        struct plan *plan, struct refusal *refusal);
/* The tunnel that the change was of, if it is there. */
const struct tunnel *plan_tunnel_of(const struct view *view, const struct change *change);
/* plan_undo_dns.c */
int plan_undo_dns(const struct view *view, const struct change *change, uint64_t flags, struct plan *plan,
                  struct refusal *refusal);
/* The change that put ours, for the time being, in the place of WSL's link; 0: none. */
uint64_t plan_dns_change(const struct view *view);
/* plan_undo.c */
int plan_undo(const struct view *view, uint64_t id, uint64_t flags, struct plan *plan,
              struct refusal *refusal);
