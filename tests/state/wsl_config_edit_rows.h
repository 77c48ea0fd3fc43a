/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files before and after one key was set or removed; NULL: it is refused, see `error`. */
#pragma once

#include "wsl_config_edited.h"

#define TEXT(text) text, sizeof(text) - 1
#define SET(rule, section, key, value, text, after)                                                          \
    {                                                                                                        \
        rule, {WSL_CONFIG_CONF, section, key, value}, TEXT(text), TEXT(after), 0                             \
    }
#define UNSET(rule, section, key, text, after)                                                               \
    {                                                                                                        \
        rule, {WSL_CONFIG_CONF, section, key, NULL}, TEXT(text), TEXT(after), 0                              \
    }
#define SET2(rule, section, key, value, text, after)                                                         \
    {                                                                                                        \
        rule, {WSL_CONFIG_WSLCONFIG, section, key, value}, TEXT(text), TEXT(after), 0                        \
    }
#define UNSET2(rule, section, key, text, after)                                                              \
    {                                                                                                        \
        rule, {WSL_CONFIG_WSLCONFIG, section, key, NULL}, TEXT(text), TEXT(after), 0                         \
    }
#define NOT(error, dialect, section, key, value, text)                                                       \
    {                                                                                                        \
#error, {dialect, section, key, value}, TEXT(text), NULL, 0, error                                   \
    }

