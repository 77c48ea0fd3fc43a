/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* json: messages from the bus as JSON, and reading it back field by field. */
#include "json.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "text.h"

union json_basic {
    uint8_t y;
    int b;
    int16_t n;
    uint16_t q;
    int32_t i;
    uint32_t u;
    int64_t x;
    uint64_t t;
    double d;
    const char *s;
};

static json_t *json_from_unsigned(uint64_t number)
{
    char text[JSON_NUMBER_SIZE];

    if (number <= LLONG_MAX)
        return json_integer((json_int_t)number);
    snprintf(text, sizeof(text), "%" PRIu64, number);
    return json_string(text);
}

static int json_from_basic(sd_bus_message *m, char type, json_t **ret)
{
    union json_basic value = {0};
    json_t *json;
    int r = sd_bus_message_read_basic(m, type, &value);

    if (r <= 0)
        return r < 0 ? r : -EBADMSG;
    switch (type) {
    case SD_BUS_TYPE_STRING:
    case SD_BUS_TYPE_OBJECT_PATH:
    case SD_BUS_TYPE_SIGNATURE:
        json = json_string(value.s);
        break;
    case SD_BUS_TYPE_BOOLEAN:
        json = json_boolean(value.b);
        break;
    case SD_BUS_TYPE_BYTE:
        json = json_integer(value.y);
        break;
    case SD_BUS_TYPE_INT16:
        json = json_integer(value.n);
        break;
    case SD_BUS_TYPE_UINT16:
        json = json_integer(value.q);
        break;
    case SD_BUS_TYPE_INT32:
        json = json_integer(value.i);
        break;
    case SD_BUS_TYPE_UINT32:
        json = json_integer(value.u);
        break;
    case SD_BUS_TYPE_INT64:
        json = json_integer(value.x);
        break;
    case SD_BUS_TYPE_UINT64:
        json = json_from_unsigned(value.t);
        break;
    case SD_BUS_TYPE_DOUBLE:
        json = isfinite(value.d) ? json_real(value.d) : json_null();
        break;
    default:
        /* A file descriptor means nothing outside this process. */
        json = json_null();
    }
    *ret = json;
    return json ? 0 : -ENOMEM;
}

/* JSON knows only text as a key. */
static int json_read_key(sd_bus_message *m, char **ret)
{
    _json_ json_t *key = NULL;
    char type, buffer[JSON_NUMBER_SIZE];
    int r = sd_bus_message_peek_type(m, &type, NULL);

    if (r <= 0)
        return r < 0 ? r : -EBADMSG;
    r = json_from_basic(m, type, &key);
    if (r < 0)
        return r;
    *ret = strdup(json_scalar(key, buffer));
    return *ret ? 0 : -ENOMEM;
}

static int json_read_entries(sd_bus_message *m, const char *entry, json_t *object)
{
    char contents[256];
    size_t length = strlen(entry);
    int r;

    if (length < 2 || length - 2 >= sizeof(contents))
        return -EBADMSG;
    memcpy(contents, entry + 1, length - 2);
    contents[length - 2] = '\0';
    while ((r = sd_bus_message_enter_container(m, SD_BUS_TYPE_DICT_ENTRY, contents)) > 0) {
        _free_ char *key = NULL;
        json_t *value = NULL;

        r = json_read_key(m, &key);
        if (r >= 0)
            r = json_from_message(m, &value);
        if (r >= 0)
            r = json_put(object, key, value);
        if (r >= 0)
            r = sd_bus_message_exit_container(m);
        if (r < 0)
            return r;
    }
    return r;
}

static int json_read_elements(sd_bus_message *m, json_t *array)
{
    int r;

    while ((r = sd_bus_message_at_end(m, false)) == 0) {
        json_t *value = NULL;

        r = json_from_message(m, &value);
        if (r < 0)
            return r;
        if (json_array_append_new(array, value) < 0)
            return -ENOMEM;
    }
    return r;
}

