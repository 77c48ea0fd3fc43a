/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* main: the command line of wslnodectl. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "command.h"
#include "failure.h"
#include "text.h"

#define MAIN_LIMIT     20
#define MAIN_LIMIT_MAX 200

/* Options that not every command takes. */
enum main_option {
    MAIN_DRY_RUN = 1 << 0,
    MAIN_FORCE = 1 << 1,
    MAIN_PERSIST = 1 << 2,
    MAIN_NO_LEGEND = 1 << 3,
    MAIN_LIMIT_OPTION = 1 << 4,
    MAIN_ALL = 1 << 5,
    MAIN_WSL = 1 << 6,
    MAIN_VERB = MAIN_DRY_RUN | MAIN_FORCE,
};

/* By bit. */
static const char *const main_option_names[] = {"--dry-run", "--force", "--persist", "--no-legend",
                                                "--limit",   "--all",   "--wsl"};

struct main_command {
    const char *name;
    const char *arguments;
    const char *summary;
    int least;
    int most;
    unsigned takes;
    int (*run)(const struct command_options *options, char **arguments);
};

static const struct main_command main_commands[] = {
    {"status", "", "How this node is (without a command: this)", 0, 0, MAIN_NO_LEGEND, status_run},
    {"links", "", "The links and their MTU", 0, 0, MAIN_NO_LEGEND, links_run},
    {"set-mtu", "LINK MTU", "Set a link's MTU and keep it", 2, 2, MAIN_VERB | MAIN_PERSIST, set_mtu_run},
    {"refresh-ip", "", "Put the node's address into the configured files", 0, 0, MAIN_VERB, refresh_ip_run},
    {"clock", "", "How right the clock is", 0, 0, 0, clock_run},
    {"sync-clock", "", "Set the clock right", 0, 0, MAIN_VERB, sync_clock_run},
    {"dns", "", "The DNS servers, and how they answer", 0, 0, MAIN_NO_LEGEND, dns_run},
    {"fix-dns", "", "Use DNS servers that answer", 0, 0, MAIN_VERB | MAIN_PERSIST, fix_dns_run},
    {"vpn", "[NAME]", "The VPN's tunnels, or one of them with its peers", 0, 1, MAIN_NO_LEGEND, vpn_run},
    {"set-keepalive", "LINK [PEER] SECONDS|off", "Set the keepalive of a WireGuard tunnel", 2, 3,
     MAIN_VERB | MAIN_PERSIST, set_keepalive_run},
    {"mend", "FINDING [SUBJECT]", "Mend what status found", 1, 2, MAIN_VERB | MAIN_PERSIST, mend_run},
    {"undo", "ID | --all", "Take a change back, or all of them", 1, 1, MAIN_VERB | MAIN_ALL, undo_run},
    {"release", "KIND TARGET", "Stop keeping a value (kind: mtu)", 2, 2, MAIN_VERB, release_run},
    {"changes", "", "What was changed, newest first", 0, 0, MAIN_NO_LEGEND | MAIN_LIMIT_OPTION, changes_run},
    {"config", "show | lint [FILE]", "What the configuration says, or what is wrong in it", 1, INT_MAX,
     MAIN_WSL, config_run},
    {"diagnose", "", "Measure afresh and show every check", 0, 0, 0, diagnose_run},
};
#define MAIN_COMMANDS (sizeof(main_commands) / sizeof(*main_commands))

enum main_choice {
    MAIN_CHOICE_JSON = 256,
    MAIN_CHOICE_FORCE,
    MAIN_CHOICE_PERSIST,
    MAIN_CHOICE_NO_ASK_PASSWORD,
    MAIN_CHOICE_NO_LEGEND,
    MAIN_CHOICE_LIMIT,
    MAIN_CHOICE_ALL,
    MAIN_CHOICE_WSL,
    MAIN_CHOICE_WSLCONFIG,
    MAIN_CHOICE_VERSION,
};

static const struct option main_choices[] = {
    {"json", no_argument, NULL, MAIN_CHOICE_JSON},
    {"dry-run", no_argument, NULL, 'n'},
    {"force", no_argument, NULL, MAIN_CHOICE_FORCE},
    {"persist", no_argument, NULL, MAIN_CHOICE_PERSIST},
    {"no-ask-password", no_argument, NULL, MAIN_CHOICE_NO_ASK_PASSWORD},
    {"no-legend", no_argument, NULL, MAIN_CHOICE_NO_LEGEND},
    {"limit", required_argument, NULL, MAIN_CHOICE_LIMIT},
    {"all", no_argument, NULL, MAIN_CHOICE_ALL},
    {"wsl", no_argument, NULL, MAIN_CHOICE_WSL},
    {"wslconfig", no_argument, NULL, MAIN_CHOICE_WSLCONFIG},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, MAIN_CHOICE_VERSION},
    {NULL},
};

struct main_line {
    struct command_options options;
    unsigned given;
    const char *limit;
    bool help;
    bool version;
};

