/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The user's settings: read, written, and what was in the file kept */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../tray/settings.h"
#include "../unit.h"

static char *folder, *path, *broken;
static struct settings settings;

static int set_up(void **state)
{
    folder = g_dir_make_tmp("settings-XXXXXX", NULL);
    path = g_build_filename(folder, "wslnode", "tray.conf", NULL);
    broken = g_strconcat(path, ".broken", NULL);
    return folder ? 0 : -1;
}

static void remove_all(const char *name)
{
    g_autoptr(GDir) entries = g_dir_open(name, 0, NULL);
    const char *entry;

    while (entries && (entry = g_dir_read_name(entries))) {
        g_autofree char *inner = g_build_filename(name, entry, NULL);

        if (g_remove(inner) < 0)
            remove_all(inner);
    }
    g_rmdir(name);
}

static int tear_down(void **state)
{
    settings_clear(&settings);
    remove_all(folder);
    g_clear_pointer(&folder, g_free);
    g_clear_pointer(&path, g_free);
    g_clear_pointer(&broken, g_free);
    return 0;
}

static void write_bytes(const char *text, gssize length)
{
    g_autofree char *parent = g_path_get_dirname(path);

    assert_int_equal(g_mkdir_with_parents(parent, 0700), 0);
    assert_true(g_file_set_contents(path, text, length, NULL));
}

static void load(void)
{
    settings_clear(&settings);
    settings_load(&settings, path);
}

static void load_text(const char *text)
{
    write_bytes(text, -1);
    load();
}

static void save(enum settings_tell tell, const char *powershell)
{
    struct settings chosen = {.tell = tell, .powershell = (char *)powershell};
    g_autoptr(GError) error = NULL;

    assert_true(settings_save(&chosen, path, &error));
    assert_null(error);
}

static void assert_file(const char *name, const char *expected)
{
    g_autofree char *text = NULL;

    assert_true(g_file_get_contents(name, &text, NULL, NULL));
    assert_string_equal(text, expected);
}

static void assert_defaults(void)
{
    assert_int_equal(settings.tell, SETTINGS_TELL_WARNINGS);
    assert_null(settings.powershell);
}

static void test_the_path(void **state)
{
    g_autofree char *where = settings_path();

    assert_true(g_str_has_suffix(where, "/wslnode/tray.conf"));
    assert_true(g_str_has_prefix(where, g_get_user_config_dir()));
}

static void test_no_file(void **state)
{
    load();
    assert_defaults();
    load_text("");
    assert_defaults();
}

static void test_what_is_chosen(void **state)
{
    load_text("[Tell]\nSeverity=critical\n[Windows]\nPowerShell=/mnt/c/a b/powershell.exe\n");
    assert_int_equal(settings.tell, SETTINGS_TELL_CRITICAL);
    assert_string_equal(settings.powershell, "/mnt/c/a b/powershell.exe");
    load_text("[Tell]\r\nSeverity=nothing\r\n");
    assert_int_equal(settings.tell, SETTINGS_TELL_NOTHING);
    load_text("[Tell]\nSeverity=warning\n");
    assert_int_equal(settings.tell, SETTINGS_TELL_WARNINGS);
}

static void test_values_that_mean_nothing(void **state)
{
    load_text("[Tell]\nSeverity=loud\n[Windows]\nPowerShell=powershell.exe\n");
    assert_defaults();
    load_text("[Windows]\nPowerShell=\n");
    assert_defaults();
    load_text("[Windows]\nPowerShell=/\xff\n");
    assert_defaults();
}

static void test_what_is_saved_is_loaded(void **state)
{
    static const enum settings_tell tells[] = {SETTINGS_TELL_WARNINGS, SETTINGS_TELL_CRITICAL,
                                               SETTINGS_TELL_NOTHING};

    for (size_t i = 0; i < COUNT(tells); i++) {
        save(tells[i], "/mnt/c/ä\\p s.exe ");
        load();
        assert_int_equal(settings.tell, tells[i]);
        assert_string_equal(settings.powershell, "/mnt/c/ä\\p s.exe ");
    }
    save(SETTINGS_TELL_NOTHING, NULL);
    load();
    assert_null(settings.powershell);
}

