/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PersistentKeepalive in a file of wg-quick's, set and taken back */
#include <stdio.h>

#include "../unit.h"
#include "wireguard_conf_edit_rows.h"
#include "wireguard_conf_edited.h"

static const uint8_t *key_of(char name, uint8_t key[PEER_KEY_SIZE])
{
    for (size_t i = 0; i < PEER_KEY_SIZE; i++)
        key[i] = (uint8_t)(i + (name == 'B' ? 0x21 : name == 'A' ? 1 : 0x61));
    return name ? key : NULL;
}

static struct wireguard_conf parsed(const char *text)
{
    struct wireguard_conf conf;
    uint32_t line;

    assert_int_equal(wireguard_conf_parse(text, strlen(text), &conf, &line), WIREGUARD_CONF_DONE);
    return conf;
}

static struct wireguard_conf_edit edit_of(const char *text, char name, uint16_t seconds)
{
    struct wireguard_conf conf = parsed(text);
    struct wireguard_conf_edit edit;
    uint8_t key[PEER_KEY_SIZE];

    assert_int_equal(wireguard_conf_set_keepalive(&conf, text, key_of(name, key), seconds, &edit),
                     WIREGUARD_CONF_DONE);
    wireguard_conf_done(&conf);
    return edit;
}

static void test_rows(void **state)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct wireguard_conf_edit edit = edit_of(rows[i].text, rows[i].key, rows[i].seconds);
        size_t size;
        char *text;

        assert_int_equal(wireguard_conf_apply(rows[i].text, strlen(rows[i].text), &edit, &text, &size),
                         WIREGUARD_CONF_DONE);
        assert_int_equal(strlen(text), size);
        if (strcmp(text, rows[i].after) != 0)
            fail_msg("%s: became “%s”, not “%s”", rows[i].rule, text, rows[i].after);
        assert_int_equal(edit.count > 0, strcmp(rows[i].text, rows[i].after) != 0);
        wireguard_conf_edit_done(&edit);
        free(text);
    }
}

/* Every wish, to the text of every row, to that cut off anywhere, and to that with another end of line. */
static void test_one_keepalive_changes_and_nothing_else(void **state)
{
    static const uint16_t seconds[] = {0, 25, 65535};
    uint8_t key[PEER_KEY_SIZE];

    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t size = 0; size <= strlen(rows[i].text); size++)
            for (size_t j = 0; j < COUNT(seconds) * 3; j++) {
                struct keepalive_wish wish = {key_of("AB\0"[j % 3], key), seconds[j / 3]};

                if (!edits_well(&wish, rows[i].text, size))
                    fail_msg("%s: %u s for %zu bytes of “%s”", rows[i].rule, wish.seconds, size,
                             rows[i].text);
            }
}

static void test_who_is_not_there(void **state)
{
    struct wireguard_conf conf = parsed(PEER);
    struct wireguard_conf_edit edit;
    uint8_t key[PEER_KEY_SIZE];

    assert_int_equal(wireguard_conf_set_keepalive(&conf, PEER, key_of('B', key), 25, &edit),
                     WIREGUARD_CONF_NO_PEER);
    assert_null(edit.spans);
    wireguard_conf_done(&conf);
}

static void test_a_span(void **state)
{
    struct wireguard_conf_edit edit = edit_of("\n" PEER OTHER ALIVE("off"), 0, 25);
    uint8_t key[PEER_KEY_SIZE];

    assert_int_equal(edit.count, 2);
    assert_memory_equal(edit.spans[0].key, key_of('A', key), sizeof(key));
    assert_int_equal(edit.spans[0].offset, strlen("\n" PEER));
    assert_int_equal(edit.spans[0].line, 4);
    assert_string_equal(edit.spans[0].before, "");
    assert_string_equal(edit.spans[0].after, ALIVE("25"));
    assert_memory_equal(edit.spans[1].key, key_of('B', key), sizeof(key));
    assert_int_equal(edit.spans[1].offset, strlen("\n" PEER OTHER) + 22);
    assert_int_equal(edit.spans[1].line, 6);
    assert_string_equal(edit.spans[1].before, "off");
    assert_string_equal(edit.spans[1].after, "25");
    wireguard_conf_edit_done(&edit);
}

