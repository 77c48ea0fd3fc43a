/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Notices: what is told of a course of events, and when */
#include "../unit.h"

#include "../../tray/notice.h"

/*
 * A course is events with their time in milliseconds: "0 +a; 500 -a; 900 =a,b c". + is raised, - cleared, =
 * met with what is wrong then. What is told reads alike: "1000 +a; 2000 -a; 3000 digest(a, b, c); 9000
 * -digest". ! is a report of a resume with the findings that it speaks of, ? one that is not told.
 */
struct course {
    const char *events, *told;
};

static void append(GString *told, gint64 now, const struct notice_tell *tell)
{
    g_string_append_printf(told, "%s%" G_GINT64_FORMAT " ", told->len ? "; " : "", now / 1000);
    if (tell->act == NOTICE_WITHDRAW || !tell->members) {
        g_string_append_printf(told, "%c%s", tell->act == NOTICE_SHOW ? '+' : '-', tell->key);
        return;
    }
    g_string_append_printf(told, "%s(", tell->key);
    for (guint i = 0; i < tell->members->len; i++)
        g_string_append_printf(told, "%s%s", i ? ", " : "", (char *)tell->members->pdata[i]);
    g_string_append_c(told, ')');
}

static void check_tell(const struct notice_tell *tell)
{
    gboolean digest = strcmp(tell->key, NOTICE_DIGEST) == 0;
    gboolean finding = !digest && strcmp(tell->key, NOTICE_REPORT) != 0;

    assert_int_equal(!!tell->id, finding);
    assert_int_equal(!!tell->subject, finding);
    assert_int_equal(!!tell->members, digest && tell->act == NOTICE_SHOW);
    if (finding) {
        g_autofree char *key = notice_key(tell->id, tell->subject);

        assert_string_equal(key, tell->key);
        assert_null(strchr(tell->id, ' '));
    }
}

/* As the main loop would: at the times that are asked for, or at once, from `now` until before `until`. */
static void let_pass(struct notice *notice, gint64 now, gint64 until, GString *told)
{
    gint64 due;

    while ((due = notice_due(notice)) >= 0 && due < until) {
        g_autoptr(GPtrArray) tells = NULL;

        now = MAX(now, due);
        tells = notice_turn(notice, now);
        assert_true(notice_due(notice) == -1 || notice_due(notice) > now); /* it leaves nothing */
        for (guint i = 0; i < tells->len; i++) {
            check_tell(tells->pdata[i]);
            append(told, now, tells->pdata[i]);
        }
    }
}

static void happen(struct notice *notice, gint64 now, const char *event)
{
    g_auto(GStrv) keys = g_strsplit(event + 1, ",", -1); /* none for "" */
    g_auto(GStrv) parts = g_strsplit(event + 1, " ", 2);
    const char *subject = parts[0] && parts[1] ? parts[1] : "";

    switch (*event) {
    case '+':
        notice_raised(notice, now, parts[0], subject);
        break;
    case '-':
        notice_cleared(notice, now, parts[0], subject);
        break;
    case '!':
    case '?':
        notice_reported(notice, now, (const char *const *)keys, *event == '!');
        break;
    default:
        notice_met(notice, now, (const char *const *)keys);
    }
}

static char *course(const char *text)
{
    g_auto(GStrv) events = g_strsplit(text, "; ", -1);
    GString *told = g_string_new(NULL);
    struct notice *notice = notice_new();
    gint64 now = 0;

    for (char **event = events; *event; event++) {
        char *what;
        gint64 then = g_ascii_strtoll(*event, &what, 10) * 1000;

        let_pass(notice, now, then, told);
        now = then;
        happen(notice, now, what + 1);
    }
    let_pass(notice, now, G_MAXINT64, told);
    assert_int_equal(notice_due(notice), -1);
    notice_free(notice);
    return g_string_free(told, FALSE);
}

