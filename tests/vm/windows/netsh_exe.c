/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* netsh.exe: interface portproxy show all, and dump
 *
 * From Microsoft's reference (the commands and their parameters) and published outputs (the English table;
 * the frame of dump, whose comments are translated and whose commands are not). Guessed: the German words,
 * and where listenaddress stands in a line of dump.
 */
#include "windows.h"

#include <stddef.h>
#include <string.h>

#include "portproxy.h"

static void show_rule(const char *listen_address, const char *listen_port, const char *connect_address,
                      const char *connect_port)
{
    say(stdout, ENCODING_OEM, "%-15s %-10s  %-15s %s\n", listen_address, listen_port, connect_address,
        connect_port);
}

static int show(void)
{
    const char *address = german() ? "Adresse" : "Address", *line = "---------------",
               *short_line = "----------";
    char *lines = portproxy(), listen_port[16], connect_port[16];
    struct rule rule;
    bool first = true;

    while (next_rule(&lines, &rule)) {
        if (first) {
            say(stdout, ENCODING_OEM,
                german() ? "\nAbhören auf ipv4:           Verbinden mit ipv4:\n\n"
                         : "\nListen on ipv4:             Connect to ipv4:\n\n");
            show_rule(address, "Port", address, "Port");
            show_rule(line, short_line, line, short_line);
        }
        first = false;
        snprintf(listen_port, sizeof(listen_port), "%d", rule.listen_port);
        snprintf(connect_port, sizeof(connect_port), "%d", rule.connect_port);
        show_rule(rule.listen_address, listen_port, rule.connect_address, connect_port);
    }
    say(stdout, ENCODING_OEM, "\n");
    return 0;
}

static int dump(void)
{
    const char *line = german() ? "#=======================" : "#========================";
    const char *title = german() ? "Portproxykonfiguration" : "Port Proxy configuration";
    char *lines = portproxy();
    struct rule rule;

    say(stdout, ENCODING_OEM, "\n%s\n# %s\n%s\npushd interface portproxy\n\nreset\n", line, title, line);
    while (next_rule(&lines, &rule)) {
        say(stdout, ENCODING_OEM, "add v4tov4 listenport=%d", rule.listen_port);
        if (strcmp(rule.listen_address, "*") != 0)
            say(stdout, ENCODING_OEM, " listenaddress=%s", rule.listen_address);
        say(stdout, ENCODING_OEM, " connectaddress=%s connectport=%d\n", rule.connect_address,
            rule.connect_port);
    }
    say(stdout, ENCODING_OEM, "\n\npopd\n\n# %s %s\n\n\n", german() ? "Ende der" : "End of", title);
    return 0;
}

int answer_netsh(const struct call *call)
{
    char **words = call->arguments;

    if (asked(words, "interface", "portproxy", "show", "all", NULL) ||
        asked(words, "interface", "portproxy", "show", "v4tov4", NULL))
        return show();
    if (asked(words, "interface", "portproxy", "dump", NULL))
        return dump();
    return no_answer(call);
}