/* Of another text than it was made of. */
static void test_apply_looks_first(void **state)
{
    static const char *const others[] = {PEER ALIVE("26"), PEER ALIVE("2"), PEER " " ALIVE("25"), PEER, ""};
    struct wireguard_conf_edit edit = edit_of(PEER ALIVE("25"), 'A', 30);
    size_t size;
    char *text;

    for (size_t i = 0; i < COUNT(others); i++) {
        assert_int_equal(wireguard_conf_apply(others[i], strlen(others[i]), &edit, &text, &size),
                         WIREGUARD_CONF_STALE);
        assert_null(text);
        assert_int_equal(size, 0);
    }
    /* The text ends within it. */
    size = strlen(PEER ALIVE("25")) - strlen("5\n");
    assert_int_equal(wireguard_conf_apply(PEER ALIVE("25"), size, &edit, &text, &size), WIREGUARD_CONF_STALE);
    wireguard_conf_edit_done(&edit);
    edit = edit_of(PEER, 'A', 30);
    assert_int_equal(wireguard_conf_apply("", 0, &edit, &text, &size), WIREGUARD_CONF_STALE);
    wireguard_conf_edit_done(&edit);
}

static void test_spans_in_order(void **state)
{
    struct wireguard_conf_edit edit = edit_of(PEER ALIVE("1") OTHER ALIVE("2"), 0, 30);
    struct wireguard_conf_span first = edit.spans[0];
    size_t size;
    char *text;

    edit.spans[0] = edit.spans[1];
    edit.spans[1] = first;
    assert_int_equal(wireguard_conf_apply(PEER ALIVE("1") OTHER ALIVE("2"),
                                          strlen(PEER ALIVE("1") OTHER ALIVE("2")), &edit, &text, &size),
                     WIREGUARD_CONF_STALE);
    wireguard_conf_edit_done(&edit);
}

/* Taken back in a text that is another by then. */
static void test_undo_rows(void **state)
{
    static const struct {
        const char *rule, *before, *now;
        const char *undone; /* NULL: it cannot be taken back */
        enum wireguard_conf_error error;
    } cases[] = {
        {"the value", PEER ALIVE("25"), PEER ALIVE("30"), PEER ALIVE("25")},
        {"the line", PEER, PEER ALIVE("30"), PEER},
        {"as it was spelled", PEER ALIVE("2 5"), PEER ALIVE("30"), PEER ALIVE("2 5")},
        {"moved", PEER, OTHER "\n" PEER ALIVE("30") "\n# x\n", OTHER "\n" PEER "\n# x\n"},
        {"moved within its peer", PEER, "[Peer]\n" ALIVE("30") "PublicKey = " A "\n", PEER},
        {"another value", PEER ALIVE("25"), PEER ALIVE("31"), NULL, WIREGUARD_CONF_STALE},
        {"a longer value", PEER ALIVE("25"), PEER ALIVE("301"), NULL, WIREGUARD_CONF_STALE},
        {"a shorter value", PEER ALIVE("25"), PEER ALIVE("3"), NULL, WIREGUARD_CONF_STALE},
        {"another value of the line", PEER, PEER ALIVE("31"), NULL, WIREGUARD_CONF_STALE},
        {"a comment on the line", PEER, PEER "PersistentKeepalive = 30 # x\n", NULL, WIREGUARD_CONF_STALE},
        {"another end of line", PEER, PEER "PersistentKeepalive = 30\r\n", NULL, WIREGUARD_CONF_STALE},
        {"no end of line any more", PEER, PEER "PersistentKeepalive = 30", NULL, WIREGUARD_CONF_STALE},
        {"the line is gone", PEER, PEER, NULL, WIREGUARD_CONF_STALE},
        {"the value is gone", PEER ALIVE("25"), PEER, NULL, WIREGUARD_CONF_STALE},
        {"the peer is gone", PEER, OTHER, NULL, WIREGUARD_CONF_NO_PEER},
        {"another counts", PEER ALIVE("25"), PEER ALIVE("30") PEER ALIVE("31"), NULL, WIREGUARD_CONF_STALE},
        {"without an end", "[Peer]\nPublicKey = " A,
         "[Peer]\nPublicKey = " A "\nPersistentKeepalive = 30\n" OTHER, "[Peer]\nPublicKey = " A "\n" OTHER},
        {"without an end, by CR LF", "[Peer]\r\nPublicKey = " A,
         "[Peer]\r\nPublicKey = " A "\r\nPersistentKeepalive = 30\r\n\r\n",
         "[Peer]\r\nPublicKey = " A "\r\n\r\n"},
        {"without an end, and longer", "[Peer]\nPublicKey = " A,
         "[Peer]\nPublicKey = " A "\nPersistentKeepalive = 300", NULL, WIREGUARD_CONF_STALE},
        {"without an end, and a CR", "[Peer]\nPublicKey = " A,
         "[Peer]\nPublicKey = " A "\nPersistentKeepalive = 30\r", NULL, WIREGUARD_CONF_STALE},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct wireguard_conf_edit done = edit_of(cases[i].before, 'A', 30), edit;
        struct wireguard_conf conf = parsed(cases[i].now);
        struct sized_text now = exactly("", cases[i].now, strlen(cases[i].now));
        enum wireguard_conf_error error = wireguard_conf_undo(&conf, now.text, now.size, &done, &edit);
        char *text = NULL;
        size_t size;

        if (error != cases[i].error || (error && edit.spans))
            fail_msg("%s: %s", cases[i].rule, wireguard_conf_problem(error));
        if (!error)
            assert_int_equal(wireguard_conf_apply(now.text, now.size, &edit, &text, &size),
                             WIREGUARD_CONF_DONE);
        if (!error && strcmp(text, cases[i].undone) != 0)
            fail_msg("%s: became “%s”", cases[i].rule, text);
        wireguard_conf_edit_done(&done);
        wireguard_conf_edit_done(&edit);
        wireguard_conf_done(&conf);
        free(now.text);
        free(text);
    }
}

