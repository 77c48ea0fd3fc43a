/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What has WireGuard tunnels, for a test */
#include "wireguard_world.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../service/sys/netlink.h"
#include "../sys/wireguard_dump.h"

#define USEC 1000000

static struct wireguard_kernel_end *current; /* there is one at a time */
static sd_event *its_event;

static void send_off(struct wireguard_kernel_end *kernel, struct nl_msg *message, uint32_t sequence,
                     int flags)
{
    struct nlmsghdr *header = nlmsg_hdr(message);

    header->nlmsg_seq = sequence - kernel->behind;
    header->nlmsg_flags |= flags;
    /* Whoever asked may have closed meanwhile. */
    if (send(kernel->fd, header, header->nlmsg_len, 0) != header->nlmsg_len)
        assert_true(errno == ECONNREFUSED || errno == ENOTCONN);
    nlmsg_free(message);
}

static void refuse(struct wireguard_kernel_end *kernel, const struct nlmsghdr *request, int error)
{
    struct nlmsgerr body = {.error = error, .msg = *request};

    send_off(kernel, message_of(NLMSG_ERROR, &body, sizeof(body)), request->nlmsg_seq, 0);
}

static void tell_family(struct wireguard_kernel_end *kernel, const struct nlmsghdr *request)
{
    struct nl_msg *message = of_command(GENL_ID_CTRL, CTRL_CMD_NEWFAMILY);

    put(message, CTRL_ATTR_FAMILY_NAME, WG_GENL_NAME, sizeof(WG_GENL_NAME));
    put_short(message, CTRL_ATTR_FAMILY_ID, FAMILY);
    send_off(kernel, message, request->nlmsg_seq, 0);
}

static void put_fact(struct nl_msg *message, const struct peer_fact *fact)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(fact->endpoint.port)};
    struct nlattr *peer = nla_nest_start(message, 0);

    memcpy(&in.sin_addr, fact->endpoint.bytes, sizeof(in.sin_addr));
    put(message, WGPEER_A_PUBLIC_KEY, fact->key, WG_KEY_LEN);
    put(message, WGPEER_A_PRESHARED_KEY, preshared_key, WG_KEY_LEN);
    put_time(message, fact->handshake_usec / USEC, fact->handshake_usec % USEC * 1000);
    put_long(message, WGPEER_A_RX_BYTES, fact->rx_bytes);
    put_long(message, WGPEER_A_TX_BYTES, fact->tx_bytes);
    put_short(message, WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, fact->keepalive_sec);
    if (fact->endpoint.family)
        put(message, WGPEER_A_ENDPOINT, &in, sizeof(in));
    nla_nest_end(message, peer);
}

static struct nl_msg *tunnel_message(const struct wireguard_kernel_end *kernel)
{
    struct nl_msg *message = device();
    struct nlattr *peers;

    put_link(message, kernel->ifindex, kernel->name);
    put(message, WGDEVICE_A_PRIVATE_KEY, private_key, WG_KEY_LEN);
    peers = nla_nest_start(message, WGDEVICE_A_PEERS);
    for (size_t i = 0; i < kernel->count; i++)
        put_fact(message, &kernel->peers[i].peer);
    nla_nest_end(message, peers);
    if (kernel->broken)
        put(message, WGDEVICE_A_IFINDEX, "?", 1);
    return message;
}

static void tell_dump(struct wireguard_kernel_end *kernel, const struct nlmsghdr *request)
{
    int flags = NLM_F_MULTI | (kernel->interrupted ? NLM_F_DUMP_INTR : 0), end = 0;

    kernel->interrupted -= kernel->interrupted > 0;
    if (kernel->ifindex)
        send_off(kernel, tunnel_message(kernel), request->nlmsg_seq, flags);
    send_off(kernel, message_of(NLMSG_DONE, &end, sizeof(end)), request->nlmsg_seq, flags);
}

static void answer_dump(struct wireguard_kernel_end *kernel, struct nlmsghdr *request)
{
    struct nlattr *ifindex = nlmsg_find_attr(request, GENL_HDRLEN, WGDEVICE_A_IFINDEX);

    assert_int_equal(request->nlmsg_type, FAMILY);
    assert_true(request->nlmsg_flags & NLM_F_DUMP);
    assert_non_null(ifindex);
    kernel->asked = nla_get_u32(ifindex);
    kernel->dumps++;
    if (kernel->silent)
        return;
    if (kernel->dump_error)
        refuse(kernel, request, kernel->dump_error);
    else
        tell_dump(kernel, request);
}

/* Of endpoints only those of IPv4. */
static void take_peer(struct peer_fact *peer, struct nlattr *of[])
{
    const struct sockaddr_in *in = of[WGPEER_A_ENDPOINT] ? nla_data(of[WGPEER_A_ENDPOINT]) : NULL;

    if (of[WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL])
        peer->keepalive_sec = nla_get_u16(of[WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL]);
    if (!in)
        return;
    peer->endpoint = (struct peer_endpoint){.family = in->sin_family, .port = ntohs(in->sin_port)};
    memcpy(peer->endpoint.bytes, &in->sin_addr, sizeof(in->sin_addr));
}

/* As the kernel: who is not there is no error. */
static void answer_set(struct wireguard_kernel_end *kernel, struct nlmsghdr *request)
{
    struct nlattr *peers = nlmsg_find_attr(request, GENL_HDRLEN, WGDEVICE_A_PEERS), *of[WGPEER_A_MAX + 1];

    kernel->sets++;
    kernel->set_ifindex = nla_get_u32(nlmsg_find_attr(request, GENL_HDRLEN, WGDEVICE_A_IFINDEX));
    assert_int_equal(request->nlmsg_type, FAMILY);
    assert_true(request->nlmsg_flags & NLM_F_ACK);
    assert_int_equal(nla_parse_nested(of, WGPEER_A_MAX, nla_data(peers), NULL), 0);
    for (size_t i = 0; !kernel->set_error && i < kernel->count; i++)
        if (memcmp(kernel->peers[i].peer.key, nla_data(of[WGPEER_A_PUBLIC_KEY]), PEER_KEY_SIZE) == 0)
            take_peer(&kernel->peers[i].peer, of);
    if (!kernel->silent)
        refuse(kernel, request, kernel->set_error);
}

