# SPDX-License-Identifier: LGPL-2.1-or-later
"""More peers than are watched."""

import vpn
from uapi import Uapi, answer, peer, says
from wait import settles

LIMIT = 16384


def test_a_tunnel_with_too_many_peers(node, root, ctl):
    # Made beforehand: the daemon gives an answer two seconds.
    more, just = (answer(*map(peer, range(count))) for count in (LIMIT + 1, LIMIT))
    said = [more]
    tunnel = Uapi(node, "many", says(lambda: said[0])).add_link()
    try:
        settles(lambda: vpn.look(root) and vpn.tunnel(root, "many")["PeersUp"], LIMIT, 25)
        finding = root.findings()["vpn-truncated", "many"]
        assert (finding["severity"], finding["params"]) == ("info", {"peers-limit": LIMIT})
        assert len(vpn.peers(root, "many", LIMIT - 10)) == 10 and vpn.peers(root, "many", LIMIT) == []
        for arguments in (["vpn"], ["vpn", "many"]):
            assert "The tunnel has more peers than wslnode watches." in ctl(*arguments)
        said[0] = just
        settles(lambda: vpn.look(root) and ("vpn-truncated", "many") in root.findings(), False, 25)
    finally:
        tunnel.stop()
