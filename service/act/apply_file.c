/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* File steps */
#include "apply_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../state/shell_var.h"
#include "../sys/child.h"
#include "../sys/cleanup.h"
#include "../sys/safe_file.h"
#include "apply_keepalive_file.h"
#include "apply_resolv.h"
#include "apply_setting.h"

/* The plan has a deadline for its caller; this one is for a disk that does not answer. */
#define DEADLINE_USEC 4000000
#define PLACES_MAX    64
#define CREATED_MAX   256

struct request {
    int root;
    const struct step *steps;
    size_t count;
    bool back;
};

struct apply_file {
    sd_event *event;
    struct child *child;
    struct request request;
    apply_file_done done;
    void *userdata;
};

/* What the child says. */
struct answer {
    int error;
    char step[24];
    char problem[160];
};

size_t apply_file_count(const struct step *steps, size_t count)
{
    size_t same = 0;

    if (count && steps[0].kind != STEP_FILE)
        return 1;
    while (same < count && steps[same].kind == STEP_FILE && strcmp(steps[same].target, steps[0].target) == 0)
        same++;
    return same;
}

static const char *old_text(const struct request *request, const struct step *step)
{
    return request->back ? step->file.after : step->file.before;
}

static const char *new_text(const struct request *request, const struct step *step)
{
    return request->back ? step->file.before : step->file.after;
}

static bool holds(const struct shell_var *place, const char *text, const char *value)
{
    if (!*value)
        return place->value == SHELL_VAR_EMPTY;
    return place->value == SHELL_VAR_ADDRESS && place->length == strlen(value) &&
           memcmp(text + place->offset, value, place->length) == 0;
}

/* 1 with the place, 0 if there is none. */
static int find_place(const char *text, size_t length, const struct step *step, const char *old,
                      struct shell_var *found)
{
    struct shell_var places[PLACES_MAX];
    size_t count = shell_var_find(text, length, step->file.variable, places, PLACES_MAX);

    for (size_t i = 0; i < count && i < PLACES_MAX; i++)
        if ((places[i].line == step->file.line || count == 1) && holds(&places[i], text, old)) {
            *found = places[i];
            return 1;
        }
    return 0;
}

static char *put(const char *text, size_t *length, const struct shell_var *place, const char *value)
{
    size_t added = strlen(value), total = *length - place->length + added;
    char *result = malloc(total + 1);

    if (!result)
        return NULL;
    memcpy(result, text, place->offset);
    memcpy(result + place->offset, value, added);
    memcpy(result + place->offset + added, text + place->offset + place->length,
           *length - place->offset - place->length);
    result[total] = 0;
    *length = total;
    return result;
}

static int edit(struct safe_file *file, const struct request *request)
{
    _cleanup_free_ char *text = malloc(file->length + 1);
    size_t length = file->length, changed = 0;

    if (!text)
        return -ENOMEM;
    memcpy(text, file->text, length + 1);
    for (size_t i = 0; i < request->count; i++) {
        const struct step *step = &request->steps[request->back ? request->count - 1 - i : i];
        struct shell_var place;
        char *edited;

        if (!find_place(text, length, step, old_text(request, step), &place)) {
            if (request->back)
                continue;
            return -ESTALE;
        }
        edited = put(text, &length, &place, new_text(request, step));
        if (!edited)
            return -ENOMEM;
        free(text);
        text = edited;
        changed++;
    }
    return changed ? safe_file_write(file, text, length) : 0;
}

static int create(struct safe_file *file, const struct request *request)
{
    const struct step *step = &request->steps[0];
    char text[CREATED_MAX];
    int length = snprintf(text, sizeof(text), "%s=\"%s\"\n", step->file.variable, step->file.after);

    if (file->fd >= 0)
        return -ESTALE;
    return safe_file_create(file, text, length);
}

/* Only what we made ourselves, and as we made it. */
static int remove_made(struct safe_file *file, const struct request *request, const char *value)
{
    const struct step *step = &request->steps[0];
    char text[CREATED_MAX];
    int length = snprintf(text, sizeof(text), "%s=\"%s\"\n", step->file.variable, value);

    if (file->fd < 0)
        return 0;
    if (file->length != (size_t)length || memcmp(file->text, text, length) != 0)
        return request->back ? 0 : -ESTALE;
    return safe_file_remove(file);
}

static int carry_out_addresses(struct safe_file *file, const struct request *request)
{
    const struct step *first = &request->steps[0];
    int r = safe_file_open(file, request->root, first->target, first->file.uid);

    if (r < 0)
        return r;
    if (first->file.create)
        return request->back ? remove_made(file, request, first->file.after) : create(file, request);
    if (first->file.remove)
        return request->back ? 0 : remove_made(file, request, first->file.before);
    if (file->fd < 0)
        return request->back ? 0 : -ESTALE;
    return edit(file, request);
}