static int on_request(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct wireguard_kernel_end *kernel = userdata;
    uint8_t bytes[512] __attribute__((aligned(8))) = {0};
    struct nlmsghdr *request = (struct nlmsghdr *)bytes;

    assert_true(recv(fd, bytes, sizeof(bytes), 0) > NLMSG_HDRLEN);
    if (request->nlmsg_type != GENL_ID_CTRL &&
        ((struct genlmsghdr *)nlmsg_data(request))->cmd == WG_CMD_SET_DEVICE) {
        answer_set(kernel, request);
        return 0;
    }
    if (request->nlmsg_type != GENL_ID_CTRL) {
        answer_dump(kernel, request);
        return 0;
    }
    kernel->families++;
    if (kernel->family_error)
        refuse(kernel, request, kernel->family_error);
    else if (!kernel->silent)
        tell_family(kernel, request);
    return 0;
}

static void listen_at_both_ends(struct wireguard_kernel_end *kernel)
{
    int fds[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds), 0);
    kernel->fd = fds[0];
    kernel->daemon_fd = fds[1];
    assert_true(sd_event_add_io(its_event, &kernel->source, kernel->fd, EPOLLIN, on_request, kernel) >= 0);
}

void wireguard_kernel_end_start(struct wireguard_kernel_end *kernel, sd_event *event)
{
    *kernel = (struct wireguard_kernel_end){.name = "wg0", .ifindex = 7};
    current = kernel;
    its_event = event;
    listen_at_both_ends(kernel);
}

int __wrap_netlink_open(struct netlink *netlink, int protocol, uint32_t groups)
{
    assert_int_equal(protocol, NETLINK_GENERIC);
    assert_int_equal(groups, 0);
    wireguard_kernel_end_stop(current);
    listen_at_both_ends(current);
    current->opened++;
    return netlink_attach(netlink, current->daemon_fd);
}

void wireguard_kernel_end_stop(struct wireguard_kernel_end *kernel)
{
    sd_event_source_disable_unref(kernel->source);
    close(kernel->fd);
}

static void hang_up(struct wireguard_go *go)
{
    go->call_source = sd_event_source_disable_unref(go->call_source);
    if (go->call >= 0)
        close(go->call);
    go->call = -1;
}

/* As much as there is room for. */
static int on_room(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct wireguard_go *go = userdata;
    ssize_t sent = 0;

    while (sent >= 0 && go->sent < go->length) {
        size_t left = go->length - go->sent, piece = go->piece && go->piece < left ? go->piece : left;

        sent = send(fd, go->answer + go->sent, piece, MSG_NOSIGNAL | MSG_DONTWAIT);
        go->sent += sent > 0 ? sent : 0;
    }
    if (sent < 0 && errno == EAGAIN)
        return 0;
    sd_event_source_set_io_events(source, EPOLLIN);
    if (go->hangs_up || sent < 0)
        hang_up(go);
    return 0;
}

static int on_called(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct wireguard_go *go = userdata;
    char request[256] = "";
    ssize_t length;

    if (revents & EPOLLOUT)
        return on_room(source, fd, revents, userdata);
    length = recv(fd, request, sizeof(request) - 1, MSG_DONTWAIT);
    if (length > 7 && strncmp(request, "set=1\n", 6) == 0) {
        snprintf(go->set, sizeof(go->set), "%s", request);
        go->sets++;
        if (go->set_answer)
            assert_true(send(fd, go->set_answer, strlen(go->set_answer), MSG_NOSIGNAL) > 0);
        else if (go->hangs_up)
            hang_up(go);
        return 0;
    }
    if (length != 7) {
        hang_up(go);
        return 0;
    }
    assert_memory_equal(request, "get=1\n\n", 7);
    go->calls++;
    go->sent = 0;
    go->length = go->answer ? strlen(go->answer) : 0;
    if (go->length || go->hangs_up)
        sd_event_source_set_io_events(source, EPOLLIN | EPOLLOUT);
    return 0;
}

static int on_call(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct wireguard_go *go = userdata;

    hang_up(go);
    go->call = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
    assert_true(go->call >= 0);
    assert_true(sd_event_add_io(sd_event_source_get_event(source), &go->call_source, go->call, EPOLLIN,
                                on_called, go) >= 0);
    return 0;
}

void wireguard_go_start(struct wireguard_go *go, sd_event *event, const struct scratch *scratch,
                        const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    *go = (struct wireguard_go){.call = -1};
    scratch_mkdir(scratch, "run/wireguard");
    snprintf(go->path, sizeof(go->path), "%s/run/wireguard/%s.sock", scratch->path, name);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", go->path);
    go->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(go->fd >= 0);
    unlink(go->path);
    assert_int_equal(bind(go->fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(go->fd, 8), 0);
    assert_true(sd_event_add_io(event, &go->source, go->fd, EPOLLIN, on_call, go) >= 0);
}

void wireguard_go_kill(struct wireguard_go *go)
{
    hang_up(go);
    go->source = sd_event_source_disable_unref(go->source);
    if (go->fd >= 0)
        close(go->fd);
    go->fd = -1;
}

void wireguard_go_stop(struct wireguard_go *go)
{
    wireguard_go_kill(go);
    unlink(go->path);
}
