/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of the files that are to follow the node's address */
#include "health.h"

static bool is_told(const struct findings *findings, const char *id, const char *subject)
{
    return findings_find(findings, id, subject) != NULL;
}

static void stale(const struct place_fact *place, const char *address, struct findings *findings)
{
    struct finding *finding = findings_add(findings, "stale-address", place->path, SEVERITY_WARNING);

    finding->summary = "The file holds an address that the node no longer has.";
    finding->cause = "WSL2 gives the node another address at every restart; what was written into a file "
                     "stays what it was.";
    finding->remedy = "Mend it: the node's address is put there, and nothing else is changed (wslnodectl "
                      "refresh-ip does the same for all files).";
    finding_text(finding, "variable", place->variable);
    finding_number(finding, "line", place->line);
    finding_text(finding, "found", place->text[0] ? place->text : "nothing");
    finding_text(finding, "address", address);
    finding->mend.verb = MEND_REFRESH_IP;
}

void check_stale_address(const struct health_input *input, struct findings *findings)
{
    const struct node *node = input->node;
    char text[ADDRESS_TEXT_SIZE];

    for (size_t i = 0; i < node->places.count; i++) {
        const struct place_fact *place = &node->places.list[i].fact.place;

        /* One finding tells of a file, however many places in it are stale. */
        if (targets_stale(node, place) && !is_told(findings, "stale-address", place->path))
            stale(place, targets_address(node, place, text, sizeof(text)), findings);
    }
}

void check_file_refused(const struct health_input *input, struct findings *findings)
{
    for (size_t i = 0; i < input->node->files.count; i++) {
        const struct file_fact *file = &input->node->files.list[i].fact.file;
        struct finding *finding;

        if (file->state != FILE_REFUSED)
            continue;
        finding = findings_add(findings, "file-refused", file->path, SEVERITY_WARNING);
        finding->summary = "The file is to follow the node's address, but is not touched.";
        finding->cause = "It is not one that can be changed safely, or not one that holds the address: see "
                         "`problem`.";
        finding->remedy = "Mend what `problem` says, or take the file out of Files= in "
                          "/etc/wslnode/wslnode.conf.";
        finding_text(finding, "problem", file->problem);
    }
}
