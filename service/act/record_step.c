/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A step of a change as JSON, and a wish */
#include "record_step.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../state/dns.h"
#include "../state/peer.h"
#include "apply_resolv.h"
#include "resolv_place.h"

json_t *record_of_wish(const struct wish *wish)
{
    if (!wish->set)
        return json_null();
    return json_pack("{s:I, s:b, s:I}", "mtu", (json_int_t)wish->mtu, "persist", wish->persist, "since",
                     (json_int_t)wish->since_usec);
}

int record_read_wish(json_t *record, struct wish *wish)
{
    json_int_t mtu, since;
    int persist;

    memset(wish, 0, sizeof(*wish));
    if (json_is_null(record))
        return 0;
    if (json_unpack(record, "{s:I, s:b, s:I}", "mtu", &mtu, "persist", &persist, "since", &since) < 0 ||
        mtu < 0 || mtu > UINT32_MAX || since < 0)
        return -EINVAL;
    *wish = (struct wish){.set = true, .persist = persist, .mtu = mtu, .since_usec = since};
    return 0;
}

static json_t *of_span(const struct file_span *file)
{
    return json_pack("{s:s, s:s, s:s, s:b, s:b, s:I, s:I, s:I}", "variable", file->variable, "before",
                     file->before, "after", file->after, "create", file->create, "remove", file->remove,
                     "line", (json_int_t)file->line, "offset", (json_int_t)file->offset, "uid",
                     (json_int_t)file->uid);
}

static json_t *of_servers(const struct dns_list *servers)
{
    json_t *list = json_array();
    char text[DNS_ADDRESS_SIZE];

    for (size_t i = 0; i < servers->count; i++)
        json_array_append_new(list, json_string(dns_address_text(&servers->servers[i], text, sizeof(text))));
    return list;
}

static json_t *of_resolv(const struct resolv_span *resolv)
{
    return json_pack("{s:s, s:s, s:o, s:o, s:b, s:b, s:b, s:b}", "from", resolv_form_name(resolv->from), "to",
                     resolv_form_name(resolv->to), "before", of_servers(&resolv->before), "after",
                     of_servers(&resolv->after), "before-vc", resolv->before_vc, "after-vc", resolv->after_vc,
                     "immutable", resolv->immutable, "foreign", resolv->foreign);
}

static json_t *of_setting(const struct setting_span *setting)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:b, s:b}", "section", setting->section, "key", setting->key,
                     "before", setting->before, "after", setting->after, "create", setting->create, "remove",
                     setting->remove);
}

static json_t *of_keepalive(const struct keepalive_span *keepalive)
{
    char key[PEER_KEY_TEXT_SIZE];

    return json_pack("{s:s, s:I, s:I}", "peer", peer_key_text(keepalive->key, key), "before",
                     (json_int_t)keepalive->before_sec, "after", (json_int_t)keepalive->after_sec);
}

static json_t *of_keepalive_file(const struct keepalive_span *keepalive)
{
    const struct wireguard_conf_span *span = &keepalive->span;

    return json_pack("{s:I, s:I, s:s, s:s, s:b}", "offset", (json_int_t)span->offset, "line",
                     (json_int_t)span->line, "before", span->before, "after", span->after, "lenient",
                     keepalive->lenient);
}

static json_t *of_endpoint(const struct endpoint_span *endpoint)
{
    char before[PEER_ENDPOINT_TEXT_SIZE], after[PEER_ENDPOINT_TEXT_SIZE], key[PEER_KEY_TEXT_SIZE];

    return json_pack("{s:s, s:s, s:s}", "peer", peer_key_text(endpoint->key, key), "before",
                     peer_endpoint_text(&endpoint->before, before, sizeof(before)), "after",
                     peer_endpoint_text(&endpoint->after, after, sizeof(after)));
}

