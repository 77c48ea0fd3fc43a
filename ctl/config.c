/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* config: what the configuration says, and whether it can be understood. It asks the files alone. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "../service/config.h"
#include "cleanup.h"
#include "command.h"
#include "failure.h"
#include "json.h"
#include "wsl_lint.h"

static json_t *config_words(const char (*words)[FILE_PATH_SIZE], size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_string(words[i]));
    return list;
}

static json_t *config_files(const struct targets *targets)
{
    json_t *list = json_array();

    for (size_t i = 0; i < targets->files_count; i++) {
        const struct target_file *file = &targets->files[i];
        json_t *variables = json_array();

        for (size_t v = 0; v < file->variables_count; v++)
            json_array_append_new(variables, json_string(file->variables[v]));
        json_array_append_new(list,
                              json_pack("{s:s, s:o, s:I, s:b}", "Path", file->path, "Variables", variables,
                                        "User", (json_int_t)file->uid, "Create", file->create));
    }
    return list;
}

static const char *config_auto_sync(const struct clock_config *clock)
{
    static const char *const names[] = {
        [AUTO_SYNC_RESUME] = "resume", [AUTO_SYNC_ALWAYS] = "always", [AUTO_SYNC_NO] = "no"};

    return names[clock->auto_sync];
}

static const char *config_server(const struct ntp_server *server, char buffer[INET6_ADDRSTRLEN])
{
    return inet_ntop(server->family, server->bytes, buffer, INET6_ADDRSTRLEN);
}

static json_t *config_servers(const struct clock_config *clock)
{
    char buffer[INET6_ADDRSTRLEN];
    json_t *list = json_array();

    for (size_t i = 0; i < clock->servers_count; i++)
        json_array_append_new(list, json_string(config_server(&clock->servers[i], buffer)));
    return list;
}

static json_t *config_dns_servers(const struct dns_config *dns)
{
    char buffer[DNS_ADDRESS_SIZE];
    json_t *list = json_array();

    for (size_t i = 0; i < dns->servers.count; i++)
        json_array_append_new(list, json_string(
                                        dns_address_text(&dns->servers.servers[i], buffer, sizeof(buffer))));
    return list;
}

static int config_json(const struct config *config)
{
    _json_ json_t *document = json_document();
    json_t *mtus = json_object();

    for (size_t i = 0; i < config->mtus_count; i++)
        json_object_set_new(mtus, config->mtus[i].link, json_integer(config->mtus[i].mtu));
    if (!document || json_put(document, "MTU", mtus) < 0 ||
        json_put(document, "Files", config_files(&config->targets)) < 0 ||
        json_put(document, "Units", config_words(config->targets.units, config->targets.units_count)) < 0 ||
        json_put(document, "Automatic", json_boolean(!config->targets.manual)) < 0 ||
        json_put(document, "AutoSync", json_string(config_auto_sync(&config->clock))) < 0 ||
        json_put(document, "NTPServers", config_servers(&config->clock)) < 0 ||
        json_put(document, "Servers", config_dns_servers(&config->dns)) < 0 ||
        json_put(document, "PublicFallback", json_boolean(config->dns.public_fallback)) < 0 ||
        json_put(document, "ProbeName", json_string(config->dns.probe_name)) < 0)
        return -ENOMEM;
    return json_emit(document);
}

static void config_clock_text(const struct clock_config *clock)
{
    char buffer[INET6_ADDRSTRLEN];

    printf("\n[Clock]\nAutoSync=%s\n", config_auto_sync(clock));
    for (size_t i = 0; i < clock->servers_count; i++)
        printf("%s%s", i ? " " : "NTPServers=", config_server(&clock->servers[i], buffer));
    fputs(clock->servers_count ? "\n" : "", stdout);
}

static void config_dns_text(const struct dns_config *dns)
{
    char servers[DNS_LIST_SIZE];

    puts("\n[DNS]");
    if (dns->servers.count)
        printf("Servers=%s\n", dns_list_text(&dns->servers, servers, sizeof(servers)));
    printf("PublicFallback=%s\nProbeName=%s\n", dns->public_fallback ? "yes" : "no", dns->probe_name);
}

/* As it could stand in one file. */
static int config_text(const struct config *config)
{
    const struct targets *targets = &config->targets;

    puts("[Node]");
    for (size_t i = 0; i < config->mtus_count; i++)
        printf("MTU=%s:%u\n", config->mtus[i].link, config->mtus[i].mtu);
    puts("\n[RefreshIP]");
    for (size_t i = 0; i < targets->units_count; i++)
        printf("Units=%s\n", targets->units[i]);
    printf("Automatic=%s\n", targets->manual ? "no" : "yes");
    config_clock_text(&config->clock);
    config_dns_text(&config->dns);
    for (size_t i = 0; i < targets->files_count; i++) {
        const struct target_file *file = &targets->files[i];

        if (file->name[0])
            printf("\n[File %s]\nPath=%s\nVariables=", file->name, file->path);
        else
            printf("\n[File %zu]\nPath=%s\nVariables=", i + 1, file->path);
        for (size_t v = 0; v < file->variables_count; v++)
            printf("%s%s", v ? " " : "", file->variables[v]);
        printf("\nUser=%u\nCreate=%s\n", file->uid, file->create ? "yes" : "no");
    }
    return 0;
}

int config_run(const struct command_options *options, char **arguments)
{
    struct config_fact problem = {.path = ""};
    struct config config = {.mtus_count = 0};
    bool show = strcmp(arguments[0], "show") == 0;
    int root, r;

    if (!show && strcmp(arguments[0], "lint") != 0)
        return failure_usage(options, SD_BUS_ERROR_INVALID_ARGS, "config takes show or lint, not \"%s\"",
                             arguments[0]);
    if (options->wsl && show)
        return failure_usage(options, SD_BUS_ERROR_INVALID_ARGS, "config show does not take --wsl");
    if (options->wsl)
        return wsl_lint_run(options, arguments + 1);
    if (arguments[1])
        return failure_usage(options, SD_BUS_ERROR_INVALID_ARGS, "config %s takes files only with --wsl",
                             arguments[0]);
    root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return -errno;
    r = config_load(root, &config, &problem);
    close(root);
    if (r < 0) {
        fprintf(stderr, "%s: %s\n", problem.path, problem.problem);
        return COMMAND_FAILED;
    }
    if (show)
        return options->json ? config_json(&config) : config_text(&config);
    /* They were named already. */
    if (config.unknown)
        return COMMAND_FAILED;
    puts("The configuration can be understood.");
    return COMMAND_OK;
}
