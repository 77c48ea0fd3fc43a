/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of what keeps the node up while nobody is logged in */
#include "health.h"

static const char *file_of(const struct wslconfig_fact *config)
{
    return config->path[0] ? config->path : "%UserProfile%\\.wslconfig";
}

static bool has_tunnel(const struct node *node)
{
    for (size_t i = 0; i < node->links.count; i++)
        if (link_is_tunnel(&node->links.list[i].fact.link))
            return true;
    return false;
}

/* If some files keep it up and some do not, nobody here can tell which counts. */
static enum severity severity_of(const struct node *node)
{
    return has_tunnel(node) && !node->wslconfig.staying ? SEVERITY_CRITICAL : SEVERITY_INFO;
}

void check_stops_when_idle(const struct health_input *input, struct findings *findings)
{
    const struct wslconfig_fact *config = &input->node->wslconfig;
    struct finding *finding;

    if (!config->folders || config->idle_msec < 0)
        return;
    finding = findings_add(findings, "stops-when-idle", "", severity_of(input->node));
    finding->summary = "WSL stops this node once its last shell is closed.";
    finding->cause =
        "Services do not keep a distribution up: unless instanceIdleTimeout is negative, WSL ends "
        "it after that time without a shell, and then the virtual machine. vmIdleTimeout alone "
        "changes nothing. A task of Windows that holds a shell open keeps it up as well.";
    finding->remedy = "Put the lines \"[general]\" and, below it, \"instanceIdleTimeout=-1\" into "
                      "%UserProfile%\\.wslconfig in Windows. `wsl --shutdown` there makes WSL read them.";
    finding_text(finding, "file", file_of(config));
    finding_number(finding, "milliseconds", config->idle_msec);
}

void check_wslconfig_remarks(const struct health_input *input, struct findings *findings)
{
    const struct wslconfig_fact *config = &input->node->wslconfig;
    struct finding *finding;

    if (!config->remarks)
        return;
    finding = findings_add(findings, "wslconfig-remarks", "", SEVERITY_WARNING);
    finding->summary = "WSL takes something in .wslconfig otherwise than it looks.";
    finding->cause =
        "A key or a value is none that WSL knows there (generateResolvConf, for instance, belongs "
        "into wsl.conf), or it reads another one.";
    finding->remedy = "`wslnodectl config lint --wslconfig FILE` says which, and what to write instead. It "
                      "counts after `wsl --shutdown` in Windows.";
    finding_text(finding, "file", file_of(config));
    finding_number(finding, "line", config->first_line);
    finding_number(finding, "remarks", config->remarks);
}