static void run(const struct course *courses, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        g_autofree char *told = course(courses[i].events);

        if (strcmp(told, courses[i].told) != 0)
            fail_msg("%s\nshould tell %s\nbut tells   %s", courses[i].events, courses[i].told, told);
    }
}

static void test_one(void **state)
{
    static const struct course courses[] = {
        {"0 +a", "1000 +a"},
        {"7 +a b c", "1007 +a b c"},
        {"0 +a; 5000 -a", "1000 +a; 5000 -a"},
        {"0 +a; 500 -a", ""},
        {"0 +a; 999 -a", ""},
        {"0 +a; 1001 -a", "1000 +a; 1001 -a"},
        {"0 +a; 500 +a", "1000 +a"},         /* worse meanwhile: told once */
        {"0 +a; 500 -a; 800 +a", "1800 +a"}, /* held back anew */
        {"0 +a; 2000 -a; 2000 -a", "1000 +a; 2000 -a"},
        {"0 +a; 2000 -a; 3000 -a", "1000 +a; 2000 -a"},
        {"0 -a", ""},
        {"0 -a; 0 +b", "1000 +b"},
        {"0 +a x; 2000 -a; 3000 -a y", "1000 +a x"}, /* another subject, another finding */
        {"0 +a; 2000 -a x", "1000 +a"},
        {"0 +a; 10 +b", "1000 +a; 1010 +b"},
    };

    run(courses, COUNT(courses));
}

static void test_once_a_minute(void **state)
{
    static const struct course courses[] = {
        {"0 +a; 2000 -a; 3000 +a", "1000 +a; 2000 -a; 61000 +a"},
        {"0 +a; 2000 -a; 3000 +a; 60999 -a", "1000 +a; 2000 -a"},
        {"0 +a; 2000 -a; 3000 +a; 4000 -a; 5000 +a", "1000 +a; 2000 -a; 61000 +a"},
        {"0 +a; 2000 -a; 59999 +a", "1000 +a; 2000 -a; 61000 +a"},
        {"0 +a; 2000 -a; 60000 +a", "1000 +a; 2000 -a; 61000 +a"},
        {"0 +a; 2000 -a; 60001 +a", "1000 +a; 2000 -a; 61001 +a"},
        {"0 +a; 2000 -a; 60500 +a; 60900 -a", "1000 +a; 2000 -a"}, /* the second holds then too */
        {"0 +a; 2000 -a; 90000 +a", "1000 +a; 2000 -a; 91000 +a"},
        /* Its severity changed: what is shown is replaced. */
        {"0 +a; 2000 +a", "1000 +a; 61000 +a"},
        {"0 +a; 2000 +a; 3000 +a; 30000 +a", "1000 +a; 61000 +a"},
        {"0 +a; 100000 +a", "1000 +a; 101000 +a"},
        {"0 +a; 2000 +a; 3000 -a", "1000 +a; 3000 -a"},
        {"0 +a; 2000 +a; 62000 -a", "1000 +a; 61000 +a; 62000 -a"},
        /* What was never told has no minute. */
        {"0 +a; 500 -a; 1500 +a", "2500 +a"},
        /* The minute is each one's own. */
        {"0 +a; 2000 -a; 3000 +a; 3000 +b", "1000 +a; 2000 -a; 4000 +b; 61000 +a"},
    };

    run(courses, COUNT(courses));
}

static void test_gone_and_back_at_once_stays(void **state)
{
    struct notice *notice = notice_new();
    g_autoptr(GPtrArray) first = NULL, none = NULL;

    notice_raised(notice, 0, "a", "");
    first = notice_turn(notice, G_USEC_PER_SEC);
    assert_int_equal(first->len, 1);
    notice_cleared(notice, 2 * G_USEC_PER_SEC, "a", "");
    notice_raised(notice, 2 * G_USEC_PER_SEC, "a", "");
    assert_int_equal(notice_due(notice), 2 * G_USEC_PER_SEC);
    none = notice_turn(notice, 2 * G_USEC_PER_SEC);
    assert_int_equal(none->len, 0);
    assert_int_equal(notice_due(notice), 61 * G_USEC_PER_SEC);
    notice_free(notice);
}

