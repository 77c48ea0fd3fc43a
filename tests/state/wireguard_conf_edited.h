/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What has to hold for any text: every place is in it and on its line; an edit changes the keepalive that was
 * asked for, no other, and no byte besides; done again it changes nothing; taken back, also from a text that
 * has grown, it gives the same bytes. Texts are read in memory of their own size, so that a byte too far is
 * seen.
 */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "../../service/state/wireguard_conf_edit.h"

#define GROWN "# grown\n"

struct sized_text {
    char *text;
    size_t size;
};

struct keepalive_wish {
    const uint8_t *key; /* NULL: of all */
    uint16_t seconds;
};

static inline struct sized_text exactly(const char *head, const char *text, size_t size)
{
    struct sized_text copy = {.size = strlen(head) + size};

    copy.text = malloc(copy.size ? copy.size : 1);
    memcpy(copy.text, head, strlen(head));
    memcpy(copy.text + strlen(head), text, size);
    return copy;
}

static inline bool same_bytes(const struct sized_text *one, const struct sized_text *other)
{
    return one->size == other->size && memcmp(one->text, other->text, one->size) == 0;
}

static inline bool parses(const struct sized_text *text, struct wireguard_conf *conf)
{
    uint32_t line;

    return wireguard_conf_parse(text->text, text->size, conf, &line) == WIREGUARD_CONF_DONE && line == 0;
}

static inline bool stands(const struct sized_text *text, const struct wireguard_conf_place *place)
{
    uint32_t line = 1;

    if (!place->line)
        return place->offset == 0 && place->length == 0;
    if (place->offset > text->size || place->length > text->size - place->offset)
        return false;
    for (uint32_t at = 0; at < place->offset; at++)
        line += text->text[at] == '\n';
    return place->line == line;
}

static inline bool places_stand(const struct sized_text *text, const struct wireguard_conf *conf)
{
    uint32_t header = 0;

    for (size_t i = 0; i < conf->peers_count; i++) {
        const struct wireguard_conf_peer *peer = &conf->peers[i];
        size_t end = peer->last.offset + peer->last.length;

        if (!stands(text, &peer->keepalive) || !stands(text, &peer->last) || peer->line <= header ||
            peer->last.line <= peer->line || peer->keepalive.line > peer->last.line)
            return false;
        if (end < text->size && (end == 0 || text->text[end - 1] != '\n'))
            return false;
        if ((peer->keepalive.length > 0) != (peer->keepalive.line > peer->line))
            return false;
        header = peer->line;
    }
    return stands(text, &conf->mtu_place) && (conf->mtu < 0 || conf->mtu_place.length > 0);
}

static inline bool is_wished(const struct keepalive_wish *wish, const struct wireguard_conf_peer *peer)
{
    return !wish->key || memcmp(wish->key, peer->key, PEER_KEY_SIZE) == 0;
}

/* Of the kernel's peers: what each has in the end. */
static inline bool keepalives_are(const struct keepalive_wish *wish, const struct wireguard_conf *before,
                                  const struct wireguard_conf *after)
{
    for (size_t i = 0; i < before->peers_count; i++) {
        const struct wireguard_conf_peer *old = &before->peers[i];
        uint16_t was = wireguard_conf_find(before, old->key)->keepalive_sec;

        if (wireguard_conf_find(after, old->key)->keepalive_sec !=
            (is_wished(wish, old) ? wish->seconds : was))
            return false;
    }
    return true;
}

static inline bool rest_is_same(const struct keepalive_wish *wish, const struct wireguard_conf *before,
                                const struct wireguard_conf *after)
{
    if (before->peers_count != after->peers_count || before->mtu != after->mtu ||
        before->mtu_place.length != after->mtu_place.length || before->save != after->save ||
        strcmp(before->listen_port, after->listen_port) != 0)
        return false;
    for (size_t i = 0; i < before->peers_count; i++) {
        const struct wireguard_conf_peer *old = &before->peers[i], *fresh = &after->peers[i];

        if (memcmp(old->key, fresh->key, PEER_KEY_SIZE) != 0 || strcmp(old->host, fresh->host) != 0 ||
            strcmp(old->port, fresh->port) != 0)
            return false;
        if (!is_wished(wish, old) &&
            (old->keepalive_sec != fresh->keepalive_sec || !old->keepalive.line != !fresh->keepalive.line))
            return false;
    }
    return true;
}

/* A value is replaced where one stands, or a line is put in where one begins; and nothing for the sake of it.
 */
