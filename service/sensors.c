/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All sensors */
#include "sensors.h"

int sensors_start(struct sensors *sensors, const struct sense *sense)
{
    int r = sense_link_new(sense, &sensors->link);

    if (r >= 0)
        r = sense_platform_new(sense, &sensors->platform);
    if (r >= 0)
        r = sense_port_new(sense, -1, &sensors->port);
    if (r >= 0)
        r = sense_file_new(sense, &sensors->file);
    if (r >= 0)
        r = sense_loopback_new(sense, &sensors->loopback);
    if (r >= 0)
        r = sense_wsl_config_new(sense, &sensors->wsl_config);
    if (r >= 0)
        r = sense_wslconfig_new(sense, &sensors->wslconfig);
    if (r >= 0)
        r = sense_dns_new(sense, &sensors->dns);
    if (r >= 0)
        r = sense_hosts_new(sense, &sensors->hosts);
    if (r >= 0)
        r = sense_wireguard_new(sense, -1, &sensors->wireguard);
    if (r >= 0)
        r = sense_tailscale_new(sense, &sensors->tailscale);
    if (r >= 0)
        r = sense_windows_new(sense, &sensors->windows);
    if (r >= 0)
        r = path_watch_new(sense, &sensors->path);
    if (r >= 0)
        r = sense_reach_new(sense, &sensors->reach);
    if (r >= 0)
        r = endpoint_reader_new(sense, &sensors->endpoints);
    return r < 0 ? r : sense_clock_new(sense, &sensors->clock);
}

void sensors_stop(struct sensors *sensors)
{
    sensors->clock = sense_clock_free(sensors->clock);
    sensors->endpoints = endpoint_reader_free(sensors->endpoints);
    sensors->reach = sense_reach_free(sensors->reach);
    sensors->path = path_watch_free(sensors->path);
    sensors->windows = sense_windows_free(sensors->windows);
    sensors->tailscale = sense_tailscale_free(sensors->tailscale);
    sensors->wireguard = sense_wireguard_free(sensors->wireguard);
    sensors->hosts = sense_hosts_free(sensors->hosts);
    sensors->dns = sense_dns_free(sensors->dns);
    sensors->wslconfig = sense_wslconfig_free(sensors->wslconfig);
    sensors->wsl_config = sense_wsl_config_free(sensors->wsl_config);
    sensors->loopback = sense_loopback_free(sensors->loopback);
    sensors->file = sense_file_free(sensors->file);
    sensors->port = sense_port_free(sensors->port);
    sensors->platform = sense_platform_free(sensors->platform);
    sensors->link = sense_link_free(sensors->link);
}

void sensors_refresh(struct sensors *sensors)
{
    sense_platform_refresh(sensors->platform);
    sense_link_refresh(sensors->link);
    sense_file_refresh(sensors->file);
    sense_port_refresh(sensors->port);
    sense_clock_refresh(sensors->clock);
    sense_loopback_refresh(sensors->loopback);
    sense_wsl_config_refresh(sensors->wsl_config);
    sense_wslconfig_refresh(sensors->wslconfig);
    sense_dns_refresh(sensors->dns);
    sense_hosts_refresh(sensors->hosts);
    sense_wireguard_refresh(sensors->wireguard);
    sense_tailscale_refresh(sensors->tailscale);
    sense_windows_refresh(sensors->windows);
    path_watch_refresh(sensors->path);
    sense_reach_refresh(sensors->reach);
}

void sensors_beat(struct sensors *sensors)
{
    sense_dns_beat(sensors->dns);
    sense_wireguard_beat(sensors->wireguard);
    sense_tailscale_beat(sensors->tailscale);
    sense_reach_beat(sensors->reach);
}

/* In words that end a sentence. */
const char *sensors_late(const struct sensors *sensors)
{
    if (sense_link_busy(sensors->link))
        return "links, addresses and routes";
    if (sense_port_busy(sensors->port))
        return "sockets";
    if (sense_file_busy(sensors->file))
        return "files that follow the address";
    if (sense_clock_busy(sensors->clock))
        return "the clock";
    if (sense_loopback_busy(sensors->loopback))
        return "loopback";
    if (sense_dns_busy(sensors->dns))
        return "DNS servers";
    if (sense_wslconfig_busy(sensors->wslconfig))
        return ".wslconfig";
    if (sense_hosts_busy(sensors->hosts))
        return "names, by getent";
    if (sense_wireguard_busy(sensors->wireguard))
        return "WireGuard";
    if (sense_tailscale_busy(sensors->tailscale))
        return "Tailscale";
    if (sense_windows_busy(sensors->windows))
        return "programs of Windows";
    if (path_watch_busy(sensors->path))
        return "what the ways of tunnels carry";
    return sense_reach_busy(sensors->reach) ? "why a peer is down" : NULL;
}

bool sensors_busy(const struct sensors *sensors)
{
    return sensors_late(sensors);
}

void sensors_read_vpn(void *userdata)
{
    sense_wireguard_refresh(((struct sensors *)userdata)->wireguard);
}

bool sensors_vpn_is_read(void *userdata)
{
    const struct sensors *sensors = userdata;

    return !sense_wireguard_busy(sensors->wireguard) && !sense_tailscale_busy(sensors->tailscale);
}

void sensors_vpn_sent(void *userdata, int32_t ifindex, const uint8_t key[PEER_KEY_SIZE])
{
    sense_wireguard_sent(((struct sensors *)userdata)->wireguard, ifindex, key);
}
