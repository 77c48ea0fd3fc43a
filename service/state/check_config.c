/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Check of our own configuration */
#include "health.h"

void check_configuration(const struct health_input *input, struct findings *findings)
{
    const struct config_fact *config = &input->node->config;
    struct finding *finding;

    if (!config->path[0])
        return;
    finding = findings_add(findings, "configuration-refused", config->path, SEVERITY_WARNING);
    finding->summary = "The configuration file was refused; the one before it stays in force.";
    finding->cause = "The file cannot be read, or a line of it cannot be understood: see `problem`.";
    finding->remedy = "Mend the line, then run `systemctl reload wslnoded` (without systemd: send SIGHUP).";
    finding_text(finding, "problem", config->problem);
}
