# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""File formats: how each is read into the current scene, and how the current scene is written to it.

A format goes by its file suffix without the dot. Meshes are written as the viewport evaluates them, which is what the
scene graph measures; texts and curves as meshes; animation only where there is any.
"""

from collections.abc import Callable
from pathlib import Path

import bpy

from viga_mcp.blender import processes
from viga_mcp.blender.state import OUTPUTS

FILMS = {"SEQUENCE", "MOVIE"}
"""Sources of images that are many, which Blender can't pack."""

Reader = Callable[[str], object]
Writer = Callable[[str, bool], object]


def read_scene_file(path: str, kind: str) -> str | None:
    """Read a file into the current scene, or for `.blend` open it; returns why it can't be read, or None.

    Scripts in a `.blend` never run.
    """
    try:
        result = READERS[kind](path)
    except RuntimeError as error:  # operators report their errors so
        return _reason(error)
    except Exception as error:  # importers in Python raise whatever a broken file makes them raise
        return f"the importer stopped with {type(error).__name__}: {error}"
    return None if result == {"FINISHED"} else "the importer gave up without saying why"


def write_scene_file(path: str, kind: str, *, is_animated: bool) -> str | None:
    """Write the current scene; returns why it can't be written, or None."""
    try:
        with processes.quiet():
            if kind != "blend":
                _make_meshes()
            WRITERS[kind](path, is_animated)
    except RuntimeError as error:
        return _reason(error)
    except Exception as error:  # exporters in Python, as above
        return f"the exporter stopped with {type(error).__name__}: {error}"
    return None if Path(path).is_file() else "the exporter wrote no file"


def _reason(error: RuntimeError) -> str:
    """The last line of an operator's report: above it may stand a traceback, below it where that was raised."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip() and not line.startswith("Location:")]
    return (lines[-1] if lines else "no reason given").removeprefix("Error: ")


def _read_blend(path: str) -> object:
    return bpy.ops.wm.open_mainfile(filepath=path, load_ui=False, use_scripts=False)


def _read_gltf(path: str) -> object:
    return bpy.ops.import_scene.gltf(filepath=path)


def _read_usd(path: str) -> object:
    # textures that are files stay where they are, so that a missing one is known by its name
    textures = "IMPORT_PACK" if path.lower().endswith("z") else "IMPORT_NONE"
    return bpy.ops.wm.usd_import(
        filepath=path, set_frame_range=False, create_world_material=False, import_textures_mode=textures
    )


def _read_alembic(path: str) -> object:
    return bpy.ops.wm.alembic_import(filepath=path, as_background_job=False, set_frame_range=False)


READERS: dict[str, Reader] = {
    "blend": _read_blend,
    "glb": _read_gltf,
    "gltf": _read_gltf,
    "obj": lambda path: bpy.ops.wm.obj_import(filepath=path),
    "fbx": lambda path: bpy.ops.wm.fbx_import(filepath=path),
    **dict.fromkeys(("usd", "usda", "usdc", "usdz"), _read_usd),
    "stl": lambda path: bpy.ops.wm.stl_import(filepath=path),
    "ply": lambda path: bpy.ops.wm.ply_import(filepath=path),
    "abc": _read_alembic,
    "svg": lambda path: bpy.ops.import_curve.svg(filepath=path),
    "bvh": lambda path: bpy.ops.import_anim.bvh(filepath=path),
}


def _make_meshes() -> None:
    """Turn texts, curves and metaballs into meshes: most formats know no others, and some would leave them out."""
    drawn = {"CURVE", "SURFACE", "FONT", "META"}
    if found := [obj for obj in bpy.context.view_layer.objects if obj.type in drawn]:
        for obj in bpy.context.view_layer.objects:
            obj.select_set(obj in found)
        bpy.context.view_layer.objects.active = found[0]
        bpy.ops.object.convert(target="MESH")


def _write_blend(path: str, is_animated: bool) -> None:
    del is_animated
    pack_images()
    bpy.context.preferences.filepaths.save_version = 0
    bpy.ops.wm.save_as_mainfile(filepath=path, copy=True, compress=True, relative_remap=False)


def _write_gltf(path: str, is_animated: bool, kind: str) -> None:
    bpy.ops.export_scene.gltf(
        filepath=path,
        export_format=kind,
        export_texture_dir="" if kind == "GLB" else f"{Path(path).stem}_textures",
        export_apply=not _has_shape_keys(),  # applied modifiers leave no shape keys
        export_gn_mesh=any(m.type == "NODES" for o in bpy.context.scene.objects for m in o.modifiers),
        export_cameras=True,
        export_lights=True,
        export_animations=is_animated,
    )


def _write_obj(path: str, is_animated: bool) -> None:
    del is_animated
    _unpack_images(Path(path).parent / f"{Path(path).stem}_textures")
    bpy.ops.wm.obj_export(filepath=path, export_pbr_extensions=True, path_mode="RELATIVE")


def _write_fbx(path: str, is_animated: bool) -> None:
    bpy.ops.export_scene.fbx(
        filepath=path, path_mode="COPY", embed_textures=True, use_mesh_modifiers_render=False, bake_anim=is_animated
    )


def _write_usd(path: str, is_animated: bool) -> None:
    _name_data()
    bpy.ops.wm.usd_export(
        filepath=path,
        export_animation=is_animated,
        evaluation_mode="VIEWPORT",
        export_subdivision="TESSELLATE",
        merge_parent_xform=False,  # merged, what is animated reads back as an empty, and parents are lost
        convert_world_material=False,
    )


def _name_data() -> None:
    """Name data after their objects: these are two prims in USD, and readers that join them take the data's name."""
    owners = [obj for obj in bpy.context.scene.objects if obj.data is not None and obj.library is None]
    for obj in owners:
        if obj.data.users > 1 or obj.data.library is not None:
            obj.data = obj.data.copy()
        obj.data.name = f"viga.{obj.name}"  # first out of each other's way
    for obj in owners:
        obj.data.name = obj.name


