/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a value stands in a configuration file: quotes, escapes, and lines that go on. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wsl_config_reader.h"

enum wsl_config_text_end { WSL_CONFIG_TEXT_COMPLETE, WSL_CONFIG_TEXT_ESCAPE, WSL_CONFIG_TEXT_QUOTE };

struct wsl_config_text {
    size_t end;     /* behind its last byte; as it was if there is none */
    uint32_t lines; /* that it goes on in */
};

/*
 * Reads from the first character on to what ends the line or begins a comment, and writes the value, with an
 * end that *write then stands behind: at most as many bytes as were read, and one. On an error the reader
 * stands at what should not be there.
 */
enum wsl_config_text_end wsl_config_text_read(struct wsl_config_reader *reader, char **write,
                                              struct wsl_config_text *text);

/* Whether it can be written so that it is read as it is. */
bool wsl_config_text_can_be_written(enum wsl_config_dialect dialect, const char *value);
/* Writes it, in one line, with at most twice its length and 3 bytes. Returns the length without the end. */
size_t wsl_config_text_write(const char *value, char *out);
