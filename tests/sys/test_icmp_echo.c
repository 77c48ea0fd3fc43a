/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ICMP and ICMPv6 echo messages, byte by byte */
#include "../../service/sys/icmp_echo.h"

#include <string.h>
#include <sys/socket.h>

#include "../unit.h"

#define COOKIE "0123456789abcdef"

static const struct icmp_echo four = {.family = AF_INET, .id = {0xab, 0xcd}, .cookie = COOKIE};
static const struct icmp_echo six = {.family = AF_INET6, .id = {0xab, 0xcd}, .cookie = COOKIE};

static void test_the_question(void **state)
{
    uint8_t bytes[29];

    memset(bytes, 0xff, sizeof(bytes));
    icmp_echo_write(&four, 0x1234, bytes, sizeof(bytes));
    assert_memory_equal(bytes, "\x08\x00\x0b\xc6\xab\xcd\x12\x34" COOKIE "\xff\xff\xff\xff\xff",
                        sizeof(bytes));
    icmp_echo_write(&six, 0x1234, bytes, sizeof(bytes));
    assert_memory_equal(bytes, "\x80\x00\x00\x00\xab\xcd\x12\x34" COOKIE "\xff\xff\xff\xff\xff",
                        sizeof(bytes));
}

static void assert_sum(const uint8_t *bytes, size_t length)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < length; i++)
        sum += i % 2 ? bytes[i] : bytes[i] * 256u;
    while (sum > 0xffff)
        sum = sum % 0x10000 + sum / 0x10000;
    assert_int_equal(sum, 0xffff);
}

/* With its checksum the sum of a message is 0xffff, of an odd length as well. */
static void test_the_checksum(void **state)
{
    uint8_t bytes[1500];

    for (size_t length = ICMP_ECHO_SIZE_MIN; length <= sizeof(bytes); length += 7) {
        for (size_t i = 0; i < length; i++)
            bytes[i] = (uint8_t)(i * 37 + length);
        icmp_echo_write(&four, (uint16_t)length, bytes, length);
        assert_sum(bytes, length);
    }
    for (uint32_t sequence = 0; sequence <= 0xffff; sequence++) { /* some of which carry twice */
        icmp_echo_write(&four, (uint16_t)sequence, bytes, ICMP_ECHO_SIZE_MIN);
        assert_sum(bytes, ICMP_ECHO_SIZE_MIN);
    }
}

/* An answer, with one byte of it changed. */
static bool answers(const struct icmp_echo *echo, size_t at, uint8_t value, size_t length)
{
    uint8_t bytes[ICMP_ECHO_SIZE_MIN];
    uint16_t sequence = 0;
    bool answer;

    icmp_echo_write(echo, 0x1234, bytes, sizeof(bytes));
    bytes[0] = echo->family == AF_INET ? 0 : 129;
    if (at < sizeof(bytes))
        bytes[at] = value;
    answer = icmp_echo_is_answer(echo, bytes, length, &sequence);
    if (answer && at > 7)
        assert_int_equal(sequence, 0x1234);
    return answer;
}

static void test_answers(void **state)
{
    const struct icmp_echo *echoes[] = {&four, &six};

    for (size_t i = 0; i < COUNT(echoes); i++) {
        assert_true(answers(echoes[i], SIZE_MAX, 0, ICMP_ECHO_SIZE_MIN));
        assert_true(answers(echoes[i], 2, 0xee, ICMP_ECHO_SIZE_MIN)); /* the kernel has looked at it */
        assert_true(answers(echoes[i], 6, 0xee, ICMP_ECHO_SIZE_MIN)); /* to another question */
        for (size_t at = 0; at < ICMP_ECHO_SIZE_MIN; at++)
            if (at != 2 && at != 3 && at != 6 && at != 7)
                assert_false(answers(echoes[i], at, 0xee, ICMP_ECHO_SIZE_MIN));
        for (size_t length = 0; length < ICMP_ECHO_SIZE_MIN; length++)
            assert_false(answers(echoes[i], SIZE_MAX, 0, length));
    }
    assert_false(answers(&four, 0, 129, ICMP_ECHO_SIZE_MIN));
    assert_false(answers(&six, 0, 0, ICMP_ECHO_SIZE_MIN));
    assert_false(answers(&four, 0, 8, ICMP_ECHO_SIZE_MIN)); /* the question itself, from a loop */
}

static bool is_quoted(const struct icmp_echo *echo, size_t at, size_t length)
{
    uint8_t bytes[ICMP_ECHO_SIZE_MIN + 4] = {0};
    uint16_t sequence = 0;
    bool quoted;

    icmp_echo_write(echo, 0x1234, bytes, sizeof(bytes));
    if (at < sizeof(bytes))
        bytes[at] ^= 0x40;
    quoted = icmp_echo_is_question(echo, bytes, length, &sequence);
    if (quoted && at > 7)
        assert_int_equal(sequence, 0x1234);
    return quoted;
}

/* A router quotes eight bytes at least, and what else there is must be right too. */
static void test_quotes(void **state)
{
    const struct icmp_echo *echoes[] = {&four, &six};

    for (size_t i = 0; i < COUNT(echoes); i++) {
        for (size_t length = 0; length < ICMP_ECHO_SIZE_MIN + 4; length++)
            assert_int_equal(is_quoted(echoes[i], SIZE_MAX, length), length >= ICMP_ECHO_HEADER_SIZE);
        for (size_t at = 0; at < ICMP_ECHO_SIZE_MIN + 4; at++)
            assert_int_equal(is_quoted(echoes[i], at, ICMP_ECHO_SIZE_MIN + 4),
                             at == 2 || at == 3 || at == 6 || at == 7 || at >= ICMP_ECHO_SIZE_MIN);
        assert_true(is_quoted(echoes[i], 12, 12)); /* what is not quoted is not looked at */
        assert_false(is_quoted(echoes[i], 11, 12));
    }
}

static void test_behind_the_ip_header(void **state)
{
    uint8_t bytes[80] = {0x45};

    assert_int_equal(icmp_echo_offset(bytes, 80), 20);
    assert_int_equal(icmp_echo_offset(bytes, 21), 20);
    assert_int_equal(icmp_echo_offset(bytes, 20), 20); /* nothing is behind it */
    assert_int_equal(icmp_echo_offset(bytes, 19), 19);
    assert_int_equal(icmp_echo_offset(bytes, 0), 0);
    bytes[0] = 0x4f;
    assert_int_equal(icmp_echo_offset(bytes, 80), 60);
    assert_int_equal(icmp_echo_offset(bytes, 59), 59);
    bytes[0] = 0x44; /* less than a header */
    assert_int_equal(icmp_echo_offset(bytes, 80), 80);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_question),
        cmocka_unit_test(test_the_checksum),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_behind_the_ip_header),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
