/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Authorisation */
#include "authorize.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../service/sys/log.h"

#define POLKIT_NAME       "org.freedesktop.PolicyKit1"
#define POLKIT_PATH       "/org/freedesktop/PolicyKit1/Authority"
#define POLKIT_INTERFACE  "org.freedesktop.PolicyKit1.Authority"
#define ALLOW_INTERACTION 1u

struct authorization {
    struct authorization *previous, *next;
    struct authorize *authorize;
    sd_bus_message *call;
    sd_bus_slot *lookup, *check, *watch;
    struct authorize_handler handler;
    void *userdata;
    uint32_t uid;
    bool asking; /* polkit */
    char cancellation[32];
};

struct authorize {
    struct authorization *list;
    uint64_t last_cancellation;
};

int authorize_new(struct authorize **ret)
{
    *ret = calloc(1, sizeof(**ret));
    return *ret ? 0 : -ENOMEM;
}

static void unlink_and_free(struct authorization *authorization)
{
    if (authorization->previous)
        authorization->previous->next = authorization->next;
    else
        authorization->authorize->list = authorization->next;
    if (authorization->next)
        authorization->next->previous = authorization->previous;
    sd_bus_slot_unref(authorization->lookup);
    sd_bus_slot_unref(authorization->check);
    sd_bus_slot_unref(authorization->watch);
    sd_bus_message_unref(authorization->call);
    free(authorization);
}

static void end(struct authorization *authorization, const struct refusal *refusal)
{
    struct authorize_handler handler = authorization->handler;
    void *userdata = authorization->userdata;

    unlink_and_free(authorization);
    handler.done(userdata, refusal);
}

static void refuse_and_end(struct authorization *authorization, enum refusal_kind kind, const char *text)
{
    struct refusal refusal;

    refuse(&refusal, kind, "%s", text);
    log_event(LOG_NOTICE, LOG_ID_DENIED, NULL, "%s of uid %u: %s",
              sd_bus_message_get_member(authorization->call), authorization->uid, text);
    end(authorization, &refusal);
}

/* No answer is waited for: whatever polkit says now, nothing follows from it. */
static void cancel_check(struct authorization *authorization)
{
    sd_bus *bus = sd_bus_message_get_bus(authorization->call);
    sd_bus_message *message = NULL;

    if (authorization->asking &&
        sd_bus_message_new_method_call(bus, &message, POLKIT_NAME, POLKIT_PATH, POLKIT_INTERFACE,
                                       "CancelCheckAuthorization") >= 0 &&
        sd_bus_message_append(message, "s", authorization->cancellation) >= 0) {
        sd_bus_message_set_expect_reply(message, 0);
        sd_bus_message_set_auto_start(message, 0);
        (void)sd_bus_send(bus, message, NULL);
    }
    sd_bus_message_unref(message);
}

static int on_caller_left(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
    struct authorization *authorization = userdata;

    cancel_check(authorization);
    end(authorization, NULL);
    return 0;
}

static const char *const advice = "use sudo, or ask an administrator to put you into the group wslnode "
                                  "(FORCE needs an administrator always)";

static void conclude(struct authorization *authorization, int authorized, int challenge)
{
    struct refusal none = {.kind = REFUSAL_NONE};
    char text[256];

    if (authorized) {
        end(authorization, &none);
        return;
    }
    snprintf(text, sizeof(text), "Not authorised: %s.", advice);
    if (challenge)
        snprintf(text, sizeof(text),
                 "This needs a password: allow interactive authorisation, with an agent; or %s.", advice);
    refuse_and_end(authorization, challenge ? REFUSAL_INTERACTION_REQUIRED : REFUSAL_ACCESS_DENIED, text);
}

static int on_checked(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    struct authorization *authorization = userdata;
    const sd_bus_error *failure = sd_bus_message_get_error(reply);
    int authorized = 0, challenge = 0, r;
    char text[256];

    if (failure) {
        cancel_check(authorization);
        snprintf(text, sizeof(text),
                 "polkit gave no answer (%s): use sudo; is polkitd installed, with our policy?",
                 failure->name);
        refuse_and_end(authorization, REFUSAL_ACCESS_DENIED, text);
        return 0;
    }
    r = sd_bus_message_enter_container(reply, 'r', "bba{ss}");
    if (r > 0)
        r = sd_bus_message_read(reply, "bb", &authorized, &challenge);
    if (r <= 0)
        refuse_and_end(authorization, REFUSAL_ACCESS_DENIED,
                       "polkit's answer cannot be understood: use sudo.");
    else
        conclude(authorization, authorized, challenge);
    return 0;
}

static int append_request(sd_bus_message *message, struct authorization *authorization,
                          const struct authorize_request *request)
{
    uint32_t flags =
        sd_bus_message_get_allow_interactive_authorization(authorization->call) > 0 ? ALLOW_INTERACTION : 0;
    int r = sd_bus_message_append(message, "(sa{sv})s", "system-bus-name", 1, "name", "s",
                                  sd_bus_message_get_sender(authorization->call), request->action);

    if (r >= 0)
        r = sd_bus_message_open_container(message, 'a', "{ss}");
    for (size_t i = 0; r >= 0 && request->details[i]; i += 2)
        r = sd_bus_message_append(message, "{ss}", request->details[i], request->details[i + 1]);
    if (r >= 0)
        r = sd_bus_message_close_container(message);
    return r < 0 ? r : sd_bus_message_append(message, "us", flags, authorization->cancellation);
}

