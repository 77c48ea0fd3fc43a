/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Generic netlink of WireGuard in the kernel: its family, and the requests */
#include <errno.h>

#include "../../service/sys/wireguard_message.h"
#include "wireguard_dump.h"

static int read_family(struct nl_msg *message, uint16_t *family)
{
    int r = wireguard_message_read_family(nlmsg_hdr(message), family);

    nlmsg_free(message);
    return r;
}

static struct nl_msg *family_message(uint8_t command, const char *name, uint16_t number)
{
    struct nl_msg *message = of_command(GENL_ID_CTRL, command);

    put(message, CTRL_ATTR_FAMILY_NAME, name, strlen(name) + 1);
    put_short(message, CTRL_ATTR_FAMILY_ID, number);
    put_number(message, CTRL_ATTR_VERSION, 1);
    return message;
}

static void test_the_family(void **state)
{
    static const uint16_t none[] = {0, NLMSG_DONE, GENL_ID_CTRL, GENL_MAX_ID + 1, UINT16_MAX};
    struct nl_msg *message;
    uint16_t family = 1;

    assert_int_equal(read_family(family_message(CTRL_CMD_NEWFAMILY, "nl80211", 33), &family), 0);
    assert_int_equal(read_family(family_message(CTRL_CMD_NEWFAMILY, "wireguard2", 33), &family), 0);
    assert_int_equal(read_family(family_message(CTRL_CMD_DELFAMILY, "wireguard", 33), &family), 0);
    assert_int_equal(read_family(of_command(NLMSG_ERROR, CTRL_CMD_NEWFAMILY), &family), 0);
    for (size_t i = 0; i < COUNT(none); i++)
        assert_int_equal(read_family(family_message(CTRL_CMD_NEWFAMILY, "wireguard", none[i]), &family),
                         -EBADMSG);
    message = of_command(GENL_ID_CTRL, CTRL_CMD_NEWFAMILY);
    put(message, CTRL_ATTR_FAMILY_NAME, "wireguard", 10);
    assert_int_equal(read_family(message, &family), -EBADMSG);
    message = of_command(GENL_ID_CTRL, CTRL_CMD_NEWFAMILY);
    put_short(message, CTRL_ATTR_FAMILY_ID, 33);
    assert_int_equal(read_family(message, &family), -EBADMSG);
    assert_int_equal(read_family(message_of(GENL_ID_CTRL, "", 0), &family), -EBADMSG);
    assert_int_equal(family, 1);
    assert_int_equal(read_family(family_message(CTRL_CMD_NEWFAMILY, "wireguard", 33), &family), 1);
    assert_int_equal(family, 33);
}

static void assert_request(const struct nlmsghdr *header, int type, int flags, int command)
{
    const struct genlmsghdr *info = nlmsg_data(header);

    assert_int_equal(header->nlmsg_type, type);
    assert_int_equal(header->nlmsg_flags, NLM_F_REQUEST | flags);
    assert_int_equal(info->cmd, command);
    assert_int_equal(info->version, 1);
}

static void test_requests(void **state)
{
    struct nl_msg *message = wireguard_message_family();
    struct nlmsghdr *header = nlmsg_hdr(message);

    assert_request(header, GENL_ID_CTRL, 0, CTRL_CMD_GETFAMILY);
    assert_string_equal(nla_get_string(nlmsg_find_attr(header, GENL_HDRLEN, CTRL_ATTR_FAMILY_NAME)),
                        "wireguard");
    nlmsg_free(message);
    message = wireguard_message_dump(FAMILY, 7);
    header = nlmsg_hdr(message);
    assert_request(header, FAMILY, NLM_F_DUMP, WG_CMD_GET_DEVICE);
    assert_int_equal(nla_get_u32(nlmsg_find_attr(header, GENL_HDRLEN, WGDEVICE_A_IFINDEX)), 7);
    assert_int_equal(header->nlmsg_len, NLMSG_HDRLEN + GENL_HDRLEN + 8);
    nlmsg_free(message);
}

/* Sets one attribute of one peer that is there, and nothing else; frees the message. */
static void assert_sets(struct nl_msg *message, int type, const void *value, int length)
{
    struct nlmsghdr *header = nlmsg_hdr(message);
    struct nlattr *peers = nlmsg_find_attr(header, GENL_HDRLEN, WGDEVICE_A_PEERS), *peer, *found;

    assert_request(header, FAMILY, NLM_F_ACK, WG_CMD_SET_DEVICE);
    assert_int_equal(nla_get_u32(nlmsg_find_attr(header, GENL_HDRLEN, WGDEVICE_A_IFINDEX)), 7);
    assert_int_equal(nlmsg_attrlen(header, GENL_HDRLEN), 8 + peers->nla_len);
    assert_true(peers->nla_type & NLA_F_NESTED);
    peer = nla_data(peers);
    assert_int_equal(peer->nla_type, NLA_F_NESTED); /* without the flag the kernel refuses it */
    assert_int_equal(nla_len(peers), peer->nla_len);
    found = nla_find(nla_data(peer), nla_len(peer), WGPEER_A_PUBLIC_KEY);
    assert_int_equal(nla_len(found), WG_KEY_LEN);
    assert_memory_equal(nla_data(found), public_key, WG_KEY_LEN);
    found = nla_find(nla_data(peer), nla_len(peer), WGPEER_A_FLAGS);
    assert_int_equal(nla_get_u32(found), WGPEER_F_UPDATE_ONLY);
    found = nla_find(nla_data(peer), nla_len(peer), type);
    assert_int_equal(nla_len(found), length);
    assert_memory_equal(nla_data(found), value, length);
    assert_int_equal(nla_len(peer), nla_total_size(WG_KEY_LEN) + 8 + nla_total_size(length));
    nlmsg_free(message);
}

static void test_what_is_set(void **state)
{
    struct peer_endpoint endpoint = {.family = AF_INET, .port = 51820, .bytes = {192, 0, 2, 1, 9, 9}};
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(51820)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(51820)};
    uint16_t seconds = 25;

    assert_sets(wireguard_message_set_keepalive(FAMILY, 7, public_key, 25),
                WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, &seconds, sizeof(seconds));
    inet_pton(AF_INET, "192.0.2.1", &in.sin_addr);
    assert_sets(wireguard_message_set_endpoint(FAMILY, 7, public_key, &endpoint), WGPEER_A_ENDPOINT, &in,
                sizeof(in));
    endpoint.family = AF_INET6;
    inet_pton(AF_INET6, "2001:db8::1", &in6.sin6_addr);
    memcpy(endpoint.bytes, &in6.sin6_addr, 16);
    assert_sets(wireguard_message_set_endpoint(FAMILY, 7, public_key, &endpoint), WGPEER_A_ENDPOINT, &in6,
                sizeof(in6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_family),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_what_is_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