/* Peers that were put into another order since. */
static void test_undo_of_all_in_another_order(void **state)
{
    struct wireguard_conf_edit done = edit_of(PEER OTHER ALIVE("9"), 0, 30), edit;
    static const char now[] = OTHER ALIVE("30") PEER ALIVE("30");
    struct wireguard_conf conf = parsed(now);
    size_t size;
    char *text;

    assert_int_equal(wireguard_conf_undo(&conf, now, strlen(now), &done, &edit), WIREGUARD_CONF_DONE);
    assert_int_equal(wireguard_conf_apply(now, strlen(now), &edit, &text, &size), WIREGUARD_CONF_DONE);
    assert_string_equal(text, OTHER ALIVE("9") PEER);
    wireguard_conf_edit_done(&done);
    wireguard_conf_edit_done(&edit);
    wireguard_conf_done(&conf);
    free(text);
}

/* A line that was taken out is not put beside one that is there by now. */
static void test_an_undoing_is_taken_back_only_where_nothing_stands(void **state)
{
    struct wireguard_conf_edit done = edit_of(PEER, 'A', 30), undone, edit;
    struct wireguard_conf with = parsed(PEER ALIVE("30")), other = parsed(PEER ALIVE("31"));

    assert_int_equal(wireguard_conf_undo(&with, PEER ALIVE("30"), strlen(PEER ALIVE("30")), &done, &undone),
                     WIREGUARD_CONF_DONE);
    assert_int_equal(wireguard_conf_undo(&other, PEER ALIVE("31"), strlen(PEER ALIVE("31")), &undone, &edit),
                     WIREGUARD_CONF_STALE);
    wireguard_conf_edit_done(&done);
    wireguard_conf_edit_done(&undone);
    wireguard_conf_done(&with);
    wireguard_conf_done(&other);
}

static void test_too_large(void **state)
{
    struct sized_text text = exactly(PEER, "", 0);
    struct keepalive_wish wish = {NULL, 25};
    struct wireguard_conf_edit edit = edit_of(PEER, 'A', 25);
    size_t size;
    char *out;

    text.text = realloc(text.text, WIREGUARD_CONF_SIZE_MAX);
    memset(text.text + text.size, '#', WIREGUARD_CONF_SIZE_MAX - text.size);
    text.size = WIREGUARD_CONF_SIZE_MAX;
    assert_true(edits_well(&wish, text.text, text.size));
    assert_int_equal(wireguard_conf_apply(text.text, text.size, &edit, &out, &size),
                     WIREGUARD_CONF_TOO_LARGE);
    assert_null(out);
    text.size -= strlen(ALIVE("25"));
    assert_int_equal(wireguard_conf_apply(text.text, text.size, &edit, &out, &size), WIREGUARD_CONF_DONE);
    assert_int_equal(size, WIREGUARD_CONF_SIZE_MAX);
    wireguard_conf_edit_done(&edit);
    free(text.text);
    free(out);
}

/* As many as there may be, each put in, and taken back. */
static void test_many_peers(void **state)
{
    struct keepalive_wish wish = {NULL, 25};
    size_t size = 0;
    char *text = NULL;
    FILE *out = open_memstream(&text, &size);

    for (unsigned int i = 0; i < WIREGUARD_CONF_PEERS_MAX; i++)
        fprintf(out, "[Peer]\nPublicKey = %cAAAA%cAAAAAAAA%c%.*s=\n", 'A' + i % 32, 'A' + i / 32 % 32,
                'A' + i / 1024, 28, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    fclose(out);
    assert_true(edits_well(&wish, text, size));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_one_keepalive_changes_and_nothing_else),
        cmocka_unit_test(test_who_is_not_there),
        cmocka_unit_test(test_a_span),
        cmocka_unit_test(test_apply_looks_first),
        cmocka_unit_test(test_spans_in_order),
        cmocka_unit_test(test_undo_rows),
        cmocka_unit_test(test_undo_of_all_in_another_order),
        cmocka_unit_test(test_an_undoing_is_taken_back_only_where_nothing_stands),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_many_peers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
