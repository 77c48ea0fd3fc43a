/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who might set the clock: what of it is at work here. */
#pragma once

#include "../state/fact.h"

void writers_read(int root, struct writers_fact *writers);
