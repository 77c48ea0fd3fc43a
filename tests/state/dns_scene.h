/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* FixDNS in a scene. */
#pragma once

#include "dns_facts.h"
#include "scene.h"

static inline int fix_dns_as(struct scene *scene, uint64_t flags, bool own)
{
    struct call call = {.verb = VERB_FIX_DNS, .flags = flags, .own = own};

    memset(&scene->plan, 0, sizeof(scene->plan));
    memset(&scene->refusal, 0, sizeof(scene->refusal));
    return plan_fix_dns(&scene->view, &call, &scene->plan, &scene->refusal);
}

static inline int fix_dns(struct scene *scene, uint64_t flags)
{
    return fix_dns_as(scene, flags, false);
}

static inline void assert_refused(struct scene *scene, uint64_t flags, enum refusal_kind kind,
                                  const char *says)
{
    assert_int_equal(fix_dns(scene, flags), -1);
    assert_int_equal(scene->refusal.kind, kind);
    assert_non_null(strstr(scene->refusal.text, says));
    assert_true(strlen(scene->refusal.text) < sizeof(scene->refusal.text) - 1);
}

static inline const struct resolv_span *resolv_step(struct scene *scene)
{
    assert_true(scene->plan.steps_count >= 1);
    assert_int_equal(scene->plan.steps[0].kind, STEP_RESOLV);
    assert_string_equal(scene->plan.steps[0].target, "/etc/resolv.conf");
    return &scene->plan.steps[0].resolv;
}

/* WSL's tunnel refuses, and the gateway answers. */
static inline void gateway_answers(struct scene *scene)
{
    wsl_lists(&scene->node, TUNNEL, DNS_ANSWER_REFUSED);
    tell(&scene->node, server_of(GATEWAY, DNS_ROLE_GATEWAY, OK, OK));
}

/* And this stands at /etc/resolv.conf, beside WSL's file. */
static inline void stands(struct scene *scene, struct fact fact)
{
    gateway_answers(scene);
    fact.resolver.wsl = dns_list_of(TUNNEL);
    tell(&scene->node, fact);
}
