/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans that put the node's address into the files that are to follow it, and tell peers anew where they are
 */
#include "plan.h"

#include <stdio.h>
#include <string.h>

static struct step *add_step(struct plan *plan, enum step_kind kind, const char *target)
{
    struct step *step = plan->steps_count < STEPS_MAX ? &plan->steps[plan->steps_count++] : NULL;

    if (!step)
        return NULL;
    memset(step, 0, sizeof(*step));
    step->kind = kind;
    snprintf(step->target, sizeof(step->target), "%s", target);
    return step;
}

static int too_many(struct refusal *refusal)
{
    return refuse(
        refusal, REFUSAL_LIMITS_EXCEEDED,
        "More than %d places, units and endpoints would be refreshed at once; list fewer in Files=.",
        STEPS_MAX);
}

static int add_place(const struct view *view, const struct place_fact *place, struct plan *plan,
                     struct refusal *refusal)
{
    const struct target_file *target = targets_find(view->targets, place->path);
    char text[ADDRESS_TEXT_SIZE];
    struct step *step;

    if (!target || !targets_stale(view->node, place))
        return 0;
    step = add_step(plan, STEP_FILE, place->path);
    if (!step)
        return too_many(refusal);
    step->file = (struct file_span){.line = place->line, .offset = place->offset, .uid = target->uid};
    memcpy(step->file.variable, place->variable, sizeof(step->file.variable));
    memcpy(step->file.before, place->text, sizeof(step->file.before));
    snprintf(step->file.after, sizeof(step->file.after), "%s",
             targets_address(view->node, place, text, sizeof(text)));
    return 0;
}

/* A file that is to be made holds its first variable. */
static int add_missing(const struct view *view, const struct file_fact *file, struct plan *plan,
                       struct refusal *refusal)
{
    const struct target_file *target = targets_find(view->targets, file->path);
    const struct address_fact *address = node_address(view->node);
    struct step *step;

    if (file->state != FILE_MISSING || !target || !target->create)
        return 0;
    step = add_step(plan, STEP_FILE, file->path);
    if (!step)
        return too_many(refusal);
    step->file = (struct file_span){.create = true, .line = 1, .uid = target->uid};
    memcpy(step->file.variable, target->variables[0], sizeof(step->file.variable));
    address_text(address->family, address->bytes, -1, step->file.after, sizeof(step->file.after));
    return 0;
}

static int add_units(const struct view *view, struct plan *plan, struct refusal *refusal)
{
    for (size_t i = 0; i < view->targets->units_count; i++)
        if (!add_step(plan, STEP_EFFECT, view->targets->units[i]))
            return too_many(refusal);
    return 0;
}

static bool are_followed(const struct view *view)
{
    return view->targets->files_count || view->targets->units_count;
}

static int check_refresh(const struct view *view, uint64_t flags, struct refusal *refusal)
{
    if (flags & CALL_PERSIST)
        return refuse(refusal, REFUSAL_INVALID_ARGS,
                      "PERSIST has no meaning for RefreshIP: files stay as they are written. Leave it out.");
    if (!are_followed(view) && (!view->endpoint_names || !view->endpoint_names->count))
        return refuse(refusal, REFUSAL_UNSUPPORTED,
                      "Nothing is to follow the address: name files in Files= or units in Units= of section "
                      "[RefreshIP] in /etc/wslnode/wslnode.conf, then reload (man wslnoded). Nor does a file "
                      "in /etc/wireguard give the endpoint of a tunnel's peer by name.");
    if (!are_followed(view))
        return 0;
    if (!view->node->places.spoken)
        return refuse(refusal, REFUSAL_BUSY, "The files are still being read; ask again in a moment.");
    if (!node_address(view->node))
        return refuse(refusal, REFUSAL_NO_UPLINK,
                      "The node has no address to put into files: `wslnodectl status` says why.");
    return 0;
}

static int add_followers(const struct view *view, struct plan *plan, struct refusal *refusal)
{
    const struct node *node = view->node;
    const struct address_fact *address = node_address(node);
    char text[ADDRESS_TEXT_SIZE];

    address_text(address->family, address->bytes, -1, text, sizeof(text));
    for (size_t i = 0; i < node->places.count; i++)
        if (add_place(view, &node->places.list[i].fact.place, plan, refusal) < 0)
            return -1;
    for (size_t i = 0; i < node->files.count; i++)
        if (add_missing(view, &node->files.list[i].fact.file, plan, refusal) < 0)
            return -1;
    /* Where no file changed, units still hold an old address if it changed since they were started. */
    if (plan->steps_count || (view->refreshed[0] && strcmp(view->refreshed, text) != 0))
        return add_units(view, plan, refusal);
    return 0;
}

int plan_refresh(const struct view *view, const struct call *call, struct plan *plan, struct refusal *refusal)
{
    plan->subject.targets = targets_digest(view->targets);
    if (check_refresh(view, call->flags, refusal) < 0)
        return -1;
    if (are_followed(view) && add_followers(view, plan, refusal) < 0)
        return -1;
    /* No unit is restarted for these. */
    return plan_endpoints(view, call, plan) ? 0 : too_many(refusal);
}

/* What is known may be older than the change itself; the file is looked at again when it is written. */
static bool may_stand(const struct node *node, const struct step *step)
{
    bool other = false;

    for (size_t i = 0; i < node->places.count; i++) {
        const struct place_fact *place = &node->places.list[i].fact.place;

        if (strcmp(place->path, step->target) != 0 || strcmp(place->variable, step->file.variable) != 0)
            continue;
        if (strcmp(place->text, step->file.after) == 0 || strcmp(place->text, step->file.before) == 0)
            return true;
        other = true;
    }
    return !other;
}

static int check_place(const struct view *view, const struct step *step, uint64_t id, struct refusal *refusal)
{
    if (may_stand(view->node, step))
        return 0;
    return refuse(refusal, REFUSAL_CHANGED_SINCE,
                  "Change %lu is no longer what stands in %s: %s was changed later. Mend the file by hand.",
                  (unsigned long)id, step->target, step->file.variable);
}

int plan_undo_refresh(const struct view *view, const struct change *change, uint64_t flags, struct plan *plan,
                      struct refusal *refusal)
{
    plan->subject.targets = change->id;
    for (size_t i = change->steps.count; i-- > 0;) {
        struct step done = steps_at(&change->steps, i), *step;

        if (done.kind == STEP_ENDPOINT && plan_undo_endpoint(view, &done, flags, plan, refusal) < 0)
            return -1;
        /* A restart is not taken back, nor is a unit started anew with an address that is gone. */
        if (done.kind != STEP_FILE)
            continue;
        if (check_place(view, &done, change->id, refusal) < 0)
            return -1;
        step = add_step(plan, STEP_FILE, done.target);
        step->file = done.file;
        memcpy(step->file.before, done.file.after, sizeof(step->file.before));
        memcpy(step->file.after, done.file.before, sizeof(step->file.after));
        step->file.create = done.file.remove;
        step->file.remove = done.file.create;
    }
    plan->undoes = change->id;
    return 0;
}
