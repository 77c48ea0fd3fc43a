/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands at /etc/resolv.conf, changed */
#include "apply_resolv.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../state/resolv_conf.h"
#include "../sys/cleanup.h"
#include "../sys/file_io.h"
#include "../sys/wsl_resolv.h"
#include "resolv_place.h"

/* In /etc, and in /run/wslnode. */
#define NAME "resolv.conf"
#define KEPT "resolv.conf.before-wslnode"
/* What is ours and on its way there, or away. */
#define ASIDE ".resolv.conf.wslnode"

struct move {
    int root, etc;
    enum resolv_form from, to;
    struct dns_list servers; /* of what is to be there */
    bool use_vc, immutable, back;
    const char *failed;
    char *problem;
    size_t problem_size;
};

static int fail(struct move *move, const char *what, int error)
{
    move->failed = what;
    return error;
}

/* "… is not touched: " */
static int refuse_move(struct move *move, const char *name, const char *why)
{
    snprintf(move->problem, move->problem_size, "/etc/%s %s", name, why);
    return -EPERM;
}

static int open_folder(int root, const char *path)
{
    struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
    int fd = syscall(SYS_openat2, root, path, &how, sizeof(how));

    return fd < 0 ? -errno : fd;
}

static int set_immutable(struct move *move, bool immutable)
{
    move->failed = immutable ? "make it immutable" : "make it mutable";
    return resolv_place_set_immutable(move->etc, NAME, immutable);
}

/* What programs see there; if that is ours already, what it stands in for, or else WSL's own. */
static char *read_base(const struct move *move, size_t *length)
{
    char *text = NULL;
    struct wsl_resolv wsl;
    ssize_t got = -ENOENT;

    if (resolv_place_is_ours(move->from)) {
        got = file_io_read(move->root, "etc/" KEPT, RESOLV_CONF_SIZE_MAX, &text);
        if (got < 0) {
            wsl_resolv_read(move->root, &wsl);
            got = file_io_read(move->root, wsl.path + 1, RESOLV_CONF_SIZE_MAX, &text);
        }
    }
    if (got < 0)
        got = file_io_read(move->root, &RESOLV_PATH[1], RESOLV_CONF_SIZE_MAX, &text);
    *length = got < 0 ? 0 : got;
    return text;
}

static char *render(const struct move *move, size_t *length)
{
    size_t base_length;
    _cleanup_free_ char *base = read_base(move, &base_length);
    char *text = resolv_conf_render(base ? base : "", base_length, &move->servers, move->use_vc, length);

    /* We could not read it again. */
    if (text && *length > RESOLV_CONF_SIZE_MAX) {
        free(text);
        text = resolv_conf_render("", 0, &move->servers, move->use_vc, length);
    }
    return text;
}

static int write_runtime(const struct move *move, const char *text, size_t length)
{
    _cleanup_close_ int run = open_folder(move->root, "run");
    _cleanup_close_ int folder = run < 0 ? run : file_io_directory(run, "wslnode");

    return folder < 0 ? folder : file_io_replace(folder, NAME, text, length, 0644);
}

/* The text; and with a name, what is to stand at /etc/resolv.conf. */
static int make_ours(struct move *move, const char *name)
{
    size_t length;
    _cleanup_free_ char *text = render(move, &length);
    int r = text ? 0 : -ENOMEM;

    if (r == 0)
        r = move->to == RESOLV_LASTING ? file_io_replace(move->etc, name, text, length, 0644)
                                       : write_runtime(move, text, length);
    if (r < 0)
        return fail(move, "write", r);
    if (name && move->to == RESOLV_RUNTIME && symlinkat(RESOLV_RUNTIME_PATH, move->etc, name) < 0)
        return fail(move, "link", -errno);
    return 0;
}

static bool is_ours_at(const struct move *move, const char *name)
{
    return resolv_place_is_ours(resolv_place_form(move->etc, name));
}

