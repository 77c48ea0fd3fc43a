/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One GET of tailscaled's LocalAPI, over its socket. Nothing waits: the body is told as it comes.
 *
 * HTTP/1.0 is asked for: tailscaled's server then sends the body as it is, up to the end. Should it come in
 * chunks all the same, they are understood.
 */
#pragma once

#include <systemd/sd-event.h>

#include "http_answer.h"

#define LOCAL_API_FOLDER "run/tailscale"
#define LOCAL_API_SOCKET LOCAL_API_FOLDER "/tailscaled.sock"

/* So long half of something may wait for the rest of it: the answer's head, or what body() calls half. */
#define LOCAL_API_DEADLINE_USEC 15000000

struct local_api;

/* The last that is called; it may free the request, which body() may not. 0: the answer has ended. -ETIME,
 * -ENODATA: the server closed in the middle, and what http_answer_take() says. */
typedef void (*local_api_done)(void *userdata, int result);

/*
 * Asks for `target` ("/localapi/v0/status"). The bytes of body() are wiped after it. Fails at once if nobody
 * is there: -ENOENT, no socket; -ECONNREFUSED, one that nobody listens at; -EAGAIN, too many wait already.
 */
int local_api_get(sd_event *event, int root, const char *target, http_answer_body body, local_api_done done,
                  void *userdata, struct local_api **ret);
struct local_api *local_api_free(struct local_api *api);
