/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* reg.exe: query of the key in which Windows keeps the port proxy's rules for TCP over IPv4
 *
 * From Microsoft's reference (reg query: columns, exit status 1 on failure) and published reports (name of
 * the key, form of its values, the message for an absent key in English and German). Guessed: what is printed
 * for a key without values.
 */
#include "windows.h"

#include <string.h>
#include <strings.h>

#include "portproxy.h"

#define KEY "SYSTEM\\CurrentControlSet\\Services\\PortProxy\\v4tov4\\tcp"

static bool is_key(const char *name)
{
    return strcasecmp(name, "HKLM\\" KEY) == 0 || strcasecmp(name, "HKEY_LOCAL_MACHINE\\" KEY) == 0;
}

static int refuse(void)
{
    say(stderr, ENCODING_OEM,
        german() ? "FEHLER: Der angegebene Registrierungsschlüssel bzw. Wert wurde nicht gefunden.\n"
                 : "ERROR: The system was unable to find the specified registry key or value.\n");
    return 1;
}

int answer_reg(const struct call *call)
{
    char *const *words = call->arguments, *lines;
    struct rule rule;

    if (!words[0] || strcasecmp(words[0], "query") != 0 || !words[1] || words[2] || !is_key(words[1]))
        return no_answer(call);
    lines = portproxy();
    if (!lines)
        return refuse();
    say(stdout, ENCODING_OEM, "\nHKEY_LOCAL_MACHINE\\%s\n", KEY);
    while (next_rule(&lines, &rule))
        say(stdout, ENCODING_OEM, "    %s/%d    REG_SZ    %s/%d\n", rule.listen_address, rule.listen_port,
            rule.connect_address, rule.connect_port);
    say(stdout, ENCODING_OEM, "\n");
    return 0;
}
