/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The step that changes what stands at /etc/resolv.conf, in a child.
 *
 * What was there goes aside as it is, be it a link, a file or a folder, by one exchange of two names: at no
 * moment is there none, and taking it back is the same exchange. Ours in /run is replaced as a whole.
 */
#pragma once

#include "../state/change.h"

#define RESOLV_PATH         "/etc/resolv.conf"
#define RESOLV_KEPT         "/etc/resolv.conf.before-wslnode"
#define RESOLV_RUNTIME_PATH "/run/wslnode/resolv.conf"

/*
 * 0; -ESTALE if something else stands there than the step starts from (when it is taken back: than it ended
 * with, and then 0, for there is nothing to take back); -EPERM with `problem` where it is refused; another
 * error, where `failed` ("write", "exchange" …) says what could not be done and all is as it was.
 */
int apply_resolv(int root, const struct step *step, bool back, const char **failed, char *problem,
                 size_t problem_size);
