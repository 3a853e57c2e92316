"""Make the example tasks: one folder per scene in BlenderGym's layout.

    python examples/make_examples.py                     everything, as it is shipped
    python examples/make_examples.py material1           only that one
    python examples/make_examples.py --draft DIR NAME    small denoised pictures in DIR, to judge a composition

Each scene module under `scenes/` builds the shared `.blend` and holds one program with `{{wrong|right}}` where the two
programs differ. Run it with the oldest Blender that the examples shall open in.
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
from pathlib import Path
from types import ModuleType

import bpy
from PIL import Image
from scenes import blendshape, geometry, lighting, material, placement

SCENES: dict[str, ModuleType] = {made.NAME: made for made in (placement, lighting, material, blendshape, geometry)}
HERE = Path(__file__).resolve().parent


def choose(program: str, side: int) -> str:
    """The program with each `{{wrong|right}}` replaced: 1 takes the wrong value, 2 the right one."""
    return re.sub(r"\{\{(.*?)\|(.*?)\}\}", lambda pair: pair[side], program)


def make_example(name: str, folder: Path, *, draft: bool = False) -> None:
    scene = SCENES[name]
    folder.mkdir(parents=True, exist_ok=True)
    blend = folder / "blender_file.blend"
    scene.build()
    save(blend)
    (folder / "task.yaml").write_text(f"kind: edit\ntext: {scene.TEXT}\n", encoding="utf-8")
    for side, state in ((1, "start"), (2, "goal")):
        program = folder / f"{state}.py"
        program.write_text(choose(scene.PROGRAM, side), encoding="utf-8")
        bpy.ops.wm.open_mainfile(filepath=str(blend), load_ui=False)
        exec(compile(program.read_text(encoding="utf-8"), str(program), "exec"), {"__name__": "__main__"})
        render(folder / "renders" / state / "render1.png", draft=draft)


def save(blend: Path) -> None:
    """Save the open scene by way of the temporary folder: a `.blend` remembers where it was saved."""
    for area in (area for screen in bpy.data.screens for area in screen.areas):
        if area.spaces.active.type == "FILE_BROWSER" and area.spaces.active.params:
            area.spaces.active.params.directory = b"/tmp"
    passing = Path(tempfile.gettempdir()) / blend.name
    bpy.ops.wm.save_as_mainfile(filepath=str(passing), compress=True, copy=True)
    shutil.move(passing, blend)


def render(picture: Path, *, draft: bool) -> None:
    scene = bpy.context.scene
    scene.camera = bpy.data.objects["Camera1"]
    if draft:
        scene.render.resolution_percentage = 60
        scene.cycles.samples = 10
        scene.cycles.use_denoising = True
        scene.cycles.denoising_quality = scene.cycles.denoising_prefilter = "FAST"
    scene.render.filepath = str(picture)
    bpy.ops.render.render(write_still=True)
    # Blender writes paths, dates and seconds into the file; the same picture shall be the same bytes.
    with Image.open(picture) as made:
        plain = Image.frombytes(made.mode, made.size, made.tobytes())
    plain.save(picture, optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the example tasks.")
    parser.add_argument("names", nargs="*", help=f"which ones (default: all): {', '.join(SCENES)}")
    parser.add_argument("--draft", type=Path, metavar="DIR", help="quick pictures in DIR instead of the shipped ones")
    options = parser.parse_args()
    for name in options.names or SCENES:
        if name not in SCENES:
            parser.error(f"no scene '{name}'; there are {', '.join(SCENES)}")
        make_example(name, (options.draft or HERE) / name, draft=options.draft is not None)
        print(f"made {name}")


if __name__ == "__main__":
    main()
