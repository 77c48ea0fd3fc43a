/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is to follow the node's address: which files, which address, and when it is stale */
#include "../../service/state/targets.h"
#include "facts.h"

static void fill(struct targets *targets)
{
    *targets = (struct targets){.files_count = 2, .units_count = 1};
    targets->files[0] = (struct target_file){.name = "home",
                                             .path = "/home/me/wsl",
                                             .variables = {"WSL_IP", "NODE_IP"},
                                             .variables_count = 2};
    targets->files[1] =
        (struct target_file){.path = "/etc/default/node", .variables = {"WSL_IP"}, .variables_count = 1};
    strcpy(targets->units[0], "node.service");
}

static void test_a_file_is_found_by_its_path(void **state)
{
    static struct targets targets;

    fill(&targets);
    assert_ptr_equal(targets_find(&targets, "/etc/default/node"), &targets.files[1]);
    assert_null(targets_find(&targets, "/etc/default"));
    assert_null(targets_find(&targets, ""));
    targets.files_count = 1;
    assert_null(targets_find(&targets, "/etc/default/node"));
}

static uint64_t digest_with(void (*alter)(struct targets *targets))
{
    static struct targets targets;

    fill(&targets);
    if (alter)
        alter(&targets);
    return targets_digest(&targets);
}

static void other_path(struct targets *targets)
{
    strcpy(targets->files[1].path, "/etc/default/nodf");
}

static void other_order(struct targets *targets)
{
    struct target_file first = targets->files[0];

    targets->files[0] = targets->files[1];
    targets->files[1] = first;
}

static void other_variable(struct targets *targets)
{
    strcpy(targets->files[0].variables[1], "NODE_IQ");
}

static void fewer_variables(struct targets *targets)
{
    targets->files[0].variables_count = 1;
}

/* The end of one text and the beginning of the next are told apart. */
static void letter_moved(struct targets *targets)
{
    strcpy(targets->files[0].variables[0], "WSL_IPN");
    strcpy(targets->files[0].variables[1], "ODE_IP");
}

static void other_writer(struct targets *targets)
{
    targets->files[0].uid = 1000;
}

static void to_be_made(struct targets *targets)
{
    targets->files[0].create = true;
}

static void fewer_files(struct targets *targets)
{
    targets->files_count = 1;
}

static void other_unit(struct targets *targets)
{
    strcpy(targets->units[0], "other.service");
}

static void fewer_units(struct targets *targets)
{
    targets->units_count = 0;
}

static void test_whatever_would_be_touched_is_in_the_digest(void **state)
{
    static void (*const alterations[])(struct targets *) = {NULL,           other_path,      other_order,
                                                            other_variable, fewer_variables, letter_moved,
                                                            other_writer,   to_be_made,      fewer_files,
                                                            other_unit,     fewer_units};
    uint64_t digests[COUNT(alterations)];

    for (size_t i = 0; i < COUNT(alterations); i++) {
        digests[i] = digest_with(alterations[i]);
        assert_true(digests[i] != 0); /* 0 says that nothing of the kind was authorised */
        for (size_t j = 0; j < i; j++)
            assert_true(digests[i] != digests[j]);
    }
    assert_true(digest_with(NULL) == digests[0]);
}

/* What it asks for changes nothing of what it touches. */
static void rename_section(struct targets *targets)
{
    strcpy(targets->files[0].name, "work");
    targets->manual = true;
}

static void test_names_of_sections_are_not_in_the_digest(void **state)
{
    assert_true(digest_with(rename_section) == digest_with(NULL));
}

static void assert_address(const struct node *node, const struct fact *fact, const char *expected)
{
    char text[ADDRESS_TEXT_SIZE] = "";
    const char *address = targets_address(node, &fact->place, text, sizeof(text));

    if (!expected)
        assert_null(address);
    else
        assert_string_equal(address, expected);
}

static void test_the_address_is_of_the_places_family(void **state)
{
    struct fact four = place_of("/etc/a", 1, "10.0.0.9"), six = place_of("/etc/a", 2, "fd00::9");
    struct node node;

    node_with_tunnel(&node);
    assert_address(&node, &four, "172.20.1.2");
    assert_address(&node, &six, NULL);
    tell(&node, address_of(ETH0, "fd00::2/64"));
    assert_address(&node, &four, "172.20.1.2");
    assert_address(&node, &six, "fd00::2");
    tell(&node, gone(address_of(ETH0, "172.20.1.2/20")));
    assert_address(&node, &four, NULL);
    node_done(&node);
}

static void test_an_empty_place_takes_the_primary_address(void **state)
{
    struct fact empty = place_of("/etc/a", 1, ""), other = place_of("/etc/a", 1, NULL);
    struct node node;

    node_with_tunnel(&node);
    tell(&node, address_of(ETH0, "fd00::2/64"));
    assert_address(&node, &empty, "172.20.1.2");
    assert_address(&node, &other, NULL);
    tell(&node, gone(address_of(ETH0, "172.20.1.2/20")));
    assert_address(&node, &empty, "fd00::2");
    node_done(&node);
}

/* `=:51820` with an IPv6 address could not be read any more; IPv4 can stand there. */
static void test_a_bare_port_takes_no_ipv6(void **state)
{
    struct fact empty = place_of("/etc/a", 1, ""), six = place_of("/etc/a", 1, "fd00::9");
    struct node node;

    node_with_tunnel(&node);
    tell(&node, address_of(ETH0, "fd00::2/64"));
    empty.place.port = six.place.port = true;
    assert_address(&node, &empty, "172.20.1.2");
    assert_address(&node, &six, "fd00::2"); /* in its brackets */
    tell(&node, gone(address_of(ETH0, "172.20.1.2/20")));
    assert_address(&node, &empty, NULL);
    assert_address(&node, &six, "fd00::2");
    node_done(&node);
}

static void test_without_an_address_nothing_is_stale(void **state)
{
    struct fact right = place_of("/etc/a", 1, "172.20.1.2"), wrong = place_of("/etc/a", 1, "172.20.1.3"),
                empty = place_of("/etc/a", 1, ""), other = place_of("/etc/a", 1, NULL),
                six = place_of("/etc/a", 1, "fd00::9");
    struct node node;

    node_with_tunnel(&node);
    assert_false(targets_stale(&node, &right.place));
    assert_true(targets_stale(&node, &wrong.place));
    assert_true(targets_stale(&node, &empty.place));
    assert_false(targets_stale(&node, &other.place));
    assert_false(targets_stale(&node, &six.place));
    tell(&node, gone(address_of(ETH0, "172.20.1.2/20")));
    assert_false(targets_stale(&node, &wrong.place));
    assert_false(targets_stale(&node, &empty.place));
    node_done(&node);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_is_found_by_its_path),
        cmocka_unit_test(test_whatever_would_be_touched_is_in_the_digest),
        cmocka_unit_test(test_names_of_sections_are_not_in_the_digest),
        cmocka_unit_test(test_the_address_is_of_the_places_family),
        cmocka_unit_test(test_an_empty_place_takes_the_primary_address),
        cmocka_unit_test(test_a_bare_port_takes_no_ipv6),
        cmocka_unit_test(test_without_an_address_nothing_is_stale),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