static int json_from_container(sd_bus_message *m, char type, const char *contents, json_t **ret)
{
    bool dictionary = type == SD_BUS_TYPE_ARRAY && contents[0] == SD_BUS_TYPE_DICT_ENTRY_BEGIN;
    _json_ json_t *value = NULL;
    int r = sd_bus_message_enter_container(m, type, contents);

    if (r <= 0)
        return r < 0 ? r : -EBADMSG;
    if (type == SD_BUS_TYPE_VARIANT) {
        r = json_from_message(m, &value);
    } else {
        value = dictionary ? json_object() : json_array();
        r = !value       ? -ENOMEM
            : dictionary ? json_read_entries(m, contents, value)
                         : json_read_elements(m, value);
    }
    if (r >= 0)
        r = sd_bus_message_exit_container(m);
    if (r < 0)
        return r;
    *ret = value;
    value = NULL;
    return 0;
}

int json_from_message(sd_bus_message *m, json_t **ret)
{
    const char *contents = NULL;
    char type = 0;
    int r = sd_bus_message_peek_type(m, &type, &contents);

    if (r <= 0)
        return r < 0 ? r : -EBADMSG;
    if (type == SD_BUS_TYPE_ARRAY || type == SD_BUS_TYPE_VARIANT || type == SD_BUS_TYPE_STRUCT)
        return json_from_container(m, type, contents, ret);
    return json_from_basic(m, type, ret);
}

json_t *json_document(void)
{
    json_t *document = json_object();

    if (document && json_object_set_new(document, "schema", json_integer(1)) < 0) {
        json_decref(document);
        return NULL;
    }
    return document;
}

int json_put(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) < 0 ? -ENOMEM : 0;
}

int json_emit(const json_t *document)
{
    size_t layout = isatty(STDOUT_FILENO) ? JSON_INDENT(2) : JSON_COMPACT;

    /* ASCII holds no control character of a terminal and needs no locale. */
    if (json_dumpf(document, stdout, layout | JSON_ENSURE_ASCII) < 0)
        return -EIO;
    return fputc('\n', stdout) == EOF ? -EIO : 0;
}

int json_emit_list(const char *key, json_t *list)
{
    _json_ json_t *document = json_document();

    if (!document || json_put(document, key, json_incref(list)) < 0)
        return -ENOMEM;
    return json_emit(document);
}

const char *json_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

json_int_t json_number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

uint64_t json_unsigned(const json_t *object, const char *key)
{
    uint64_t number = 0;

    if (text_number(json_text(object, key), UINT64_MAX, &number) < 0)
        number = json_number(object, key) > 0 ? (uint64_t)json_number(object, key) : 0;
    return number;
}

bool json_flag(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

const char *json_scalar(const json_t *value, char buffer[JSON_NUMBER_SIZE])
{
    if (json_is_string(value))
        return json_string_value(value);
    if (json_is_integer(value))
        snprintf(buffer, JSON_NUMBER_SIZE, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        snprintf(buffer, JSON_NUMBER_SIZE, "%g", json_real_value(value));
    else
        strcpy(buffer, json_is_true(value) ? "yes" : json_is_false(value) ? "no" : "-");
    return buffer;
}

void json_write_pairs(FILE *out, json_t *object)
{
    const char *separator = "";
    char buffer[JSON_NUMBER_SIZE];
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        _free_ char *dump = NULL;

        if (json_is_array(value) || json_is_object(value))
            dump = json_dumps(value, JSON_COMPACT);
        fputs(separator, out);
        text_write(out, key);
        fputc(' ', out);
        text_write(out, dump ? dump : json_scalar(value, buffer));
        separator = ", ";
    }
}

void json_write_list(FILE *out, const json_t *list, const char *none)
{
    json_t *text;
    size_t i;

    json_array_foreach(list, i, text)
    {
        fputs(i > 0 ? ", " : "", out);
        text_write(out, json_is_string(text) ? json_string_value(text) : "");
    }
    fputs(json_array_size(list) > 0 ? "" : none, out);
}

char *json_join(const json_t *list, const char *none)
{
    char *joined = NULL;
    size_t size;
    FILE *out = open_memstream(&joined, &size);

    if (!out)
        return NULL;
    json_write_list(out, list, none);
    if (fclose(out) != 0) {
        free(joined);
        return NULL;
    }
    return joined;
}