static void test_three_are_a_digest(void **state)
{
    static const struct course courses[] = {
        {"0 +a; 0 +b; 0 +c", "1000 digest(a, b, c)"},
        {"0 +a; 0 +b; 0 +c; 0 +d; 0 +e", "1000 digest(a, b, c, d, e)"},
        {"0 +a; 0 +b; 0 +c; 999 -b", "1000 +a; 1000 +c"},
        /* The first waits for others that are held back, a second at most. */
        {"0 +a; 5 +b; 10 +c", "1010 digest(a, b, c)"},
        {"0 +a; 500 +b; 1000 +c", "2000 digest(a, b, c)"},
        {"0 +a; 500 +b; 1001 +c", "1000 +a; 2001 -a; 2001 digest(a, b, c)"},
        {"0 +a; 500 +b; 900 +c; 950 -c", "1000 +a; 1500 +b"},
        {"0 +a; 500 +b; 900 +c; 1200 -c", "1200 +a; 1500 +b"},
        {"0 +a; 500 +b; 900 +c; 1200 -a", "1500 +b; 1900 +c"},
        /* The edges of five seconds. */
        {"0 +a; 2000 +b; 5000 +c", "1000 +a; 3000 +b; 6000 -a; 6000 -b; 6000 digest(a, b, c)"},
        {"0 +a; 2000 +b; 5001 +c", "1000 +a; 3000 +b; 6001 +c"},
        {"0 +a; 2000 +b; 5001 +c; 6999 +d",
         "1000 +a; 3000 +b; 6001 +c; 7999 -b; 7999 -c; 7999 digest(b, c, d)"},
        {"0 +a; 3000 +b; 6000 +c; 9000 +d", "1000 +a; 4000 +b; 7000 +c; 10000 +d"},
        {"0 +a; 3000 +b; 5500 +c; 6000 +d", "1000 +a; 4000 +b; 7000 -b; 7000 digest(b, c, d)"},
        /* What is over does not count. */
        {"0 +a; 1000 +b; 2500 -a; 3000 +c", "1000 +a; 2000 +b; 2500 -a; 4000 +c"},
        {"0 +a; 0 +b; 1500 -b; 2000 +c; 2000 +d", "1000 +a; 1000 +b; 1500 -b; 3000 -a; 3000 digest(a, c, d)"},
        /* One that is deferred by its minute counts when its time has come. */
        {"0 +a; 2000 -a; 3000 +a; 59900 +b; 59950 +c", "1000 +a; 2000 -a; 61000 digest(a, b, c)"},
        {"0 +a; 1500 +b; 3000 -a; 3000 -b; 4000 +a; 4000 +b; 60500 +c",
         "1000 +a; 2500 +b; 3000 -a; 3000 -b; 61000 +a; 62500 -a; 62500 digest(a, b, c)"},
        {"0 +a; 2000 -a; 3000 +a; 4000 +b; 4000 +c", "1000 +a; 2000 -a; 5000 +b; 5000 +c; 61000 +a"},
        /* A worse severity counts once, and takes its own notice away. */
        {"0 +a; 60000 +a; 60000 +b", "1000 +a; 61000 +a; 61000 +b"},
        {"0 +a; 60000 +a; 60000 +b; 60000 +c", "1000 +a; 61000 -a; 61000 digest(a, b, c)"},
        {"0 +a; 1500 +a; 2000 +b; 2000 +c", "1000 +a; 3000 -a; 3000 digest(a, b, c); 61000 +a"},
    };

    run(courses, COUNT(courses));
}

