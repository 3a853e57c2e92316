# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Read values by data path."""

import bpy

from viga_mcp.wire import Message


def read(request: Message) -> Message:
    """The present values behind data paths.

    Args:
        request: `paths` below `bpy.data`, such as `objects["Lamp"].data.energy`; "camera" stands for place, turn and
            lens of the camera named in `camera`.

    Returns:
        `{"values": {path: number, bool, text or list}}` or `{"refused": why}`.
    """
    values = {}
    for path in request["paths"]:
        if path == "camera":
            if not request.get("camera"):
                return {"refused": "The scene has no active camera to fit."}
            name = bpy.utils.escape_identifier(request["camera"])
            camera = f'objects["{name}"]'
            lens = "ortho_scale" if bpy.data.objects[request["camera"]].data.type == "ORTHO" else "lens"
            paths = [f"{camera}.location", f"{camera}.rotation_euler", f"{camera}.data.{lens}"]
        else:
            paths = [path]
        for one in paths:
            try:
                value = bpy.data.path_resolve(one)
            except ValueError:
                return {"refused": f"There is no data path {one!r} in this scene."}
            if not isinstance(value, bool | int | float | str):
                try:
                    value = [float(part) for part in value]
                except TypeError:
                    return {"refused": f"{one!r} is not a number but {type(value).__name__}."}
            values[one] = value
    return {"values": values}
