# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Materials on faces: what has none, what no face uses, and what light passes through."""

from collections.abc import Iterator

import numpy as np

from viga_mcp.findings import Finding, few


def find_unfinished(depsgraph, shown, name_of) -> Iterator[Finding]:
    """Faces without a material, slots without a face.

    Args:
        shown: Names of the objects that a render shows.
    """
    bare: dict[str, None] = {}
    looked: set[tuple[str, int]] = set()
    for instance in depsgraph.object_instances:
        drawn, owner = instance.object, instance.parent if instance.is_instance else instance.object
        name = name_of(owner)
        if drawn.type != "MESH" or not instance.show_self or name not in shown or not len(drawn.data.polygons):
            continue
        key = name, drawn.data.as_pointer()
        if key in looked:
            continue
        looked.add(key)
        materials = [slot.material for slot in drawn.material_slots]
        if not any(materials):
            kept = [slot.material.name for slot in drawn.original.material_slots if slot.material]
            if kept:
                text = f"{name!r} has {few(kept)} in its slots, but its modifiers make faces without a material."
                yield Finding("no_material", [name], text, "objects", 1, "objects")
            else:
                bare[name] = None
            continue
        indices = np.empty(len(drawn.data.polygons), np.int32)
        drawn.data.polygons.foreach_get("material_index", indices)
        counts = np.bincount(np.maximum(indices, 0), minlength=len(materials))
        if missing := int(counts[len(materials) :].sum()):
            text = f"{missing} of {len(indices)} faces of {name!r} ask for a slot above its {len(materials)}: "
            text += "they get the last one."
            yield Finding("missing_slot", [name], text, "faces", missing, "faces")
        if empty := sum(int(count) for count, material in zip(counts, materials, strict=False) if material is None):
            text = f"{empty} of {len(indices)} faces of {name!r} use a slot that holds no material."
            yield Finding("empty_slot", [name], text, "faces", empty, "faces")
        unused = [m.name for count, m in zip(counts, materials, strict=False) if m is not None and not count]
        if unused and not instance.is_instance and not len(drawn.original.particle_systems):
            what = "a material that no face uses" if len(unused) == 1 else "materials that no face uses"
            yield Finding("unused_slot", [name], f"{name!r} has {what}: {few(unused)}.", "slots", len(unused), "slots")
    if bare:
        names = list(bare)
        has = "has" if len(names) == 1 else "have"
        yield Finding("no_material", names, f"{few(names)} {has} no material.", "objects", len(names), "objects")


def is_see_through(obj) -> bool:
    """Whether light passes through each of its materials, or its material shines itself as a bulb does."""
    materials = [slot.material for slot in obj.material_slots if slot.material]
    return bool(materials) and all(any(map(_transmits, m.node_tree.nodes)) for m in materials if m.node_tree)


def _transmits(node) -> bool:
    if node.type in {"BSDF_GLASS", "BSDF_TRANSPARENT", "BSDF_REFRACTION", "BSDF_TRANSLUCENT", "EMISSION", "HOLDOUT"}:
        return True
    return node.type == "BSDF_PRINCIPLED" and (
        _is_on(node, "Transmission Weight", 0.0)
        or _is_on(node, "Alpha", 1.0)
        or (_is_on(node, "Emission Strength", 0.0) and max(node.inputs["Emission Color"].default_value[:3]) > 0)
    )


def _is_on(node, socket: str, off: float) -> bool:
    found = node.inputs.get(socket)
    return found is not None and (found.is_linked or abs(found.default_value - off) > 1e-3)
