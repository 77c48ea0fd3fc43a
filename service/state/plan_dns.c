/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans that give programs DNS servers that answer */
#include "plan.h"

#include <stdio.h>
#include <string.h>

#include "digest.h"

#define PATH         "/etc/resolv.conf"
#define RUNTIME_PATH "/run/wslnode/resolv.conf"
#define WSL_END      "wsl/resolv.conf" /* behind automount's root */
#define GIVES_BACK   "what stands there is put aside, and Undo gives it back"

bool plan_needs_dns(const struct view *view, const struct call *call)
{
    const struct finding *finding;

    if (call->verb != VERB_MEND)
        return call->verb == VERB_FIX_DNS;
    finding = findings_find(view->findings, call->word, call->target);
    return finding && finding->mend.verb == MEND_FIX_DNS;
}

/* Whose the file is does not depend on answers. */
bool plan_dns_doubts(const struct refusal *refusal)
{
    return refusal->kind == REFUSAL_BUSY || refusal->kind == REFUSAL_NO_WORKING_SERVER;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), wanted = strlen(end);

    return length >= wanted && strcmp(text + length - wanted, end) == 0;
}

enum resolv_form plan_dns_form(const struct resolver_fact *resolver)
{
    /* Ours in /run does not outlive a start of WSL; the link does where WSL makes none. */
    bool ours = resolver->owner == DNS_OWNER_WSLNODE ||
                (resolver->kind == RESOLVER_DANGLING && strcmp(resolver->target, RUNTIME_PATH) == 0);

    if (resolver->kind == RESOLVER_MISSING)
        return RESOLV_ABSENT;
    if (!ours)
        return RESOLV_OTHER;
    return resolver->kind == RESOLVER_FILE ? RESOLV_LASTING : RESOLV_RUNTIME;
}

bool plan_is_ours(enum resolv_form form)
{
    return form == RESOLV_RUNTIME || form == RESOLV_LASTING;
}

/* WSL's own link, or one to its file while that is not there. */
static bool is_wsls(const struct resolver_fact *resolver)
{
    return (resolver->kind == RESOLVER_LINK && resolver->owner == DNS_OWNER_WSL) ||
           (resolver->kind == RESOLVER_DANGLING && ends_with(resolver->target, WSL_END));
}

static bool is_wsl2(const struct node *node)
{
    return strcmp(node->platform.platform, "wsl2") == 0;
}

static struct step *add_step(struct plan *plan, enum step_kind kind, const char *target)
{
    struct step *step = &plan->steps[plan->steps_count++];

    memset(step, 0, sizeof(*step));
    step->kind = kind;
    snprintf(step->target, sizeof(step->target), "%s", target);
    return step;
}

struct resolv_span *plan_add_resolv(const struct view *view, enum resolv_form to, struct plan *plan)
{
    const struct resolver_fact *resolver = &view->node->resolver;
    struct resolv_span *span = &add_step(plan, STEP_RESOLV, PATH)->resolv;

    span->from = plan_dns_form(resolver);
    span->to = to;
    span->before = resolver->listed;
    span->before_vc = resolver->use_vc;
    span->immutable = resolver->immutable;
    span->foreign = span->from == RESOLV_OTHER && !is_wsls(resolver);
    return span;
}

static int refuse_owner(enum dns_owner owner, enum resolver_kind kind, struct refusal *refusal)
{
    if (kind == RESOLVER_JUNK)
        return refuse(refusal, REFUSAL_OWNED_BY_OTHER,
                      PATH " is nothing that programs can read as one: a folder, a device, or far too large. "
                           "Look what it is, or ask with FORCE: " GIVES_BACK ".");
    if (owner == DNS_OWNER_RESOLVED)
        return refuse(refusal, REFUSAL_OWNED_BY_OTHER,
                      PATH " is systemd-resolved's, which has servers of its own: `resolvectl dns` shows and "
                           "sets them. Or ask with FORCE: " GIVES_BACK ".");
    if (owner == DNS_OWNER_TAILSCALE)
        return refuse(refusal, REFUSAL_OWNED_BY_OTHER,
                      PATH " is Tailscale's: look at its DNS settings, or have it let go of the file "
                           "(`tailscale set --accept-dns=false`). Or ask with FORCE: " GIVES_BACK ".");
    return refuse(refusal, REFUSAL_OWNED_BY_OTHER,
                  PATH " is neither WSL's nor wslnode's: somebody made it. Change its servers there, or ask "
                       "with FORCE: " GIVES_BACK ".");
}

int plan_check_resolv(const struct resolver_fact *resolver, uint64_t flags, struct refusal *refusal)
{
    enum dns_owner owner = resolver->owner;

    if (flags & CALL_FORCE)
        return 0;
    if (resolver->lost >= DNS_FIGHT_LOST)
        return refuse(refusal, REFUSAL_FIGHTING,
                      "Others replaced wslnode's " PATH " %u times within ten minutes; one more would not "
                      "end it. Find what writes it and have it leave the file alone, or ask with FORCE.",
                      resolver->lost);
    if (resolver->kind == RESOLVER_JUNK || owner == DNS_OWNER_RESOLVED || owner == DNS_OWNER_TAILSCALE ||
        owner == DNS_OWNER_USER)
        return refuse_owner(owner, resolver->kind, refusal);
    if (resolver->immutable)
        return refuse(refusal, REFUSAL_OWNED_BY_OTHER,
                      PATH " has the attribute i: somebody meant it to stay. Run `chattr -i " PATH
                           "`, or ask with FORCE: " GIVES_BACK ".");
    return 0;
}

