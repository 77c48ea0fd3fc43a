/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands for Windows: the call that came in, the programs that answer it, and what they share */
#pragma once

#include <stdbool.h>
#include <stdio.h>

struct call {
    const char *program; /* base name in small letters: "cmd.exe", or "wslinfo" */
    char **arguments;    /* without the program's own name; ends with NULL */
};

typedef int (*answer)(const struct call *call);

int answer_wsl(const struct call *call);
int answer_cmd(const struct call *call);
int answer_reg(const struct call *call);
int answer_netsh(const struct call *call);
int answer_powershell(const struct call *call);
int answer_tailscale(const struct call *call);
int answer_wslinfo(const struct call *call);

/* For what is not dressed: says so on stderr and returns 1, so that no test passes on a made-up answer. */
int no_answer(const struct call *call);

/* True if the arguments are exactly these words, whatever their case; the last word is NULL. */
bool asked(char *const arguments[], ...) __attribute__((sentinel));

/* knobs.c: what the files in /run/windows say. All is leaked: the process ends with its answer. */
char *knob(const char *name, const char *otherwise);
bool german(void);
char *in_root(const char *path);
void record(const struct call *call);
void behave(const struct call *call);

/* encode.c: text is given as UTF-8 with \n and leaves as the program's bytes with \r\n. */
enum encoding { ENCODING_UTF8, ENCODING_UTF16, ENCODING_OEM };
void say(FILE *to, enum encoding encoding, const char *format, ...) __attribute__((format(printf, 3, 4)));
