/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text of a file of wg-quick's: its peers, and where their keepalive stands */
#include "wireguard_conf.h"

#include <stdlib.h>
#include <string.h>

#include "peer.h"

enum section { SECTION_NONE, SECTION_INTERFACE, SECTION_PEER };

enum key {
    KEY_LISTEN_PORT,
    KEY_FW_MARK,
    KEY_PRIVATE_KEY,
    KEY_ENDPOINT,
    KEY_PUBLIC_KEY,
    KEY_ALLOWED_IPS,
    KEY_KEEPALIVE,
    KEY_PRESHARED_KEY,
    KEYS,
};

static const struct {
    const char *head;
    enum section section;
} keys[KEYS] = {
    [KEY_LISTEN_PORT] = {"ListenPort=", SECTION_INTERFACE},
    [KEY_FW_MARK] = {"FwMark=", SECTION_INTERFACE},
    [KEY_PRIVATE_KEY] = {"PrivateKey=", SECTION_INTERFACE},
    [KEY_ENDPOINT] = {"Endpoint=", SECTION_PEER},
    [KEY_PUBLIC_KEY] = {"PublicKey=", SECTION_PEER},
    [KEY_ALLOWED_IPS] = {"AllowedIPs=", SECTION_PEER},
    [KEY_KEEPALIVE] = {"PersistentKeepalive=", SECTION_PEER},
    [KEY_PRESHARED_KEY] = {"PresharedKey=", SECTION_PEER},
};

struct reader {
    struct wireguard_conf *conf;
    const char *text;
    const char *begin, *next; /* the line, and the one behind it */
    uint32_t line;
    enum section section;
    bool quick; /* what wg-quick takes for [Interface] */
};

static struct wireguard_conf_place place_of(const struct reader *reader, struct wireguard_conf_run run)
{
    return (struct wireguard_conf_place){run.begin - reader->text, run.end - run.begin, reader->line};
}

static enum wireguard_conf_error read_save(struct reader *reader, struct wireguard_conf_run value)
{
    reader->conf->save = wireguard_conf_same(value, "true");
    return reader->conf->save || wireguard_conf_same(value, "false") ? WIREGUARD_CONF_DONE
                                                                     : WIREGUARD_CONF_BAD_SAVE;
}

