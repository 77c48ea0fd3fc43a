# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a screen reader gets: the tree of a program over AT-SPI.

Imported, it starts the accessibility bus and asks in a process of its own, which may hang without harm. Run as that
process it prints the tree, or does an action.
"""

import json
import pathlib
import subprocess
import sys

import wait
from wait import eventually

BUS = "org.a11y.Bus"
PATIENCE = 30


class Access:
    def __init__(self, session):
        self.session = session
        session.allow(BUS)
        self.process = session.spawn(self.launcher(), "--launch-immediately", name="at-spi-bus")

    def launcher(self):
        lines = (self.session.services / f"{BUS}.service").read_text().splitlines()
        return next(line.removeprefix("Exec=") for line in lines if line.startswith("Exec=")).split()[0]

    def ask(self, *arguments):
        environment = self.session.environment | {"PYTHONPATH": str(pathlib.Path(wait.__file__).parent)}
        try:
            done = subprocess.run(["/usr/bin/python3", __file__, *map(str, arguments)], env=environment, check=False,
                                  text=True, capture_output=True, timeout=PATIENCE)
        except subprocess.TimeoutExpired as e:
            raise AssertionError("AT-SPI gave no answer") from e
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def tree(self, pid):
        """The program's root; None while it is not known to the accessibility bus."""
        found = self.ask("tree", pid)
        return Thing(found) if found else None

    def do(self, pid, name, role="push button"):
        """Presses a button, or what else has an action, by its name and role, once it is shown and can be pressed."""
        eventually(lambda: self.ask("do", pid, name, role), PATIENCE)

    def see(self, pid, name, role=None):
        """Waits until something is shown whose name or text begins so; returns it."""
        def seen():
            tree = self.tree(pid)
            assert tree, "the tray is not on the accessibility bus"
            found = [thing for thing in tree.shown(role) if thing.name.startswith(name) or thing.text.startswith(name)]
            assert found, f"{name!r} is not in:\n{tree.outline()}"
            return found[0]
        return eventually(seen, PATIENCE)

    def kill(self):
        self.process.kill()


class Thing:
    """One accessible object."""

    def __init__(self, found):
        self.role, self.name, self.states = found["role"], found["name"], found["states"]
        self.text, self.description, self.actions = found["text"], found["description"], found["actions"]
        self.label = found["label"]
        self.children = [Thing(child) for child in found["children"]]

    def all(self):
        yield self
        for child in self.children:
            yield from child.all()

    def find(self, role=None, name=None):
        """All below it, and itself, with that role and a name that begins so."""
        return [thing for thing in self.all() if role in (None, thing.role) and thing.name.startswith(name or "")]

    def shown(self, role=None, name=None):
        return [thing for thing in self.find(role, name) if "showing" in thing.states]

    def outline(self, depth=0):
        line = f"{'  ' * depth}{self.role} {self.name!r} {self.text!r}"
        return "\n".join([line] + [child.outline(depth + 1) for child in self.children])


def label_of(thing):
    """What stands beside it and is said before it."""
    return " ".join(relation.get_target(i).get_name() or "" for relation in thing.get_relation_set()
                    if relation.get_relation_type().value_nick == "labelled-by"
                    for i in range(relation.get_n_targets()))


def role_of(thing):
    """By the name that it had before AT-SPI 2.52."""
    role = thing.get_role_name()
    return "push button" if role == "button" else role


def read(thing, depth=0):
    states = thing.get_state_set()
    text = thing.get_text_iface()
    actions = thing.get_action_iface()
    children = (thing.get_child_at_index(i) for i in range(min(thing.get_child_count(), 500)))
    return {
        "role": role_of(thing), "name": thing.get_name() or "", "description": thing.get_description() or "",
        "label": label_of(thing),
        "states": sorted(state.value_nick for state in states.get_states()),
        "text": Atspi.Text.get_text(text, 0, -1) if text else "",
        "actions": [Atspi.Action.get_action_name(actions, i)
                    for i in range(Atspi.Action.get_n_actions(actions) if actions else 0)],
        "children": [read(child, depth + 1) for child in children if child] if depth < 40 else []}


def walk(thing):
    yield thing
    for i in range(min(thing.get_child_count(), 500)):
        child = thing.get_child_at_index(i)
        if child:
            yield from walk(child)


def main(do, pid, name=None, role=None):
    Atspi.init()
    desktop = Atspi.get_desktop(0)
    programs = (desktop.get_child_at_index(i) for i in range(desktop.get_child_count()))
    program = next((p for p in programs if p and p.get_process_id() == int(pid)), None)
    if do == "tree":
        return read(program) if program else None
    for thing in walk(program) if program else ():
        if thing.get_name() == name and role_of(thing) == role:
            states = thing.get_state_set()
            if all(states.contains(s) for s in (Atspi.StateType.SHOWING, Atspi.StateType.SENSITIVE)):
                return Atspi.Action.do_action(thing.get_action_iface(), 0)
    return False


if __name__ == "__main__":
    import gi
    gi.require_version("Atspi", "2.0")
    from gi.repository import Atspi, GLib
    try:
        print(json.dumps(main(*sys.argv[1:])))
    except GLib.Error as error:
        # What was being read went meanwhile: whoever asked asks again.
        print(error, file=sys.stderr)
        print(json.dumps(None))
