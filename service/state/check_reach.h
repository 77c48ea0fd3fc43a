/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a finding on a peer that is down says of where it should be. */
#pragma once

#include "finding.h"
#include "tunnel.h"

/* Adds what was found, and puts a cause and a remedy that fit it in the place of those that hold of any. */
void check_reach(const struct tunnel *tunnel, struct finding *finding);
