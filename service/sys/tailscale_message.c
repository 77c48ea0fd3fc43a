/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tailscaled says of itself */
#include "tailscale_message.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum place {
    TOP = JSON_SCAN_TOP,
    PREFS,
    SELF,
    ADDRESSES,
    HEALTH,
    EXIT_NODE,
    PEERS,
    PEER,
};

enum seen {
    SEEN_STATE = 1 << 0,
    SEEN_ERROR = 1 << 1,
    SEEN_LOGIN = 1 << 2,
    SEEN_VERSION = 1 << 3,
    SEEN_PREFS = 1 << 4,
    SEEN_NEWS = 1 << 5, /* something of which a Status says more */
};

static const char *const states[TAILSCALE_STATES] = {
    [TAILSCALE_NO_STATE] = "NoState",       [TAILSCALE_IN_USE_OTHER_USER] = "InUseOtherUser",
    [TAILSCALE_NEEDS_LOGIN] = "NeedsLogin", [TAILSCALE_NEEDS_MACHINE_AUTH] = "NeedsMachineAuth",
    [TAILSCALE_STOPPED] = "Stopped",        [TAILSCALE_STARTING] = "Starting",
    [TAILSCALE_RUNNING] = "Running",
};

/* Of a Notify: whatever may change the Status, by any version. The rest is files, bytes and suggestions. */
static const char *const news_keys[] = {
    "BrowseToURL",  "ErrMessage",   "Health", "LoginFinished", "NetMap", "PeerChangedPatch",
    "PeersChanged", "PeersRemoved", "Prefs",  "SelfChange",    "State",
};

/* Cut at a character. */
static void copy_text(char *to, size_t size, const char *text)
{
    size_t length = strlen(text);

    if (length >= size)
        for (length = size - 1; length && ((unsigned char)text[length] & 0xc0) == 0x80;)
            length--;
    memset(to, 0, size);
    memcpy(to, text, length);
}

/* "1.80.0-t1234-g5678": the rest is of those who build it. */
static void copy_version(char *to, size_t size, const char *text)
{
    copy_text(to, size, text);
    for (to += strcspn(to, "-"); *to; to++)
        *to = 0;
}

static bool parse_two(const char **text, char before, int *number)
{
    const char *digits = *text + (before != 0);

    if ((before && **text != before) || !isdigit((unsigned char)digits[0]) ||
        !isdigit((unsigned char)digits[1]))
        return false;
    *number = (digits[0] - '0') * 10 + digits[1] - '0';
    *text = digits + 2;
    return true;
}

/* RFC 3339, by the second. The year 1 is Go's way to say never. */
static int64_t parse_time(const char *text)
{
    int century, year, month, day, hour, minute, second, zone_hour = 0, zone_minute = 0;
    struct tm tm = {0};
    int64_t usec;
    bool east;

    if (!parse_two(&text, 0, &century) || !parse_two(&text, 0, &year) || !parse_two(&text, '-', &month) ||
        !parse_two(&text, '-', &day) || !parse_two(&text, 'T', &hour) || !parse_two(&text, ':', &minute) ||
        !parse_two(&text, ':', &second) || month < 1 || month > 12)
        return 0;
    if (*text == '.')
        text += 1 + strspn(text + 1, "0123456789");
    east = *text == '+';
    if (*text != 'Z' &&
        (!parse_two(&text, east ? '+' : '-', &zone_hour) || !parse_two(&text, ':', &zone_minute) || *text))
        return 0;
    tm = (struct tm){.tm_year = century * 100 + year - 1900, .tm_mon = month - 1, .tm_mday = day};
    usec = (timegm(&tm) + hour * 3600 + minute * 60 + second) * INT64_C(1000000) +
           (east ? -1 : 1) * (zone_hour * 3600 + zone_minute * 60) * INT64_C(1000000);
    return usec < 0 || usec > CLOCK_TIME_MAX_USEC ? 0 : usec;
}

static void take_address(struct tailscale_fact *news, const char *text)
{
    static const uint8_t none[16];
    uint8_t bytes[16];

    if (inet_pton(AF_INET, text, bytes) == 1 && memcmp(news->ipv4, none, sizeof(news->ipv4)) == 0)
        memcpy(news->ipv4, bytes, sizeof(news->ipv4));
    else if (inet_pton(AF_INET6, text, bytes) == 1 && memcmp(news->ipv6, none, sizeof(news->ipv6)) == 0)
        memcpy(news->ipv6, bytes, sizeof(news->ipv6));
}

static bool is(const char *key, const char *name, enum json_scan_kind kind, enum json_scan_kind wanted)
{
    return kind == wanted && strcmp(key, name) == 0;
}

static bool is_truth(const char *key, const char *name, enum json_scan_kind kind)
{
    return (kind == JSON_SCAN_FALSE || kind == JSON_SCAN_TRUE) && strcmp(key, name) == 0;
}

static void take_state(struct tailscale_message *message, const char *text)
{
    if (strlen(text) != 1 || *text < '0' || *text >= '0' + TAILSCALE_STATES)
        return;
    message->news.state = *text - '0';
    message->seen |= SEEN_STATE;
}

