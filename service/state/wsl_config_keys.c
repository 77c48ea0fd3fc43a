/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of keys of wsl.conf and .wslconfig */
#include "wsl_config_keys.h"

#include <string.h>

static const char *const cgroups[] = {"v1", "v2", NULL};
static const char *const modes[] = {"None", "Nat", "Bridged", "Mirrored", "Consomme", "VirtioProxy", NULL};
static const char *const reclaims[] = {"Disabled", "Gradual", "DropCache", NULL};

#define BOOLEAN(section, key, standard)                                                                      \
    {                                                                                                        \
        section, key, WSL_CONFIG_BOOLEAN, standard                                                           \
    }
#define INTEGER(section, key, standard)                                                                      \
    {                                                                                                        \
        section, key, WSL_CONFIG_INTEGER, standard                                                           \
    }
#define SIZE(section, key, standard)                                                                         \
    {                                                                                                        \
        section, key, WSL_CONFIG_SIZE, standard                                                              \
    }
#define TEXT(section, key)                                                                                   \
    {                                                                                                        \
        section, key, WSL_CONFIG_TEXT                                                                        \
    }
#define PATH(section, key)                                                                                   \
    {                                                                                                        \
        section, key, WSL_CONFIG_PATH                                                                        \
    }

/* Paths of Linux have no backslashes: they are texts here. */
static const struct wsl_config_key conf_keys[] = {
    BOOLEAN("automount", "enabled", "true"),
    {"automount", "root", WSL_CONFIG_TEXT, "/mnt"},
    TEXT("automount", "options"),
    BOOLEAN("automount", "mountFsTab", "true"),
    BOOLEAN("automount", "ldconfig", "true"),
    {"automount", "cgroups", WSL_CONFIG_CHOICE, "v2", cgroups},
    INTEGER("filesystem", "umask", "022"),
    BOOLEAN("interop", "enabled", "true"),
    BOOLEAN("interop", "appendWindowsPath", "true"),
    BOOLEAN("network", "generateHosts", "true"),
    BOOLEAN("network", "generateResolvConf", "true"),
    TEXT("network", "hostname"),
    BOOLEAN("time", "useWindowsTimezone", "true"),
    BOOLEAN("fileServer", "enabled", "true"),
    TEXT("fileServer", "logFile"),
    INTEGER("fileServer", "logLevel", "4"),
    BOOLEAN("fileServer", "logTruncate", "true"),
    BOOLEAN("gpu", "enabled", "true"),
    BOOLEAN("gpu", "appendLibPath", "true"),
    TEXT("user", "default"),
    TEXT("boot", "command"),
    BOOLEAN("boot", "systemd", "false"),
    INTEGER("boot", "initTimeout", "10000"),
    BOOLEAN("boot", "protectBinfmt", "true"),
    BOOLEAN("general", "guiApplications", "true"),
    {NULL},
};

