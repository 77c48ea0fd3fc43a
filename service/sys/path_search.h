/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The search for the largest packet that is answered. Pure: it says what to try next and hears how that went.
 *
 * Only what was answered counts as carried: what routers tell makes the search shorter, and never its end.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* So many sizes bisect anything there is (13), with routers that tell and a doubt or two on top. */
#define PATH_SEARCH_TRIES_MAX 24

struct path_search {
    uint32_t floor;    /* the smallest size that is tried */
    uint32_t wanted;   /* the largest, and the first */
    uint32_t answered; /* the largest that was; 0: none */
    uint32_t first;    /* is tried before others, as long as it may yet be answered */
    uint32_t doubted;  /* was silent, and is tried once more before that is believed */
    uint32_t tries;
    uint32_t silents;
    struct {
        uint32_t size;
        bool told; /* and not only silent */
    } silent[PATH_SEARCH_TRIES_MAX];
};

/* `wanted` is `floor` or more. */
void path_search_begin(struct path_search *search, uint32_t floor, uint32_t wanted);
/* The size to try; 0: there is none any more. */
uint32_t path_search_next(struct path_search *search);
/* However late it comes. */
void path_search_answered(struct path_search *search, uint32_t size);
/* It was tried, and nothing came back. */
void path_search_silent(struct path_search *search, uint32_t size);
/* It is too big, somebody told: for a link of `hop_mtu`, or 0 without a number. */
void path_search_told(struct path_search *search, uint32_t size, uint32_t hop_mtu);