static int watch_caller(struct authorization *authorization)
{
    char match[256];

    snprintf(match, sizeof(match),
             "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"
             "interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='%s',arg2=''",
             sd_bus_message_get_sender(authorization->call));
    return sd_bus_add_match_async(sd_bus_message_get_bus(authorization->call), &authorization->watch, match,
                                  on_caller_left, NULL, authorization);
}

static int ask_polkit(struct authorization *authorization)
{
    struct authorize_request request = {.action = NULL};
    sd_bus *bus = sd_bus_message_get_bus(authorization->call);
    sd_bus_message *message = NULL;
    int r;

    authorization->handler.ask(authorization->userdata, authorization->uid, &request);
    snprintf(authorization->cancellation, sizeof(authorization->cancellation), "wslnode-%llu",
             (unsigned long long)++authorization->authorize->last_cancellation);
    r = watch_caller(authorization);
    if (r >= 0)
        r = sd_bus_message_new_method_call(bus, &message, POLKIT_NAME, POLKIT_PATH, POLKIT_INTERFACE,
                                           "CheckAuthorization");
    if (r >= 0)
        r = append_request(message, authorization, &request);
    if (r >= 0)
        r = sd_bus_call_async(bus, &authorization->check, message, on_checked, authorization,
                              AUTHORIZE_DEADLINE_USEC);
    sd_bus_message_unref(message);
    authorization->asking = r >= 0;
    return r;
}

/* root is never counted: it does not ask. */
static const char *over_limit(const struct authorization *authorization)
{
    const char *sender = sd_bus_message_get_sender(authorization->call);
    unsigned same_sender = 0, same_uid = 0, all = 0;

    for (const struct authorization *other = authorization->authorize->list; other; other = other->next) {
        if (!other->asking)
            continue;
        all++;
        same_uid += other->uid == authorization->uid;
        same_sender += strcmp(sd_bus_message_get_sender(other->call), sender) == 0;
    }
    if (same_sender >= AUTHORIZE_PER_SENDER)
        return "Too many calls of yours wait for authorisation on this connection; let them end first.";
    if (same_uid >= AUTHORIZE_PER_UID)
        return "Too many calls of this user wait for authorisation; let them end first.";
    if (all >= AUTHORIZE_IN_ALL)
        return "Too many calls wait for authorisation; ask again in a moment, or use sudo.";
    return NULL;
}

static int on_user_known(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    struct authorization *authorization = userdata;
    struct authorize_request request = {.action = NULL};
    struct refusal none = {.kind = REFUSAL_NONE};
    const char *limit;

    if (sd_bus_message_is_method_error(reply, NULL) ||
        sd_bus_message_read(reply, "u", &authorization->uid) < 0) {
        end(authorization, NULL); /* the caller has left already */
        return 0;
    }
    if (authorization->uid == 0) {
        authorization->handler.ask(authorization->userdata, 0, &request);
        end(authorization, &none);
        return 0;
    }
    limit = over_limit(authorization);
    if (limit)
        refuse_and_end(authorization, REFUSAL_LIMITS_EXCEEDED, limit);
    else if (ask_polkit(authorization) < 0)
        refuse_and_end(authorization, REFUSAL_ACCESS_DENIED, "polkit could not be asked: use sudo.");
    return 0;
}

static bool too_many_lookups(const struct authorize *authorize, const char *sender)
{
    unsigned same_sender = 0, all = 0;

    for (const struct authorization *other = authorize->list; other; other = other->next) {
        if (other->asking)
            continue;
        all++;
        same_sender += strcmp(sd_bus_message_get_sender(other->call), sender) == 0;
    }
    return same_sender >= AUTHORIZE_LOOKUPS_PER_SENDER || all >= AUTHORIZE_LOOKUPS;
}

int authorize_start(struct authorize *authorize, sd_bus_message *call,
                    const struct authorize_handler *handler, void *userdata, struct refusal *refusal)
{
    const char *sender = sd_bus_message_get_sender(call);
    struct authorization *authorization;

    if (!sender)
        return refuse(refusal, REFUSAL_ACCESS_DENIED, "A call without a sender cannot be authorised.");
    if (too_many_lookups(authorize, sender))
        return refuse(refusal, REFUSAL_LIMITS_EXCEEDED, "Too many calls at once; let them end first.");
    authorization = calloc(1, sizeof(*authorization));
    if (!authorization)
        return refuse(refusal, REFUSAL_FAILED, "Out of memory.");
    authorization->authorize = authorize;
    authorization->call = sd_bus_message_ref(call);
    authorization->handler = *handler;
    authorization->userdata = userdata;
    authorization->next = authorize->list;
    if (authorize->list)
        authorize->list->previous = authorization;
    authorize->list = authorization;
    if (sd_bus_call_method_async(sd_bus_message_get_bus(call), &authorization->lookup, "org.freedesktop.DBus",
                                 "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetConnectionUnixUser",
                                 on_user_known, authorization, "s", sender) >= 0)
        return 0;
    unlink_and_free(authorization);
    return refuse(refusal, REFUSAL_ACCESS_DENIED, "The bus cannot say who calls.");
}

void authorize_drop_all(struct authorize *authorize)
{
    while (authorize->list)
        end(authorize->list, NULL);
}

struct authorize *authorize_free(struct authorize *authorize)
{
    if (authorize)
        authorize_drop_all(authorize);
    free(authorize);
    return NULL;
}