static int check_fix(const struct view *view, uint64_t flags, struct refusal *refusal)
{
    const struct node *node = view->node;

    if (!node_resolver_known(node) || !node->platform_spoken)
        return refuse(refusal, REFUSAL_BUSY, PATH " is still being read; ask again in a moment.");
    if (!is_wsl2(node) && !(flags & CALL_FORCE))
        return refuse(refusal, REFUSAL_NOT_WSL,
                      "This is not WSL2, and " PATH " is another's matter here: set the servers where this "
                      "machine's network is configured. Or ask with FORCE: " GIVES_BACK ".");
    return plan_check_resolv(&node->resolver, flags, refusal);
}

/* "10.255.255.254 (refused), 172.20.0.1 (timeout)": only whole items. */
static const char *tried(const struct node *node, char *buffer, size_t size)
{
    size_t length = 0;

    snprintf(buffer, size, "none");
    for (size_t i = 0; i < node->servers.count; i++) {
        const struct server_fact *server = &node->servers.list[i].fact.server;
        char text[DNS_ADDRESS_SIZE], item[DNS_ADDRESS_SIZE + 16];
        size_t more =
            snprintf(item, sizeof(item), "%s%s (%s)", length ? ", " : "",
                     dns_address_text(&server->address, text, sizeof(text)), dns_answer_name(server->udp));

        if (length + more >= size)
            break;
        memcpy(buffer + length, item, more + 1);
        length += more;
    }
    return buffer;
}

static int add_setting(const struct resolver_fact *resolver, struct plan *plan, struct refusal *refusal)
{
    struct setting_span *setting;

    /* The sensor's word for what is no text. */
    if (strchr(resolver->generate, '?'))
        return refuse(refusal, REFUSAL_OWNED_BY_OTHER,
                      "generateResolvConf in /etc/wsl.conf has a value that is no text, so it could not be "
                      "given back. Remove that line first.");
    setting = &add_step(plan, STEP_SETTING, "/etc/wsl.conf")->setting;

    snprintf(setting->section, sizeof(setting->section), "network");
    snprintf(setting->key, sizeof(setting->key), "generateResolvConf");
    snprintf(setting->before, sizeof(setting->before), "%s", resolver->generate);
    snprintf(setting->after, sizeof(setting->after), "false");
    setting->create = resolver->wsl_conf_missing;
    plan->dns.restart_required = true;
    return 0;
}

static int add_choice(const struct view *view, const struct call *call, struct plan *plan,
                      struct refusal *refusal)
{
    const struct resolver_fact *resolver = &view->node->resolver;
    enum resolv_form from = plan_dns_form(resolver);
    bool persist = call->flags & CALL_PERSIST;
    enum resolv_form to = persist || from == RESOLV_LASTING ? RESOLV_LASTING : RESOLV_RUNTIME;
    struct dns_choice choice;
    struct resolv_span *span;
    char text[256];

    dns_choose(view->node, view->dns->public_fallback && !call->own, &choice);
    if (!choice.answering)
        return refuse(refusal, REFUSAL_NO_WORKING_SERVER,
                      "No DNS server answers. Asked were: %s. Look at Windows' network, or name servers in "
                      "Servers= of section [DNS] in /etc/wslnode/wslnode.conf, then reload.",
                      tried(view->node, text, sizeof(text)));
    /* An option of another's stays with what is kept of the text. */
    if (!plan_is_ours(from) && resolver->use_vc)
        choice.use_vc = true;
    plan->dns.servers = choice.servers;
    if (from != to || resolver->use_vc != choice.use_vc ||
        !dns_list_equal(&resolver->listed, &choice.servers)) {
        span = plan_add_resolv(view, to, plan);
        span->after = choice.servers;
        span->after_vc = choice.use_vc;
    }
    return persist && is_wsl2(view->node) && resolver->wsl_generates ? add_setting(resolver, plan, refusal)
                                                                     : 0;
}

/*
 * Which servers answer is asked between the two plans, so it is no part of what is authorised. Nor is what
 * stands there, as long as refusals guard it; FORCE is for what was there when it was asked for.
 */
static uint64_t digest_of(const struct resolver_fact *resolver, uint64_t flags)
{
    uint64_t digest = DIGEST_BEGIN;

    if (!(flags & CALL_FORCE))
        return 0;
    digest = digest_add_text(digest, dns_owner_name(resolver->owner));
    digest = digest_add_text(digest, resolver->target);
    return digest_add_number(digest, resolver->kind);
}

int plan_fix_dns(const struct view *view, const struct call *call, struct plan *plan, struct refusal *refusal)
{
    const struct resolver_fact *resolver = &view->node->resolver;
    uint64_t targets = digest_of(resolver, call->flags);
    const struct change *change;
    int r;

    if (resolver->owner == DNS_OWNER_RESOLVED && is_wsl2(view->node) && !(call->flags & CALL_FORCE))
        return plan_link_dns(view, call, plan, refusal);
    plan->subject.targets = targets;
    if (check_fix(view, call->flags, refusal) < 0)
        return -1;
    if (call->flags & CALL_PERSIST)
        return add_choice(view, call, plan, refusal);
    change = dns_wsl_answers(view->node) ? change_list_find(view->changes, plan_dns_change(view)) : NULL;
    if (change) {
        r = plan_undo_dns(view, change, call->flags, plan, refusal);
        plan->subject.targets = targets;
        return r;
    }
    if (!dns_first_answers(view->node))
        return add_choice(view, call, plan, refusal);
    plan->dns.servers = resolver->listed;
    return 0;
}
