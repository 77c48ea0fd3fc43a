/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as an answer, or as what an error quotes: what is taken is of this asker's */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../../service/sys/icmp_echo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* Its id and cookie are made those that are looked for, or others. */
static void look(uint8_t family, const uint8_t *bytes, size_t length, bool ours)
{
    struct icmp_echo echo = {.family = family, .id = {0xab, 0xcd}, .cookie = "0123456789abcdef"};
    uint16_t sequence = 0;
    bool answer, question;

    if (length >= ICMP_ECHO_HEADER_SIZE)
        memcpy(echo.id, bytes + 4, sizeof(echo.id));
    if (length >= ICMP_ECHO_SIZE_MIN)
        memcpy(echo.cookie, bytes + ICMP_ECHO_HEADER_SIZE, sizeof(echo.cookie));
    if (!ours)
        echo.id[1] ^= 1;
    answer = icmp_echo_is_answer(&echo, bytes, length, &sequence);
    question = icmp_echo_is_question(&echo, bytes, length, &sequence);
    check(ours || (!answer && !question));
    check(!answer || !question);
    check(!answer || length >= ICMP_ECHO_SIZE_MIN);
    check(!question || length >= ICMP_ECHO_HEADER_SIZE);
    if (answer || question)
        check(sequence == (bytes[6] << 8 | bytes[7]) && bytes[1] == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of its own size, so that a byte too far is seen */
    size_t offset;

    memcpy(copy, data, size);
    offset = icmp_echo_offset(copy, size);
    check(offset <= size && (offset == size || offset >= 20));
    for (int i = 0; i < 2; i++) {
        look(AF_INET, copy, size, i);
        look(AF_INET6, copy, size, i);
        look(AF_INET, copy + offset, size - offset, i);
    }
    free(copy);
    return 0;
}
