/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What we know, as D-Bus values */
#include "encode.h"

#include <netinet/in.h>
#include <stdio.h>

#include "../service/state/keepalive_file.h"
#include "error.h"

int encode_entry(sd_bus_message *message, const char *key, const char *type, ...)
{
    va_list args;
    int r;

    r = sd_bus_message_open_container(message, 'e', "sv");
    if (r < 0)
        return r;
    r = sd_bus_message_append_basic(message, 's', key);
    if (r < 0)
        return r;
    r = sd_bus_message_open_container(message, 'v', type);
    if (r < 0)
        return r;
    va_start(args, type);
    r = sd_bus_message_appendv(message, type, args);
    va_end(args);
    if (r < 0)
        return r;
    r = sd_bus_message_close_container(message);
    return r < 0 ? r : sd_bus_message_close_container(message);
}

int encode_open_entry(sd_bus_message *message, const char *key, const char *type)
{
    int r = sd_bus_message_open_container(message, 'e', "sv");

    if (r >= 0)
        r = sd_bus_message_append_basic(message, 's', key);
    return r < 0 ? r : sd_bus_message_open_container(message, 'v', type);
}

int encode_close_entry(sd_bus_message *message)
{
    int r = sd_bus_message_close_container(message);

    return r < 0 ? r : sd_bus_message_close_container(message);
}

int encode_addresses(sd_bus_message *message, const struct node *node, int32_t ifindex, bool global_only)
{
    static const uint8_t families[] = {AF_INET, AF_INET6};
    char text[ADDRESS_TEXT_SIZE];
    int r = sd_bus_message_open_container(message, 'a', "s");

    for (size_t f = 0; r >= 0 && f < 2; f++)
        for (size_t i = 0; r >= 0 && i < node->addresses.count; i++) {
            const struct address_fact *address = &node->addresses.list[i].fact.address;

            if (address->ifindex != ifindex || address->family != families[f] ||
                (global_only ? !address_counts(address) : !address->usable))
                continue;
            address_text(address->family, address->bytes, address->prefix, text, sizeof(text));
            r = sd_bus_message_append(message, "s", text);
        }
    return r < 0 ? r : sd_bus_message_close_container(message);
}

static int params(sd_bus_message *message, const struct finding *finding)
{
    int r = encode_open_entry(message, "params", "a{sv}");

    if (r >= 0)
        r = sd_bus_message_open_container(message, 'a', "{sv}");
    for (size_t i = 0; r >= 0 && i < finding->params_count; i++) {
        const struct finding_param *param = &finding->params[i];

        if (param->text[0])
            r = encode_entry(message, param->key, "s", param->text);
        else if (param->has_sign)
            r = encode_entry(message, param->key, "x", param->number);
        else
            r = encode_entry(message, param->key, "u", (uint32_t)param->number);
    }
    if (r >= 0)
        r = sd_bus_message_close_container(message);
    return r < 0 ? r : encode_close_entry(message);
}

static int explanation(sd_bus_message *message, const struct finding *finding)
{
    int r = encode_entry(message, "cause", "s", finding->cause);

    if (r >= 0)
        r = encode_entry(message, "remedy", "s", finding->remedy);
    if (r >= 0)
        r = encode_entry(message, "verb", "s", mend_verb_name(finding->mend.verb));
    return r < 0 ? r : params(message, finding);
}

int encode_finding_details(sd_bus_message *message, const struct finding *finding)
{
    int r = sd_bus_message_open_container(message, 'a', "{sv}");

    if (r >= 0)
        r = explanation(message, finding);
    return r < 0 ? r : sd_bus_message_close_container(message);
}

static int finding_dict(sd_bus_message *message, const struct finding *finding)
{
    int r = sd_bus_message_open_container(message, 'a', "{sv}");

    if (r >= 0)
        r = encode_entry(message, "id", "s", finding->id);
    if (r >= 0)
        r = encode_entry(message, "subject", "s", finding->subject);
    if (r >= 0)
        r = encode_entry(message, "severity", "s", severity_name(finding->severity));
    if (r >= 0)
        r = encode_entry(message, "summary", "s", finding->summary);
    if (r >= 0)
        r = explanation(message, finding);
    return r < 0 ? r : sd_bus_message_close_container(message);
}

