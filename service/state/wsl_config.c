/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What WSL makes of wsl.conf and .wslconfig */
#include "wsl_config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wsl_config_text.h"
#include "wsl_config_value.h"

/* Of a byte: itself, three bytes as U+FFFD, and its share of what ends names and values. */
#define STRINGS_SIZE(size) (6 * (size) + 16)

struct parser {
    struct wsl_config *config;
    struct wsl_config_reader reader;
    size_t pairs_allocated, sections_allocated, complaints_allocated;
    bool no_memory;
    char *write; /* into the strings */
    uint32_t wsl_line;
    const char *section;   /* of the next pair */
    size_t section_length; /* of the last right header's name, to which a wrong one's is cut */
    bool astray, nameless;
    uint32_t line, begin;               /* of what is being read, which may be several lines */
    uint32_t seen[WSL_CONFIG_KEYS_MAX]; /* by known key: the index of its first pair, and one */
};

static bool is_blank(int c)
{
    return c == ' ' || c == '\t';
}

static bool is_letter(int c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_name(int c)
{
    return is_letter(c) || (c >= '0' && c <= '9');
}

static bool ends_line(int c)
{
    return c == WSL_CONFIG_END || c == '\n' || c == '\r';
}

static void next(struct parser *parser)
{
    wsl_config_reader_next(&parser->reader);
}

static void skip_blanks(struct parser *parser)
{
    while (is_blank(parser->reader.unit))
        next(parser);
}

static void put(struct parser *parser, int c)
{
    *parser->write++ = (char)c;
}

/* The list with place for one more. Without memory it stays as it is, and nothing more is read. */
static void *grown(struct parser *parser, void *list, size_t count, size_t *allocated, size_t size)
{
    size_t more = *allocated ? 2 * *allocated : 16;
    void *larger;

    if (count < *allocated)
        return list;
    larger = reallocarray(list, more, size);
    if (!larger) {
        parser->no_memory = true;
        return list;
    }
    *allocated = more;
    return larger;
}

static void add_complaint(struct parser *parser, const struct wsl_config_complaint *complaint)
{
    struct wsl_config *config = parser->config;

    config->complaints = grown(parser, config->complaints, config->complaints_count,
                               &parser->complaints_allocated, sizeof(*complaint));
    if (!parser->no_memory)
        config->complaints[config->complaints_count++] = *complaint;
}

static void add_pair(struct parser *parser, const struct wsl_config_pair *pair)
{
    struct wsl_config *config = parser->config;

    config->pairs =
        grown(parser, config->pairs, config->pairs_count, &parser->pairs_allocated, sizeof(*pair));
    if (!parser->no_memory)
        config->pairs[config->pairs_count++] = *pair;
}

static void add_section(struct parser *parser, const struct wsl_config_section *section)
{
    struct wsl_config *config = parser->config;

    config->sections = grown(parser, config->sections, config->sections_count, &parser->sections_allocated,
                             sizeof(*section));
    if (!parser->no_memory)
        config->sections[config->sections_count++] = *section;
}

/* Also what was read of the line stays read, and is not gone back to. */
static bool is_invalid(struct parser *parser, enum wsl_config_complaint_kind kind)
{
    struct wsl_config_complaint complaint = {.kind = kind,
                                             .line = parser->reader.line,
                                             .wsl_line = parser->wsl_line,
                                             .begin = parser->begin,
                                             .offset = parser->reader.begin};

    add_complaint(parser, &complaint);
    return false;
}

/* Behind LF, or at the end. */
static void skip_line(struct parser *parser)
{
    while (parser->reader.unit != WSL_CONFIG_END && parser->reader.unit != '\n')
        next(parser);
    parser->config->ended = parser->reader.unit == '\n';
    if (parser->reader.unit == '\n') {
        parser->wsl_line++;
        next(parser);
    }
}

/* The end of a pair or header, where CR LF counts twice. Whether it was ended by more than the file's end. */
static bool end_line(struct parser *parser)
{
    if (parser->reader.unit == '#' || parser->reader.unit == WSL_CONFIG_END) {
        skip_line(parser);
        return parser->config->ended;
    }
    if (parser->reader.unit == '\r') {
        parser->wsl_line++;
        next(parser);
        if (parser->reader.unit != '\n')
            return true;
    }
    parser->wsl_line++;
    next(parser);
    return true;
}

static char *read_name(struct parser *parser)
{
    char *name = parser->write;

    while (is_name(parser->reader.unit)) {
        put(parser, parser->reader.unit);
        next(parser);
    }
    put(parser, 0);
    return name;
}

/* WSL has written the new name over the section's already, and takes as much of it as the old one was long.
 */
static void go_astray(struct parser *parser, char *name)
{
    size_t length = strlen(name);

    parser->nameless = length < parser->section_length;
    if (!parser->nameless)
        name[parser->section_length] = 0;
    parser->section = name;
    parser->astray = true;
}

static bool read_header(struct parser *parser)
{
    struct wsl_config_section section = {.line = parser->line, .begin = parser->begin};
    char *name;

    next(parser);
    if (!is_letter(parser->reader.unit))
        return is_invalid(parser, WSL_CONFIG_NO_SECTION);
    name = read_name(parser);
    if (parser->reader.unit != ']') {
        go_astray(parser, name);
        return is_invalid(parser, WSL_CONFIG_NO_BRACKET);
    }
    next(parser);
    skip_blanks(parser);
    if (!ends_line(parser->reader.unit) && parser->reader.unit != '#') {
        go_astray(parser, name);
        return is_invalid(parser, WSL_CONFIG_AFTER_HEADER);
    }
    parser->section = name;
    parser->section_length = strlen(name);
    parser->astray = parser->nameless = false;
    section.name = name;
    section.ended = end_line(parser);
    section.end = parser->reader.begin;
    add_section(parser, &section);
    return true;
}

/* Windows reads the bytes of a value as UTF-8, and there was a byte for each character. */
static char *replace_bytes(struct parser *parser, char *value)
{
    const char *end = parser->write - 1;
    char *fresh = parser->write;
    uint32_t character;

    for (const char *at = value; at < end;) {
        size_t length = wsl_config_utf8((const unsigned char *)at, end - at, &character);
        const char *bytes = character == 0xfffd ? "\xef\xbf\xbd" : at;

        memcpy(parser->write, bytes, character == 0xfffd ? 3 : length);
        parser->write += character == 0xfffd ? 3 : length;
        at += length;
    }
    put(parser, 0);
    return fresh;
}

static bool read_value(struct parser *parser, struct wsl_config_pair *pair)
{
    struct wsl_config_text text = {.end = pair->text.end};
    char *value = parser->write;
    enum wsl_config_text_end end = wsl_config_text_read(&parser->reader, &parser->write, &text);

    parser->wsl_line += text.lines;
    if (end != WSL_CONFIG_TEXT_COMPLETE)
        return is_invalid(parser,
                          end == WSL_CONFIG_TEXT_ESCAPE ? WSL_CONFIG_BAD_ESCAPE : WSL_CONFIG_OPEN_QUOTE);
    pair->text.end = text.end;
    pair->cut = value + strlen(value) + 1 < parser->write;
    pair->value = parser->config->dialect == WSL_CONFIG_WSLCONFIG ? replace_bytes(parser, value) : value;
    return true;
}

static void complain_of(struct parser *parser, const struct wsl_config_pair *pair,
                        enum wsl_config_complaint_kind kind)
{
    struct wsl_config_complaint complaint = {.kind = kind,
                                             .line = pair->line,
                                             .wsl_line = pair->wsl_line,
                                             .begin = parser->begin,
                                             .offset = pair->name.begin,
                                             .pair = parser->config->pairs_count};

    add_complaint(parser, &complaint);
}

static void judge(struct parser *parser, struct wsl_config_pair *pair)
{
    const struct wsl_config *config = parser->config;
    struct wsl_config_value value;
    uint32_t *seen;

    pair->known = parser->nameless ? NULL : wsl_config_key_find(config->dialect, pair->section, pair->key);
    if (!pair->known) {
        pair->standing = WSL_CONFIG_UNKNOWN;
        complain_of(parser, pair, WSL_CONFIG_UNKNOWN_KEY);
        return;
    }
    seen = &parser->seen[pair->known - wsl_config_key_at(config->dialect, 0)];
    if (*seen) {
        pair->standing = WSL_CONFIG_DUPLICATE;
        pair->first = *seen - 1;
        complain_of(parser, pair, WSL_CONFIG_DUPLICATE_KEY);
        return;
    }
    *seen = config->pairs_count + 1;
    if (wsl_config_value_read(config->dialect, pair->known, pair->value, &value))
        return;
    pair->standing = WSL_CONFIG_INVALID;
    do
        complain_of(parser, pair, WSL_CONFIG_BAD_VALUE);
    while (value.bad-- > 1);
}

static bool read_pair(struct parser *parser)
{
    struct wsl_config *config = parser->config;
    struct wsl_config_pair pair = {.section = parser->section, .line = parser->line};
    uint32_t equals;

    pair.astray = parser->astray;
    pair.name.begin = parser->reader.begin;
    pair.key = read_name(parser);
    pair.name.end = parser->reader.begin;
    skip_blanks(parser);
    if (parser->reader.unit != '=')
        return is_invalid(parser, WSL_CONFIG_NO_EQUALS);
    equals = parser->reader.end;
    next(parser);
    /* One blank stays before what comes into an empty place. */
    pair.text.end = is_blank(parser->reader.unit) ? parser->reader.end : equals;
    skip_blanks(parser);
    pair.text.begin = parser->reader.begin;
    if (!read_value(parser, &pair))
        return false;
    if (pair.text.begin > pair.text.end)
        pair.text.begin = pair.text.end;
    if (parser->nameless)
        pair.key = "";
    pair.wsl_line = parser->wsl_line;
    judge(parser, &pair);
    pair.comment = parser->reader.unit == '#' ? parser->reader.begin : 0;
    pair.whole.begin = parser->begin;
    pair.ended = end_line(parser);
    pair.whole.end = parser->reader.begin;
    if (config->sections_count && !parser->astray) {
        config->sections[config->sections_count - 1].end = pair.whole.end;
        config->sections[config->sections_count - 1].ended = pair.ended;
    }
    add_pair(parser, &pair);
    return true;
}

/* One line, or those of one pair. False: it is invalid. */
static bool read_line(struct parser *parser)
{
    parser->config->ended = true;
    parser->begin = parser->reader.begin;
    parser->line = parser->reader.line;
    skip_blanks(parser);
    if (parser->reader.unit == '[')
        return read_header(parser);
    if (is_letter(parser->reader.unit))
        return read_pair(parser);
    if (parser->reader.unit == '\r')
        next(parser);
    else if (parser->reader.unit == '#' || parser->reader.unit == '\n')
        skip_line(parser);
    else if (parser->reader.unit != WSL_CONFIG_END)
        return is_invalid(parser, WSL_CONFIG_NO_NAME);
    return true;
}

static void parse(struct parser *parser)
{
    struct wsl_config *config = parser->config;

    while (parser->reader.unit != WSL_CONFIG_END && !parser->no_memory) {
        if (read_line(parser))
            continue;
        config->invalid_lines++;
        if (config->dialect == WSL_CONFIG_CONF) {
            config->aborted = config->ended = true;
            config->end = parser->begin;
            return;
        }
        skip_line(parser);
    }
    config->end = parser->reader.begin;
}

int wsl_config_parse(enum wsl_config_dialect dialect, const char *text, size_t size,
                     struct wsl_config *config)
{
    struct parser parser = {.config = config, .section = "", .wsl_line = 1};

    *config = (struct wsl_config){.dialect = dialect, .size = size, .ended = true};
    if (size > WSL_CONFIG_SIZE_MAX)
        return -EFBIG;
    config->encoding = wsl_config_encoding_of(text, size);
    parser.write = config->strings = malloc(STRINGS_SIZE(size));
    if (!config->strings) {
        parser.no_memory = true;
    } else if (dialect == WSL_CONFIG_WSLCONFIG && config->encoding == WSL_CONFIG_UTF16BE_MARK) {
        add_complaint(&parser, &(struct wsl_config_complaint){.kind = WSL_CONFIG_UNREADABLE, .line = 1});
    } else {
        wsl_config_reader_begin(&parser.reader, dialect, text, size);
        parse(&parser);
    }
    if (!parser.no_memory)
        return 0;
    wsl_config_done(config);
    return -ENOMEM;
}

void wsl_config_done(struct wsl_config *config)
{
    free(config->pairs);
    free(config->sections);
    free(config->complaints);
    free(config->strings);
    *config = (struct wsl_config){.dialect = config->dialect};
}

bool wsl_config_is_syntax(enum wsl_config_complaint_kind kind)
{
    return kind <= WSL_CONFIG_OPEN_QUOTE;
}

const struct wsl_config_pair *wsl_config_find(const struct wsl_config *config, const char *section,
                                              const char *key)
{
    const struct wsl_config_key *known = wsl_config_key_find(config->dialect, section, key);

    for (size_t i = 0; known && i < config->pairs_count; i++)
        if (config->pairs[i].known == known)
            return &config->pairs[i];
    return NULL;
}
