/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every unit test includes: cmocka, and what cmocka itself needs before it. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
