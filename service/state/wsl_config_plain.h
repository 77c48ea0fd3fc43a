/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A text without its mark and, if it is in UTF-16 by its mark or its looks, in UTF-8. */
#pragma once

#include <stddef.h>

/* 0, -EFBIG above WSL_CONFIG_SIZE_MAX, or -ENOMEM. Half a character becomes U+FFFD. */
int wsl_config_plain(const char *text, size_t size, char **ret, size_t *ret_size);