int encode_findings(sd_bus_message *message, const struct findings *findings)
{
    int r = sd_bus_message_open_container(message, 'a', "a{sv}");

    for (size_t i = 0; r >= 0 && i < findings->count; i++)
        r = finding_dict(message, &findings->list[i]);
    return r < 0 ? r : sd_bus_message_close_container(message);
}

static bool passes(const struct findings *findings, const char *id)
{
    for (size_t i = 0; i < findings->count; i++)
        if (findings->list[i].id == id || __builtin_strcmp(findings->list[i].id, id) == 0)
            return false;
    return true;
}

int encode_checks(sd_bus_message *message, const struct node *node, const struct findings *findings)
{
    int r = sd_bus_message_open_container(message, 'a', "a{sv}");

    for (size_t i = 0; r >= 0 && i < findings->count; i++)
        r = finding_dict(message, &findings->list[i]);
    for (size_t i = 0; r >= 0 && i < health_checks_count; i++) {
        const struct check *check = &health_checks[i];
        struct finding pass = {
            .id = check->id, .severity = SEVERITY_OK, .summary = check->passes, .cause = "", .remedy = ""};

        if ((!check->known || check->known(node)) && passes(findings, check->id))
            r = finding_dict(message, &pass);
    }
    return r < 0 ? r : sd_bus_message_close_container(message);
}

static int wanted_dict(sd_bus_message *message, const struct wanted_mtu *mtu)
{
    struct wish wish = wanted_wish(mtu);
    int r = sd_bus_message_open_container(message, 'a', "{sv}");

    if (r >= 0)
        r = encode_entry(message, "kind", "s", "mtu");
    if (r >= 0)
        r = encode_entry(message, "target", "s", mtu->link);
    if (r >= 0)
        r = encode_entry(message, "value", "u", wish.mtu);
    if (r >= 0)
        r = encode_entry(message, "persist", "b", (int)wish.persist);
    if (r >= 0)
        r = encode_entry(message, "origin", "s", mtu->by_verb.set ? "verb" : "configuration");
    if (r >= 0)
        r = encode_entry(message, "since-usec", "t", wish.since_usec);
    return r < 0 ? r : sd_bus_message_close_container(message);
}

int encode_wanted(sd_bus_message *message, const struct wanted *wanted)
{
    int r = sd_bus_message_open_container(message, 'a', "a{sv}");

    for (size_t i = 0; r >= 0 && i < wanted->count; i++)
        r = wanted_dict(message, &wanted->list[i]);
    return r < 0 ? r : sd_bus_message_close_container(message);
}

/* What others wrote into a file may be no text. */
static const char *step_words(const struct step *step, char *buffer, size_t size)
{
    step_text(step, buffer, size);
    return error_mend_text(buffer);
}

static int append_step(sd_bus_message *message, const struct step *step)
{
    char text[STEP_TEXT_SIZE];

    return sd_bus_message_append(message, "(sss)", step_kind_name(step->kind), step->target,
                                 step_words(step, text, sizeof(text)));
}

int encode_steps(sd_bus_message *message, const struct step *steps, size_t count)
{
    int r = sd_bus_message_open_container(message, 'a', "(sss)");

    for (size_t i = 0; r >= 0 && i < count; i++)
        r = append_step(message, &steps[i]);
    return r < 0 ? r : sd_bus_message_close_container(message);
}

static int skipped_places(sd_bus_message *message, const struct view *view)
{
    char text[FILE_PATH_SIZE + VARIABLE_SIZE + 64], address[ADDRESS_TEXT_SIZE];
    int r = 0;

    for (size_t i = 0; r >= 0 && i < view->node->places.count; i++) {
        const struct place_fact *place = &view->node->places.list[i].fact.place;

        if (targets_address(view->node, place, address, sizeof(address)))
            continue;
        snprintf(text, sizeof(text), "%s:%u: %s: %s", place->path, place->line, place->variable,
                 place->value == PLACE_OTHER ? "what it holds is no address"
                                             : "the node has no such address");
        r = sd_bus_message_append(message, "s", text);
    }
    return r;
}