/* A link holds nothing, and ours was left there by a crash. A file may be all that is left of somebody's. */
static int clear(struct move *move, const char *name)
{
    struct stat st;

    if (fstatat(move->etc, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : fail(move, "look", -errno);
    if (!S_ISLNK(st.st_mode) && !is_ours_at(move, name))
        return refuse_move(move, name, "is in the way, and is somebody's: rename it, or remove it");
    return unlinkat(move->etc, name, 0) < 0 ? fail(move, "remove", -errno) : 0;
}

static int exchange(struct move *move, const char *name)
{
    return renameat2(move->etc, name, move->etc, NAME, RENAME_EXCHANGE) < 0
               ? fail(move, "exchange", errno == ENOENT ? -ESTALE : -errno)
               : 0;
}

/* Somebody may have put something there in this very moment: then it stands there again. */
static int exchange_for(struct move *move, const char *name)
{
    int r = exchange(move, name);

    if (r < 0 || resolv_place_form(move->etc, name) == move->from)
        return r;
    (void)exchange(move, name);
    return -ESTALE;
}

/* In the place of somebody's, who may have made it immutable; it stays so if this fails. */
static int exchange_for_others(struct move *move, const char *name)
{
    bool immutable = resolv_place_immutable(move->etc, NAME);
    int r = immutable ? set_immutable(move, false) : 0;

    if (r < 0)
        return r;
    r = exchange_for(move, name);
    if (r < 0 && r != -ESTALE && immutable)
        (void)resolv_place_set_immutable(move->etc, NAME, true);
    return r;
}

static int put_ours(struct move *move)
{
    const char *name = move->from == RESOLV_OTHER ? KEPT : ASIDE;
    int r;

    if (move->from == RESOLV_RUNTIME && move->to == RESOLV_RUNTIME)
        return make_ours(move, NULL);
    r = clear(move, name);
    if (r == 0)
        r = make_ours(move, name);
    if (r < 0)
        return r;
    if (move->from == RESOLV_OTHER)
        return exchange_for_others(move, name);
    if (move->from != RESOLV_ABSENT)
        return exchange_for(move, name);
    if (renameat2(move->etc, name, move->etc, NAME, RENAME_NOREPLACE) < 0)
        return errno == EEXIST ? -ESTALE : fail(move, "rename", -errno);
    return 0;
}

static int put_back_others(struct move *move)
{
    enum resolv_form kept = resolv_place_form(move->etc, KEPT);
    int r;

    if (kept == RESOLV_ABSENT || resolv_place_is_ours(kept))
        return fail(move, "find what was kept", -ENOENT);
    r = exchange_for(move, KEPT);
    if (r < 0 || !move->immutable)
        return r;
    r = set_immutable(move, true);
    if (r < 0)
        (void)renameat2(move->etc, KEPT, move->etc, NAME, RENAME_EXCHANGE);
    return r;
}

static int take_away(struct move *move)
{
    int r = clear(move, ASIDE);

    if (r < 0)
        return r;
    if (renameat2(move->etc, NAME, move->etc, ASIDE, RENAME_NOREPLACE) < 0)
        return fail(move, "remove", -errno);
    if (resolv_place_form(move->etc, ASIDE) == move->from)
        return 0;
    (void)renameat2(move->etc, ASIDE, move->etc, NAME, RENAME_NOREPLACE);
    return -ESTALE;
}

/* What is ours and does not stand there. */
static void tidy(const struct move *move)
{
    static const char *const names[] = {KEPT, ASIDE};
    _cleanup_close_ int folder = -1;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (is_ours_at(move, names[i]))
            (void)unlinkat(move->etc, names[i], 0);
        file_io_tidy(move->etc, names[i]);
    }
    folder = open_folder(move->root, "run/wslnode");
    if (folder < 0)
        return;
    file_io_tidy(folder, NAME);
    if (resolv_place_form(move->etc, NAME) != RESOLV_RUNTIME)
        (void)unlinkat(folder, NAME, 0);
}

/*
 * Ours beside somebody's says that a crash came before the exchange or after the one back, perhaps while that
 * was not immutable for a moment.
 */
static int take_back_nothing(struct move *move)
{
    int r = 0;

    if (move->to == RESOLV_OTHER && move->immutable && resolv_place_form(move->etc, NAME) == RESOLV_OTHER &&
        is_ours_at(move, KEPT))
        r = set_immutable(move, true);
    tidy(move);
    return r;
}

static int check(struct move *move)
{
    bool immutable = resolv_place_immutable(move->etc, NAME);

    if (resolv_place_form(move->etc, NAME) != move->from)
        return -ESTALE;
    if (move->from == RESOLV_OTHER)
        return immutable == move->immutable || move->back ? 0 : -ESTALE;
    return immutable ? refuse_move(move, NAME, "is immutable: take that off with chattr -i first") : 0;
}

static int carry_out(struct move *move)
{
    int r;

    if (!resolv_place_is_ours(move->from) && !resolv_place_is_ours(move->to))
        return fail(move, "choose", -EINVAL);
    r = check(move);
    if (r == -ESTALE && move->back)
        return take_back_nothing(move);
    if (r < 0)
        return r;
    r = resolv_place_is_ours(move->to) ? put_ours(move)
        : move->to == RESOLV_OTHER     ? put_back_others(move)
                                       : take_away(move);
    tidy(move);
    if (r == 0 && fsync(move->etc) < 0)
        return fail(move, "sync directory", -errno);
    return r;
}

int apply_resolv(int root, const struct step *step, bool back, const char **failed, char *problem,
                 size_t problem_size)
{
    const struct resolv_span *span = &step->resolv;
    _cleanup_close_ int etc = open_folder(root, "etc");
    struct move move = {.root = root,
                        .etc = etc,
                        .from = back ? span->to : span->from,
                        .to = back ? span->from : span->to,
                        .servers = back ? span->before : span->after,
                        .use_vc = back ? span->before_vc : span->after_vc,
                        .immutable = span->immutable,
                        .back = back,
                        .failed = "",
                        .problem = problem,
                        .problem_size = problem_size};
    int r = etc < 0 ? fail(&move, "open", etc) : carry_out(&move);

    *failed = move.failed;
    return r;
}
