/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text of a file of wg-quick's: its peers, and where their keepalive stands */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit.h"
#include "wireguard_conf_rows.h"

#define TEXT_MAX 1024

/* A row's text without its marks, and the places where they were. */
struct sample {
    char text[TEXT_MAX];
    size_t length;
    size_t begin[4], end[4], added[4];
    size_t begins, ends, adds;
};

static struct sample sample_of(const struct row *row)
{
    struct sample sample = {.length = 0};

    assert_true(strlen(row->marked) < TEXT_MAX);
    for (const char *c = row->marked; *c; c++)
        if (*c == '<')
            sample.begin[sample.begins++] = sample.length;
        else if (*c == '>')
            sample.end[sample.ends++] = sample.length;
        else if (*c == '^')
            sample.added[sample.adds++] = sample.length;
        else
            sample.text[sample.length++] = *c == '~' ? 0 : *c;
    return sample;
}

/* In memory of its own size, so that a byte too far is seen. */
static enum wireguard_conf_error parse(const char *text, size_t size, struct wireguard_conf *conf,
                                       uint32_t *line)
{
    char *copy = malloc(size ? size : 1);
    enum wireguard_conf_error error;

    memcpy(copy, text, size);
    error = wireguard_conf_parse(copy, size, conf, line);
    free(copy);
    return error;
}

static void tell_peer(FILE *out, const struct wireguard_conf_peer *peer)
{
    fprintf(out, "; %c %s%s%s ", peer->key[0] == 1 ? 'A' : 'B', peer->host[0] ? peer->host : "-",
            peer->port[0] ? " " : "", peer->port);
    if (!peer->keepalive.line)
        fputc('-', out);
    else if (peer->keepalive_sec)
        fprintf(out, "%u", peer->keepalive_sec);
    else
        fputs("off", out);
}

/* As a row has it. */
static void tell(const struct wireguard_conf *conf, char *buffer, size_t size)
{
    FILE *out = fmemopen(buffer, size, "w");

    if (conf->mtu >= 0)
        fprintf(out, "mtu %d", conf->mtu);
    if (conf->listen_port[0])
        fprintf(out, "%sport %s", conf->mtu >= 0 ? " " : "", conf->listen_port);
    if (conf->save)
        fputs("save", out);
    for (size_t i = 0; i < conf->peers_count; i++)
        tell_peer(out, &conf->peers[i]);
    fputc(0, out);
    fclose(out);
}

static void expect_place(const struct sample *sample, const struct wireguard_conf_place *place, size_t *mark,
                         const struct row *row)
{
    if (!place->line)
        return;
    if (*mark >= sample->begins || place->offset != sample->begin[*mark] ||
        place->offset + place->length != sample->end[*mark])
        fail_msg("another place, %u and %u bytes, in:\n%s", place->offset, place->length, row->marked);
    *mark += 1;
}

static void expect_places(const struct sample *sample, const struct wireguard_conf *conf,
                          const struct row *row)
{
    size_t mark = 0, add = 0;
    bool mtu = false;

    for (size_t i = 0; i < conf->peers_count; i++) {
        const struct wireguard_conf_peer *peer = &conf->peers[i];

        if (!mtu && conf->mtu_place.line && conf->mtu_place.line < peer->line) {
            expect_place(sample, &conf->mtu_place, &mark, row);
            mtu = true;
        }
        expect_place(sample, &peer->keepalive, &mark, row);
        if (!peer->keepalive.line && add < sample->adds)
            assert_int_equal(peer->last.offset + peer->last.length, sample->added[add++]);
    }
    if (!mtu)
        expect_place(sample, &conf->mtu_place, &mark, row);
    assert_int_equal(mark, sample->begins);
    assert_int_equal(mark, sample->ends);
    assert_int_equal(add, sample->adds);
}

static void test_rows(void **state)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sample sample = sample_of(&rows[i]);
        struct wireguard_conf conf;
        char told[TEXT_MAX] = "";
        uint32_t line;
        enum wireguard_conf_error error = parse(sample.text, sample.length, &conf, &line);

        if (error != rows[i].error || line != rows[i].line)
            fail_msg("line %u: %s, in:\n%s", line, wireguard_conf_problem(error), rows[i].marked);
        tell(&conf, told, sizeof(told));
        if (strcmp(told, rows[i].expected) != 0)
            fail_msg("“%s”, not “%s”, in:\n%s", told, rows[i].expected, rows[i].marked);
        expect_places(&sample, &conf, &rows[i]);
        wireguard_conf_done(&conf);
    }
}

static void test_which_keepalive_counts(void **state)
{
    static const struct {
        const char *text;
        int index;
    } cases[] = {
        {PEER(""), 0},
        {PEER("") PEER("") PEER(""), 2},
        {PEER("PersistentKeepalive = 1\n") PEER(""), 0},
        {PEER("PersistentKeepalive = off\n") PEER(""), 0},
        {PEER("PersistentKeepalive = 1\n") PEER("PersistentKeepalive = 2\n") PEER(""), 1},
        {PEER("") "[Peer]\nPublicKey = " B "\nPersistentKeepalive = 5\n", 0},
        {"[Peer]\nPublicKey = " B "\n", -1},
        {"", -1},
    };
    uint8_t key[PEER_KEY_SIZE];

    for (size_t i = 0; i < sizeof(key); i++)
        key[i] = (uint8_t)(i + 1);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct wireguard_conf conf;
        uint32_t line;

        assert_int_equal(parse(cases[i].text, strlen(cases[i].text), &conf, &line), WIREGUARD_CONF_DONE);
        assert_ptr_equal(wireguard_conf_find(&conf, key),
                         cases[i].index < 0 ? NULL : conf.peers + cases[i].index);
        wireguard_conf_done(&conf);
    }
}

