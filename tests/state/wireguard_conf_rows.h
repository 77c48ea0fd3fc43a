/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Texts of files of wg-quick's, and what is read in them. < and > stand around the values of
 * PersistentKeepalive and MTU that count, ^ where a line would be put in to a peer that has none; they are
 * not part of the text. What is expected is what the interface has, then each peer: its key (A or B),
 * endpoint and keepalive, where - is none.
 *
 * All rows but those that say so were compared with wg-quick's own parser and `wg setconf` of wireguard-tools
 * 1.0.20210914, which told a socket what they would set: it was the same, and what is refused here was
 * refused.
 */
#pragma once

#include "../../service/state/wireguard_conf.h"

#define A "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="
#define B "ISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0A="
#define S "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVpbXF1eX2A=" /* a secret one */

#define TEN(text)     text text text text text text text text text text
#define SIXTY(text)   TEN(text) TEN(text) TEN(text) TEN(text) TEN(text) TEN(text)
#define PEER(lines)   "[Peer]\nPublicKey = " A "\n" lines
#define DEVICE(lines) "[Interface]\n" lines

struct row {
    const char *marked;
    const char *expected;
    enum wireguard_conf_error error;
    uint32_t line; /* of the error */
};

static const struct row rows[] = {
    {"", ""},
    {"\n \t\r\n# x\n  # [Peer]\n", ""},
    {"[Interface]\nPrivateKey = " S "\nAddress = 10.0.0.2/24, fd00::2/64\nListenPort = 51820\nMTU = <1420>\n"
     "DNS = 10.0.0.1, example.org\n\n[Peer]\nPublicKey = " A "\nPresharedKey = " S "\n"
     "AllowedIPs = 10.0.0.0/24, fd00::/64\nEndpoint = 192.0.2.1:51820\nPersistentKeepalive = <25>\n\n"
     "[Peer]\nPublicKey = " B "\nAllowedIPs = 0.0.0.0/0\n^",
     "mtu 1420 port 51820; A 192.0.2.1 51820 25; B - -"},
    {"[interface]\r\nprivatekey=" S "\r\nmtu=<1280>\r\n\r\n[PEER]\r\nPUBLICKEY=" A
     "\r\nENDPOINT=[::1]:1\r\n^",
     "mtu 1280; A ::1 1 -"},
    /* What ends the text. */
    {"[Peer]\nPublicKey = " A "^", "; A - -"},
    {"[Peer]\nPublicKey = " A "\r^", "; A - -"},
    {PEER("PersistentKeepalive = <25>"), "; A - 25"},
    {PEER("^# x"), "; A - -"},
    /* White space is not there for wg. */
    {"[ Pe\rer ]\n\tPublic Key\v=\f" A "\n^", "; A - -"},
    {PEER("  Persistent\tKeep alive  =  <2 \t5>  # x\n"), "; A - 25"},
    {PEER("PersistentKeepalive=<o f\rf>\r\n"), "; A - off"},
    {PEER("Endpoint = local host : 5 1\n^"), "; A localhost 51 -"},
    {"[Peer]\nPublicKey = AQIDBAUGBwgJCgsM DQ4PEBESExQVFhcYGRobHB0eHyA =\n^", "; A - -"},
    {"[Peer]\rPublicKey = " A "\n", "", WIREGUARD_CONF_BAD_LINE, 1},
    /* Comments. */
    {"#[Peer]\n[Peer]#\n  [Peer] # x\n", "", WIREGUARD_CONF_NO_PUBLIC_KEY, 2},
    {PEER("#PersistentKeepalive = 21\n# PersistentKeepalive = 22\n"), "; A - -"},
    {PEER("PersistentKeepalive = <25># = 26\n"), "; A - 25"},
    {PEER("PersistentKeepalive = #25\n"), "", WIREGUARD_CONF_BAD_LINE, 3},
    {PEER("PersistentKeepalive #= 25\n"), "", WIREGUARD_CONF_BAD_LINE, 3},
    {";\n", "", WIREGUARD_CONF_BAD_LINE, 1},
    /* Keepalive. */
    {PEER("PersistentKeepalive = <0>\n"), "; A - off"},
    {PEER("PersistentKeepalive = <OfF>\n"), "; A - off"},
    {PEER("PersistentKeepalive = <1>\n"), "; A - 1"},
    {PEER("PersistentKeepalive = <65535>\n"), "; A - 65535"},
    {PEER("PersistentKeepalive = <000000000000000025>\n"), "; A - 25"},
    {PEER("PersistentKeepalive = 65536\n"), "", WIREGUARD_CONF_BAD_KEEPALIVE, 3},
    {PEER("PersistentKeepalive = 18446744073709551641\n"), "", WIREGUARD_CONF_BAD_KEEPALIVE, 3},
    {PEER("PersistentKeepalive = 99999999999999999999999\n"), "", WIREGUARD_CONF_BAD_KEEPALIVE, 3},
    {PEER("PersistentKeepalive = -1\n"), "", WIREGUARD_CONF_BAD_KEEPALIVE, 3},
    {PEER("PersistentKeepalive = +1\n"), "", WIREGUARD_CONF_BAD_KEEPALIVE, 3},
    {PEER("PersistentKeepalive = 0x19\n"), "", WIREGUARD_CONF_BAD_KEEPALIVE, 3},
    {PEER("PersistentKeepalive = 25s\n"), "", WIREGUARD_CONF_BAD_KEEPALIVE, 3},
    {PEER("PersistentKeepalive = on\n"), "", WIREGUARD_CONF_BAD_KEEPALIVE, 3},
    {PEER("PersistentKeepalive = \"25\"\n"), "", WIREGUARD_CONF_BAD_KEEPALIVE, 3},
    {PEER("PersistentKeepalive = = 25\n"), "", WIREGUARD_CONF_BAD_KEEPALIVE, 3},
    {PEER("PersistentKeepalive =\n"), "", WIREGUARD_CONF_BAD_LINE, 3},
    {PEER("PersistentKeepalive\n"), "", WIREGUARD_CONF_BAD_LINE, 3},
    {PEER("PersistentKeepalive: 25\n"), "", WIREGUARD_CONF_BAD_LINE, 3},
    {PEER("Keepalive = 25\n"), "", WIREGUARD_CONF_BAD_LINE, 3},
    /* The last line counts. */
    {PEER("PersistentKeepalive = 25\nPersistentKeepalive = <26>\n"), "; A - 26"},
    {PEER("PersistentKeepalive = 25\nPersistentKeepalive = <off>\n"), "; A - off"},
    {PEER("PersistentKeepalive = x\nPersistentKeepalive = 25\n"), "", WIREGUARD_CONF_BAD_KEEPALIVE, 3},
    {"[Peer]\nPublicKey = " B "\nPublicKey = " A "\n^", "; A - -"},
    {PEER("Endpoint = 192.0.2.1:1\nEndpoint = 192.0.2.2:2\n^"), "; A 192.0.2.2 2 -"},
    {DEVICE("MTU = x\nMTU = <1400>\n"), "mtu 1400"},
    {DEVICE("MTU = 1400\nMTU =<> \n"), ""},
    {DEVICE("ListenPort = 1\n[Interface]\nListenPort = 2\n"), "port 2"},
    /* Peers. */
    {PEER("PersistentKeepalive = <25>\n") PEER("^"), "; A - 25; A - -"},
    {PEER("^") PEER("PersistentKeepalive = <25>\n"), "; A - -; A - 25"},
    {PEER("^[Interface]\nMTU = <1400>\n[Peer]\nPersistentKeepalive = <9>\nPublicKey = " B "\n"),
     "mtu 1400; A - -; B - 9"},
    {"[Peer]\nAllowedIPs = 10.0.0.0/8\n", "", WIREGUARD_CONF_NO_PUBLIC_KEY, 1},
    {PEER("") "\n[Peer]\nPersistentKeepalive = 25\n" PEER(""), "", WIREGUARD_CONF_NO_PUBLIC_KEY, 4},
    {"[Peer]\n[Interface]\nfoo\n", "", WIREGUARD_CONF_BAD_LINE, 3},
    {"[Peer]\nPublicKey = " A "A\n", "", WIREGUARD_CONF_BAD_KEY, 2},
    {"[Peer]\nPublicKey = AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyB=\n", "", WIREGUARD_CONF_BAD_KEY, 2},
    {"[Peer]\nPublicKey = AQID\n", "", WIREGUARD_CONF_BAD_KEY, 2},
    {PEER("PresharedKey = " S "=\n"), "", WIREGUARD_CONF_BAD_KEY, 3},
    {DEVICE("PrivateKey = foo\n"), "", WIREGUARD_CONF_BAD_KEY, 2},
    {DEVICE("PrivateKey = (none)\n"), "", WIREGUARD_CONF_BAD_KEY, 2},
    /* Endpoints. */
    {PEER("Endpoint = localhost:51820\n^"), "; A localhost 51820 -"},
    {PEER("Endpoint = [localhost]:51820\n^"), "; A localhost 51820 -"},
    {PEER("Endpoint = [2001:db8::1]:51820\n^"), "; A 2001:db8::1 51820 -"},
    {PEER("Endpoint = 2001:db8::1:51820\n^"), "; A 2001:db8::1 51820 -"},
    {PEER("Endpoint = [fe80::1%lo]:51820\n^"), "; A fe80::1%lo 51820 -"},
    {PEER("Endpoint = 127.0.0.1:domain\n^"), "; A 127.0.0.1 domain -"},
    {PEER("Endpoint = 127.0.0.1:65535\n^"), "; A 127.0.0.1 65535 -"},
    {PEER("Endpoint = 127.0.0.1:0\n^"), "; A 127.0.0.1 0 -"},
    {PEER("Endpoint = 127.0.0.1\n"), "", WIREGUARD_CONF_BAD_ENDPOINT, 3},
    {PEER("Endpoint = 127.0.0.1:\n"), "", WIREGUARD_CONF_BAD_ENDPOINT, 3},
    {PEER("Endpoint = :51820\n"), "", WIREGUARD_CONF_BAD_ENDPOINT, 3},
    {PEER("Endpoint = []:51820\n"), "", WIREGUARD_CONF_BAD_ENDPOINT, 3},
    {PEER("Endpoint = [::1]\n"), "", WIREGUARD_CONF_BAD_ENDPOINT, 3},
    {PEER("Endpoint = [::1]:80:90\n"), "", WIREGUARD_CONF_BAD_ENDPOINT, 3},
    {PEER("Endpoint = [::1]51820\n"), "", WIREGUARD_CONF_BAD_ENDPOINT, 3},
    {PEER("Endpoint = [::1]:\n"), "", WIREGUARD_CONF_BAD_ENDPOINT, 3},
    {PEER("Endpoint = [::1:51820\n"), "", WIREGUARD_CONF_BAD_ENDPOINT, 3},
    {PEER("Endpoint = " SIXTY("a") SIXTY("a") SIXTY("a") SIXTY("a") TEN("a") TEN("a") ":1\n"), "",
     WIREGUARD_CONF_BAD_ENDPOINT, 3},
    {PEER("Endpoint = 127.0.0.1:" TEN("a") TEN("a") TEN("a") "aa\n"), "", WIREGUARD_CONF_BAD_ENDPOINT, 3},
    {PEER("Endpoint = \xc3\xbc.example.org:1\n"), "", WIREGUARD_CONF_BAD_ENDPOINT, 3},
    {PEER("Endpoint = a\033[31m:1\n"), "", WIREGUARD_CONF_BAD_ENDPOINT, 3},
    {PEER("Endpoint = 127.0.0.1:\x7f\n"), "", WIREGUARD_CONF_BAD_ENDPOINT, 3},
    /* The interface. */
    {DEVICE("ListenPort = 0\nFwMark = 0x10\n"), "port 0"},
    {DEVICE("ListenPort = domain\n"), "port domain"},
    {DEVICE("ListenPort =\n"), "", WIREGUARD_CONF_BAD_LINE, 2},
    {DEVICE("ListenPort = 99999999999999999999\n"), "", WIREGUARD_CONF_BAD_PORT, 2},
    {DEVICE("FwMark =\n"), "", WIREGUARD_CONF_BAD_LINE, 2},
    {DEVICE("  mTu\t=  <1420>\t# x\n"), "mtu 1420"},
    {DEVICE("MTU=<0x5a0>\n"), "mtu 1440"},
    {DEVICE("MTU=<+010>\n"), "mtu 8"},
    {DEVICE("MTU=<0>\n"), "mtu 0"},
    {DEVICE("MTU=<2147483647>\n"), "mtu 2147483647"},
    {DEVICE("MTU=2147483648\n"), "", WIREGUARD_CONF_BAD_MTU, 2},
    {DEVICE("\nMTU=14 20\n\n"), "", WIREGUARD_CONF_BAD_MTU, 3},
    {DEVICE("MTU=-1\n"), "", WIREGUARD_CONF_BAD_MTU, 2}, /* it is the kernel that refuses it */
    {DEVICE("MTU=1420x\n"), "", WIREGUARD_CONF_BAD_MTU, 2},
    {DEVICE("MTU=auto\n"), "", WIREGUARD_CONF_BAD_MTU, 2},
    {DEVICE("MTU\n"), "", WIREGUARD_CONF_BAD_MTU, 2},
    {DEVICE("M TU=1420\n"), "", WIREGUARD_CONF_BAD_LINE, 2},
    {DEVICE("MTU:1420\n"), "", WIREGUARD_CONF_BAD_LINE, 2},
    {"MTU=1420\n", "", WIREGUARD_CONF_BAD_LINE, 1},
    {"PublicKey = " A "\n", "", WIREGUARD_CONF_BAD_LINE, 1},
    {PEER("MTU=1420\n"), "", WIREGUARD_CONF_BAD_LINE, 3},
    {DEVICE("MTU=1420\n") PEER("MTU=1420\n"), "", WIREGUARD_CONF_BAD_LINE, 5},
    {PEER("ListenPort=1420\n"), "", WIREGUARD_CONF_BAD_LINE, 3},
    {DEVICE("PublicKey = " A "\n"), "", WIREGUARD_CONF_BAD_LINE, 2},
    {"[ Interface ]\nPrivateKey = " S "\nListenPort = 7\n", "port 7"},
    {"[ Interface ]\nMTU = 1420\n", "", WIREGUARD_CONF_BAD_LINE, 2},
    {DEVICE("[Other]\n"), "", WIREGUARD_CONF_BAD_LINE, 2},
    {DEVICE("[Peer\n"), "", WIREGUARD_CONF_BAD_LINE, 2},
    {"[Interface] x\n", "", WIREGUARD_CONF_BAD_LINE, 1},
    {"[Interface] =\n", "", WIREGUARD_CONF_BAD_LINE, 1},
    {"[Peer]]\n", "", WIREGUARD_CONF_BAD_LINE, 1},
    {"\xef\xbb\xbf[Interface]\n", "", WIREGUARD_CONF_BAD_LINE, 1},
    {DEVICE("PostUp = echo [Peer] # x\npreup\nTable = off\nPreDown=a=b\nPOSTDOWN = \\\nDNS =\nAddress\n"),
     ""},
    {DEVICE("PostUp = a \\\n  b\n"), "", WIREGUARD_CONF_BAD_LINE, 3},
    {PEER("PostUp = x\n"), "", WIREGUARD_CONF_BAD_LINE, 3},
    {DEVICE("SaveConfig = TRUE\n"), "save"},
    {DEVICE("SaveConfig = true\nSaveConfig = false\n"), ""},
    {DEVICE("SaveConfig = yes\n"), "", WIREGUARD_CONF_BAD_SAVE, 2},
    {DEVICE("SaveConfig =\n"), "", WIREGUARD_CONF_BAD_SAVE, 2},
    {DEVICE("Foo = bar\n"), "", WIREGUARD_CONF_BAD_LINE, 2},
    /* Refused here, and not by wg: ~ stands for a NUL. */
    {"#~\n", "", WIREGUARD_CONF_NUL, 1},
    {PEER("Persistent~Keepalive = 25\n"), "", WIREGUARD_CONF_NUL, 3},
    {PEER("PersistentKeepalive = 25~6\n"), "", WIREGUARD_CONF_NUL, 3},
    {DEVICE("ListenPort = 70000\n"), "", WIREGUARD_CONF_BAD_PORT, 2},
    {PEER("Endpoint = 127.0.0.1:65536\n"), "", WIREGUARD_CONF_BAD_ENDPOINT, 3},
    {PEER("PersistentKeepalive = 2" SIXTY(" ") TEN(" ") TEN(" ") TEN(" ") TEN(" ") "5\n"), "",
     WIREGUARD_CONF_BAD_KEEPALIVE, 3},
    /* Taken here, and not by wg: nothing is looked up, and some values are not looked at. */
    {DEVICE("ListenPort = 0x10\nFwMark = x\n"), "port 0x10"},
    {PEER("Endpoint = 192.0.2.1:1 ; x\n^"), "; A 192.0.2.1 1;x -"},
    {PEER("Endpoint = no.such.example:-1\nAllowedIPs = x\n^"), "; A no.such.example -1 -"},
};
