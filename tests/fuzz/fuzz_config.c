/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as wslnode.conf: taken or refused, and what goes onto the bus can be printed */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../service/config.h"
#include "../../service/state/mtu.h"
#include "../../service/state/shell_var.h"
#include "../../service/sys/log.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int root, file;
static char folder[64];

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void clean(void)
{
    unlinkat(root, "etc/wslnode/wslnode.conf", 0);
    unlinkat(root, "etc/wslnode", AT_REMOVEDIR);
    unlinkat(root, "etc", AT_REMOVEDIR);
    rmdir(folder);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    snprintf(folder, sizeof(folder), "%s/wslnode-fuzz-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    check(mkdtemp(folder) != NULL);
    root = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    check(root >= 0 && mkdirat(root, "etc", 0755) == 0 && mkdirat(root, "etc/wslnode", 0755) == 0);
    file = openat(root, "etc/wslnode/wslnode.conf", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    check(file >= 0);
    atexit(clean);
    log_set_target("console");
    log_set_level("emerg");
    return 0;
}

static void check_printable(const char *text, size_t size)
{
    check(memchr(text, 0, size) != NULL);
    for (; *text; text++)
        check(*text >= 0x20 && *text <= 0x7e);
}

static void check_targets(const struct targets *targets)
{
    check(targets->files_count <= TARGET_FILES_MAX && targets->units_count <= TARGET_UNITS_MAX);
    for (size_t i = 0; i < targets->files_count; i++) {
        const struct target_file *target = &targets->files[i];

        check(target->path[0] == '/' && target->path[1] && target->uid != UINT32_MAX);
        check_printable(target->path, sizeof(target->path));
        check(targets_find(targets, target->path) == target);
        check(target->variables_count >= 1 && target->variables_count <= TARGET_VARIABLES_MAX);
        for (size_t v = 0; v < target->variables_count; v++)
            check(shell_var_is_name(target->variables[v]));
    }
    for (size_t i = 0; i < targets->units_count; i++) {
        check(targets->units[i][0]);
        check_printable(targets->units[i], sizeof(targets->units[i]));
    }
}

static void check_clock(const struct clock_config *clock)
{
    check(clock->auto_sync <= AUTO_SYNC_NO && clock->servers_count <= NTP_SERVERS_MAX);
    for (size_t i = 0; i < clock->servers_count; i++) {
        check(clock->servers[i].family == AF_INET || clock->servers[i].family == AF_INET6);
        check(clock->servers[i].port == 0);
        for (size_t j = 0; j < i; j++)
            check(memcmp(&clock->servers[i], &clock->servers[j], sizeof(clock->servers[i])) != 0);
    }
}

static void check_dns(const struct dns_config *dns)
{
    check(dns->servers.count <= DNS_SERVERS_MAX);
    for (size_t i = 0; i < dns->servers.count; i++) {
        const struct dns_address *server = &dns->servers.servers[i];

        check(server->family == AF_INET || server->family == AF_INET6);
        for (size_t j = 0; j < i; j++)
            check(!dns_address_equal(server, &dns->servers.servers[j]));
    }
    check(dns->probe_name[0] && dns->probe_name[0] != '.');
    check_printable(dns->probe_name, sizeof(dns->probe_name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct wanted wanted;
    struct config_fact problem = {.path = ""};
    struct config config, again;

    check(ftruncate(file, 0) == 0 && pwrite(file, data, size, 0) == (ssize_t)size);
    memset(&config, 0xaa, sizeof(config));
    memset(&again, 0xaa, sizeof(again));
    if (config_load(root, &config, &problem) < 0) {
        check(memcmp(&config, &again, sizeof(config)) == 0);
        check(problem.path[0] == '/' && problem.problem[0]);
        check_printable(problem.path, sizeof(problem.path));
        check_printable(problem.problem, sizeof(problem.problem));
        return 0;
    }
    check(config.mtus_count <= CONFIG_MTUS_MAX);
    for (size_t i = 0; i < config.mtus_count; i++) {
        check(config.mtus[i].link[0] && config.mtus[i].mtu >= MTU_LEAST_IPV6);
        check_printable(config.mtus[i].link, sizeof(config.mtus[i].link));
        for (size_t j = 0; j < i; j++)
            check(strcmp(config.mtus[i].link, config.mtus[j].link) != 0);
    }
    check_targets(&config.targets);
    check_clock(&config.clock);
    check_dns(&config.dns);
    config_apply(&config, 1, &wanted);
    check(wanted.count == config.mtus_count);
    return 0;
}
