/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* json: messages from the bus as JSON, and reading it back field by field. */
#ifndef WSLNODE_CTL_JSON_H
#define WSLNODE_CTL_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <systemd/sd-bus.h>

#define JSON_NUMBER_SIZE 32

/*
 * Takes the next complete value, of any type, from the message: dictionaries become objects, structs and
 * arrays become arrays, a variant becomes what it holds. Numbers that JSON readers could not hold exactly
 * as a signed 64 bit integer become strings.
 */
int json_from_message(sd_bus_message *m, json_t **ret);

/* A new document: an object that says "schema": 1. */
json_t *json_document(void);
/* Puts a value into the document; the reference is taken, even on error. */
int json_put(json_t *object, const char *key, json_t *value);
/* Prints it to stdout, pure ASCII: indented for a terminal, on one line otherwise. */
int json_emit(const json_t *document);
/* Prints a document with this list alone. */
int json_emit_list(const char *key, json_t *list);

/* What a person reads: "", 0 or false if the key is missing or of another type. */
const char *json_text(const json_t *object, const char *key);
json_int_t json_number(const json_t *object, const char *key);
/* Also of what was too large for a number: see above. */
uint64_t json_unsigned(const json_t *object, const char *key);
bool json_flag(const json_t *object, const char *key);
/* Any string, number or boolean as text; buffer holds it if needed. */
const char *json_scalar(const json_t *value, char buffer[JSON_NUMBER_SIZE]);
/* Writes "key value, key value" for a person. */
void json_write_pairs(FILE *out, json_t *object);
/* Writes "text, text" of an array of strings for a person; `none` if it is empty. */
void json_write_list(FILE *out, const json_t *list, const char *none);
/* The same as a new string, NULL without memory. */
char *json_join(const json_t *list, const char *none);

#endif