json_t *record_of_step(const struct step *step)
{
    const char *kind = step_kind_name(step->kind);

    switch (step->kind) {
    case STEP_FILE:
        return json_pack("{s:s, s:s, s:o}", "kind", kind, "target", step->target, "span",
                         of_span(&step->file));
    case STEP_KERNEL:
        return json_pack("{s:s, s:s, s:I, s:I}", "kind", kind, "target", step->target, "before",
                         (json_int_t)step->mtu_before, "after", (json_int_t)step->mtu_after);
    case STEP_WANTED:
        return json_pack("{s:s, s:s, s:o, s:o}", "kind", kind, "target", step->target, "before",
                         record_of_wish(&step->wish_before), "after", record_of_wish(&step->wish_after));
    case STEP_EFFECT:
        return json_pack("{s:s, s:s, s:s}", "kind", kind, "target", step->target, "result", step->result);
    case STEP_CLOCK:
        return json_pack("{s:s, s:s, s:I, s:b}", "kind", kind, "target", step->target, "by",
                         (json_int_t)step->clock_by_usec, "left", step->clock_left);
    case STEP_RESOLV:
        return json_pack("{s:s, s:s, s:o}", "kind", kind, "target", step->target, "span",
                         of_resolv(&step->resolv));
    case STEP_SETTING:
        return json_pack("{s:s, s:s, s:o}", "kind", kind, "target", step->target, "span",
                         of_setting(&step->setting));
    case STEP_LINK_DNS:
        return json_pack("{s:s, s:s, s:o, s:o}", "kind", kind, "target", step->target, "before",
                         of_servers(&step->link_dns.before), "after", of_servers(&step->link_dns.after));
    case STEP_KEEPALIVE:
        return json_pack("{s:s, s:s, s:o}", "kind", kind, "target", step->target, "keepalive",
                         of_keepalive(&step->keepalive));
    case STEP_KEEPALIVE_FILE:
        return json_pack("{s:s, s:s, s:o, s:o}", "kind", kind, "target", step->target, "keepalive",
                         of_keepalive(&step->keepalive), "span", of_keepalive_file(&step->keepalive));
    case STEP_ENDPOINT:
        return json_pack("{s:s, s:s, s:o}", "kind", kind, "target", step->target, "endpoint",
                         of_endpoint(&step->endpoint));
    case STEP_KINDS:
        break;
    }
    return NULL;
}

static bool is_mtu(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) >= 0 &&
           json_integer_value(value) <= UINT32_MAX;
}

static int take(char *text, size_t size, const char *value)
{
    return snprintf(text, size, "%s", value) < (int)size ? 0 : -EINVAL;
}

static int read_span(json_t *record, struct file_span *file)
{
    const char *variable, *before, *after;
    json_int_t line, offset, uid;
    int create, remove;

    if (json_unpack(record, "{s:s, s:s, s:s, s:b, s:b, s:I, s:I, s:I}", "variable", &variable, "before",
                    &before, "after", &after, "create", &create, "remove", &remove, "line", &line, "offset",
                    &offset, "uid", &uid) < 0 ||
        line < 0 || line > UINT32_MAX || offset < 0 || offset > UINT32_MAX || uid < 0 || uid >= UINT32_MAX)
        return -EINVAL;
    file->create = create;
    file->remove = remove;
    file->line = line;
    file->offset = offset;
    file->uid = uid;
    if (take(file->variable, sizeof(file->variable), variable) < 0 ||
        take(file->before, sizeof(file->before), before) < 0)
        return -EINVAL;
    return take(file->after, sizeof(file->after), after);
}

static int read_wishes(json_t *record, struct step *step)
{
    json_t *before, *after;

    if (json_unpack(record, "{s:o, s:o}", "before", &before, "after", &after) < 0 ||
        strlen(step->target) >= LINK_NAME_SIZE || record_read_wish(before, &step->wish_before) < 0)
        return -EINVAL;
    return record_read_wish(after, &step->wish_after);
}

