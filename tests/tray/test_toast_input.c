/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of toast_input: what PowerShell is given, and where it is found */
#include "../unit.h"

#include <gio/gio.h>
#include <jansson.h>

#include "../../tray/toast.h"

#define SCRIPT "/org/wslnode/Tray/toast.ps1"

static char *script(void)
{
    g_autoptr(GBytes) bytes = g_resources_lookup_data(SCRIPT, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

    assert_non_null(bytes);
    return g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

/* The JSON, after it was seen that nothing else follows the script. */
static json_t *message_of(const char *input)
{
    g_autofree char *constant = script();
    const char *line = input + strlen(constant);
    json_t *message;

    assert_true(g_str_has_prefix(input, constant));
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    for (const char *c = line; *c != '\n'; c++)
        assert_true(*c >= ' ' && *c <= '~');
    message = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    assert_true(json_is_object(message));
    return message;
}

static const char *text_of(const json_t *message, const char *name)
{
    const char *text = json_string_value(json_object_get(message, name));

    assert_non_null(text);
    return text;
}

static void test_a_message(void **state)
{
    g_autofree char *input = toast_input("show", "fighting wg0", "A title", "A body", FALSE);
    json_t *message = message_of(input);

    assert_string_equal(text_of(message, "act"), "show");
    assert_string_equal(text_of(message, "tag"), "ff28d8b88a2cc06b");
    assert_string_equal(text_of(message, "group"), "wslnode");
    assert_string_equal(text_of(message, "title"), "A title");
    assert_string_equal(text_of(message, "body"), "A body");
    assert_true(json_is_false(json_object_get(message, "silent")));
    assert_int_equal(json_object_size(message), 6);
    json_decref(message);
}

static void test_a_withdrawal(void **state)
{
    g_autofree char *shown = toast_input("show", "a", "A title", "A body", TRUE);
    g_autofree char *input = toast_input("withdraw", "a", NULL, NULL, TRUE);
    json_t *first = message_of(shown), *message = message_of(input);

    assert_string_equal(text_of(message, "act"), "withdraw");
    assert_string_equal(text_of(message, "tag"), text_of(first, "tag"));
    assert_string_equal(text_of(message, "group"), text_of(first, "group"));
    assert_true(json_is_true(json_object_get(first, "silent")));
    json_decref(first);
    json_decref(message);
}

static void test_hostile_texts_stay_data(void **state)
{
    static const struct {
        const char *text, *cleaned; /* NULL: as it is */
    } rows[] = {
        {"", NULL},
        {"'\"`", NULL},
        {"'; exit 7; '", NULL},
        {"\"} \n}\r\n exit 7", NULL},
        {"$(calc) ${env:PATH} `calc` @(calc) & calc | calc", NULL},
        {"]]>", NULL},
        {"</text><action content=\"x\" arguments=\"calc\"/><text>", NULL},
        {"&lt;&#60;&amp; %PATH% \\u0022 \\\" \\", NULL},
        {"two\nlines\tand\r\nmore", NULL},
        {"\360\237\230\200 \303\244\303\266\303\274 \342\200\256 \342\200\250", NULL},
        {"\001\002\033[31mred\a\b\v\f\037\177\302\205", "[31mred"},
        {"\357\277\276non\357\277\277characters\357\277\275", "noncharacters\357\277\275"},
        {"\377\376broken\300\257", "\357\277\275\357\277\275broken\357\277\275\357\277\275"},
        {"half \360\237\230", "half \357\277\275\357\277\275\357\277\275"},
        {"surrogate \355\240\275", "surrogate \357\277\275\357\277\275\357\277\275"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *expected = rows[i].cleaned ? rows[i].cleaned : rows[i].text;
        g_autofree char *input = toast_input("show", rows[i].text, rows[i].text, rows[i].text, FALSE);
        json_t *message = message_of(input);

        assert_string_equal(text_of(message, "title"), expected);
        assert_string_equal(text_of(message, "body"), expected);
        assert_int_equal(strlen(text_of(message, "tag")), 16);
        json_decref(message);
    }
}

/* `count` times one of four bytes. */
static char *smiles(int count)
{
    GString *text = g_string_new(NULL);

    while (count-- > 0)
        g_string_append(text, "\360\237\230\200");
    return g_string_free(text, FALSE);
}

static void test_texts_are_cut(void **state)
{
    static const int title[][2] = {{199, 199}, {200, 200}, {201, 199}, {2500, 199}};
    static const int body[][2] = {{999, 999}, {1000, 1000}, {1001, 999}, {2500, 999}};

    for (size_t i = 0; i < COUNT(title); i++) {
        g_autofree char *long_title = smiles(title[i][0]), *long_body = smiles(body[i][0]);
        g_autofree char *cut_title = smiles(title[i][1]), *cut_body = smiles(body[i][1]);
        g_autofree char *ellipsis_title = g_strconcat(cut_title, title[i][0] > 200 ? "…" : "", NULL);
        g_autofree char *ellipsis_body = g_strconcat(cut_body, body[i][0] > 1000 ? "…" : "", NULL);
        g_autofree char *input = toast_input("show", "a", long_title, long_body, FALSE);
        json_t *message = message_of(input);

        assert_string_equal(text_of(message, "title"), ellipsis_title);
        assert_string_equal(text_of(message, "body"), ellipsis_body);
        json_decref(message);
    }
}

/* What PowerShell reads line by line is complete on each line; quotes are single ones, which know no escapes.
 */
static void assert_complete(const char *line)
{
    int depth = 0;
    bool quoted = false;

    for (const char *c = line; *c; c++) {
        assert_true(*c >= ' ' && *c <= '~');
        if (*c == '\'')
            quoted = !quoted;
        else if (!quoted)
            depth += (strchr("({[", *c) != NULL) - (strchr(")}]", *c) != NULL);
        assert_true(depth >= 0);
    }
    assert_false(quoted);
    assert_int_equal(depth, 0);
}

static void test_the_script(void **state)
{
    static const char *const never[] = {"Encoded", "Bypass",      "Hidden", "Invoke-",
                                        "iex",     "ScriptBlock", "& ",     "InnerXml"};
    g_autofree char *text = script();
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint count = g_strv_length(lines);

    assert_string_equal(lines[count - 1], "");
    for (guint i = 0; i < count; i++)
        if (lines[i][0] != '#')
            assert_complete(lines[i]);
    for (size_t i = 0; i < COUNT(never); i++)
        assert_null(strstr(text, never[i]));
    /* One place that reads; and nothing after it is run. */
    assert_non_null(strstr(text, "[Console]::In.ReadLine()"));
    assert_null(strstr(strstr(text, "ReadLine()") + 1, "ReadLine()"));
    assert_true(g_str_has_suffix(lines[count - 2], "; exit 0"));
    assert_non_null(strstr(text, "LoadXml($template)"));
    assert_non_null(strstr(text, "CreateTextNode($text)"));
    assert_non_null(
        strstr(text, "'{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\\WindowsPowerShell\\v1.0\\powershell.exe'"));
}

static void test_the_drive(void **state)
{
#define BEFORE "22 1 8:1 / / rw - ext4 /dev/sdc rw\n30 22 0:4 / /proc rw - proc proc rw\n"
#define C_9P                                                                                                 \
    "9p C:\\134 rw,dirsync,aname=drvfs;path=C:\\134;uid=1000;gid=1000;symlinkroot=/mnt/,mmap,trans=fd"
    static const struct {
        const char *mountinfo, *drive;
    } rows[] = {
        {"", NULL},
        {"\n\nnonsense\n1 2 3\n1 2 3 4 5 6 -\n1 2 3 / 5 6 - 9p\n", NULL},
        {BEFORE, NULL},
        {BEFORE "90 22 0:5 / /mnt/c rw,noatime - " C_9P "\n", "/mnt/c"},
        {"90 22 0:5 / /mnt/c rw,noatime - " C_9P, "/mnt/c"},
        {"90 22 0:5 / /mnt/c rw shared:1 master:2 - " C_9P "\n", "/mnt/c"},
        {"90 22 0:5 / /mnt/c rw - 9p drvfs rw,aname=drvfs;path=c:;uid=0,mmap\n", "/mnt/c"},
        {"90 22 0:5 / /my\\040drives\\011\\134/c rw - " C_9P "\n", "/my drives\t\\/c"},
        {"90 22 0:5 / /\\40\\9\\ rw - " C_9P "\n", "/\\40\\9\\"}, /* no escapes */
        {"90 22 0:5 /Users /mnt/users rw - " C_9P "\n", NULL},
        {"90 22 0:5 / /mnt/d rw - 9p D:\\134 rw,aname=drvfs;path=D:\\134;uid=0\n", NULL},
        {"90 22 0:5 / /mnt/d rw - 9p C:\\134 rw,aname=drvfs;path=C:\\134Users;uid=0\n", NULL},
        {"90 22 0:5 / /mnt/d rw - 9p D:\\134 rw,aname=drvfs;path=D:\\134\n91 22 0:6 / /mnt/c rw - " C_9P,
         "/mnt/c"},
        {"90 22 0:5 / /usr/lib/wsl/drivers rw - 9p none rw,aname=drivers;fmask=222\n", NULL},
        {"90 22 0:5 / /mnt/share rw - 9p share rw,aname=other;path=C:\\134\n", NULL},
        {"90 22 0:5 / /mnt/c rw - drvfs C:\\134 rw,noatime\n", "/mnt/c"},
        {"90 22 0:5 / /mnt/c rw - drvfs C: rw,noatime\n", "/mnt/c"},
        {"90 22 0:5 / /mnt/d rw - drvfs D: rw,noatime\n", NULL},
        {"90 22 0:5 / /mnt/c rw - virtiofs drvfsC2a rw\n", "/mnt/c"},
        {"90 22 0:5 / /mnt/c rw - virtiofs drvfsaC2a rw\n", "/mnt/c"},
        {"90 22 0:5 / /mnt/c rw - virtiofs C:\\134 rw\n", "/mnt/c"},
        {"90 22 0:5 / /mnt/d rw - virtiofs drvfsD2a rw\n", NULL},
        {"90 22 0:5 / /mnt/c rw - ext4 C:\\134 rw,aname=drvfs;path=C:\\134\n", NULL},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        g_autofree char *drive = toast_windows_drive(rows[i].mountinfo);

        if (g_strcmp0(drive, rows[i].drive) != 0)
            fail_msg("%s is %s, not %s", rows[i].mountinfo, drive, rows[i].drive);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_message),
        cmocka_unit_test(test_a_withdrawal),
        cmocka_unit_test(test_hostile_texts_stay_data),
        cmocka_unit_test(test_texts_are_cut),
        cmocka_unit_test(test_the_script),
        cmocka_unit_test(test_the_drive),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
