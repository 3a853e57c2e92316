# pyright: basic
"""What moves on a slide: the effects in its timeline, and how the slide comes."""

from typing import Any

from viga_mcp.slides.graph.tags import Element, P, drawn, local

COMING = {
    1: "appear", 2: "fly", 3: "blinds", 4: "box", 5: "checkerboard", 6: "circle", 7: "crawl", 8: "diamond",
    9: "dissolve", 10: "fade", 11: "flash", 12: "peek", 13: "plus", 14: "random bars", 15: "spiral", 16: "split",
    17: "stretch", 18: "strips", 19: "swivel", 20: "wedge", 21: "wheel", 22: "wipe", 23: "zoom", 26: "bounce",
}  # fmt: skip
EFFECTS = {
    "entr": COMING,
    "exit": COMING,
    "emph": {1: "fill color", 3: "font color", 6: "grow", 8: "spin", 9: "transparency"},
}


def read_timing(root: Element) -> dict[str, Any]:
    """`animations` in the order of the timeline and `transition`, of a slide's root."""
    entry: dict[str, Any] = {"animations": [], "transition": None}
    for child in drawn(root):
        if child.tag == P + "timing":
            entry["animations"] += [_effect(node) for node in child.iter(P + "cTn") if node.get("presetClass")]
        elif child.tag == P + "transition":
            entry["transition"] = next(
                (name for kind in drawn(child) if (name := local(kind)) not in {"sndAc", "extLst"}), None
            )
    return entry


def _effect(node: Element) -> dict[str, Any]:
    target = next(node.iter(P + "spTgt"), None)
    identity = "" if target is None else target.get("spid", "")
    return {"shape": int(identity) if identity.isdecimal() else None, "effect": _effect_name(node)}


def _effect_name(node: Element) -> str:
    kind, number = node.get("presetClass"), node.get("presetID", "")
    name = EFFECTS.get(kind, {}).get(int(number) if number.isdecimal() else 0)
    if name is None:
        filters = (effect.get("filter") for effect in node.iter(P + "animEffect"))
        name = next((found.partition("(")[0] for found in filters if found), f"preset {number}" if number else "")
    return f"{kind} {name}".strip()
