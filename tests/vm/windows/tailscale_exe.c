/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tailscale.exe status --json --peers=false: answers what the knob holds
 *
 * From the source of Tailscale (cmd/tailscale/cli/status.go, diag.go): JSON goes to stdout as Go writes it,
 * with \n, whatever the state; without its service it fails with status 1 and a sentence on stderr.
 */
#include "windows.h"

int answer_tailscale(const struct call *call)
{
    char *json;

    if (!asked(call->arguments, "status", "--json", "--peers=false", NULL))
        return no_answer(call);
    json = knob("tailscale.json", NULL);
    if (!json) {
        fputs("failed to connect to local Tailscale service; is Tailscale running?\n", stderr);
        return 1;
    }
    fputs(json, stdout);
    return 0;
}