static void test_a_digest_grows(void **state)
{
    static const struct course courses[] = {
        {"0 +a; 0 +b; 0 +c; 4000 +d", "1000 digest(a, b, c); 5000 digest(a, b, c, d)"},
        {"0 +a; 0 +b; 0 +c; 5000 +d", "1000 digest(a, b, c); 6000 digest(a, b, c, d)"},
        {"0 +a; 0 +b; 0 +c; 5001 +d", "1000 digest(a, b, c); 6001 +d"},
        /* From its last update on. */
        {"0 +a; 0 +b; 0 +c; 4000 +d; 9000 +e",
         "1000 digest(a, b, c); 5000 digest(a, b, c, d); 10000 digest(a, b, c, d, e)"},
        {"0 +a; 0 +b; 0 +c; 4000 +d; 9001 +e", "1000 digest(a, b, c); 5000 digest(a, b, c, d); 10001 +e"},
        /* Two at a time are one update. */
        {"0 +a; 0 +b; 0 +c; 4000 +d; 4010 +e", "1000 digest(a, b, c); 5010 digest(a, b, c, d, e)"},
        /* What is over leaves it when it is told again, not before. */
        {"0 +a; 0 +b; 0 +c; 2000 -b; 3000 +d", "1000 digest(a, b, c); 4000 digest(a, c, d)"},
        /* The next digest takes the place of the former one, and speaks of what is left of it. */
        {"0 +a; 0 +b; 0 +c; 2000 -b; 20000 +d; 20000 +e; 20000 +f",
         "1000 digest(a, b, c); 21000 digest(a, c, d, e, f)"},
    };

    run(courses, COUNT(courses));
}

static void test_a_digest_ends(void **state)
{
    static const struct course courses[] = {
        {"0 +a; 0 +b; 0 +c; 2000 -a; 3000 -b; 4000 -c", "1000 digest(a, b, c); 4000 -digest"},
        {"0 +a; 0 +b; 0 +c; 2000 -a; 2000 -b; 2000 -c", "1000 digest(a, b, c); 2000 -digest"},
        {"0 +a; 0 +b; 0 +c; 2000 -a; 3000 -b; 3500 +d; 4000 -c; 4600 -d",
         "1000 digest(a, b, c); 4000 -digest; 4500 +d; 4600 -d"},
        {"0 +a; 0 +b; 0 +c; 1500 -a; 1600 -b; 1700 -c; 2000 +d",
         "1000 digest(a, b, c); 1700 -digest; 3000 +d"},
        /* A member that comes back within its minute is told by itself. */
        {"0 +a; 0 +b; 0 +c; 2000 -a; 3000 +a", "1000 digest(a, b, c); 61000 +a"},
        {"0 +a; 0 +b; 0 +c; 2000 -a; 3000 +a; 4000 -b; 5000 -c",
         "1000 digest(a, b, c); 5000 -digest; 61000 +a"},
        /* So is one that gets worse: it leaves the digest, which goes with its last member. */
        {"0 +a; 0 +b; 0 +c; 70000 +a; 80000 -b; 80000 -c; 90000 -a",
         "1000 digest(a, b, c); 71000 +a; 80000 -digest; 90000 -a"},
        {"0 +a; 0 +b; 0 +c; 2000 -b; 2000 -c; 70000 +a", "1000 digest(a, b, c); 71000 +a; 71000 -digest"},
        /* Within the minute only a digest that grows may speak of it again. */
        {"0 +a; 0 +b; 0 +c; 3000 +a", "1000 digest(a, b, c); 61000 +a"},
    };

    run(courses, COUNT(courses));
}