static int read_mtus(json_t *record, struct step *step)
{
    json_t *before, *after;

    if (json_unpack(record, "{s:o, s:o}", "before", &before, "after", &after) < 0 ||
        strlen(step->target) >= LINK_NAME_SIZE || !is_mtu(before) || !is_mtu(after))
        return -EINVAL;
    step->mtu_before = json_integer_value(before);
    step->mtu_after = json_integer_value(after);
    return 0;
}

static int read_clock_step(json_t *record, struct step *step)
{
    json_int_t by;
    int left;

    if (json_unpack(record, "{s:I, s:b}", "by", &by, "left", &left) < 0 || by > CLOCK_TIME_MAX_USEC ||
        by < -CLOCK_TIME_MAX_USEC)
        return -EINVAL;
    step->clock_by_usec = by;
    step->clock_left = left;
    return 0;
}

static int read_form(const char *name, enum resolv_form *form)
{
    for (*form = 0; *form < RESOLV_FORMS; (*form)++)
        if (strcmp(name, resolv_form_name(*form)) == 0)
            return 0;
    return -EINVAL;
}

static int read_servers(const json_t *record, struct dns_list *servers)
{
    json_t *address;
    size_t i;

    if (!json_is_array(record) || json_array_size(record) > DNS_SERVERS_MAX)
        return -EINVAL;
    json_array_foreach(record, i, address)
    {
        if (!json_is_string(address) ||
            dns_address_parse(json_string_value(address), &servers->servers[i]) < 0)
            return -EINVAL;
        servers->count++;
    }
    return 0;
}

/* Of what is changed one side is ours, and there is one place only. */
static int read_resolv(json_t *record, struct step *step)
{
    struct resolv_span *resolv = &step->resolv;
    int before_vc, after_vc, immutable, foreign;
    json_t *before, *after;
    const char *from, *to;

    if (json_unpack(record, "{s:s, s:s, s:o, s:o, s:b, s:b, s:b, s:b}", "from", &from, "to", &to, "before",
                    &before, "after", &after, "before-vc", &before_vc, "after-vc", &after_vc, "immutable",
                    &immutable, "foreign", &foreign) < 0 ||
        strcmp(step->target, RESOLV_PATH) != 0 || read_form(from, &resolv->from) < 0 ||
        read_form(to, &resolv->to) < 0 || read_servers(before, &resolv->before) < 0 ||
        read_servers(after, &resolv->after) < 0)
        return -EINVAL;
    resolv->before_vc = before_vc;
    resolv->after_vc = after_vc;
    resolv->immutable = immutable;
    resolv->foreign = foreign;
    return resolv_place_is_ours(resolv->from) || resolv_place_is_ours(resolv->to) ? 0 : -EINVAL;
}

static int read_setting(json_t *record, struct setting_span *setting)
{
    const char *section, *key, *before, *after;
    int create, remove;

    if (json_unpack(record, "{s:s, s:s, s:s, s:s, s:b, s:b}", "section", &section, "key", &key, "before",
                    &before, "after", &after, "create", &create, "remove", &remove) < 0 ||
        !*key || (create && (*before || !*after)) || (remove && (*after || !*before)))
        return -EINVAL;
    setting->create = create;
    setting->remove = remove;
    if (take(setting->section, sizeof(setting->section), section) < 0 ||
        take(setting->key, sizeof(setting->key), key) < 0 ||
        take(setting->before, sizeof(setting->before), before) < 0)
        return -EINVAL;
    return take(setting->after, sizeof(setting->after), after);
}

static int read_link_dns(json_t *record, struct step *step)
{
    json_t *before, *after;

    if (json_unpack(record, "{s:o, s:o}", "before", &before, "after", &after) < 0 ||
        strlen(step->target) >= LINK_NAME_SIZE || read_servers(before, &step->link_dns.before) < 0)
        return -EINVAL;
    return read_servers(after, &step->link_dns.after);
}