static void test_a_new_file_is_the_users_own(void **state)
{
    g_autofree char *parent = g_path_get_dirname(path);
    struct stat st;

    save(SETTINGS_TELL_CRITICAL, NULL);
    assert_file(path, "[Tell]\nSeverity=critical\n");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(stat(parent, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_false(g_file_test(broken, G_FILE_TEST_EXISTS));
}

static void test_the_mode_stays(void **state)
{
    struct stat st;

    write_bytes("", -1);
    assert_int_equal(chmod(path, 0640), 0);
    save(SETTINGS_TELL_CRITICAL, NULL);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
}

static void test_comments_and_unknown_keys_stay(void **state)
{
    g_autofree char *once = NULL, *thrice = NULL;
    g_auto(GStrv) blocks = NULL;

    write_bytes(
        "# mine\n[Tell]\n# how loud\nSeverity=warning\nLater=1\nName[de]=x\n# theirs\n[Other]\nKey=value\n",
        -1);
    save(SETTINGS_TELL_NOTHING, NULL);
    assert_true(g_file_get_contents(path, &once, NULL, NULL));
    save(SETTINGS_TELL_NOTHING, NULL);
    save(SETTINGS_TELL_NOTHING, NULL);
    assert_true(g_file_get_contents(path, &thrice, NULL, NULL));
    assert_string_equal(thrice, once);
    /* GKeyFile puts empty lines between groups, which are its own affair. */
    blocks = g_strsplit(once, "\n\n", -1);
    g_free(thrice);
    thrice = g_strjoinv("\n", blocks);
    assert_string_equal(thrice,
                        "# mine\n[Tell]\n# how loud\nSeverity=nothing\nLater=1\nName[de]=x\n# theirs\n"
                        "[Other]\nKey=value\n");
}

static void assert_kept(const char *text, size_t length)
{
    g_autofree char *kept = NULL;
    gsize kept_length;

    write_bytes(text, length);
    load();
    assert_defaults();
    save(SETTINGS_TELL_CRITICAL, NULL);
    assert_file(path, "[Tell]\nSeverity=critical\n");
    assert_true(g_file_get_contents(broken, &kept, &kept_length, NULL));
    assert_int_equal(kept_length, length);
    assert_memory_equal(kept, text, length);
}

static void test_a_broken_file_is_kept(void **state)
{
    assert_kept("Severity=critical\n[Tell]\n", 25);
    assert_kept("[Tell]\nLater=1\n[torn", 20);
    assert_kept("[Tell]\nSeverity=critical\0\nKey=1\n", 32);
}

static void test_only_so_much_is_read(void **state)
{
    size_t size = 1024 * 1024;
    g_autofree char *text = g_malloc(size + 1);

    memset(text, '\n', size + 1);
    memcpy(text, "[Tell]\nSeverity=nothing\n", 24);
    assert_kept(text, size + 1);
    write_bytes(text, size);
    load();
    assert_int_equal(settings.tell, SETTINGS_TELL_NOTHING);
}

/* It is not waited for somebody who would write into it. */
static void test_a_pipe_is_not_read(void **state)
{
    g_autofree char *parent = g_path_get_dirname(path);

    assert_int_equal(g_mkdir_with_parents(parent, 0700), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    load();
    assert_defaults();
    save(SETTINGS_TELL_CRITICAL, NULL);
    assert_file(path, "[Tell]\nSeverity=critical\n");
    assert_true(g_file_test(broken, G_FILE_TEST_EXISTS));
}

static void test_a_link_stays_a_link(void **state)
{
    g_autofree char *real = g_build_filename(folder, "real.conf", NULL);

    write_bytes("", -1);
    assert_int_equal(g_rename(path, real), 0);
    assert_int_equal(symlink(real, path), 0);
    save(SETTINGS_TELL_CRITICAL, NULL);
    assert_true(g_file_test(path, G_FILE_TEST_IS_SYMLINK));
    assert_file(real, "[Tell]\nSeverity=critical\n");
}

static void test_what_cannot_be_saved(void **state)
{
    struct settings chosen = {.tell = SETTINGS_TELL_CRITICAL};
    g_autoptr(GError) error = NULL;

    /* A file where the folder should be. */
    g_autofree char *parent = g_path_get_dirname(path);
    assert_true(g_file_set_contents(parent, "x", 1, NULL));
    load();
    assert_defaults();
    assert_false(settings_save(&chosen, path, &error));
    assert_non_null(error);
    assert_file(parent, "x");
}

static void test_what_cannot_be_kept_is_not_overwritten(void **state)
{
    struct settings chosen = {.tell = SETTINGS_TELL_CRITICAL};
    g_autoptr(GError) error = NULL;

    write_bytes("broken\n", -1);
    assert_int_equal(g_mkdir(broken, 0700), 0);
    assert_false(settings_save(&chosen, path, &error));
    assert_non_null(error);
    assert_file(path, "broken\n");
}

static void test_what_is_told(void **state)
{
    static const struct {
        enum settings_tell tell;
        const char *severity;
        bool told;
    } rows[] = {
        {SETTINGS_TELL_WARNINGS, "critical", true}, {SETTINGS_TELL_WARNINGS, "warning", true},
        {SETTINGS_TELL_WARNINGS, "info", false},    {SETTINGS_TELL_WARNINGS, "", false},
        {SETTINGS_TELL_WARNINGS, NULL, false},      {SETTINGS_TELL_CRITICAL, "critical", true},
        {SETTINGS_TELL_CRITICAL, "warning", false}, {SETTINGS_TELL_NOTHING, "critical", false},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct settings chosen = {.tell = rows[i].tell};

        assert_int_equal(settings_tells(&chosen, rows[i].severity), rows[i].told);
    }
}

static void test_whether_a_resume_is_told(void **state)
{
    static const struct {
        enum settings_tell tell;
        bool critical, told;
    } rows[] = {
        {SETTINGS_TELL_WARNINGS, false, true},  {SETTINGS_TELL_WARNINGS, true, true},
        {SETTINGS_TELL_CRITICAL, false, false}, {SETTINGS_TELL_CRITICAL, true, true},
        {SETTINGS_TELL_NOTHING, false, false},  {SETTINGS_TELL_NOTHING, true, false},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct settings chosen = {.tell = rows[i].tell};

        assert_int_equal(settings_tells_resume(&chosen, rows[i].critical), rows[i].told);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_path),
        TEST(test_no_file),
        TEST(test_what_is_chosen),
        TEST(test_values_that_mean_nothing),
        TEST(test_what_is_saved_is_loaded),
        TEST(test_a_new_file_is_the_users_own),
        TEST(test_the_mode_stays),
        TEST(test_comments_and_unknown_keys_stay),
        TEST(test_a_broken_file_is_kept),
        TEST(test_only_so_much_is_read),
        TEST(test_a_pipe_is_not_read),
        TEST(test_a_link_stays_a_link),
        TEST(test_what_cannot_be_saved),
        TEST(test_what_cannot_be_kept_is_not_overwritten),
        TEST(test_what_is_told),
        TEST(test_whether_a_resume_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