static void test_meeting(void **state)
{
    static const struct course courses[] = {
        /* The first time nothing is new. */
        {"0 =a,b,c,d", ""},
        {"0 =a; 5000 -a", ""},
        {"0 =a x; 5000 +a x", "6000 +a x"},
        {"0 =a; 5000 +a; 9000 -a", "6000 +a; 9000 -a"},
        {"0 =a; 5000 -a; 6000 +a", "7000 +a"},
        {"0 +a; 500 =a,b", "1000 +a"}, /* a signal came before */
        {"0 =; 1000 +a", "2000 +a"},
        /* Later everything counts. */
        {"0 =; 5000 =a x", "6000 +a x"},
        {"0 =a; 5000 =a", ""},
        {"0 =a; 5000 =a,b", "6000 +b"},
        {"0 =a; 5000 =b; 8000 =a", "6000 +b; 8000 -b; 9000 +a"},
        {"0 =; 5000 =a,b,c", "6000 digest(a, b, c)"},
        {"0 =; 1000 +a; 5000 =a", "2000 +a"},
        {"0 =; 1000 +a; 5000 =", "2000 +a; 5000 -a"},
        {"0 =; 1000 +a; 1500 =", ""},
        {"0 =; 1000 +a; 1500 =a", "2000 +a"},
        {"0 =; 1000 +a; 5000 =b", "2000 +a; 5000 -a; 6000 +b"},
        {"0 =; 1000 +a; 5000 -a; 6000 =a", "2000 +a; 5000 -a; 62000 +a"},
        {"0 =; 1000 +a; 1000 +b; 1000 +c; 5000 =", "2000 digest(a, b, c); 5000 -digest"},
        {"0 =; 1000 +a; 1000 +b; 1000 +c; 5000 =b; 6000 -b", "2000 digest(a, b, c); 6000 -digest"},
    };

    run(courses, COUNT(courses));
}

static void test_a_report(void **state)
{
    static const struct course courses[] = {
        {"0 =; 5000 !", "6000 +report"},
        {"0 =; 5000 ?", ""},
        {"0 =; 5000 !; 5500 !", "6000 +report"},
        {"0 =; 5000 !; 7000 !; 8000 !", "6000 +report; 11000 +report"},
        {"0 =; 5000 !; 60000 !", "6000 +report; 61000 +report"},
        {"0 =; 5000 !; 5500 ?", "6000 +report"},
        /* One report, not five: what it speaks of is not told besides, even if it was raised just before. */
        {"0 =; 4500 +a; 5000 !a,b,c,d", "6000 +report"},
        {"0 =; 5000 !a; 8000 -a", "6000 +report; 8000 -report"},
        {"0 =; 5000 !a x,b; 8000 -a x; 9000 -b", "6000 +report; 9000 -report"},
        {"0 =; 5000 !a; 8000 -b", "6000 +report"},
        {"0 =; 5000 !; 8000 -a", "6000 +report"},          /* never raised */
        {"0 =; 5000 !; 8000 +a", "6000 +report; 9000 +a"}, /* it stays, for it speaks of none */
        {"0 =; 5000 !a; 5500 -a", "6000 +report"},
        {"0 =; 5000 !a,b; 5500 -a; 9000 -b", "6000 +report; 9000 -report"},
        {"0 =; 5000 ?a; 8000 -a", ""},
        /* What comes afterwards is told as ever, and what gets worse. */
        {"0 =; 5000 !a; 8000 +b; 9500 -a", "6000 +report; 9000 +b; 9500 -report"},
        {"0 =; 5000 !a; 8000 +a; 10000 -a", "6000 +report; 9000 +a; 10000 -a; 10000 -report"},
        {"0 =; 5000 !a,b; 8000 +c; 8000 +d; 8000 +e; 20000 -a; 21000 -b",
         "6000 +report; 9000 digest(c, d, e); 21000 -report"},
        {"0 =; 5000 !a; 5000 +b; 5000 +c", "6000 +b; 6000 +c; 6000 +report"},
        /* What was shown before stays, and goes when it is over. */
        {"0 =; 1000 +a; 5000 !a; 9000 -a", "2000 +a; 6000 +report; 9000 -a; 9000 -report"},
        /* A meeting tells none of it anew, and withdraws what is over. */
        {"0 =; 5000 !a; 9000 =a", "6000 +report"},
        {"0 =; 5000 !a; 9000 =", "6000 +report; 9000 -report"},
        /* The next one takes the place of the former. */
        {"0 =; 5000 !a; 20000 !; 30000 -a", "6000 +report; 21000 +report"},
        {"0 =; 5000 !a; 20000 !b; 30000 -a; 40000 -b", "6000 +report; 21000 +report; 40000 -report"},
    };

    run(courses, COUNT(courses));
}

