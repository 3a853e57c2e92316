"""The profile that LibreOffice starts with: no linked file is fetched, no macro runs, nothing is recovered."""

from pathlib import Path

SETTINGS = {
    ("Security/Scripting", "BlockUntrustedRefererLinks"): "true",
    ("Security/Scripting", "MacroSecurityLevel"): "3",
    ("Security/Scripting", "DisableMacrosExecution"): "true",
    ("Save/Document", "AutoSave"): "false",
}
REGISTRY = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">{items}</oor:items>
"""
ITEM = """<item oor:path="/org.openoffice.Office.Common/{path}">
<prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>"""


def write_profile(folder: Path) -> None:
    """Make an empty folder a profile. One is for one process: two at once end each other."""
    items = "".join(ITEM.format(path=path, name=name, value=value) for (path, name), value in SETTINGS.items())
    (folder / "user").mkdir()
    (folder / "user" / "registrymodifications.xcu").write_text(REGISTRY.format(items=items), encoding="utf-8")
