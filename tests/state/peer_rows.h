/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a peer goes through, and what is to follow. Words of a course:
 *   +S                 so many seconds pass
 *   see                a reading
 *   own answered       we send it something; and that has been answered
 *   shake=S nostamp    the newest handshake was S ago, by the wall clock; there was none
 *   stamp=USEC         that is what its stamp says
 *   clock=S            the wall clock is set forward by S
 *   keepalive=S endpoint noendpoint rx=BYTES tx=BYTES      so it is in readings from here on
 * It begins with an endpoint, no keepalive, no handshake and 1 MB either way, but without a reading.
 */
#pragma once

#include "../../service/state/peer.h"

#define S         INT64_C(1000000)
#define START     (1000 * S)       /* CLOCK_MONOTONIC_RAW when a course begins */
#define WALL      (1790000000 * S) /* in 2026 */
#define LATE(s)   (START + ((s) + 180) * S + 1)
#define SILENT(s) (START + ((s) + 20) * S)
#define SEEN(s)   (START + ((s) + 120) * S) /* what others send, after ours */

static const struct {
    const char *words, *expected;
    int64_t due_usec, age_usec; /* age: at the end of the course */
} rows[] = {
    /* the first reading */
    {"", "unknown", 0, -1},
    {"see", "idle", 0, -1},
    {"noendpoint see", "idle", 0, -1},
    {"keepalive=25 see", "unknown", LATE(0), -1},
    {"keepalive=25 noendpoint see", "unknown", LATE(0), -1},
    {"shake=0 see", "up", LATE(0), 0},
    {"shake=50 see", "up", LATE(-50), 50 * S},
    {"shake=180 see", "up", LATE(-180), 180 * S},
    {"shake=180.000001 see", "idle", 0, -1},
    {"shake=-0.000001 see", "idle", 0, -1},
    {"shake=-3600 see", "idle", 0, -1},
    {"shake=86400 see", "idle", 0, -1},
    {"shake=50 keepalive=25 see", "up", LATE(-50), 50 * S},
    {"shake=180.000001 keepalive=25 see", "unknown", LATE(0), -1},
    {"shake=-1 keepalive=25 see", "unknown", LATE(0), -1},
    {"shake=170 clock=3600 keepalive=25 see", "unknown", LATE(0), -1},
    {"shake=170 clock=-3600 keepalive=25 see", "unknown", LATE(0), -1},
    {"stamp=-5 see", "idle", 0, -1},
    {"stamp=1 keepalive=25 see", "unknown", LATE(0), -1},
    {"tx=100000 rx=100000 see", "idle", 0, -1},

    /* the first handshake does not come */
    {"keepalive=25 see +180 see", "unknown", LATE(0), -1},
    {"keepalive=25 see +180.000001 see", "down no-handshake", 0, -1},
    {"keepalive=25 noendpoint see +181 see", "down no-endpoint", 0, -1},
    {"keepalive=25 noendpoint see +181 see endpoint see", "down no-handshake", 0, -1},
    {"keepalive=25 see +181 see noendpoint see", "down no-endpoint", 0, -1},
    {"keepalive=25 shake=-1 see +181 see", "down no-handshake", 0, -1},
    {"keepalive=25 shake=900 see +181 see", "down no-handshake", 0, -1},
    {"see +9000 see", "idle", 0, -1},
    {"shake=900 see +9000 see +1 see", "idle", 0, -1},
    {"keepalive=25 see +20 tx=592 see +20 tx=592 see +20 tx=592 see", "unknown", LATE(0), -1},
    {"keepalive=25 see +100 see keepalive=0 see", "idle", 0, -1},
    {"keepalive=25 see +20 tx=592 see keepalive=0 see +30 see", "idle", 0, -1},

    /* it comes, later */
    {"keepalive=25 see +30 shake=1 see", "up", LATE(29), 1 * S},
    {"keepalive=25 see +181 see +60 shake=1 see", "up", LATE(240), 1 * S},
    {"keepalive=25 noendpoint see +181 see +60 endpoint shake=1 see", "up", LATE(240), 1 * S},
    {"see +30 shake=29 see +5 see", "up", LATE(1), 34 * S},
    {"see +30 clock=3600 shake=1 see", "up", LATE(30), 0},
    {"see +30 clock=-3600 shake=1 see", "up", LATE(30), 0},
    {"see +30 clock=0.9 shake=1 see", "up", LATE(29), 1 * S},
    {"see +30 shake=31 see", "up", LATE(30), 0},
    {"see +30 shake=-1 see", "up", LATE(30), 0},
    {"shake=900 see +30 shake=0 see", "up", LATE(30), 0},
    {"shake=50 see +100 shake=0 see", "up", LATE(100), 0},
    {"see +30 stamp=-5 see", "up", LATE(30), 0},
    {"see +30 stamp=1 see", "up", LATE(30), 0},
    {"shake=50 keepalive=25 see +100 see +1 shake=0 see +100 see", "up", LATE(101), 100 * S},

    /* no further one comes */
    {"shake=0 keepalive=25 see +180 see", "up", LATE(0), 180 * S},
    {"shake=0 keepalive=25 see +180.000001 see", "down no-handshake", 0, 180 * S + 1},
    {"shake=100 keepalive=25 see +81 see", "down no-handshake", 0, 181 * S},
    {"shake=0 keepalive=25 noendpoint see +181 see", "down no-endpoint", 0, 181 * S},
    {"shake=0 see +180 see", "up", LATE(0), 180 * S},
    {"shake=0 see +180.000001 see", "idle", 0, 180 * S + 1},
    {"shake=0 noendpoint see +181 see", "idle", 0, 181 * S},
    {"shake=0 keepalive=25 see +100 keepalive=0 see +81 see", "idle", 0, 181 * S},
    {"shake=0 see +100 keepalive=25 see +81 see", "down no-handshake", 0, 181 * S},
    {"shake=0 keepalive=25 see +181 see +60 rx=100 see", "down no-handshake", 0, 241 * S},
    {"shake=0 keepalive=25 see +181 see +60 rx=100 tx=100 see +9 see", "down no-handshake", 0, 250 * S},
    {"shake=0 keepalive=25 see +181 see +60 shake=2 see", "up", LATE(239), 2 * S},

    /* the first one with a long keepalive comes later still */
    {"shake=0 keepalive=50 see +180.000001 see", "down no-handshake", 0, 180 * S + 1},
    {"shake=0 keepalive=51 see +181 see", "up", LATE(1), 181 * S},
    {"shake=0 keepalive=51 see +181.000001 see", "down no-handshake", 0, 181 * S + 1},
    {"shake=0 keepalive=100 see +230 see", "up", LATE(50), 230 * S},
    {"shake=0 keepalive=100 see +231 see", "down no-handshake", 0, 231 * S},
    {"keepalive=65535 see +65665 see", "unknown", LATE(65485), -1},
    {"keepalive=65535 see +65666 see", "down no-handshake", 0, -1},
    {"shake=0 keepalive=200 see +190 tx=592 see +20 see", "down no-handshake", 0, 210 * S},

    /* keepalive is turned on and off */
    {"see +900 keepalive=25 see", "unknown", LATE(900), -1},
    {"see +900 keepalive=25 see +180 see", "unknown", LATE(900), -1},
    {"see +900 keepalive=25 see +181 see", "down no-handshake", 0, -1},
    {"shake=0 see +900 see keepalive=25 see", "unknown", LATE(900), 900 * S},
    {"shake=0 see +900 see keepalive=25 see +1 shake=0 see", "up", LATE(901), 0},
    {"shake=0 see +900 see keepalive=25 see +181 see", "down no-handshake", 0, 1081 * S},
    {"see +20 tx=592 see keepalive=25 see", "unknown", LATE(20), -1},
    {"see +20 tx=592 see keepalive=25 see +20 see keepalive=0 see", "idle", 0, -1},
    {"keepalive=25 see +181 see keepalive=0 see", "idle", 0, -1},
    {"keepalive=25 see +181 tx=592 see keepalive=0 see", "down no-handshake", 0, -1},
    {"keepalive=25 see +181 tx=592 see keepalive=0 see +180 see", "down no-handshake", 0, -1},
    {"keepalive=25 see +181 tx=592 see keepalive=0 see +180.000001 see", "idle", 0, -1},
    {"keepalive=25 see +181 tx=592 see keepalive=0 see +90 tx=1 see +91 see", "down no-handshake", 0, -1},
    {"keepalive=25 see +181 tx=592 see +181 see", "down no-handshake", 0, -1},
    {"keepalive=25 noendpoint see +181 see +1 keepalive=0 see", "idle", 0, -1},

    /* data is not answered */
    {"shake=0 see +10 tx=592 see", "up", SILENT(10), 10 * S},
    {"shake=0 see +10 tx=592 see +19.999999 see", "up", SILENT(10), 30 * S - 1},
    {"shake=0 see +10 tx=592 see +20 see", "down no-reply", 0, 30 * S},
    {"shake=0 see +10 tx=592 see +20 tx=592 see", "down no-reply", 0, 30 * S},
    {"shake=0 see +10 tx=592 see +10 tx=592 see", "up", SILENT(10), 20 * S},
    {"shake=0 see +10 tx=592 see +10 tx=592 see +10 see", "down no-reply", 0, 30 * S},
    {"shake=0 see +60 see +60 see", "up", LATE(0), 120 * S},
    {"shake=0 see +10 tx=592 see +20 rx=1 see", "up", LATE(0), 30 * S},
    {"shake=0 see +10 tx=592 see +10 rx=1 see +10 see +90 see", "up", LATE(0), 120 * S},
    {"shake=0 see +10 tx=592 see +10 rx=1 see +5 tx=592 see", "up", SILENT(25), 25 * S},
    {"shake=0 see +10 tx=592 rx=1 see +60 see", "up", LATE(0), 70 * S},
    {"shake=0 see +10 tx=592 see +20 shake=1 see", "up", LATE(29), 1 * S},
    {"shake=0 see +10 tx=592 see +10 shake=1 see +10 see +10 see", "up", LATE(19), 21 * S},
    {"shake=0 see +170 tx=592 see", "up", LATE(0), 170 * S},
    {"shake=0 see +160 tx=592 see", "up", SILENT(160), 160 * S},
    {"shake=0 keepalive=25 see +10 tx=592 see +20 see", "down no-reply", 0, 30 * S},
    {"shake=0 noendpoint see +10 tx=592 see +20 see", "down no-reply", 0, 30 * S},
    {"shake=0 see +160 tx=592 see +20 see", "down no-reply", 0, 180 * S},
    {"shake=0 see +160 tx=592 see +20.000001 see", "down no-handshake", 0, 180 * S + 1},
    {"shake=0 see +170 tx=592 see +11 see", "idle", SILENT(170), 181 * S},
    {"shake=0 see +170 tx=592 see +11 see +9 see", "down no-handshake", 0, 190 * S},
    {"shake=0 see +170 tx=592 see +11 see +5 rx=1 see +4 see", "idle", 0, 190 * S},
    {"shake=0 see +10 tx=592 see +200 see", "idle", 0, 210 * S},
    {"shake=0 see +10 tx=592 see +200 tx=592 see", "down no-handshake", 0, 210 * S},

    /* without a session */
    {"see +10 tx=592 see", "idle", SILENT(10), -1},
    {"see +10 tx=592 see +19 see", "idle", SILENT(10), -1},
    {"see +10 tx=592 see +20 see", "down no-handshake", 0, -1},
    {"noendpoint see +10 tx=592 see +20 see", "down no-endpoint", 0, -1},
    {"see +10 tx=592 see +10 rx=1 see +10 see", "idle", 0, -1},
    {"shake=-9 see +10 tx=592 see +20 see", "down no-handshake", 0, -1},
    {"shake=900 see +10 tx=592 see +20 see +5 rx=100 see", "down no-handshake", 0, -1},
    {"shake=0 see +300 see +10 tx=592 see +20 see", "down no-handshake", 0, 330 * S},
    {"see +10 tx=592 see +20 see +60 tx=592 see +150 see", "down no-handshake", 0, -1},
    {"see +10 tx=592 see +20 see +161 see", "idle", 0, -1},
    {"see +10 tx=592 see +20 see +161 see +9 tx=592 see +20 see", "down no-handshake", 0, -1},

    /* it answers again, or not */
    {"shake=0 see +10 tx=592 see +20 see +5 rx=1 see", "up", LATE(0), 35 * S},
    {"shake=0 see +10 tx=592 see +20 see +150 rx=1 see", "up", LATE(0), 180 * S},
    {"shake=0 see +10 tx=592 see +20 see +150 tx=592 see", "down no-reply", 0, 180 * S},
    {"shake=0 see +10 tx=592 see +20 see +90 tx=592 see +61 see", "down no-handshake", 0, 181 * S},
    {"shake=0 see +10 tx=592 see +20 see +151 see", "down no-handshake", 0, 181 * S},
    {"shake=0 keepalive=25 see +10 tx=592 see +20 see +151 rx=1 see", "down no-handshake", 0, 181 * S},
    {"shake=0 keepalive=25 see +10 tx=592 see +20 see +151 see +1 rx=1 see", "down no-handshake", 0, 182 * S},
    {"shake=0 see +10 tx=592 see +20 see +90 tx=592 see +61 rx=1 see", "down no-handshake", 0, 181 * S},
    {"shake=0 keepalive=99 see +10 tx=592 see +20 see +151 rx=1 see", "down no-handshake", 0, 181 * S},
    {"shake=0 see +10 tx=592 see +20 see +50 shake=1 see", "up", LATE(79), 1 * S},
    {"shake=0 see +10 tx=592 see +20 see +5 rx=1 see +5 tx=592 see +20 see", "down no-reply", 0, 60 * S},
    {"shake=0 see +10 tx=592 see +20 see +5 rx=1 see +20 see", "up", LATE(0), 55 * S},

    /* packets without data are not answered */
    {"shake=0 see +10 tx=64 see +20 see +20 see", "up", LATE(0), 50 * S},
    {"shake=0 see +10 tx=65 see +20 see", "down no-reply", 0, 30 * S},
    {"shake=0 keepalive=25 see +60 tx=160 see +20 see", "up", LATE(0), 80 * S},
    {"shake=0 keepalive=25 see +60 tx=161 see +20 see", "down no-reply", 0, 80 * S},
    {"shake=0 keepalive=25 see +20 tx=96 see +20 tx=96 see +20 tx=96 see", "up", LATE(0), 60 * S},
    {"shake=0 keepalive=25 see +20 tx=97 see +20 see", "down no-reply", 0, 40 * S},
    {"shake=0 keepalive=1 see +60 tx=2016 see +20 see", "up", LATE(0), 80 * S},
    {"shake=0 keepalive=1 see +60 keepalive=0 tx=2016 see +20 see", "up", LATE(0), 80 * S},
    {"shake=0 see +60 keepalive=1 tx=2016 see +20 see", "up", LATE(0), 80 * S},
    {"shake=0 keepalive=1 see +60 tx=2017 see +20 see", "down no-reply", 0, 80 * S},
    {"shake=0 keepalive=25 see +-60 tx=97 see +20 see", "down no-reply", 0, 0},

    /* nobody misses an answer to what we sent ourselves */
    {"shake=0 see +10 own tx=592 see", "up", SEEN(10), 10 * S},
    {"shake=0 see +10 own tx=592 see +20 see +20 tx=592 see +60 tx=592 see", "up", SEEN(10), 110 * S},
    {"shake=0 see +10 own +50 tx=999 see +70 tx=999 see", "up", LATE(0), 130 * S},
    {"shake=0 see +10 own +50 tx=999 see +70 tx=999 see +10 tx=592 see", "up", SILENT(140), 140 * S},
    {"shake=0 see +10 own +50 tx=999 see +69 see +11 tx=592 see", "up", LATE(0), 140 * S},
    {"shake=0 see +10 own +20 own tx=592 see +100 see", "up", SEEN(30), 130 * S},
    {"see +10 own tx=592 see", "idle", SEEN(10), -1},
    {"see +10 own tx=592 see +60 tx=592 see +60 tx=592 see", "idle", 0, -1},
    {"see +10 own tx=592 see +120 see +60 tx=592 see", "idle", SILENT(190), -1},
    {"see +10 own tx=592 see +120 see +60 tx=592 see +20 see", "down no-handshake", 0, -1},
    {"shake=0 see +10 own tx=592 see +5 rx=1 see", "up", SEEN(10), 15 * S},
    {"shake=0 see +10 own tx=592 see +300 see", "idle", 0, 310 * S},
    /* once that was answered, nothing more of it goes out */
    {"shake=0 see +10 own +2 answered +1 tx=592 see +20 see", "up", LATE(0), 33 * S},
    {"shake=0 see +10 own +2 answered tx=592 see +10 tx=592 see", "up", SILENT(22), 22 * S},
    /* with keepalive somebody does miss it, and where others have sent something */
    {"shake=0 keepalive=25 see +10 own tx=592 see +20 see", "down no-reply", 0, 30 * S},
    {"shake=0 keepalive=25 see +10 keepalive=0 own tx=592 see +20 see", "up", SEEN(10), 30 * S},
    {"shake=0 see +10 own keepalive=25 tx=592 see +20 see", "up", LATE(0), 30 * S},
    {"shake=0 see +10 tx=592 see +5 own tx=592 see +15 see", "down no-reply", 0, 30 * S},
    /* and it keeps nobody down whom nobody wants any more */
    {"shake=0 see +10 tx=592 see +20 see +100 own tx=592 see +90 see", "idle", SEEN(130), 220 * S},

    /* the device is made anew */
    {"shake=0 see +10 nostamp see", "idle", 0, -1},
    {"shake=0 keepalive=25 see +10 nostamp see", "unknown", LATE(10), -1},
    {"shake=0 keepalive=25 see +181 see +9 nostamp see", "unknown", LATE(190), -1},
    {"shake=0 keepalive=25 see +181 see +9 nostamp see +181 see", "down no-handshake", 0, -1},
    {"shake=0 keepalive=25 see +10 nostamp see +10 shake=0 see", "up", LATE(20), 0},
    {"shake=0 see +10 tx=592 see +10 nostamp see +10 see", "idle", 0, -1},
    {"shake=0 see +10 tx=592 see +20 see nostamp see", "idle", 0, -1},
    {"shake=0 see +10 rx=-900000 tx=-900000 see", "up", LATE(0), 10 * S},
    {"shake=0 see +10 tx=592 see +20 rx=-9 see", "up", LATE(0), 30 * S},
    {"shake=0 see +10 tx=592 see +20 tx=-9 see +20 see", "up", LATE(0), 50 * S},
    {"shake=0 see +10 tx=-9 see +20 see +20 see", "up", LATE(0), 50 * S},
    {"shake=0 see +10 tx=592 see +20 see +1 rx=-9 see", "down no-reply", 0, 31 * S},
    {"shake=0 see +10 tx=592 see +20 see +1 rx=9 tx=-9 see", "down no-reply", 0, 31 * S},
    {"shake=0 see +10 tx=592 see +20 see +1 rx=-9 see +1 rx=1 see", "up", LATE(0), 32 * S},
    {"shake=0 see +10 rx=-9 tx=592 see +20 see", "up", LATE(0), 30 * S},
    {"shake=0 see +10 rx=-900000 see +10 tx=592 see +20 see", "down no-reply", 0, 40 * S},
    {"see +10 tx=592 see +20 see +150 tx=-9 see +20 see", "down no-handshake", 0, -1},

    /* the wall clock steps */
    {"shake=0 keepalive=25 see +60 clock=3600 see +60 see", "up", LATE(0), 120 * S},
    {"shake=0 keepalive=25 see +60 clock=-3600 see +60 see", "up", LATE(0), 120 * S},
    {"shake=0 keepalive=25 see clock=3600 +180 see", "up", LATE(0), 180 * S},
    {"shake=0 keepalive=25 see clock=-3600 +181 see", "down no-handshake", 0, 181 * S},
    {"shake=0 keepalive=25 see +181 see clock=-181 +1 see", "down no-handshake", 0, 182 * S},
    {"shake=900 keepalive=25 see +10 clock=-900 see", "unknown", LATE(0), -1},
    {"shake=0 see +181 see clock=-3600 see", "idle", 0, 181 * S},
    {"shake=0 keepalive=25 see +60 clock=-3600 shake=1 see", "up", LATE(60), 0},
    {"shake=0 keepalive=25 see +60 clock=3600 shake=1 see +100 see", "up", LATE(60), 100 * S},
    {"shake=0 keepalive=25 see +181 see clock=-86400 shake=3 see", "up", LATE(181), 0},
    {"shake=0 see +10 tx=592 see clock=3600 +10 see", "up", SILENT(10), 20 * S},
    {"shake=0 see +10 tx=592 see clock=-3600 +20 see", "down no-reply", 0, 30 * S},

    /* CLOCK_MONOTONIC_RAW goes back: it does not, but nothing breaks */
    {"shake=0 keepalive=25 see +-500 see", "up", LATE(0), 0},
    {"shake=0 see +10 tx=592 see +-900 see", "up", SILENT(10), 0},
};

