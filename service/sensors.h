/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All sensors: started, asked and ended together. */
#pragma once

#include "sense/endpoint_reader.h"
#include "sense/path_watch.h"
#include "sense/sense.h"
#include "sense/sense_reach.h"

struct sensors {
    struct sense_link *link;
    struct sense_platform *platform;
    struct sense_port *port;
    struct sense_file *file;
    struct sense_loopback *loopback;
    struct sense_wsl_config *wsl_config;
    struct sense_wslconfig *wslconfig;
    struct sense_dns *dns;
    struct sense_hosts *hosts;
    struct sense_wireguard *wireguard;
    struct sense_tailscale *tailscale;
    struct sense_windows *windows;
    struct path_watch *path;
    struct sense_reach *reach;
    struct endpoint_reader *endpoints;
    struct sense_clock *clock;
};

/* What was started is to be stopped even after an error. */
int sensors_start(struct sensors *sensors, const struct sense *sense);
void sensors_stop(struct sensors *sensors);
/* Reads and measures everything again. */
void sensors_refresh(struct sensors *sensors);
/* A minute has passed. */
void sensors_beat(struct sensors *sensors);
/* What is being measured yet, the first of it; NULL: nothing. */
const char *sensors_late(const struct sensors *sensors);
bool sensors_busy(const struct sensors *sensors);
/* What the end of a sleep wants of them, see resume_vpn.h. */
void sensors_read_vpn(void *sensors);
bool sensors_vpn_is_read(void *sensors);
void sensors_vpn_sent(void *sensors, int32_t ifindex, const uint8_t key[PEER_KEY_SIZE]);