/* A line that wg does not get to see. Without a = the whole of it is both name and value. */
static bool read_quick(struct reader *reader, struct wireguard_conf_run run, enum wireguard_conf_error *error)
{
    static const char *const others[] = {"Address", "DNS", "Table", "PreUp", "PostUp", "PreDown", "PostDown"};
    const char *equals = memchr(run.begin, '=', run.end - run.begin);
    struct wireguard_conf_run name = {run.begin, equals ? equals : run.end};
    struct wireguard_conf_run value = {equals ? equals + 1 : run.begin, run.end};

    name = wireguard_conf_trim(name);
    value = wireguard_conf_trim(value);
    *error = WIREGUARD_CONF_DONE;
    if (name.begin < name.end && *name.begin == '[')
        reader->quick = wireguard_conf_same(name, "[Interface]");
    if (!reader->quick)
        return false;
    if (wireguard_conf_same(name, "MTU")) {
        reader->conf->mtu_place = place_of(reader, value);
        return true;
    }
    if (wireguard_conf_same(name, "SaveConfig")) {
        *error = read_save(reader, value);
        return true;
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (wireguard_conf_same(name, others[i]))
            return true;
    return false;
}

static enum wireguard_conf_error begin_peer(struct reader *reader)
{
    struct wireguard_conf *conf = reader->conf;
    struct wireguard_conf_peer *peers = conf->peers;

    if (conf->peers_count == WIREGUARD_CONF_PEERS_MAX)
        return WIREGUARD_CONF_TOO_MANY_PEERS;
    /* There is room up to the next power of two. */
    if ((conf->peers_count & (conf->peers_count - 1)) == 0) {
        peers = realloc(peers, (conf->peers_count ? conf->peers_count * 2 : 1) * sizeof(*peers));
        if (!peers)
            return WIREGUARD_CONF_NO_MEMORY;
        conf->peers = peers;
    }
    peers[conf->peers_count++] = (struct wireguard_conf_peer){.line = reader->line};
    reader->section = SECTION_PEER;
    return WIREGUARD_CONF_DONE;
}

static enum wireguard_conf_error read_public_key(struct wireguard_conf_run value,
                                                 struct wireguard_conf_peer *peer)
{
    char text[PEER_KEY_TEXT_SIZE];

    peer->has_key = wireguard_conf_copy(value, text, sizeof(text)) && peer_key_parse(text, peer->key) == 0;
    return peer->has_key ? WIREGUARD_CONF_DONE : WIREGUARD_CONF_BAD_KEY;
}

static enum wireguard_conf_error read_keepalive(const struct reader *reader, struct wireguard_conf_run value,
                                                struct wireguard_conf_peer *peer)
{
    peer->keepalive = place_of(reader, value);
    return peer->keepalive.length < WIREGUARD_CONF_TEXT_SIZE &&
                   wireguard_conf_keepalive(value, &peer->keepalive_sec)
               ? WIREGUARD_CONF_DONE
               : WIREGUARD_CONF_BAD_KEEPALIVE;
}

static enum wireguard_conf_error read_value(struct reader *reader, enum key key,
                                            struct wireguard_conf_run value, struct wireguard_conf_peer *peer)
{
    switch (key) {
    case KEY_LISTEN_PORT:
        return wireguard_conf_port(value, reader->conf->listen_port) ? WIREGUARD_CONF_DONE
                                                                     : WIREGUARD_CONF_BAD_PORT;
    case KEY_PRIVATE_KEY:
    case KEY_PRESHARED_KEY:
        return wireguard_conf_is_key(value) ? WIREGUARD_CONF_DONE : WIREGUARD_CONF_BAD_KEY;
    case KEY_ENDPOINT:
        return wireguard_conf_endpoint(value, peer->host, peer->port) ? WIREGUARD_CONF_DONE
                                                                      : WIREGUARD_CONF_BAD_ENDPOINT;
    case KEY_PUBLIC_KEY:
        return read_public_key(value, peer);
    case KEY_KEEPALIVE:
        return read_keepalive(reader, value, peer);
    case KEY_FW_MARK:
    case KEY_ALLOWED_IPS:
    case KEYS:
        break;
    }
    return WIREGUARD_CONF_DONE;
}

static enum wireguard_conf_error read_key(struct reader *reader, struct wireguard_conf_run run)
{
    struct wireguard_conf_peer *peer = NULL;

    if (reader->section == SECTION_PEER)
        peer = &reader->conf->peers[reader->conf->peers_count - 1];
    for (enum key key = 0; key < KEYS; key++) {
        const char *behind = wireguard_conf_behind(run, keys[key].head);

        /* Without a value it is no key. */
        if (keys[key].section != reader->section || !behind || behind == run.end)
            continue;
        if (peer)
            peer->last = place_of(reader, (struct wireguard_conf_run){reader->begin, reader->next});
        run.begin = behind;
        return read_value(reader, key, wireguard_conf_trim(run), peer);
    }
    return WIREGUARD_CONF_BAD_LINE;
}

static bool is_header(struct wireguard_conf_run run, const char *header)
{
    return wireguard_conf_behind(run, header) == run.end;
}

static enum wireguard_conf_error read_line(struct reader *reader)
{
    struct wireguard_conf_run run = {reader->begin, reader->next};
    const char *comment = memchr(run.begin, '#', run.end - run.begin);
    enum wireguard_conf_error error;

    if (memchr(run.begin, 0, run.end - run.begin))
        return WIREGUARD_CONF_NUL;
    if (comment)
        run.end = comment;
    run = wireguard_conf_trim(run);
    if (run.begin == run.end || read_quick(reader, run, &error))
        return run.begin == run.end ? WIREGUARD_CONF_DONE : error;
    if (is_header(run, "[Peer]"))
        return begin_peer(reader);
    if (!is_header(run, "[Interface]"))
        return read_key(reader, run);
    reader->section = SECTION_INTERFACE;
    return WIREGUARD_CONF_DONE;
}

static enum wireguard_conf_error read_lines(struct reader *reader, const char *end)
{
    enum wireguard_conf_error error = WIREGUARD_CONF_DONE;

    for (reader->begin = reader->text; reader->begin < end && !error; reader->begin = reader->next) {
        const char *newline = memchr(reader->begin, '\n', end - reader->begin);

        reader->next = newline ? newline + 1 : end;
        reader->line++;
        error = read_line(reader);
    }
    return error;
}

/* What can only be told when all is read: a later line counts instead. */
static enum wireguard_conf_error check_whole(struct reader *reader)
{
    struct wireguard_conf *conf = reader->conf;
    const char *mtu = reader->text + conf->mtu_place.offset;

    for (size_t i = 0; i < conf->peers_count; i++)
        if (!conf->peers[i].has_key) {
            reader->line = conf->peers[i].line;
            return WIREGUARD_CONF_NO_PUBLIC_KEY;
        }
    reader->line = conf->mtu_place.line;
    if (conf->mtu_place.length &&
        !wireguard_conf_mtu((struct wireguard_conf_run){mtu, mtu + conf->mtu_place.length}, &conf->mtu))
        return WIREGUARD_CONF_BAD_MTU;
    return WIREGUARD_CONF_DONE;
}

enum wireguard_conf_error wireguard_conf_parse(const char *text, size_t size, struct wireguard_conf *conf,
                                               uint32_t *line)
{
    struct reader reader = {.conf = conf, .text = text};
    enum wireguard_conf_error error = WIREGUARD_CONF_TOO_LARGE;

    *conf = (struct wireguard_conf){.mtu = -1};
    if (size <= WIREGUARD_CONF_SIZE_MAX) {
        error = read_lines(&reader, text + size);
        if (!error)
            error = check_whole(&reader);
    }
    *line = error ? reader.line : 0;
    if (error)
        wireguard_conf_done(conf);
    return error;
}

void wireguard_conf_done(struct wireguard_conf *conf)
{
    free(conf->peers);
    *conf = (struct wireguard_conf){.mtu = -1};
}

const struct wireguard_conf_peer *wireguard_conf_find(const struct wireguard_conf *conf,
                                                      const uint8_t key[PEER_KEY_SIZE])
{
    const struct wireguard_conf_peer *found = NULL;

    for (size_t i = 0; i < conf->peers_count; i++) {
        const struct wireguard_conf_peer *peer = &conf->peers[i];

        if (memcmp(peer->key, key, PEER_KEY_SIZE) == 0 &&
            (!found || peer->keepalive.line || !found->keepalive.line))
            found = peer;
    }
    return found;
}

const char *wireguard_conf_problem(enum wireguard_conf_error error)
{
    static const char *const problems[WIREGUARD_CONF_ERRORS] = {
        [WIREGUARD_CONF_DONE] = "none",
        [WIREGUARD_CONF_TOO_LARGE] = "the file is larger than 1 MiB, or would be",
        [WIREGUARD_CONF_TOO_MANY_PEERS] = "there are more than 1,024 peers",
        [WIREGUARD_CONF_NUL] = "there is a NUL character",
        [WIREGUARD_CONF_BAD_LINE] = "this is neither a section nor a key of its section with a value",
        [WIREGUARD_CONF_BAD_KEY] = "the key is not 32 bytes in base64",
        [WIREGUARD_CONF_BAD_ENDPOINT] = "Endpoint is not host:port, or is too long",
        [WIREGUARD_CONF_BAD_KEEPALIVE] = "PersistentKeepalive is neither off nor a number up to 65535",
        [WIREGUARD_CONF_BAD_PORT] = "ListenPort is neither a number up to 65535 nor a service",
        [WIREGUARD_CONF_BAD_MTU] = "MTU is not a number",
        [WIREGUARD_CONF_BAD_SAVE] = "SaveConfig is neither true nor false",
        [WIREGUARD_CONF_NO_PUBLIC_KEY] = "the peer has no PublicKey",
        [WIREGUARD_CONF_NO_MEMORY] = "no memory",
        [WIREGUARD_CONF_NO_PEER] = "no peer has this public key",
        [WIREGUARD_CONF_STALE] = "what was to be replaced does not stand there any more",
    };

    return problems[error];
}