/* The lowest and the highest bits, and what wg showed of a key. */
static const struct {
    const char *text;
    uint8_t first, step; /* key[i] is first + i * step */
} key_rows[] = {
    {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 0, 0},
    {"//////////////////////////////////////////8=", 0xff, 0},
    {"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", 0, 1},
    {"//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=", 0xff, 0xff},
    {"+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s=", 0xfb, 0},
    {"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=", 1, 0},
    {"gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIA=", 0x80, 0},
};

static const char *const bad_keys[] = {
    "",
    "=",
    "AAAA",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",   /* 43 */
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", /* 45 */
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",   /* without padding */
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",  /* 33 bytes */
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",  /* 31 */
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=", /* bits would be lost */
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAC=",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAD=",
    "//////////////////////////////////////////9=",
    "AAAAAAAAAAAAAAAAAAAAA=AAAAAAAAAAAAAAAAAAAAA=",
    "AAAAAAAAAAAAAAAAAAAAA AAAAAAAAAAAAAAAAAAAAA=",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
    " AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", /* the alphabet of URLs */
    "_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "\303\244AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
};

static const struct {
    const char *address;
    uint16_t port;
    const char *text;
} endpoint_rows[] = {
    {"192.0.2.1", 51820, "192.0.2.1:51820"},
    {"255.255.255.255", 65535, "255.255.255.255:65535"},
    {"0.0.0.0", 0, "0.0.0.0:0"},
    {"2001:db8::1", 51820, "[2001:db8::1]:51820"},
    {"::", 1, "[::]:1"},
    {"::ffff:192.0.2.1", 51820, "[::ffff:192.0.2.1]:51820"},
    {"1111:2222:3333:4444:5555:6666:7777:8888", 65535, "[1111:2222:3333:4444:5555:6666:7777:8888]:65535"},
};
