/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be wrong in a configuration file of WSL's, in words */
#include "wsl_config_remark.h"

static const struct {
    const char *id, *what, *next;
} remarks[] = {
    [WSL_CONFIG_REMARK_NO_NAME] = {"no-name", "this is neither a key, a section nor a comment",
                                   "Begin the line with a letter, [ or #"},
    [WSL_CONFIG_REMARK_COMMENT] = {"comment", "this does not begin a comment here", "Write # in its place"},
    [WSL_CONFIG_REMARK_SECTION] = {"section", "no name of letters and digits follows the [",
                                   "Write the section as [name], without blanks or quotes"},
    [WSL_CONFIG_REMARK_BRACKET] = {"bracket", "no ] follows the section's name",
                                   "Write the section as [name], of letters and digits only"},
    [WSL_CONFIG_REMARK_AFTER_HEADER] = {"after-header", "something follows the section in its line",
                                        "Put it on a line of its own"},
    [WSL_CONFIG_REMARK_NO_EQUALS] = {"no-equals", "no = follows the name, which has letters and digits only",
                                     "Write key=value in one line, or # before what is a comment"},
    [WSL_CONFIG_REMARK_DOTTED] = {"dotted", "a dot in a name does not stand for a section",
                                  "Write [section] on a line of its own, and the key below"},
    [WSL_CONFIG_REMARK_ESCAPE] = {"escape", "a backslash is followed by what it cannot escape",
                                  "Write \\\\ for a backslash, or / in a path of Windows"},
    [WSL_CONFIG_REMARK_QUOTE] = {"quote", "a quote is not closed in its line",
                                 "Close it, or write \\\" for the character"},
    [WSL_CONFIG_REMARK_OUTSIDE] = {"outside", "the key is in no section, and ignored",
                                   "Write its section before it, such as [boot] or [wsl2]"},
    [WSL_CONFIG_REMARK_ASTRAY] = {"astray", "the key is lost with the wrong section line above it",
                                  "Mend that line"},
    [WSL_CONFIG_REMARK_CONF_KEY] = {"conf-key", "this is a key of /etc/wsl.conf, and ignored here",
                                    "Put it into /etc/wsl.conf of each distribution that it is meant for"},
    [WSL_CONFIG_REMARK_WSLCONFIG_KEY] = {"wslconfig-key", "this is a key of .wslconfig, and ignored here",
                                         "Put it into %USERPROFILE%\\.wslconfig in Windows"},
    [WSL_CONFIG_REMARK_UNKNOWN_SECTION] = {"unknown-section",
                                           "WSL knows no such section in this file, and ignores the key",
                                           "Look for a misspelling, or take it out"},
    [WSL_CONFIG_REMARK_UNKNOWN_KEY] = {"unknown-key", "WSL knows no such key in this section, and ignores it",
                                       "Look for a misspelling or another section, or take it out"},
    [WSL_CONFIG_REMARK_DUPLICATE] = {"duplicate", "the key was there before, and the first one counts",
                                     "Take one of them out"},
    [WSL_CONFIG_REMARK_BOOLEAN] = {"boolean", "the value is neither true nor false, so the default counts",
                                   "Write true or false"},
    [WSL_CONFIG_REMARK_INTEGER] = {"integer", "the value is no whole number, so the default counts",
                                   "Write digits alone; with a leading 0 they are octal"},
    [WSL_CONFIG_REMARK_SIZE] = {"size", "the value is no size, so the default counts",
                                "Write digits and KB, MB, GB or TB, in capitals and without a blank"},
    [WSL_CONFIG_REMARK_CGROUPS] = {"choice", "the value is none of v1 and v2, so the default counts",
                                   "Write v1 or v2"},
    [WSL_CONFIG_REMARK_MODE] = {"choice", "the value is no networking mode, so the default counts",
                                "Write Nat, Mirrored, Consomme, VirtioProxy, Bridged or None"},
    [WSL_CONFIG_REMARK_RECLAIM] = {"choice",
                                   "the value is no way of reclaiming memory, so the default counts",
                                   "Write DropCache, Gradual or Disabled"},
    [WSL_CONFIG_REMARK_PORTS] = {"ports", "an entry is no port from 1 to 65535; only the others count",
                                 "Write numbers with commas between"},
    [WSL_CONFIG_REMARK_ADDRESS] = {"address", "the value is no IPv4 address, and turns DNS tunnelling off",
                                   "Write four numbers with dots between, or take the key out"},
    [WSL_CONFIG_REMARK_MAC] = {"mac", "the value is no MAC address, and WSL does not start with it",
                               "Write six pairs of hexadecimal digits with : or - between"},
    [WSL_CONFIG_REMARK_SEMICOLON] = {"semicolon",
                                     "a ; begins no comment: it is part of the value, which is no good",
                                     "Write # before the comment"},
    [WSL_CONFIG_REMARK_BACKSLASH] = {"backslash",
                                     "a single backslash and the letter behind it are a control character",
                                     "Write \\\\ for each backslash, or /"},
    [WSL_CONFIG_REMARK_SWALLOWED] = {"swallowed",
                                     "a backslash at the end makes the next line a part of the path",
                                     "Write \\\\ for each backslash, or /"},
    [WSL_CONFIG_REMARK_CONTINUED] = {"continued",
                                     "a backslash before CR LF does not continue the line in this file",
                                     "Write the value in one line, or end all lines with LF alone"},
    [WSL_CONFIG_REMARK_HASH] = {"hash", "the value ends at the #, which begins a comment",
                                "Put the value into quotes, or a blank before the comment"},
    [WSL_CONFIG_REMARK_QUOTES] = {"quotes", "these quotes are part of the value", "Write \" or none"},
    [WSL_CONFIG_REMARK_NOT_ASCII] = {"not-ascii", "WSL garbles what is not ASCII in a value of this file",
                                     "Write ASCII alone, such as a path without umlauts"},
    [WSL_CONFIG_REMARK_NUL] = {"nul", "the value ends at a NUL character", "Take it out"},
    [WSL_CONFIG_REMARK_MARK] = {"mark", "the file begins with a byte order mark, and WSL ignores all of it",
                                "Save it as UTF-8 without a mark (BOM)"},
    [WSL_CONFIG_REMARK_UTF16] = {"utf-16", "the file is in UTF-16, and WSL ignores all of it",
                                 "Save it as UTF-8 without a mark (BOM)"},
};

const char *wsl_config_remark_id(enum wsl_config_remark_kind kind)
{
    return remarks[kind].id;
}

const char *wsl_config_remark_what(enum wsl_config_remark_kind kind)
{
    return remarks[kind].what;
}

const char *wsl_config_remark_next(enum wsl_config_remark_kind kind)
{
    return remarks[kind].next;
}