static int read_keepalive(json_t *record, struct keepalive_span *keepalive)
{
    json_int_t before, after;
    const char *peer;

    if (json_unpack(record, "{s:s, s:I, s:I}", "peer", &peer, "before", &before, "after", &after) < 0 ||
        peer_key_parse(peer, keepalive->key) < 0 || before < 0 || before > UINT16_MAX || after < 0 ||
        after > UINT16_MAX)
        return -EINVAL;
    keepalive->before_sec = before;
    keepalive->after_sec = after;
    return 0;
}

static int read_link_keepalive(json_t *record, struct step *step)
{
    if (strlen(step->target) >= LINK_NAME_SIZE)
        return -EINVAL;
    return read_keepalive(json_object_get(record, "keepalive"), &step->keepalive);
}

/* A line or a value stands on one side at least. */
static int read_keepalive_file(json_t *record, struct keepalive_span *keepalive)
{
    struct wireguard_conf_span *span = &keepalive->span;
    const char *before, *after;
    json_int_t offset, line;
    int lenient;

    if (read_keepalive(json_object_get(record, "keepalive"), keepalive) < 0 ||
        json_unpack(json_object_get(record, "span"), "{s:I, s:I, s:s, s:s, s:b}", "offset", &offset, "line",
                    &line, "before", &before, "after", &after, "lenient", &lenient) < 0 ||
        offset < 0 || offset > UINT32_MAX || line < 0 || line > UINT32_MAX || (!*before && !*after))
        return -EINVAL;
    memcpy(span->key, keepalive->key, sizeof(span->key));
    span->offset = offset;
    span->line = line;
    keepalive->lenient = lenient;
    if (take(span->before, sizeof(span->before), before) < 0)
        return -EINVAL;
    return take(span->after, sizeof(span->after), after);
}

static int read_endpoint(json_t *record, struct step *step)
{
    struct endpoint_span *endpoint = &step->endpoint;
    const char *peer, *before, *after;

    if (json_unpack(record, "{s:s, s:s, s:s}", "peer", &peer, "before", &before, "after", &after) < 0 ||
        strlen(step->target) >= LINK_NAME_SIZE || peer_key_parse(peer, endpoint->key) < 0 ||
        (*before && peer_endpoint_parse(before, &endpoint->before) < 0))
        return -EINVAL;
    return peer_endpoint_parse(after, &endpoint->after);
}

int record_read_step(json_t *record, struct step *step)
{
    const char *kind, *target, *result;

    memset(step, 0, sizeof(*step));
    if (json_unpack(record, "{s:s, s:s}", "kind", &kind, "target", &target) < 0 ||
        take(step->target, sizeof(step->target), target) < 0)
        return -EINVAL;
    for (step->kind = 0; step->kind < STEP_KINDS; step->kind++)
        if (strcmp(kind, step_kind_name(step->kind)) == 0)
            break;
    switch (step->kind) {
    case STEP_FILE:
        return read_span(json_object_get(record, "span"), &step->file);
    case STEP_KERNEL:
        return read_mtus(record, step);
    case STEP_WANTED:
        return read_wishes(record, step);
    case STEP_EFFECT:
        if (json_unpack(record, "{s:s}", "result", &result) < 0)
            return -EINVAL;
        return take(step->result, sizeof(step->result), result);
    case STEP_CLOCK:
        return read_clock_step(record, step);
    case STEP_RESOLV:
        return read_resolv(json_object_get(record, "span"), step);
    case STEP_SETTING:
        return read_setting(json_object_get(record, "span"), &step->setting);
    case STEP_LINK_DNS:
        return read_link_dns(record, step);
    case STEP_KEEPALIVE:
        return read_link_keepalive(record, step);
    case STEP_KEEPALIVE_FILE:
        return read_keepalive_file(record, &step->keepalive);
    case STEP_ENDPOINT:
        return read_endpoint(json_object_get(record, "endpoint"), step);
    case STEP_KINDS:
        break;
    }
    return -EINVAL;
}
