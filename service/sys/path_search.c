/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The search for the largest packet that is answered */
#include "path_search.h"

#include <string.h>

void path_search_begin(struct path_search *search, uint32_t floor, uint32_t wanted)
{
    memset(search, 0, sizeof(*search));
    search->floor = floor;
    search->wanted = search->first = wanted;
}

/* The smallest size that is not carried, as far as is known. A silence below an answer was a lost packet. */
static uint32_t least_silent(const struct path_search *search, bool *told)
{
    uint32_t least = search->wanted + 1;

    *told = true; /* nobody asks for more */
    for (uint32_t i = 0; i < search->silents; i++) {
        if (search->silent[i].size <= search->answered || search->silent[i].size > least)
            continue;
        *told = search->silent[i].told || (*told && search->silent[i].size == least);
        least = search->silent[i].size;
    }
    return least;
}

static uint32_t choose(struct path_search *search)
{
    bool told;
    uint32_t high = least_silent(search, &told);
    uint32_t low = search->answered ? search->answered : search->floor - 1;

    if (search->first > low && search->first < high)
        return search->first;
    /* If the smallest is silent too, it is not the size that is to blame: many drop all large pings. */
    if (!search->answered)
        return search->floor < high ? search->floor : 0;
    if (high - low > 1)
        return low + (high - low) / 2;
    if (told || search->doubted == high)
        return 0;
    search->doubted = high;
    return high;
}

uint32_t path_search_next(struct path_search *search)
{
    return search->tries++ < PATH_SEARCH_TRIES_MAX ? choose(search) : 0;
}

void path_search_answered(struct path_search *search, uint32_t size)
{
    if (size >= search->floor && size <= search->wanted && size > search->answered)
        search->answered = size;
}

static void note(struct path_search *search, uint32_t size, bool told)
{
    if (size < search->floor || search->silents == PATH_SEARCH_TRIES_MAX)
        return;
    search->silent[search->silents].size = size;
    search->silent[search->silents++].told = told;
}

void path_search_silent(struct path_search *search, uint32_t size)
{
    note(search, size, false);
}

void path_search_told(struct path_search *search, uint32_t size, uint32_t hop_mtu)
{
    bool fits = hop_mtu >= search->floor && hop_mtu < size;

    if (fits && hop_mtu < search->first)
        search->first = hop_mtu;
    note(search, fits ? hop_mtu + 1 : size, true);
}