static void main_help(void)
{
    printf("wslnodectl [OPTIONS] [COMMAND] [ARGUMENTS]\n\n"
           "Shows how this node is and mends what is wrong with it.\n\nCommands:\n");
    for (size_t i = 0; i < MAIN_COMMANDS; i++)
        printf("  %-10s %-18s %s\n", main_commands[i].name, main_commands[i].arguments,
               main_commands[i].summary);
    printf("\nOptions:\n"
           "  -n --dry-run            Show what would be done, change nothing\n"
           "     --force              Do what may harm; needs an administrator\n"
           "     --all                With undo: every change that can be taken back\n"
           "     --wsl                With config lint: what is wrong in /etc/wsl.conf, or in the files\n"
           "     --wslconfig          The same for files that are a .wslconfig, whatever their name\n"
           "     --persist            Keep it beyond the next start\n"
           "     --json               Print JSON\n"
           "     --no-legend          Leave out the heads of tables\n"
           "     --limit N            Show at most N changes (1 to %d; otherwise %d)\n"
           "     --no-ask-password    Never ask for a password\n"
           "  -h --help               Show this\n"
           "     --version            Show the version\n\n"
           "After -- a name may begin with a dash. More in wslnodectl(1).\n",
           MAIN_LIMIT_MAX, MAIN_LIMIT);
}

static void main_choose(struct main_line *line, int choice)
{
    struct command_options *options = &line->options;

    switch (choice) {
    case MAIN_CHOICE_JSON:
        options->json = true;
        break;
    case 'n':
        options->dry_run = true;
        line->given |= MAIN_DRY_RUN;
        break;
    case MAIN_CHOICE_FORCE:
        options->force = true;
        line->given |= MAIN_FORCE;
        break;
    case MAIN_CHOICE_PERSIST:
        options->persist = true;
        line->given |= MAIN_PERSIST;
        break;
    case MAIN_CHOICE_NO_ASK_PASSWORD:
        options->no_ask_password = true;
        break;
    case MAIN_CHOICE_NO_LEGEND:
        options->no_legend = true;
        line->given |= MAIN_NO_LEGEND;
        break;
    case MAIN_CHOICE_LIMIT:
        line->limit = optarg;
        line->given |= MAIN_LIMIT_OPTION;
        break;
    case MAIN_CHOICE_ALL:
        options->all = true;
        line->given |= MAIN_ALL;
        break;
    case MAIN_CHOICE_WSLCONFIG:
        options->wslconfig = true;
        /* fall through */
    case MAIN_CHOICE_WSL:
        options->wsl = true;
        line->given |= MAIN_WSL;
        break;
    case MAIN_CHOICE_VERSION:
        line->version = true;
        break;
    default:
        line->help = true;
    }
}

static int main_run(struct main_line *line, const char *name, int count, char **arguments)
{
    const struct command_options *options = &line->options;
    const struct main_command *command = NULL;
    uint64_t limit = MAIN_LIMIT;
    bool fits;

    for (size_t i = 0; i < MAIN_COMMANDS; i++)
        if (strcmp(main_commands[i].name, name) == 0)
            command = &main_commands[i];
    if (!command)
        return failure_usage(options, SD_BUS_ERROR_INVALID_ARGS, "there is no command \"%s\"", name);
    if (line->given & MAIN_ALL & command->takes) /* stands in the place of the arguments */
        fits = count == 0;
    else
        fits = count >= command->least && count <= command->most;
    if (!fits)
        return failure_usage(options, SD_BUS_ERROR_INVALID_ARGS, "%s takes %s", name,
                             command->most > 0 ? command->arguments : "no arguments");
    if (line->given & ~command->takes)
        return failure_usage(options, SD_BUS_ERROR_INVALID_ARGS, "%s does not take %s", name,
                             main_option_names[__builtin_ctz(line->given & ~command->takes)]);
    if (line->limit && (text_number(line->limit, MAIN_LIMIT_MAX, &limit) < 0 || limit == 0))
        return failure_usage(options, SD_BUS_ERROR_INVALID_ARGS,
                             "--limit takes a number from 1 to %d, not \"%s\"", MAIN_LIMIT_MAX, line->limit);
    line->options.limit = (uint32_t)limit;
    return command->run(options, arguments);
}

/* What could not be written was not said: a full disk is a failure. */
static int main_finish(int r)
{
    if (r < 0) {
        fprintf(stderr, "wslnodectl: %s\n", strerror(-r));
        r = COMMAND_FAILED;
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "wslnodectl: cannot write: %s\n", strerror(errno));
        r = r == COMMAND_OK ? COMMAND_FAILED : r;
    }
    return r;
}

int main(int argc, char **argv)
{
    struct main_line line = {0};
    int choice;

    setlocale(LC_CTYPE, "");
    /* It would make "undo 7 --dry-run" something else than "--dry-run undo 7". */
    unsetenv("POSIXLY_CORRECT");
    while ((choice = getopt_long(argc, argv, "hn", main_choices, NULL)) != -1) {
        if (choice == '?')
            return COMMAND_USAGE;
        main_choose(&line, choice);
    }
    if (line.help)
        main_help();
    else if (line.version)
        puts("wslnodectl " WSLNODE_VERSION);
    if (line.help || line.version)
        return main_finish(COMMAND_OK);
    if (optind == argc)
        return main_finish(main_run(&line, "status", 0, argv + argc));
    return main_finish(main_run(&line, argv[optind], argc - optind - 1, argv + optind + 1));
}