def _write_alembic(path: str, is_animated: bool) -> None:
    scene = bpy.context.scene
    frames = (scene.frame_start, scene.frame_end) if is_animated else (scene.frame_current, scene.frame_current)
    bpy.ops.wm.alembic_export(
        filepath=path,
        start=frames[0],
        end=frames[1],
        init_scene_frame_range=False,
        evaluation_mode="VIEWPORT",
        apply_subdiv=True,
        as_background_job=False,
    )


WRITERS: dict[str, Writer] = {
    "blend": _write_blend,
    "glb": lambda path, is_animated: _write_gltf(path, is_animated, "GLB"),
    "gltf": lambda path, is_animated: _write_gltf(path, is_animated, "GLTF_SEPARATE"),
    "obj": _write_obj,
    "fbx": _write_fbx,
    **dict.fromkeys(("usd", "usda", "usdc", "usdz"), _write_usd),
    "stl": lambda path, _: bpy.ops.wm.stl_export(filepath=path),
    "ply": lambda path, _: bpy.ops.wm.ply_export(filepath=path),
    "abc": _write_alembic,
}


def pack_images() -> list[str]:
    """Take the pictures that are used into the file; returns the paths of those that could not be."""
    left: list[str] = []
    for image in _file_images():
        if not image.packed_file and image.source not in FILMS:
            path = Path(bpy.path.abspath(image.filepath, library=image.library))
            try:
                image.pack()
            except RuntimeError:
                left.append(str(path))
    return left


def _unpack_images(folder: Path) -> None:
    """Put packed pictures beside the file to write: some exporters only know pictures that are files."""
    for number, image in enumerate(_file_images()):
        if image.packed_file:
            folder.mkdir(exist_ok=True)
            suffix = {"JPEG": ".jpg"}.get(image.file_format, ".png")
            path = folder / f"{number}-{bpy.path.clean_name(Path(image.name).stem)}{suffix}"
            image.filepath_raw = str(path)
            image.save()
            image.unpack(method="REMOVE")


def _file_images() -> list:
    return [image for image in bpy.data.images if image.type not in OUTPUTS and image.users]


def _has_shape_keys() -> bool:
    return any(getattr(o.data, "shape_keys", None) for o in bpy.context.scene.objects)
