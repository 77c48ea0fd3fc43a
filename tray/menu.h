/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* menu: the icon's menu, made of the view; the same model for every kind of icon. Its actions are the
 * application's. */
#pragma once

#include <gio/gio.h>

#include "view.h"

/* Labels of data have their underscores doubled, for one is a mnemonic. */
GMenuModel *menu_new(const struct view *view);
