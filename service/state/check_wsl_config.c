/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of WSL's own configuration */
#include "health.h"

void check_wsl_conf_cut_off(const struct health_input *input, struct findings *findings)
{
    const struct wsl_config_fact *config = &input->node->wsl_config;
    struct finding *finding;

    if (!config->rest_line)
        return;
    finding = findings_add(findings, "wsl-conf-cut-off", "/etc/wsl.conf", SEVERITY_WARNING);
    finding->summary = "WSL ignores the rest of its configuration file.";
    finding->cause =
        "There is a line that WSL does not understand, and it reads nothing from there on. It says "
        "so at the next start, if at all.";
    finding->remedy =
        "`wslnodectl config lint --wsl` says what is wrong with the line. It counts from the next "
        "start of the distribution on (wsl --terminate in Windows).";
    finding_number(finding, "line", config->rest_line);
}

void check_wsl_conf_remarks(const struct health_input *input, struct findings *findings)
{
    const struct wsl_config_fact *config = &input->node->wsl_config;
    struct finding *finding;

    if (!config->remarks || config->rest_line)
        return;
    finding = findings_add(findings, "wsl-conf-remarks", "/etc/wsl.conf", SEVERITY_INFO);
    finding->summary = "WSL takes something in its configuration file otherwise than it looks.";
    finding->cause = "A key or a value is none that WSL knows there, or it reads another one.";
    finding->remedy = "`wslnodectl config lint --wsl` says which, and what to write instead.";
    finding_number(finding, "line", config->first_line);
    finding_number(finding, "remarks", config->remarks);
}
