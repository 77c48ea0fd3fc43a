# SPDX-License-Identifier: LGPL-2.1-or-later
"""xfce4-panel along the top of the screen, with nothing on it but the icons of others: a StatusNotifier host."""

from watcher import WATCHER
from wait import eventually

HEIGHT = 28

CONFIG = f"""<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="length" type="uint" value="100"/>
      <property name="size" type="uint" value="{HEIGHT}"/>
      <property name="plugin-ids" type="array">
        <value type="int" value="1"/>
      </property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="systray"/>
  </property>
</channel>
"""


class Panel:
    def __init__(self, session):
        self.session = session
        folder = session.home / ".config/xfce4/xfconf/xfce-perchannel-xml"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "xfce4-panel.xml").write_text(CONFIG)
        self.process = None

    def start(self):
        self.process = self.session.spawn("xfce4-panel", "--disable-wm-check")
        eventually(lambda: self.process.is_alive() and self.session.owner(WATCHER))

    def kill(self):
        self.process.kill()
        eventually(lambda: not self.session.owner(WATCHER))
        self.process = None

    def region(self):
        """Where it is on the screen."""
        return self.session.display.window(class_="[xX]fce4-panel").region()