static int skipped_endpoints(sd_bus_message *message, const struct view *view)
{
    const struct endpoint_names *names = view->endpoint_names;
    char text[sizeof(names->list[0]) + 64];
    int r = 0;

    for (size_t i = 0; names && r >= 0 && i < names->count; i++) {
        const struct endpoint_name *name = &names->list[i];

        if (name->answer == ENDPOINT_FOUND)
            continue;
        if (name->answer == ENDPOINT_BAD_FILE)
            snprintf(text, sizeof(text), KEEPALIVE_FILE_FOLDER "/%s.conf: %s", name->link, name->host);
        else
            snprintf(text, sizeof(text), "%s: %s %s", name->link, name->host,
                     endpoint_answer_text(name->answer));
        r = sd_bus_message_append(message, "s", text);
    }
    if (r < 0 || !names || !names->truncated)
        return r;
    snprintf(text, sizeof(text), "more than %d endpoints are given by name", ENDPOINT_NAMES_MAX);
    return sd_bus_message_append(message, "s", text);
}

static int skipped(sd_bus_message *message, const struct view *view)
{
    char text[FILE_PATH_SIZE + 192];
    int r = encode_open_entry(message, "skipped", "as");

    if (r >= 0)
        r = sd_bus_message_open_container(message, 'a', "s");
    for (size_t i = 0; r >= 0 && i < view->node->files.count; i++) {
        const struct file_fact *file = &view->node->files.list[i].fact.file;

        if (file->state != FILE_REFUSED)
            continue;
        snprintf(text, sizeof(text), "%s: %s", file->path, file->problem);
        r = sd_bus_message_append(message, "s", text);
    }
    if (r >= 0)
        r = skipped_places(message, view);
    if (r >= 0)
        r = skipped_endpoints(message, view);
    if (r >= 0)
        r = sd_bus_message_close_container(message);
    return r < 0 ? r : encode_close_entry(message);
}

int encode_refreshed(sd_bus_message *message, const struct view *view)
{
    const struct address_fact *address = node_address(view->node);
    char text[ADDRESS_TEXT_SIZE] = "";
    int r = sd_bus_message_open_container(message, 'a', "{sv}");

    if (address)
        address_text(address->family, address->bytes, -1, text, sizeof(text));
    if (r >= 0)
        r = encode_entry(message, "address", "s", text);
    if (r >= 0)
        r = skipped(message, view);
    return r < 0 ? r : sd_bus_message_close_container(message);
}

int encode_synced(sd_bus_message *message, const struct plan *plan)
{
    bool steps = plan->steps_count && !plan->steps[0].clock_left;
    int r = sd_bus_message_open_container(message, 'a', "{sv}");

    if (r >= 0)
        r = encode_entry(message, "offset-before-usec", "x", plan->clock.offset_usec);
    if (r >= 0)
        r = encode_entry(message, "error-bound-usec", "t", plan->clock.bound_usec);
    if (r >= 0)
        r = encode_entry(message, "reference", "s", clock_reference_name(plan->clock.reference));
    if (r >= 0)
        r = encode_entry(message, "outcome", "s", steps ? "stepped" : "ok");
    return r < 0 ? r : sd_bus_message_close_container(message);
}

static int resumed_mended(sd_bus_message *message, const struct resumed *resumed)
{
    int r = encode_open_entry(message, "mended", "as");

    if (r >= 0)
        r = sd_bus_message_open_container(message, 'a', "s");
    for (size_t i = 0; r >= 0 && i < resumed->mended_count; i++)
        r = sd_bus_message_append(message, "s", resumed->mended[i]);
    if (r >= 0)
        r = sd_bus_message_close_container(message);
    return r < 0 ? r : encode_close_entry(message);
}

