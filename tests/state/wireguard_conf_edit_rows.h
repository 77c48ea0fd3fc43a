/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Texts of files of wg-quick's, a keepalive that is asked for, and what becomes of them. */
#pragma once

#define A "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="
#define B "ISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0A="
#define S "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVpbXF1eX2A=" /* a secret one */

#define PEER      "[Peer]\nPublicKey = " A "\n"
#define OTHER     "[Peer]\nPublicKey = " B "\n"
#define ALIVE(is) "PersistentKeepalive = " is "\n"

static const struct row {
    const char *rule;
    char key; /* A or B; 0: all */
    uint16_t seconds;
    const char *text, *after;
} rows[] = {
    {"a value is replaced", 'A', 30, PEER ALIVE("25"), PEER ALIVE("30")},
    {"what is around it stays", 'A', 30, PEER " persistentkeepalive=2 5\t # x\r\n# y",
     PEER " persistentkeepalive=30\t # x\r\n# y"},
    {"the same stays as it is spelled", 'A', 25, PEER ALIVE("0 0025"), PEER ALIVE("0 0025")},
    {"off is a word", 'A', 0, PEER ALIVE("25"), PEER ALIVE("off")},
    {"off is off, as it is spelled", 'A', 0, PEER ALIVE("0"), PEER ALIVE("0")},
    {"off becomes a number", 'A', 25, PEER ALIVE("Off"), PEER ALIVE("25")},
    {"what is not there is off", 'A', 0, PEER, PEER},
    {"a line is put in", 'A', 25, PEER, PEER ALIVE("25")},
    {"behind the last key", 'A', 25, PEER "# y\nAllowedIPs = ::/0 # z\n\n# x\n" OTHER,
     PEER "# y\nAllowedIPs = ::/0 # z\n" ALIVE("25") "\n# x\n" OTHER},
    {"the longest", 'A', 65535,
     "[Peer]\n"
     "                PublicKey  \t =                 " A,
     "[Peer]\n"
     "                PublicKey  \t =                 " A
     "\n                PersistentKeepalive =                65535"},
    {"secrets stay", 'A', 25, "[Interface]\nPrivateKey = " S "\n" PEER "PresharedKey = " S "\n",
     "[Interface]\nPrivateKey = " S "\n" PEER "PresharedKey = " S "\n" ALIVE("25")},
    /* In the style of the line before. */
    {"no blanks", 'A', 25, "[Peer]\nPublicKey=" A "\n", "[Peer]\nPublicKey=" A "\nPersistentKeepalive=25\n"},
    {"one behind", 'A', 25, "[Peer]\nPublicKey= " A "\n",
     "[Peer]\nPublicKey= " A "\nPersistentKeepalive= 25\n"},
    {"tabs", 'A', 25, "[Peer]\n\tPublicKey\t=\t" A "\n",
     "[Peer]\n\tPublicKey\t=\t" A "\n\tPersistentKeepalive\t=\t25\n"},
    {"more tabs before", 'A', 25, "[Peer]\nPublicKey\t\t= " A "\n",
     "[Peer]\nPublicKey\t\t= " A "\nPersistentKeepalive\t= 25\n"},
    {"a column", 'A', 25, "[Peer]\n  PublicKey            = " A "\n",
     "[Peer]\n  PublicKey            = " A "\n  PersistentKeepalive  = 25\n"},
    {"a column that is too near", 'A', 25, "[Peer]\nPublicKey    = " A "\n",
     "[Peer]\nPublicKey    = " A "\nPersistentKeepalive = 25\n"},
    {"a column that is too far", 'A', 25,
     "[Peer]\nPublicKey                                            = " A "\n",
     "[Peer]\nPublicKey                                            = " A
     "\nPersistentKeepalive                = 25\n"},
    {"CR LF", 'A', 25, "[Peer]\r\nPublicKey = " A "\r\n",
     "[Peer]\r\nPublicKey = " A "\r\nPersistentKeepalive = 25\r\n"},
    {"CR LF, without an end", 'A', 25, "[Peer]\r\nPublicKey = " A,
     "[Peer]\r\nPublicKey = " A "\r\nPersistentKeepalive = 25"},
    {"LF, without an end", 'A', 25, "[Peer]\nPublicKey = " A,
     "[Peer]\nPublicKey = " A "\nPersistentKeepalive = 25"},
    {"a comment without an end", 'A', 25, PEER "# x", PEER ALIVE("25") "# x"},
    {"a comment on it without an end", 'A', 25,
     "[Peer]\nPublicKey=" A "#=", "[Peer]\nPublicKey=" A "#=\nPersistentKeepalive=25"},
    {"white space in its name", 'A', 25, "[Peer]\nPublic Key = " A "\n",
     "[Peer]\nPublic Key = " A "\nPersistentKeepalive = 25\n"},
    /* Which one. */
    {"one of two", 'A', 25, PEER OTHER, PEER ALIVE("25") OTHER},
    {"the other of two", 'B', 25, PEER ALIVE("9") OTHER ALIVE("9"), PEER ALIVE("9") OTHER ALIVE("25")},
    {"of all", 0, 25, PEER OTHER ALIVE("9"), PEER ALIVE("25") OTHER ALIVE("25")},
    {"of all, off", 0, 0, PEER OTHER ALIVE("9"), PEER OTHER ALIVE("off")},
    {"of all of none", 0, 25, "[Interface]\n", "[Interface]\n"},
    {"the last line counts", 'A', 30, PEER ALIVE("25") ALIVE("26"), PEER ALIVE("25") ALIVE("30")},
    {"the first line does not", 'A', 26, PEER ALIVE("25") ALIVE("26"), PEER ALIVE("25") ALIVE("26")},
    {"of one key twice the last", 'A', 25, PEER OTHER PEER, PEER OTHER PEER ALIVE("25")},
    {"of one key twice the one that has it", 'A', 25, PEER ALIVE("9") OTHER PEER,
     PEER ALIVE("25") OTHER PEER},
    {"of all, a key twice", 0, 25, PEER ALIVE("9") OTHER PEER, PEER ALIVE("25") OTHER ALIVE("25") PEER},
    {"of one key twice, each with it", 0, 25, PEER ALIVE("9") PEER ALIVE("8"),
     PEER ALIVE("9") PEER ALIVE("25")},
};
