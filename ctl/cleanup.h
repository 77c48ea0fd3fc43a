/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cleanup: what is freed when a variable goes out of scope. */
#ifndef WSLNODE_CTL_CLEANUP_H
#define WSLNODE_CTL_CLEANUP_H

#include <jansson.h>
#include <stdlib.h>
#include <systemd/sd-bus.h>

static inline void cleanup_freep(void *p)
{
    free(*(void **)p);
}

static inline void cleanup_jsonp(json_t **p)
{
    json_decref(*p);
}

#define _free_    __attribute__((cleanup(cleanup_freep)))
#define _json_    __attribute__((cleanup(cleanup_jsonp)))
#define _bus_     __attribute__((cleanup(sd_bus_close_unrefp)))
#define _message_ __attribute__((cleanup(sd_bus_message_unrefp)))
#define _error_   __attribute__((cleanup(sd_bus_error_free)))

#endif