static void raise_many(struct notice *notice, gint64 now, int first, int after)
{
    for (int i = first; i < after; i++) {
        g_autofree char *subject = g_strdup_printf("%d", i);

        notice_raised(notice, now, "many", subject);
    }
}

static void clear_many(struct notice *notice, gint64 now, int first, int after)
{
    for (int i = first; i < after; i++) {
        g_autofree char *subject = g_strdup_printf("%d", i);

        notice_cleared(notice, now, "many", subject);
    }
}

static void test_a_report_of_too_much(void **state)
{
    struct notice *notice = notice_new();
    g_autoptr(GString) told = g_string_new(NULL);
    g_auto(GStrv) keys = g_new0(char *, 301);

    for (int i = 0; i < 300; i++)
        keys[i] = g_strdup_printf("many %d", i);
    notice_reported(notice, 0, (const char *const *)keys, TRUE);
    let_pass(notice, 0, 2 * G_USEC_PER_SEC, told);
    clear_many(notice, 2 * G_USEC_PER_SEC, 0, 300);
    let_pass(notice, 2 * G_USEC_PER_SEC, G_MAXINT64, told);
    assert_string_equal(told->str, "1000 +report; 2000 -report");
    notice_free(notice);
}

/* Late, as after a machine slept: all of it is due, and is one digest. */
static void test_a_late_turn(void **state)
{
    struct notice *notice = notice_new();
    g_autoptr(GString) told = g_string_new(NULL);

    notice_raised(notice, 0, "a", "");
    notice_raised(notice, 20 * G_USEC_PER_SEC, "b", "");
    notice_raised(notice, 40 * G_USEC_PER_SEC, "c", "");
    let_pass(notice, 100 * G_USEC_PER_SEC, G_MAXINT64, told);
    assert_string_equal(told->str, "100000 digest(a, b, c)");
    notice_free(notice);
}

static void test_a_turn_too_early_does_nothing(void **state)
{
    struct notice *notice = notice_new();
    g_autoptr(GPtrArray) nothing = notice_turn(notice, 0), early = NULL;

    assert_int_equal(nothing->len, 0);
    assert_int_equal(notice_due(notice), -1);
    notice_raised(notice, 5, "a", NULL);
    assert_int_equal(notice_due(notice), G_USEC_PER_SEC + 5);
    early = notice_turn(notice, G_USEC_PER_SEC + 4);
    assert_int_equal(early->len, 0);
    assert_int_equal(notice_due(notice), G_USEC_PER_SEC + 5);
    notice_free(notice);
    notice_free(NULL);
}

/* Of 256 that are over the one that was over first is forgotten: its minute does not hold. */
static void test_the_oldest_is_forgotten(void **state)
{
    struct notice *notice = notice_new();
    g_autoptr(GString) told = g_string_new(NULL);

    raise_many(notice, 0, 0, 2);
    let_pass(notice, 0, 2 * G_USEC_PER_SEC, told);
    notice_cleared(notice, 2 * G_USEC_PER_SEC, "many", "1");
    notice_cleared(notice, 2 * G_USEC_PER_SEC, "many", "0");
    let_pass(notice, 2 * G_USEC_PER_SEC, 3 * G_USEC_PER_SEC, told);
    raise_many(notice, 10 * G_USEC_PER_SEC, 2, 257);
    clear_many(notice, 10 * G_USEC_PER_SEC, 2, 257);
    notice_raised(notice, 10 * G_USEC_PER_SEC, "many", "0");
    notice_raised(notice, 10 * G_USEC_PER_SEC, "many", "1");
    let_pass(notice, 10 * G_USEC_PER_SEC, G_MAXINT64, told);
    assert_string_equal(told->str, "1000 +many 0; 1000 +many 1; 2000 -many 1; 2000 -many 0; "
                                   "11000 +many 1; 61000 +many 0");
    notice_free(notice);
}