static int resumed_findings(sd_bus_message *message, const struct findings *findings)
{
    char text[64 + FINDING_SUBJECT_MAX];
    int r = encode_open_entry(message, "findings", "as");

    if (r >= 0)
        r = sd_bus_message_open_container(message, 'a', "s");
    for (size_t i = 0; r >= 0 && i < findings->count; i++) {
        snprintf(text, sizeof(text), "%s%s%s", findings->list[i].id, findings->list[i].subject[0] ? " " : "",
                 findings->list[i].subject);
        r = sd_bus_message_append(message, "s", text);
    }
    if (r >= 0)
        r = sd_bus_message_close_container(message);
    return r < 0 ? r : encode_close_entry(message);
}

int encode_resumed(sd_bus_message *message, const struct resumed *resumed, const struct findings *findings)
{
    int r = sd_bus_message_open_container(message, 'a', "{sv}");

    if (r >= 0)
        r = resumed_mended(message, resumed);
    if (r >= 0)
        r = resumed_findings(message, findings);
    if (r >= 0)
        r = encode_entry(message, "clock", "s", resumed->clock);
    if (r >= 0)
        r = encode_entry(message, "offset-usec", "x", resumed->offset_usec);
    if (r >= 0)
        r = encode_entry(message, "network", "s", resumed->dead ? "dead" : "ok");
    if (r >= 0)
        r = encode_entry(message, "vpn", "s", resumed->vpn);
    return r < 0 ? r : sd_bus_message_close_container(message);
}

static int change_steps(sd_bus_message *message, const struct steps *steps)
{
    int r = encode_open_entry(message, "steps", "a(sss)");

    if (r >= 0)
        r = sd_bus_message_open_container(message, 'a', "(sss)");
    for (size_t i = 0; r >= 0 && i < steps->count; i++) {
        struct step step = steps_at(steps, i);

        r = append_step(message, &step);
    }
    if (r >= 0)
        r = sd_bus_message_close_container(message);
    return r < 0 ? r : encode_close_entry(message);
}

int encode_change(sd_bus_message *message, const struct change *change)
{
    int r = sd_bus_message_open_container(message, 'a', "{sv}");

    if (r >= 0)
        r = encode_entry(message, "id", "t", change->id);
    if (r >= 0)
        r = encode_entry(message, "time", "t", change->time_usec);
    if (r >= 0)
        r = encode_entry(message, "uid", "u", change->uid);
    if (r >= 0)
        r = encode_entry(message, "verb", "s", verb_name(change->verb));
    if (r >= 0)
        r = encode_entry(message, "state", "s", change_state_name(change->state));
    if (r >= 0 && change->undoes)
        r = encode_entry(message, "undoes", "t", change->undoes);
    if (r >= 0)
        r = change_steps(message, &change->steps);
    return r < 0 ? r : sd_bus_message_close_container(message);
}

static const char *role(const struct node *node, const struct link_fact *link)
{
    if (link == node_uplink(node))
        return "uplink";
    return link->loopback ? "loopback" : link_is_tunnel(link) ? "tunnel" : "other";
}

int encode_link(sd_bus_message *message, const struct node *node, const struct link_fact *link)
{
    int r = sd_bus_message_open_container(message, 'a', "{sv}");

    if (r >= 0)
        r = encode_entry(message, "name", "s", link->name);
    if (r >= 0)
        r = encode_entry(message, "ifindex", "i", link->ifindex);
    if (r >= 0)
        r = encode_entry(message, "kind", "s", link->kind);
    if (r >= 0)
        r = encode_entry(message, "role", "s", role(node, link));
    if (r >= 0)
        r = encode_entry(message, "up", "b", (int)link->up);
    if (r >= 0)
        r = encode_entry(message, "mtu", "u", link->mtu);
    if (r >= 0)
        r = encode_entry(message, "min-mtu", "u", link->mtu_min);
    if (r >= 0)
        r = encode_entry(message, "max-mtu", "u", link->mtu_max);
    if (r >= 0)
        r = encode_open_entry(message, "addresses", "as");
    if (r >= 0)
        r = encode_addresses(message, node, link->ifindex, false);
    if (r >= 0)
        r = encode_close_entry(message);
    return r < 0 ? r : sd_bus_message_close_container(message);
}