static const struct row {
    const char *rule;
    struct change change;
    const char *text;
    size_t size;
    const char *after;
    size_t after_size;
    enum wsl_config_edit_error error;
} rows[] = {
    /* A value in its place. */
    SET("the value alone", "boot", "systemd", "true", "[boot]\nsystemd = false # x\n",
        "[boot]\nsystemd = true # x\n"),
    SET("in any case", "boot", "systemd", "true", "[BOOT]\nSYSTEMD=0\n", "[BOOT]\nSYSTEMD=true\n"),
    SET("nothing to do", "boot", "systemd", "true", "[boot]\nsystemd = \"true\" #x",
        "[boot]\nsystemd = \"true\" #x"),
    SET("the first one, in any section of that name", "boot", "systemd", "true",
        "[boot]\n[user]\n[boot]\nsystemd=0\nsystemd=1\n",
        "[boot]\n[user]\n[boot]\nsystemd=true\nsystemd=1\n"),
    SET("an invalid one too", "boot", "systemd", "true", "[boot]\nsystemd=yes\nsystemd=false\n",
        "[boot]\nsystemd=true\nsystemd=false\n"),
    SET2("under an alias", "wsl2", "networkingMode", "Mirrored",
         "[experimental]\nnetworkingmode=nat\n[wsl2]\n", "[experimental]\nnetworkingmode=Mirrored\n[wsl2]\n"),
    SET("all lines of the old value", "boot", "command", "x",
        "[boot]\ncommand = a \\\n b \\\n c # d\nsystemd=1\n", "[boot]\ncommand = x # d\nsystemd=1\n"),
    SET("a continuation that ends the file", "boot", "command", "x", "[boot]\ncommand=a\\\n",
        "[boot]\ncommand=x"),
    SET("into an empty place", "user", "default", "me", "[user]\ndefault=\n", "[user]\ndefault=me\n"),
    SET("into an empty place with blanks", "user", "default", "me", "[user]\ndefault =   # x\n",
        "[user]\ndefault = me  # x\n"),
    SET("into an empty place before a comment", "user", "default", "me", "[user]\ndefault=#x\n",
        "[user]\ndefault=me#x\n"),
    SET("to nothing", "user", "default", "", "[user]\ndefault=me\n", "[user]\ndefault=\n"),
    SET("its quotes go", "user", "default", "me", "[user]\r\ndefault=\" you \"\r\n",
        "[user]\r\ndefault=me\r\n"),
    SET("no last end of line comes", "user", "default", "me", "[user]\ndefault=you", "[user]\ndefault=me"),
    /* How a value is written. */
    SET("backslash and quote", "boot", "command", "a\\b\"c", "[boot]\n", "[boot]\ncommand=a\\\\b\\\"c\n"),
    SET("LF", "boot", "command", "a\nb", "[boot]\n", "[boot]\ncommand=a\\nb\n"),
    SET("#", "boot", "command", "a #b", "[boot]\n", "[boot]\ncommand=\"a #b\"\n"),
    SET("blanks at the ends", "boot", "command", " a\t", "[boot]\n", "[boot]\ncommand=\" a\t\"\n"),
    SET("blanks within", "boot", "command", "a  b", "[boot]\n", "[boot]\ncommand=a  b\n"),
    SET("above ASCII", "user", "default", "j\xc3\xbcrgen", "[user]\n", "[user]\ndefault=j\xc3\xbcrgen\n"),
    /* A new pair. */
    SET("behind the last pair of the first section", "network", "generateResolvConf", "false",
        "[network]\nhostname=a\n# x\n\n[boot]\nsystemd=1\n[network]\ngenerateHosts=1\n",
        "[network]\nhostname=a\ngenerateResolvConf=false\n# "
        "x\n\n[boot]\nsystemd=1\n[network]\ngenerateHosts=1\n"),
    SET("behind a header with a comment", "boot", "systemd", "true", "[boot] # x\n\n",
        "[boot] # x\nsystemd=true\n\n"),
    SET("behind a header without an end of line", "boot", "systemd", "true", "[boot]",
        "[boot]\nsystemd=true\n"),
    SET("behind a pair without an end of line", "boot", "systemd", "true", "[boot]\ncommand=a # b",
        "[boot]\ncommand=a # b\nsystemd=true\n"),
    SET("behind a continuation that ends the file", "boot", "systemd", "true", "[boot]\ncommand=a\\\n",
        "[boot]\ncommand=a\\\n\nsystemd=true\n"),
    SET("behind a value of several lines", "boot", "systemd", "true", "[boot]\ncommand=a\\\nb\n# x\n",
        "[boot]\ncommand=a\\\nb\nsystemd=true\n# x\n"),
    SET("as the lines end", "boot", "systemd", "true", "[boot]\r\ncommand=a\r\n",
        "[boot]\r\ncommand=a\r\nsystemd=true\r\n"),
    SET("as the first line ends", "boot", "systemd", "true", "[boot]\ncommand=a\r\n",
        "[boot]\ncommand=a\r\nsystemd=true\n"),
    SET("not between CR and LF", "boot", "systemd", "true", "[boot]\r\n", "[boot]\r\nsystemd=true\r\n"),
    SET("behind a lone CR", "boot", "systemd", "true", "[boot]\r# x\n", "[boot]\rsystemd=true\n# x\n"),
    SET("a new section at the end", "boot", "systemd", "true", "[user]\ndefault=a\n",
        "[user]\ndefault=a\n\n[boot]\nsystemd=true\n"),
    SET("a new section behind a comment without an end of line", "boot", "systemd", "true", "# x",
        "# x\n\n[boot]\nsystemd=true\n"),
    SET("into an empty file", "boot", "systemd", "true", "", "[boot]\nsystemd=true\n"),
    SET2("into an empty file of Windows", "experimental", "sparseVhd", "true", "",
         "[experimental]\r\nsparseVhd=true\r\n"),
    SET2("into the section that was asked for", "experimental", "firewall", "true", "[wsl2]\n",
         "[wsl2]\n\n[experimental]\nfirewall=true\n"),
    SET("a pair before any section is another", "boot", "systemd", "true", "systemd=true\n",
        "systemd=true\n\n[boot]\nsystemd=true\n"),
    /* Where a wsl.conf ends early. */
    SET("above an invalid line", "boot", "systemd", "true", "[boot]\ncommand=a\nfoo\nsystemd=false\n",
        "[boot]\ncommand=a\nsystemd=true\nfoo\nsystemd=false\n"),
    SET("a section before that of an invalid line", "boot", "systemd", "true",
        "[user]\ndefault=a\n\n[network]\nfoo\n[boot]\nsystemd=false\n",
        "[user]\ndefault=a\n\n[boot]\nsystemd=true\n\n[network]\nfoo\n[boot]\nsystemd=false\n"),
    SET("a section before the first one, with an invalid line", "boot", "systemd", "true",
        "# x\n[network]\nfoo\n", "# x\n[boot]\nsystemd=true\n\n[network]\nfoo\n"),
    SET("a section above a header that is none", "boot", "systemd", "true", "[user]\n[ network ]\n",
        "[user]\n\n[boot]\nsystemd=true\n[ network ]\n"),
    SET("above an invalid continued value", "boot", "systemd", "true", "[boot]\ncommand=a \\\n b\\q\n",
        "[boot]\nsystemd=true\ncommand=a \\\n b\\q\n"),
    /* .wslconfig's own. */
    SET2("before a wrong header", "wsl2", "swap", "0",
         "[wsl2]\nmemory=1GB\n[experimental]x\nsparseVhd=true\n",
         "[wsl2]\nmemory=1GB\nswap=0\n[experimental]x\nsparseVhd=true\n"),
    SET2("behind what is skipped", "wsl2", "swap", "0", "[wsl2]\nfoo\nmemory=1GB\nbar\n",
         "[wsl2]\nfoo\nmemory=1GB\nswap=0\nbar\n"),
    SET2("before Ctrl-Z", "experimental", "sparseVhd", "true", "[wsl2]\nmemory=1GB\032\nx\n",
         "[wsl2]\nmemory=1GB\n\n[experimental]\nsparseVhd=true\n\032\nx\n"),
    SET2("before a backslash that ends the file", "experimental", "sparseVhd", "true", "[wsl2]\nswapFile=a\\",
         "[wsl2]\n\n[experimental]\nsparseVhd=true\nswapFile=a\\"),
    SET2("the mark stays", "wsl2", "swap", "0", "\xef\xbb\xbf", "\xef\xbb\xbf[wsl2]\r\nswap=0\r\n"),
    SET2("UTF-16 stays", "wsl2", "ipv6", "1", "\xff\xfe[\0w\0s\0l\0002\0]\0\r\0\n\0",
         "\xff\xfe[\0w\0s\0l\0002\0]\0\r\0\n\0i\0p\0v\0006\0=\0001\0\r\0\n\0"),
    SET2("a path of Windows", "wsl2", "swapFile", "C:\\temp\\s.vhdx", "[wsl2]\r\nswapFile=C:\\\\s\r\n",
         "[wsl2]\r\nswapFile=C:\\\\temp\\\\s.vhdx\r\n"),
    /* What goes. */
    UNSET("its line", "boot", "systemd", "[boot]\n  systemd=true  \ncommand=a\n", "[boot]\ncommand=a\n"),
    UNSET("all its lines", "boot", "command", "[boot]\r\ncommand=a\r\nsystemd=1\r\n",
          "[boot]\r\nsystemd=1\r\n"),
    UNSET("the lines that it goes on in", "boot", "command", "[boot]\ncommand=a\\\n b\n# x\n",
          "[boot]\n# x\n"),
    UNSET("a comment behind it stays", "boot", "systemd", "[boot]\n systemd = true # why\n",
          "[boot]\n # why\n"),
    UNSET("wherever it is", "boot", "systemd",
          "[boot]\nsystemd=1\n[a]\nx=1\n[BOOT]\nSystemD=0 # x\nsystemd=yes",
          "[boot]\n[a]\nx=1\n[BOOT]\n# x\n"),
    UNSET2("under both names", "wsl2", "firewall", "[experimental]\nfirewall=1\n[wsl2]\nfirewall=0\n",
           "[experimental]\n[wsl2]\n"),
    UNSET("what WSL does not know", "foo", "bar", "[foo]\nBAR=1\nbaz=1\n", "[foo]\nbaz=1\n"),
    UNSET("what is in no section", "", "systemd", "systemd=1\n[boot]\nsystemd=1\n", "[boot]\nsystemd=1\n"),
    UNSET("nothing to do", "boot", "systemd", "[boot]\n#systemd=true\n", "[boot]\n#systemd=true\n"),
    UNSET("what is dead stays", "boot", "systemd", "[boot]\nsystemd=1\nfoo\nsystemd=1\n",
          "[boot]\nfoo\nsystemd=1\n"),
    /* What is refused. */
    NOT(WSL_CONFIG_EDIT_UNKNOWN_KEY, WSL_CONFIG_CONF, "wsl2", "memory", "4GB", ""),
    NOT(WSL_CONFIG_EDIT_UNKNOWN_KEY, WSL_CONFIG_WSLCONFIG, "boot", "systemd", "true", ""),
    NOT(WSL_CONFIG_EDIT_BAD_VALUE, WSL_CONFIG_CONF, "boot", "systemd", "yes", ""),
    NOT(WSL_CONFIG_EDIT_BAD_VALUE, WSL_CONFIG_WSLCONFIG, "wsl2", "memory", "4gb", ""),
    NOT(WSL_CONFIG_EDIT_BAD_CHARACTER, WSL_CONFIG_CONF, "boot", "command", "a\rb", ""),
    NOT(WSL_CONFIG_EDIT_BAD_CHARACTER, WSL_CONFIG_WSLCONFIG, "wsl2", "vmSwitch", "\xc3\xbc", ""),
    NOT(WSL_CONFIG_EDIT_BAD_CHARACTER, WSL_CONFIG_WSLCONFIG, "wsl2", "vmSwitch", "a\032", ""),
    NOT(WSL_CONFIG_EDIT_ENCODING, WSL_CONFIG_CONF, "boot", "systemd", "true", "\xef\xbb\xbf[boot]\n"),
    NOT(WSL_CONFIG_EDIT_ENCODING, WSL_CONFIG_CONF, "boot", "systemd", NULL, "\xff\xfe[\0b\0"),
    NOT(WSL_CONFIG_EDIT_ENCODING, WSL_CONFIG_CONF, "boot", "systemd", "true", "[\0b\0"),
    NOT(WSL_CONFIG_EDIT_ENCODING, WSL_CONFIG_WSLCONFIG, "wsl2", "swap", "0", "\xfe\xff\0[\0w"),
};
