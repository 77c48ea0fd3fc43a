/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Refusals as D-Bus errors */
#include "error.h"

#include <stdint.h>
#include <stdio.h>

#define OURS "org.wslnode.Node1.Error."

const char *error_name(enum refusal_kind kind)
{
    static const char *const names[REFUSAL_KINDS] = {
        [REFUSAL_NONE] = SD_BUS_ERROR_FAILED,
        [REFUSAL_INVALID_ARGS] = SD_BUS_ERROR_INVALID_ARGS,
        [REFUSAL_NO_SUCH_LINK] = OURS "NoSuchLink",
        [REFUSAL_NO_SUCH_PEER] = OURS "NoSuchPeer",
        [REFUSAL_NO_UPLINK] = OURS "NoUplink",
        [REFUSAL_INVALID_MTU] = OURS "InvalidMTU",
        [REFUSAL_NEEDS_FORCE] = OURS "NeedsForce",
        [REFUSAL_NO_TIME_REFERENCE] = OURS "NoTimeReference",
        [REFUSAL_NO_WORKING_SERVER] = OURS "NoWorkingServer",
        [REFUSAL_NOT_WSL] = OURS "NotWSL",
        [REFUSAL_FIGHTING] = OURS "Fighting",
        [REFUSAL_OWNED_BY_OTHER] = OURS "OwnedByOther",
        [REFUSAL_CHANGED_SINCE] = OURS "ChangedSince",
        [REFUSAL_NO_SUCH_CHANGE] = OURS "NoSuchChange",
        [REFUSAL_NOT_UNDOABLE] = OURS "NotUndoable",
        [REFUSAL_NO_SUCH_FINDING] = OURS "NoSuchFinding",
        [REFUSAL_UNSUPPORTED] = OURS "Unsupported",
        [REFUSAL_BUSY] = OURS "Busy",
        [REFUSAL_LIMITS_EXCEEDED] = SD_BUS_ERROR_LIMITS_EXCEEDED,
        [REFUSAL_ACCESS_DENIED] = SD_BUS_ERROR_ACCESS_DENIED,
        [REFUSAL_INTERACTION_REQUIRED] = SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED,
        [REFUSAL_TIMEOUT] = SD_BUS_ERROR_TIMEOUT,
        [REFUSAL_FAILED] = SD_BUS_ERROR_FAILED,
    };

    return names[kind];
}

static size_t sequence_length(unsigned char lead)
{
    return lead < 0x80                   ? 1
           : lead >= 0xc2 && lead < 0xe0 ? 2
           : lead >= 0xe0 && lead < 0xf0 ? 3
           : lead >= 0xf0 && lead < 0xf5 ? 4
                                         : 0;
}

/* A caller's text was valid when it came, but may have been cut within a character. */
char *error_mend_text(char *text)
{
    char *at = text;

    while (*at) {
        size_t length = sequence_length(*at), i = 1;

        while (i < length && ((unsigned char)at[i] & 0xc0) == 0x80)
            i++;
        if (!length || i < length) {
            *at++ = '?';
            continue;
        }
        at += length;
    }
    return text;
}

int error_set(sd_bus_error *error, const struct refusal *refusal)
{
    struct refusal copy = *refusal;

    error_mend_text(copy.text);
    return sd_bus_error_set(error, error_name(copy.kind), copy.text);
}

int error_reply(sd_bus_message *call, const struct refusal *refusal)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    int r;

    error_set(&error, refusal);
    r = sd_bus_reply_method_error(call, &error);
    sd_bus_error_free(&error);
    return r;
}