static inline bool spans_are_small(const struct wireguard_conf *conf, const struct keepalive_wish *wish,
                                   const struct wireguard_conf_edit *edit)
{
    for (size_t i = 0; i < edit->count; i++) {
        const struct wireguard_conf_span *span = &edit->spans[i];
        const struct wireguard_conf_peer *peer = wireguard_conf_find(conf, span->key);
        size_t length = strlen(span->before);

        if (!peer || !is_wished(wish, peer) || peer->keepalive.length != length || !*span->after ||
            strcmp(span->before, span->after) == 0)
            return false;
        if (length ? span->offset != peer->keepalive.offset || span->line != peer->keepalive.line
                   : span->offset != peer->last.offset + peer->last.length ||
                         span->line != peer->last.line + 1 || !wish->seconds)
            return false;
        if (i > 0 && span->offset < edit->spans[i - 1].offset + strlen(edit->spans[i - 1].before))
            return false;
    }
    return true;
}

/* From after to before, with something more at the head of both; also what was undone. */
static inline bool comes_back(const struct wireguard_conf_edit *done, const struct sized_text *before,
                              const struct sized_text *after, const char *grown, bool undone)
{
    struct sized_text now = exactly(grown, after->text, after->size), back = {0};
    struct sized_text expected = exactly(grown, before->text, before->size);
    struct wireguard_conf_edit edit = {0};
    struct wireguard_conf conf = {0};
    bool same;

    same = parses(&now, &conf) &&
           wireguard_conf_undo(&conf, now.text, now.size, done, &edit) == WIREGUARD_CONF_DONE &&
           edit.count == done->count &&
           wireguard_conf_apply(now.text, now.size, &edit, &back.text, &back.size) == WIREGUARD_CONF_DONE &&
           same_bytes(&back, &expected);
    for (size_t i = 0; i < edit.count; i++)
        same = same && strcmp(edit.spans[i].before, done->spans[i].after) == 0 &&
               strcmp(edit.spans[i].after, done->spans[i].before) == 0;
    same = same && (undone || comes_back(&edit, &now, &expected, "", true));
    wireguard_conf_edit_done(&edit);
    wireguard_conf_done(&conf);
    free(now.text);
    free(back.text);
    free(expected.text);
    return same;
}

static inline bool again_changes_nothing(const struct keepalive_wish *wish, const struct wireguard_conf *conf,
                                         const struct sized_text *text)
{
    struct wireguard_conf_edit edit;
    bool same = wireguard_conf_set_keepalive(conf, text->text, wish->key, wish->seconds, &edit) ==
                    WIREGUARD_CONF_DONE &&
                edit.count == 0;

    wireguard_conf_edit_done(&edit);
    return same;
}

static inline bool edits_this_well(const struct keepalive_wish *wish, const struct wireguard_conf *before,
                                   const struct sized_text *text, const struct wireguard_conf_edit *edit)
{
    struct wireguard_conf after = {0};
    struct sized_text out;
    bool well;

    if (!spans_are_small(before, wish, edit))
        return false;
    if (wireguard_conf_apply(text->text, text->size, edit, &out.text, &out.size) == WIREGUARD_CONF_TOO_LARGE)
        return !out.text;
    well = parses(&out, &after) && places_stand(&out, &after) && keepalives_are(wish, before, &after) &&
           rest_is_same(wish, before, &after) && again_changes_nothing(wish, &after, &out) &&
           comes_back(edit, text, &out, "", false) &&
           (out.size + strlen(GROWN) > WIREGUARD_CONF_SIZE_MAX || comes_back(edit, text, &out, GROWN, false));
    wireguard_conf_done(&after);
    free(out.text);
    return well;
}

/* Also that nothing is told with an error. */
static inline bool edits_well(const struct keepalive_wish *wish, const char *bytes, size_t size)
{
    struct sized_text text = exactly("", bytes, size);
    struct wireguard_conf_edit edit = {0};
    struct wireguard_conf conf;
    bool well;

    if (!parses(&text, &conf)) {
        well = !conf.peers && !conf.peers_count && !conf.mtu_place.line && conf.mtu == -1;
    } else if (wireguard_conf_set_keepalive(&conf, text.text, wish->key, wish->seconds, &edit)) {
        well = !edit.spans && wish->key && !wireguard_conf_find(&conf, wish->key);
    } else {
        well = places_stand(&text, &conf) && edits_this_well(wish, &conf, &text, &edit);
    }
    wireguard_conf_edit_done(&edit);
    wireguard_conf_done(&conf);
    free(text.text);
    return well;
}
