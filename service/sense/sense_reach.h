/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sensor of where peers should be that are down: whether the host is there, whether UDP gets to it, and what
 * the peer's name stands for.
 *
 * It asks as long as one is down and never otherwise: when that begins, when it is another or its endpoint or
 * the node's address is, at every fifth beat, and when told to. Each time a few small packets are sent and
 * one name is looked up; the answer is there within 3.5 s. The first time, drops wait for it (tunnel.h).
 */
#pragma once

#include "sense.h"

/* An address that is new has no routes yet. */
#define SENSE_REACH_DOUBT_USEC 1000000
#define SENSE_REACH_BEATS      5

struct sense_reach;

int sense_reach_new(const struct sense *sense, struct sense_reach **ret);
struct sense_reach *sense_reach_free(struct sense_reach *reach);
/* A turn is over, and peers may have gone or be back. Nobody's turn ends by it: it is for the end of one. */
void sense_reach_look(struct sense_reach *reach);
/* A minute has passed. */
void sense_reach_beat(struct sense_reach *reach);
/* Asks about all of them again. */
void sense_reach_refresh(struct sense_reach *reach);
/* It is asking. */
bool sense_reach_busy(const struct sense_reach *reach);
