/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The characters of a configuration file as WSL's parser gets them */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../service/state/wsl_config_reader.h"
#include "../unit.h"

#define CONF(text, units)                                                                                    \
    {                                                                                                        \
        WSL_CONFIG_CONF, text, sizeof(text) - 1, units                                                       \
    }
#define WSLCONFIG(text, units)                                                                               \
    {                                                                                                        \
        WSL_CONFIG_WSLCONFIG, text, sizeof(text) - 1, units                                                  \
    }

/* Each unit in hexadecimal, with the bytes that it stands in. */
static const struct {
    enum wsl_config_dialect dialect;
    const char *text;
    size_t size;
    const char *units;
} rows[] = {
    CONF("", ""),
    CONF("a\0\xff\r\n\032", "61@0-1 0@1-2 ff@2-3 d@3-4 a@4-5 1a@5-6"),
    CONF("\xef\xbb\xbf", "ef@0-1 bb@1-2 bf@2-3"),
    CONF("\xff\xfe"
         "a\0",
         "ff@0-1 fe@1-2 61@2-3 0@3-4"),
    WSLCONFIG("a\r\nb", "61@0-1 a@1-3 62@3-4"),
    WSLCONFIG("\r\r\n\r", "d@0-1 a@1-3 d@3-4"),
    WSLCONFIG("\xef\xbb\xbfz", "7a@3-4"),
    WSLCONFIG("a\032b", "61@0-1"),
    WSLCONFIG("\xc3\xbc\xe2\x80\x94", "fc@0-2 2014@2-5"),
    WSLCONFIG("\xf0\x9f\x98\x80z", "d83d@0-4 de00@4-4 7a@4-5"),
    WSLCONFIG("\r\xf0\x9f\x98\x80", "d@0-1 d83d@1-5 de00@5-5"),
    WSLCONFIG("\xff\xc3z\xe2\x80", "fffd@0-1 fffd@1-2 7a@2-3 fffd@3-5"),
    WSLCONFIG("\xff\xfe"
              "a\0\r\0\n\0b\1",
              "61@2-4 a@4-8 162@8-10"),
    WSLCONFIG("\xff\xfe\032\0a\0", ""),
    WSLCONFIG("\xff\xfe"
              "a\0b",
              "61@2-4"),
};

static char *units_of(enum wsl_config_dialect dialect, const char *text, size_t size)
{
    char *units = NULL, *copy = malloc(size ? size : 1);
    struct wsl_config_reader reader;
    size_t length, end = 0;
    FILE *out = open_memstream(&units, &length);

    memcpy(copy, text, size);
    wsl_config_reader_begin(&reader, dialect, copy, size);
    for (const char *blank = ""; reader.unit != WSL_CONFIG_END;
         wsl_config_reader_next(&reader), blank = " ") {
        fprintf(out, "%s%x@%zu-%zu", blank, reader.unit, reader.begin, reader.end);
        end = reader.end;
    }
    /* It stays there. */
    wsl_config_reader_next(&reader);
    assert_int_equal(reader.unit, WSL_CONFIG_END);
    assert_true(reader.begin >= end && reader.begin == reader.end);
    fclose(out);
    free(copy);
    return units;
}

static void test_rows(void **state)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *units = units_of(rows[i].dialect, rows[i].text, rows[i].size);

        assert_string_equal(units, rows[i].units);
        free(units);
    }
}

static void test_lines(void **state)
{
    struct wsl_config_reader reader;

    wsl_config_reader_begin(&reader, WSL_CONFIG_WSLCONFIG, "a\r\nb\rc\n\nd", 9);
    assert_int_equal(reader.line, 1);
    while (reader.unit != 'd')
        wsl_config_reader_next(&reader);
    assert_int_equal(reader.line, 4);
}

static void test_encodings(void **state)
{
    static const struct {
        const char *text;
        size_t size;
        enum wsl_config_encoding encoding;
    } texts[] = {
        {"", 0, WSL_CONFIG_PLAIN},
        {"[", 1, WSL_CONFIG_PLAIN},
        {"[boot]", 6, WSL_CONFIG_PLAIN},
        {"\xef\xbb", 2, WSL_CONFIG_PLAIN},
        {"\xef\xbb\xbf", 3, WSL_CONFIG_UTF8_MARK},
        {"\xff\xfe", 2, WSL_CONFIG_UTF16LE_MARK},
        {"\xfe\xff", 2, WSL_CONFIG_UTF16BE_MARK},
        {"[\0b\0o\0o\0", 8, WSL_CONFIG_UTF16LE},
        {"\0[\0b\0o\0o", 8, WSL_CONFIG_UTF16BE},
        {"[\0b\0o\0ot", 8, WSL_CONFIG_PLAIN},
        {"\0\0\0\0", 4, WSL_CONFIG_PLAIN},
    };

    for (size_t i = 0; i < COUNT(texts); i++)
        assert_int_equal(wsl_config_encoding_of(texts[i].text, texts[i].size), texts[i].encoding);
}

static void test_what_cannot_be_read(void **state)
{
    static const bool dead[2][WSL_CONFIG_UTF16BE + 1] = {
        [WSL_CONFIG_CONF] = {false, true, true, true, true, true},
        [WSL_CONFIG_WSLCONFIG] = {false, false, false, true, true, true},
    };

    for (int dialect = 0; dialect < 2; dialect++)
        for (int encoding = WSL_CONFIG_PLAIN; encoding <= WSL_CONFIG_UTF16BE; encoding++)
            assert_int_equal(wsl_config_encoding_is_dead(dialect, encoding), dead[dialect][encoding]);
}

static void test_utf8(void **state)
{
    static const struct {
        const char *bytes;
        size_t length;
        uint32_t character;
    } sequences[] = {{"a", 1, 'a'},
                     {"\xc2\x80", 2, 0x80},
                     {"\xdf\xbf", 2, 0x7ff},
                     {"\xe0\xa0\x80", 3, 0x800},
                     {"\xef\xbf\xbe", 3, 0xfffe},
                     {"\xf0\x90\x80\x80", 4, 0x10000},
                     {"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
                     {"\xc1\xbf", 1, 0xfffd},
                     {"\x80", 1, 0xfffd},
                     {"\xe0\x9f\xbf", 1, 0xfffd},
                     {"\xed\xa0\x80", 1, 0xfffd},
                     {"\xed\x9f\xbf", 3, 0xd7ff},
                     {"\xf0\x8f\xbf\xbf", 1, 0xfffd},
                     {"\xf4\x90\x80\x80", 1, 0xfffd},
                     {"\xf5\x80\x80\x80", 1, 0xfffd},
                     {"\xe6\x97z", 2, 0xfffd},
                     {"\xf0\x9f\x98", 3, 0xfffd}};

    for (size_t i = 0; i < COUNT(sequences); i++) {
        uint32_t character;

        assert_int_equal(wsl_config_utf8((const unsigned char *)sequences[i].bytes,
                                         strlen(sequences[i].bytes), &character),
                         sequences[i].length);
        assert_int_equal(character, sequences[i].character);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),      cmocka_unit_test(test_lines),
        cmocka_unit_test(test_encodings), cmocka_unit_test(test_what_cannot_be_read),
        cmocka_unit_test(test_utf8),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