/* Or anybody could make it forget the others. */
static void test_a_cleared_one_that_was_never_raised_is_not_kept(void **state)
{
    struct notice *notice = notice_new();
    g_autoptr(GString) told = g_string_new(NULL);

    notice_raised(notice, 0, "a", "");
    let_pass(notice, 0, 2 * G_USEC_PER_SEC, told);
    notice_cleared(notice, 2 * G_USEC_PER_SEC, "a", "");
    let_pass(notice, 2 * G_USEC_PER_SEC, 3 * G_USEC_PER_SEC, told);
    clear_many(notice, 3 * G_USEC_PER_SEC, 0, 300);
    raise_many(notice, 3 * G_USEC_PER_SEC, 0, 1);
    clear_many(notice, 3 * G_USEC_PER_SEC, 0, 1);
    notice_raised(notice, 3 * G_USEC_PER_SEC, "a", "");
    let_pass(notice, 3 * G_USEC_PER_SEC, G_MAXINT64, told);
    assert_string_equal(told->str, "1000 +a; 2000 -a; 61000 +a");
    notice_free(notice);
}

/* What is wrong is never forgotten: the one too many is not told. */
static void test_there_are_only_so_many(void **state)
{
    struct notice *notice = notice_new();
    g_autoptr(GPtrArray) tells = NULL;
    const struct notice_tell *digest;

    raise_many(notice, 0, 0, 300);
    tells = notice_turn(notice, G_USEC_PER_SEC);
    assert_int_equal(tells->len, 1);
    digest = tells->pdata[0];
    assert_int_equal(digest->members->len, 256);
    assert_string_equal(digest->members->pdata[0], "many 0");
    notice_cleared(notice, 2 * G_USEC_PER_SEC, "many", "299");
    assert_int_equal(notice_due(notice), -1);
    notice_free(notice);
}

/* What is over but still shown is not forgotten before it is withdrawn. */
static void test_a_shown_one_is_not_forgotten(void **state)
{
    struct notice *notice = notice_new();
    g_autoptr(GString) told = g_string_new(NULL);

    notice_raised(notice, 0, "a", "");
    let_pass(notice, 0, 2 * G_USEC_PER_SEC, told);
    notice_cleared(notice, 2 * G_USEC_PER_SEC, "a", "");
    for (int i = 0; i < 300; i++) {
        raise_many(notice, 2 * G_USEC_PER_SEC, i, i + 1);
        clear_many(notice, 2 * G_USEC_PER_SEC, i, i + 1);
    }
    let_pass(notice, 2 * G_USEC_PER_SEC, G_MAXINT64, told);
    assert_string_equal(told->str, "1000 +a; 2000 -a");
    notice_free(notice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one),
        cmocka_unit_test(test_once_a_minute),
        cmocka_unit_test(test_gone_and_back_at_once_stays),
        cmocka_unit_test(test_three_are_a_digest),
        cmocka_unit_test(test_a_digest_grows),
        cmocka_unit_test(test_a_digest_ends),
        cmocka_unit_test(test_meeting),
        cmocka_unit_test(test_a_report),
        cmocka_unit_test(test_a_report_of_too_much),
        cmocka_unit_test(test_a_late_turn),
        cmocka_unit_test(test_a_turn_too_early_does_nothing),
        cmocka_unit_test(test_the_oldest_is_forgotten),
        cmocka_unit_test(test_a_cleared_one_that_was_never_raised_is_not_kept),
        cmocka_unit_test(test_there_are_only_so_many),
        cmocka_unit_test(test_a_shown_one_is_not_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