static void put_addresses(const struct request *request, struct answer *answer)
{
    struct safe_file file;

    answer->error = -carry_out_addresses(&file, request);
    snprintf(answer->step, sizeof(answer->step), "%s", file.step ? file.step : "");
    memcpy(answer->problem, file.problem, sizeof(answer->problem));
    safe_file_close(&file);
}

static void carry_out(const struct request *request, struct answer *answer)
{
    const struct step *step = &request->steps[0];
    const char *failed = "";

    if (step->kind == STEP_FILE) {
        put_addresses(request, answer);
        return;
    }
    answer->error =
        -(step->kind == STEP_RESOLV           ? apply_resolv
          : step->kind == STEP_KEEPALIVE_FILE ? apply_keepalive_file
                                              : apply_setting)(request->root, step, request->back, &failed,
                                                               answer->problem, sizeof(answer->problem));
    snprintf(answer->step, sizeof(answer->step), "%s", failed);
}

/* In the child. */
static int work(const void *data, int output)
{
    const struct request *request = data;
    struct answer answer = {.error = 0};

    carry_out(request, &answer);
    return write(output, &answer, sizeof(answer)) == sizeof(answer) ? 0 : 1;
}

static void explain(const struct apply_file *apply, const struct answer *answer, struct refusal *refusal)
{
    const char *path = apply->request.steps[0].target;

    if (answer->error == ESTALE)
        refuse(refusal, REFUSAL_CHANGED_SINCE,
               "%s was changed by somebody else meanwhile, and is left alone. Look at it, and ask again.",
               path);
    else if (answer->problem[0])
        refuse(refusal, REFUSAL_OWNED_BY_OTHER, "%s is not touched: %s.", path, answer->problem);
    else if (strcmp(answer->step, "sync directory") == 0)
        refuse(refusal, REFUSAL_FAILED, "%s was written, but step “sync directory” failed: %s.", path,
               strerror(answer->error));
    else
        refuse(refusal, REFUSAL_FAILED, "%s is as it was: step “%s” failed: %s.", path, answer->step,
               strerror(answer->error));
}

/* What is the machine's is root's. */
static uid_t writer_of(const struct step *step)
{
    return step->kind == STEP_FILE ? step->file.uid : 0;
}

static void on_answer(void *userdata, int status, const char *output, size_t length)
{
    struct apply_file *apply = userdata;
    struct refusal refusal = {.kind = REFUSAL_NONE};
    struct answer answer = {.error = 0};
    bool answered = status == 0 && length == sizeof(answer);

    if (answered)
        memcpy(&answer, output, sizeof(answer));
    /* Its output goes with it. */
    apply->child = child_free(apply->child);
    if (answered) {
        if (answer.error)
            explain(apply, &answer, &refusal);
    } else if (status == CHILD_NOT_STARTED) {
        refuse(&refusal, REFUSAL_FAILED, "%s is as it was: nothing can be done here as uid %u.",
               apply->request.steps[0].target, writer_of(&apply->request.steps[0]));
    } else {
        refuse(&refusal, REFUSAL_FAILED, "%s may not be written: its writer ended early (%s).",
               apply->request.steps[0].target, status == -ETIME ? "the disk does not answer" : "killed");
    }
    apply->done(apply->userdata, &refusal);
}

void apply_file_start(struct apply_file *apply, const struct step *steps, size_t count, bool back,
                      apply_file_done done, void *userdata)
{
    struct refusal refusal;
    int r;

    apply->request.steps = steps;
    apply->request.count = count;
    apply->request.back = back;
    apply->done = done;
    apply->userdata = userdata;
    r = child_run(apply->event, work, &apply->request, writer_of(&steps[0]), sizeof(struct answer),
                  DEADLINE_USEC, on_answer, apply, &apply->child);
    if (r == 0)
        return;
    refuse(&refusal, REFUSAL_FAILED, "%s is as it was: no process can be started: %s.", steps[0].target,
           strerror(-r));
    done(userdata, &refusal);
}

struct apply_file *apply_file_free(struct apply_file *apply)
{
    if (!apply)
        return NULL;
    child_free(apply->child);
    free(apply);
    return NULL;
}

int apply_file_new(sd_event *event, int root, struct apply_file **ret)
{
    struct apply_file *apply = calloc(1, sizeof(*apply));

    if (!apply)
        return -ENOMEM;
    apply->event = event;
    apply->request.root = root;
    *ret = apply;
    return 0;
}