static void test_where_lines_are(void **state)
{
    static const char text[] =
        "# x\n\n[Interface]\nMTU = 1420\n\n[Peer]\nPersistentKeepalive = 25\nPublicKey = " A
        "\n# y\n[Peer]\nPublicKey = " B "\nPersistentKeepalive = 1\n";
    struct wireguard_conf conf;
    uint32_t line;

    assert_int_equal(parse(text, strlen(text), &conf, &line), WIREGUARD_CONF_DONE);
    assert_int_equal(conf.mtu_place.line, 4);
    assert_int_equal(conf.peers[0].line, 6);
    assert_int_equal(conf.peers[0].keepalive.line, 7);
    assert_int_equal(conf.peers[0].last.line, 8);
    assert_int_equal(conf.peers[1].line, 10);
    assert_int_equal(conf.peers[1].keepalive.line, 12);
    assert_int_equal(conf.peers[1].last.line, 12);
    wireguard_conf_done(&conf);
}

/* As many as `count`, and a text that is so large. */
static char *many_peers(size_t count, size_t *size)
{
    char *text = malloc(count * strlen(PEER("")) + 1), *at = text;

    for (size_t i = 0; i < count; i++)
        at = stpcpy(at, PEER(""));
    *size = at - text;
    return text;
}

static void test_so_many_peers(void **state)
{
    struct wireguard_conf conf;
    uint32_t line;
    size_t size;
    char *text = many_peers(WIREGUARD_CONF_PEERS_MAX, &size);

    assert_int_equal(parse(text, size, &conf, &line), WIREGUARD_CONF_DONE);
    assert_int_equal(conf.peers_count, WIREGUARD_CONF_PEERS_MAX);
    assert_int_equal(conf.peers[WIREGUARD_CONF_PEERS_MAX - 1].key[31], 32);
    wireguard_conf_done(&conf);
    free(text);
    text = many_peers(WIREGUARD_CONF_PEERS_MAX + 1, &size);
    assert_int_equal(parse(text, size, &conf, &line), WIREGUARD_CONF_TOO_MANY_PEERS);
    assert_int_equal(line, 2 * WIREGUARD_CONF_PEERS_MAX + 1);
    assert_null(conf.peers);
    free(text);
}

/* Also that a long line takes no longer than it has bytes. */
static void test_large_texts(void **state)
{
    static const char *const pieces[] = {"#", " ", "\n", "[Peer]", "=", "Table\n", "\t\r"};
    char *text = malloc(WIREGUARD_CONF_SIZE_MAX + 1);
    struct wireguard_conf conf;
    uint32_t line;

    for (size_t i = 0; i < COUNT(pieces); i++) {
        for (size_t at = 0; at <= WIREGUARD_CONF_SIZE_MAX; at++)
            text[at] = pieces[i][at % strlen(pieces[i])];
        assert_int_equal(parse(text, WIREGUARD_CONF_SIZE_MAX, &conf, &line) == WIREGUARD_CONF_DONE,
                         i < 3 || i == 6);
        wireguard_conf_done(&conf);
        assert_int_equal(parse(text, WIREGUARD_CONF_SIZE_MAX + 1, &conf, &line), WIREGUARD_CONF_TOO_LARGE);
        assert_int_equal(line, 0);
    }
    free(text);
}

static bool has_secret(const void *where, size_t size)
{
    static const char text[] = S, bytes[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`";

    for (size_t i = 0; i + 8 < sizeof(text); i++)
        if (memmem(where, size, text + i, 8))
            return true;
    for (size_t i = 0; i + 8 < sizeof(bytes); i++)
        if (memmem(where, size, bytes + i, 8))
            return true;
    return false;
}

static void test_no_secret_is_copied(void **state)
{
    struct sample sample = sample_of(&rows[2]);
    struct wireguard_conf conf;
    uint32_t line;

    assert_true(has_secret(sample.text, sample.length));
    assert_int_equal(parse(sample.text, sample.length, &conf, &line), WIREGUARD_CONF_DONE);
    assert_false(has_secret(&conf, sizeof(conf)));
    assert_false(has_secret(conf.peers, conf.peers_count * sizeof(*conf.peers)));
    wireguard_conf_done(&conf);
}

static void test_every_error_has_words(void **state)
{
    for (enum wireguard_conf_error error = 0; error < WIREGUARD_CONF_ERRORS; error++)
        assert_true(strlen(wireguard_conf_problem(error)) > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_which_keepalive_counts),
        cmocka_unit_test(test_where_lines_are),
        cmocka_unit_test(test_so_many_peers),
        cmocka_unit_test(test_large_texts),
        cmocka_unit_test(test_no_secret_is_copied),
        cmocka_unit_test(test_every_error_has_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
