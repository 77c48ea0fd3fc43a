/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is wrong in a configuration file of WSL's */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../service/state/wsl_config_lint.h"
#include "../unit.h"

#define CONF(text, expected)                                                                                 \
    {                                                                                                        \
        WSL_CONFIG_CONF, text, sizeof(text) - 1, expected                                                    \
    }
#define WSLCONFIG(text, expected)                                                                            \
    {                                                                                                        \
        WSL_CONFIG_WSLCONFIG, text, sizeof(text) - 1, expected                                               \
    }

/* "line:kind", with ! where WSL reads no further, the key behind a blank, and the first line of a duplicate.
 */
static const struct {
    enum wsl_config_dialect dialect;
    const char *text;
    size_t size;
    const char *expected;
} rows[] = {
    CONF("", ""),
    CONF("# x\n[boot]\nsystemd=true\ncommand=\"a;b # c\" # d\n[user]\ndefault=me\n", ""),
    WSLCONFIG("[wsl2]\r\nmemory=4GB\r\nswapFile=C:\\\\temp\\\\new.vhdx # d\r\nkernel=C:/x\r\n", ""),
    /* Lines. */
    CONF("[boot]\n!x\nsystemd=no\n", "2:no-name!"),
    CONF("[boot]\nsystemd=no\nfoo\n", "2:boolean boot.systemd|3:no-equals!"),
    CONF("; x\n", "1:comment!"),
    CONF("[boot]\n// x\n", "2:comment!"),
    CONF("[ boot ]\n", "1:section!"),
    CONF("[boot ]\n", "1:bracket!"),
    CONF("[boot]systemd=true\n", "1:after-header!"),
    CONF("network.hostname=x\n", "1:dotted!"),
    CONF("[boot]\ncommand=C:\\Users\n", "2:escape!"),
    CONF("[boot]\ncommand=\"a\n", "2:quote!"),
    WSLCONFIG("[wsl2]\nswapFile=C:\\Users\\x\n; x\nmemory=4G\n", "2:escape|3:comment"),
    WSLCONFIG("[wsl2]\nfoo", "2:no-equals"),
    /* Keys. */
    CONF("systemd=true\n", "1:outside systemd"),
    WSLCONFIG("memory=4GB\n[wsl2]\nswap=0\n", "1:outside memory"),
    CONF("[wsl2]\nmemory=4GB\n", "2:wslconfig-key wsl2.memory"),
    WSLCONFIG("[boot]\nsystemd=true\n", "2:conf-key boot.systemd"),
    CONF("[wsl2]\nfoo=1\n", "2:unknown-section wsl2.foo"),
    CONF("[boot]\nfoo=1\n", "2:unknown-key boot.foo"),
    CONF("[boot]\nsystemd=1\n\nSystemD=0\n", "4:duplicate(2) boot.SystemD"),
    WSLCONFIG("[experimental]\nfirewall=1\n[wsl2]\nfirewall=0\n", "4:duplicate(2) wsl2.firewall"),
    WSLCONFIG("[experimental]\nsparseVhd=1\n[wsl2]memory=4GB\nswap=0\n", "3:after-header|4:astray wsl2"),
    WSLCONFIG("[wsl2]\n[general] x\nmemory=4GB\n", "2:after-header|3:astray gene.memory"),
    /* Values. */
    CONF("[boot]\nsystemd=yes\n", "2:boolean boot.systemd"),
    CONF("[boot]\nsystemd=true ; x\n", "2:semicolon boot.systemd"),
    CONF("[boot]\ninitTimeout=5s\n", "2:integer boot.initTimeout"),
    CONF("[automount]\ncgroups=v3\n", "2:choice automount.cgroups"),
    WSLCONFIG("[wsl2]\nmemory=4 GB\n", "2:size wsl2.memory"),
    WSLCONFIG("[wsl2]\nnetworkingMode=bridge\n", "2:choice wsl2.networkingMode"),
    WSLCONFIG("[experimental]\nautoMemoryReclaim=on\n", "2:choice experimental.autoMemoryReclaim"),
    WSLCONFIG("[experimental]\nignoredPorts=0,x,80\n", "2:ports experimental.ignoredPorts"),
    WSLCONFIG("[experimental]\ndnsTunnelingIpAddress=x\n", "2:address experimental.dnsTunnelingIpAddress"),
    WSLCONFIG("[wsl2]\nmacAddress=x\n", "2:mac wsl2.macAddress"),
    WSLCONFIG("[wsl2]\nswapFile=C:\\temp\\x\n", "2:escape"),
    WSLCONFIG("[wsl2]\nswapFile=C:\\temp\n", "2:backslash wsl2.swapFile"),
    WSLCONFIG("[wsl2]\nswapFile=C:\\\\temp\n", ""),
    WSLCONFIG("[wsl2]\nkernelCommandLine=a\\tb \\\nc\n", ""),
    WSLCONFIG("[wsl2]\nswapFile=C:\\\\x\\\nmemory=4GB\n", "2:swallowed wsl2.swapFile"),
    WSLCONFIG("[wsl2]\r\nswapFile=C:\\\\x\\\r\nmemory=4GB\r\n", "2:swallowed wsl2.swapFile"),
    CONF("[boot]\r\ncommand=a \\\r\n[user]\r\n", "2:continued boot.command"),
    CONF("[boot]\ncommand=a \\\nb\n", ""),
    CONF("[boot]\ncommand=a#b\n", "2:hash boot.command"),
    CONF("[boot]\ncommand=a #b\n", ""),
    CONF("[user]\ndefault='me'\n", "2:quotes user.default"),
    CONF("[user]\ndefault=\xe2\x80\x9cme\xe2\x80\x9d\n", "2:quotes user.default"),
    CONF("[user]\ndefault=j\xc3\xbcrgen\n", ""),
    WSLCONFIG("[wsl2]\nswapFile=C:/J\xc3\xbcrgen\n", "2:not-ascii wsl2.swapFile"),
    WSLCONFIG("\xff\xfe[\0w\0s\0l\0002\0]\0\n\0k\0e\0r\0n\0e\0l\0=\0\xfc\0\n\0", "2:not-ascii wsl2.kernel"),
    WSLCONFIG("\xff\xfe[\0w\0s\0l\0002\0]\0\n\0k\0e\0r\0n\0e\0l\0=\0\\\0t\0#\0\n\0",
              "2:backslash wsl2.kernel|2:hash wsl2.kernel"),
    CONF("[user]\ndefault=a\0b\n", "2:nul user.default"),
    /* Encodings. */
    CONF("\xef\xbb\xbf[boot]\nsystemd=yes\n", "1:mark!"),
    CONF("\xff\xfe[\0b\0", "1:utf-16!"),
    CONF("[\0b\0]\0\n\0", "1:utf-16!"),
    WSLCONFIG("\xef\xbb\xbf[wsl2]\nmemory=4\n", ""),
    WSLCONFIG("\xfe\xff\0[\0w", "1:utf-16!"),
    WSLCONFIG("[\0w\0]\0\n\0", "1:utf-16!"),
    WSLCONFIG("\xff\xfe[\0w\0]\0\n\0", ""),
};