static uint8_t notify_top(struct tailscale_message *message, const char *key, enum json_scan_kind kind,
                          const char *text)
{
    struct tailscale_fact *news = &message->news;

    for (size_t i = 0; i < sizeof(news_keys) / sizeof(news_keys[0]); i++)
        if (kind != JSON_SCAN_NULL && strcmp(key, news_keys[i]) == 0)
            message->seen |= SEEN_NEWS;
    if (is(key, "Prefs", kind, JSON_SCAN_OBJECT)) {
        message->seen |= SEEN_PREFS;
        return PREFS;
    }
    if (is(key, "State", kind, JSON_SCAN_NUMBER)) {
        take_state(message, text);
    } else if (is(key, "ErrMessage", kind, JSON_SCAN_TEXT)) {
        copy_text(news->error, sizeof(news->error), text);
        message->seen |= SEEN_ERROR;
    } else if (is(key, "BrowseToURL", kind, JSON_SCAN_TEXT)) {
        news->login_url = *text;
        message->seen |= SEEN_LOGIN;
    } else if (is(key, "LoginFinished", kind, JSON_SCAN_OBJECT)) {
        message->seen |= SEEN_LOGIN; /* and no page is to be opened */
    } else if (is(key, "Version", kind, JSON_SCAN_TEXT)) {
        copy_version(news->version, sizeof(news->version), text);
        message->seen |= SEEN_VERSION;
    }
    return JSON_SCAN_SKIPPED;
}

static uint8_t tell_notify(void *userdata, uint8_t place, const char *key, enum json_scan_kind kind,
                           const char *text)
{
    struct tailscale_message *message = userdata;

    if (place == TOP)
        return notify_top(message, key, kind, text);
    if (is(key, "ExitNodeID", kind, JSON_SCAN_TEXT) || is(key, "ExitNodeIP", kind, JSON_SCAN_TEXT))
        message->news.exit_node_wanted |= *text != 0;
    return JSON_SCAN_SKIPPED;
}

static void take_state_name(struct tailscale_fact *news, const char *text)
{
    for (size_t i = 0; i < TAILSCALE_STATES; i++)
        if (strcmp(text, states[i]) == 0)
            news->state = i;
}

static uint8_t status_top(struct tailscale_fact *news, const char *key, enum json_scan_kind kind,
                          const char *text)
{
    if (is(key, "Version", kind, JSON_SCAN_TEXT))
        copy_version(news->version, sizeof(news->version), text);
    else if (is_truth(key, "TUN", kind))
        news->tun = kind == JSON_SCAN_TRUE ? TAILSCALE_TUN_LINK : TAILSCALE_TUN_USER_SPACE;
    else if (is(key, "BackendState", kind, JSON_SCAN_TEXT))
        take_state_name(news, text);
    else if (is(key, "AuthURL", kind, JSON_SCAN_TEXT))
        news->login_url = *text;
    else if (is(key, "TailscaleIPs", kind, JSON_SCAN_ARRAY))
        return ADDRESSES;
    else if (is(key, "Health", kind, JSON_SCAN_ARRAY))
        return HEALTH;
    else if (is(key, "Self", kind, JSON_SCAN_OBJECT))
        return SELF;
    else if (is(key, "Peer", kind, JSON_SCAN_OBJECT))
        return PEERS;
    else if (is(key, "ExitNodeStatus", kind, JSON_SCAN_OBJECT)) {
        news->exit_node = true;
        return EXIT_NODE;
    }
    return JSON_SCAN_SKIPPED;
}

static void take_peer(struct tailscale_message *message, const char *key, enum json_scan_kind kind,
                      const char *text)
{
    struct tailscale_fact *news = &message->news;

    if (is(key, "HostName", kind, JSON_SCAN_TEXT))
        copy_text(message->peer_name, sizeof(message->peer_name), text);
    else if (is(key, "Online", kind, JSON_SCAN_TRUE))
        news->peers_online++;
    else if (is(key, "Active", kind, JSON_SCAN_TRUE))
        news->peers_active++;
    else if (is(key, "ExitNode", kind, JSON_SCAN_TRUE))
        message->peer_is_exit_node = true;
    else if (kind == JSON_SCAN_END && message->peer_is_exit_node)
        memcpy(news->exit_node_name, message->peer_name, sizeof(news->exit_node_name));
}

static uint8_t begin_peer(struct tailscale_message *message)
{
    message->news.peers++;
    message->peer_is_exit_node = false;
    memset(message->peer_name, 0, sizeof(message->peer_name));
    return PEER;
}

static void take_warning(struct tailscale_fact *news, const char *text)
{
    if (news->warnings++ == 0)
        copy_text(news->warning, sizeof(news->warning), text);
}