static const struct wsl_config_key wslconfig_keys[] = {
    PATH("general", "distributionInstallPath"),
    INTEGER("general", "instanceIdleTimeout", "15000"),
    {"experimental", "autoMemoryReclaim", WSL_CONFIG_CHOICE, "DropCache", reclaims},
    BOOLEAN("experimental", "sparseVhd", "false"),
    BOOLEAN("experimental", "bestEffortDnsParsing", "false"),
    {"experimental", "dnsTunnelingIpAddress", WSL_CONFIG_ADDRESS},
    INTEGER("experimental", "initialAutoProxyTimeout", "1000"),
    {"experimental", "ignoredPorts", WSL_CONFIG_PORTS},
    BOOLEAN("experimental", "hostAddressLoopback", "false"),
    BOOLEAN("experimental", "setVersionDebug", "false"),
    SIZE("experimental", "swiotlb", "0"),
    BOOLEAN("experimental", "virtioFsAggregateShares", "true"),
    PATH("wsl2", "kernel"),
    TEXT("wsl2", "kernelCommandLine"),
    PATH("wsl2", "kernelModules"),
    SIZE("wsl2", "memory", NULL),
    INTEGER("wsl2", "processors", NULL),
    BOOLEAN("wsl2", "debugConsole", "false"),
    BOOLEAN("wsl2", "earlyBootLogging", "false"),
    SIZE("wsl2", "swap", NULL),
    PATH("wsl2", "swapFile"),
    BOOLEAN("wsl2", "localhostForwarding", "true"),
    BOOLEAN("wsl2", "nestedVirtualization", NULL),
    BOOLEAN("wsl2", "virtio9p", "false"),
    BOOLEAN("wsl2", "virtiofs", "false"),
    INTEGER("wsl2", "kernelDebugPort", "0"),
    BOOLEAN("wsl2", "gpuSupport", "true"),
    BOOLEAN("wsl2", "guiApplications", "true"),
    PATH("wsl2", "systemDistro"),
    BOOLEAN("wsl2", "telemetry", NULL),
    INTEGER("wsl2", "vmIdleTimeout", "60000"),
    PATH("wsl2", "debugConsoleLogFile"),
    INTEGER("wsl2", "kernelBootTimeout", "30000"),
    INTEGER("wsl2", "distributionStartTimeout", "60000"),
    BOOLEAN("wsl2", "virtio", "true"),
    BOOLEAN("wsl2", "hostFileSystemAccess", "true"),
    INTEGER("wsl2", "mountDeviceTimeout", "5000"),
    BOOLEAN("wsl2", "hardwarePerformanceCounters", "true"),
    TEXT("wsl2", "vmSwitch"),
    {"wsl2", "macAddress", WSL_CONFIG_MAC},
    BOOLEAN("wsl2", "dhcp", "true"),
    INTEGER("wsl2", "dhcpTimeout", "5000"),
    BOOLEAN("wsl2", "ipv6", "false"),
    BOOLEAN("wsl2", "dnsProxy", "true"),
    BOOLEAN("wsl2", "safeMode", "false"),
    SIZE("wsl2", "defaultVhdSize", "1TB"),
    PATH("wsl2", "crashDumpFolder"),
    INTEGER("wsl2", "maxCrashDumpCount", "10"),
    TEXT("wsl2", "loadKernelModules"),
    BOOLEAN("wsl2", "loadDefaultKernelModules", "true"),
    BOOLEAN("wsl2", "isolateDistroCgroup", "true"),
    {"wsl2", "networkingMode", WSL_CONFIG_CHOICE, "Nat", modes, "experimental"},
    {"wsl2", "dnsTunneling", WSL_CONFIG_BOOLEAN, "true", NULL, "experimental"},
    {"wsl2", "firewall", WSL_CONFIG_BOOLEAN, "true", NULL, "experimental"},
    {"wsl2", "autoProxy", WSL_CONFIG_BOOLEAN, "true", NULL, "experimental"},
    {NULL},
};

_Static_assert(sizeof(conf_keys) <= WSL_CONFIG_KEYS_MAX * sizeof(*conf_keys), "more keys than counted on");
_Static_assert(sizeof(wslconfig_keys) <= WSL_CONFIG_KEYS_MAX * sizeof(*conf_keys),
               "more keys than counted on");

static const struct wsl_config_key *keys_of(enum wsl_config_dialect dialect)
{
    return dialect == WSL_CONFIG_CONF ? conf_keys : wslconfig_keys;
}

const struct wsl_config_key *wsl_config_key_at(enum wsl_config_dialect dialect, size_t index)
{
    const struct wsl_config_key *key = keys_of(dialect) + index;

    return key->key ? key : NULL;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

/* Not strcasecmp(), for which an I is no i in Turkey. */
bool wsl_config_same_name(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

const struct wsl_config_key *wsl_config_key_find(enum wsl_config_dialect dialect, const char *section,
                                                 const char *key)
{
    for (const struct wsl_config_key *known = keys_of(dialect); known->key; known++)
        if (wsl_config_same_name(known->key, key) &&
            (wsl_config_same_name(known->section, section) ||
             (known->alias && wsl_config_same_name(known->alias, section))))
            return known;
    return NULL;
}

bool wsl_config_section_known(enum wsl_config_dialect dialect, const char *section)
{
    for (const struct wsl_config_key *known = keys_of(dialect); known->key; known++)
        if (wsl_config_same_name(known->section, section))
            return true;
    return false;
}