static char *remarks_of(enum wsl_config_dialect dialect, const char *text, size_t size)
{
    struct wsl_config_remarks remarks;
    char *found = NULL, *copy = malloc(size ? size : 1);
    struct wsl_config config;
    size_t length;
    FILE *out = open_memstream(&found, &length);

    memcpy(copy, text, size);
    assert_int_equal(wsl_config_parse(dialect, copy, size, &config), 0);
    assert_int_equal(wsl_config_lint(&config, copy, &remarks), 0);
    for (size_t i = 0; i < remarks.count; i++) {
        const struct wsl_config_remark *remark = &remarks.list[i];

        fprintf(out, "%s%u:%s", i ? "|" : "", remark->line, wsl_config_remark_id(remark->kind));
        if (remark->first)
            fprintf(out, "(%u)", remark->first);
        if (remark->rest)
            fputc('!', out);
        if (remark->key)
            fprintf(out, " %s%s%s", remark->section, *remark->section && *remark->key ? "." : "",
                    remark->key);
    }
    fclose(out);
    wsl_config_remarks_done(&remarks);
    wsl_config_done(&config);
    free(copy);
    return found;
}

static void test_rows(void **state)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *found = remarks_of(rows[i].dialect, rows[i].text, rows[i].size);

        if (strcmp(found, rows[i].expected) != 0)
            fail_msg("found “%s”, not “%s” in “%s”", found, rows[i].expected, rows[i].text);
        free(found);
    }
}

/* And of what any of them would be if it were cut off. */
static void test_cut_off(void **state)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t size = 0; size < rows[i].size; size++)
            free(remarks_of(rows[i].dialect, rows[i].text, size));
}

/* As many of one pair as there can be: the list was made for them. */
static void test_all_at_once(void **state)
{
    char text[4096] = "[wsl2]\n";
    char *found;

    for (size_t i = 0; i < 40; i++)
        strcat(text, "swapFile=\\t\\\n\xc3\xbc#\n");
    found = remarks_of(WSL_CONFIG_WSLCONFIG, text, strlen(text));
    assert_non_null(strstr(found, "2:backslash wsl2.swapFile|2:swallowed wsl2.swapFile|2:hash wsl2.swapFile|"
                                  "2:not-ascii wsl2.swapFile|4:duplicate(2) wsl2.swapFile"));
    free(found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_cut_off),
        cmocka_unit_test(test_all_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