static uint8_t tell_status(void *userdata, uint8_t place, const char *key, enum json_scan_kind kind,
                           const char *text)
{
    struct tailscale_message *message = userdata;
    struct tailscale_fact *news = &message->news;

    switch ((enum place)place) {
    case TOP:
        return status_top(news, key, kind, text);
    case SELF:
        if (is(key, "KeyExpiry", kind, JSON_SCAN_TEXT))
            news->key_expiry_usec = parse_time(text);
        break;
    case ADDRESSES:
        if (kind == JSON_SCAN_TEXT)
            take_address(news, text);
        break;
    case HEALTH:
        if (kind == JSON_SCAN_TEXT)
            take_warning(news, text);
        break;
    case EXIT_NODE:
        if (is_truth(key, "Online", kind))
            news->exit_node_online = kind == JSON_SCAN_TRUE;
        break;
    case PEERS:
        if (kind == JSON_SCAN_OBJECT)
            return begin_peer(message);
        break;
    case PEER:
        take_peer(message, key, kind, text);
        break;
    case PREFS:
        break;
    }
    return JSON_SCAN_SKIPPED;
}

static void begin_object(struct tailscale_message *message)
{
    json_scan_begin(&message->scan, message->form == TAILSCALE_NOTIFY ? tell_notify : tell_status, message);
    message->length = 0;
    message->seen = 0;
    memset(&message->news, 0, sizeof(message->news));
}

void tailscale_message_begin(struct tailscale_message *message, enum tailscale_form form,
                             tailscale_message_tell tell, void *userdata)
{
    memset(message, 0, sizeof(*message));
    message->form = form;
    message->tell = tell;
    message->userdata = userdata;
    begin_object(message);
}

/* Of a line that is none: up to its end, which is where the next one begins. */
static size_t skip_line(struct tailscale_message *message, const char *bytes, size_t length)
{
    const char *end = memchr(bytes, '\n', length);

    if (!end)
        return length;
    message->skipping = false;
    begin_object(message);
    return end + 1 - bytes;
}

/* A bad line is skipped from what was wrong on, which may be its end. */
static ssize_t take_object(struct tailscale_message *message, const char *bytes, size_t length)
{
    ssize_t taken = json_scan_take(&message->scan, bytes, length);

    if (taken < 0 && message->form == TAILSCALE_NOTIFY) {
        message->skipping = true;
        message->wrong++;
        return message->scan.wrong_at;
    }
    if (taken >= 0 && json_scan_ended(&message->scan)) {
        message->tell(message->userdata, message);
        if (message->form == TAILSCALE_NOTIFY)
            begin_object(message);
    }
    return taken;
}

int tailscale_message_take(struct tailscale_message *message, const char *bytes, size_t length)
{
    size_t max = message->form == TAILSCALE_NOTIFY ? TAILSCALE_NOTIFY_MAX : TAILSCALE_STATUS_MAX;

    while (length && !json_scan_ended(&message->scan)) {
        ssize_t taken = message->skipping ? (ssize_t)skip_line(message, bytes, length)
                                          : take_object(message, bytes, length);

        if (taken < 0)
            return taken;
        if (message->skipping || !json_scan_is_new(&message->scan))
            message->length += taken;
        if (message->length > max)
            return -EFBIG;
        bytes += taken;
        length -= taken;
    }
    if (message->form == TAILSCALE_STATUS)
        return !json_scan_ended(&message->scan);
    return message->skipping || !json_scan_is_new(&message->scan);
}

static bool apply_notify(const struct tailscale_message *message, struct tailscale_fact *fact)
{
    const struct tailscale_fact *news = &message->news;

    if (message->seen & SEEN_STATE) {
        /* That it is not logged in, say: the next status has those of this state. */
        if (fact->state != news->state) {
            fact->warnings = 0;
            memset(fact->warning, 0, sizeof(fact->warning));
        }
        fact->state = news->state;
        if (news->state != TAILSCALE_NEEDS_LOGIN)
            fact->login_url = false;
    }
    if (message->seen & (SEEN_STATE | SEEN_ERROR))
        memcpy(fact->error, news->error, sizeof(fact->error));
    if (message->seen & SEEN_LOGIN)
        fact->login_url = news->login_url;
    if (message->seen & SEEN_VERSION)
        memcpy(fact->version, news->version, sizeof(fact->version));
    if (message->seen & SEEN_PREFS) {
        fact->exit_node_known &= fact->exit_node_wanted == news->exit_node_wanted;
        fact->exit_node_wanted = news->exit_node_wanted;
    }
    return message->seen & SEEN_NEWS;
}

bool tailscale_message_apply(const struct tailscale_message *message, struct tailscale_fact *fact)
{
    struct tailscale_fact known;

    if (message->form == TAILSCALE_NOTIFY)
        return apply_notify(message, fact);
    memcpy(&known, fact, sizeof(known));
    memcpy(fact, &message->news, sizeof(*fact));
    fact->daemon = known.daemon;
    /* Old versions keep one that nobody needs any more. */
    fact->login_url &= fact->state == TAILSCALE_NEEDS_LOGIN;
    fact->exit_node_wanted = known.exit_node_wanted;
    fact->exit_node_known = true;
    memcpy(fact->error, known.error, sizeof(fact->error));
    return false;
}

void tailscale_message_done(struct tailscale_message *message)
{
    json_scan_done(&message->scan);
}
