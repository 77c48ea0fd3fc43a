/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pixmap: an icon of the theme's as StatusNotifierItem carries it */
#include "pixmap.h"

#include <gtk/gtk.h>
#include <string.h>

static GVariant *argb_of(GdkPixbuf *pixbuf)
{
    int width = gdk_pixbuf_get_width(pixbuf), height = gdk_pixbuf_get_height(pixbuf);
    int stride = gdk_pixbuf_get_rowstride(pixbuf);
    const guchar *pixels = gdk_pixbuf_read_pixels(pixbuf);
    gsize size = (gsize)width * (gsize)height * 4;
    guchar *bytes = g_malloc(size), *to = bytes;

    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++, to += 4) {
            const guchar *from = pixels + (gsize)y * (gsize)stride + (gsize)x * 4;

            to[0] = from[3];
            memcpy(to + 1, from, 3);
        }
    return g_variant_new("(ii@ay)", width, height,
                         g_variant_new_from_data(G_VARIANT_TYPE_BYTESTRING, bytes, size, TRUE, g_free,
                                                 bytes));
}

GVariant *pixmap_new(const char *icon)
{
    static const int sizes[] = {16, 22, 24, 32, 48};
    GVariantBuilder list;

    g_variant_builder_init(&list, G_VARIANT_TYPE("a(iiay)"));
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autoptr(GdkPixbuf) found = gtk_icon_theme_load_icon(gtk_icon_theme_get_default(), icon, sizes[i],
                                                              GTK_ICON_LOOKUP_FORCE_SIZE, NULL);
        g_autoptr(GdkPixbuf) alpha = found ? gdk_pixbuf_add_alpha(found, FALSE, 0, 0, 0) : NULL;

        if (alpha)
            g_variant_builder_add_value(&list, argb_of(alpha));
    }
    return g_variant_builder_end(&list);
}
