/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The node's object: the vtable, and getters that read memory. */
#pragma once

struct bus;

int object_add(struct bus *bus);
