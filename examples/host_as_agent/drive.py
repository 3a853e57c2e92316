"""Play a host whose model does a whole job through the server's prompts and tools alone.

The model's part is the script below: what it called after it had read the prompt and each answer, a mistake included.
Run it with the environment's Python; the pictures that the model saw are left in the folder that it prints.
"""

import base64
import shutil
import sys
import tempfile
from pathlib import Path

import anyio
from mcp import Client, StdioServerParameters
from mcp.types import ImageContent, TextContent

EXAMPLE = Path(__file__).resolve().parents[1] / "lighting1"
START = (EXAMPLE / "start.py").read_text(encoding="utf-8")
TASK = "Light the desk of blender_file.blend as target.png has it: warm lamp, cool window. start.py is the program."

SCRIPT = [
    ("edit-generator", "The wall carries most of the difference, too red. The window is blue now, and stronger.", [
        ("open_scene", {"path": "blender_file.blend"}),
        ("execute_blender_code", {"code": START, "mode": "program", "note": "start"}),
        ("set_target", {"image": "target.png", "view": "camera:Camera1"}),
        ("compare_with_target", {}),
        ("execute_blender_code", {"edits": [{"old": "(0.95, 0.75, 0.6)", "new": "(0.3, 0.6, 1.0)"},
                                            {"old": "window.energy = 190.0", "new": "window.energy = 420.0"}]}),
        ("compare_with_target", {}),
    ]),
    ("edit-verifier", "Score 2, revise. Error, wall: the window's light is far too strong, and the lamp gives none.", [
        ("get_scene_graph", {"names": ["Window", "Desk lamp*"], "detail": "full"}),
    ]),
    ("edit-generator", "From r1 anew: a weak blue window, a strong warm lamp, and a fit for the numbers.", [
        ("checkout_revision", {"revision": "r1"}),
        ("execute_blender_code", {"edits": [{"old": "(0.95, 0.75, 0.6)", "new": "(0.7, 0.8, 1.0)"},
                                            {"old": "window.energy = 190.0", "new": "window.energy = 70.0"},
                                            {"old": "(1.0, 0.85, 0.75)", "new": "(1.0, 0.75, 0.5)"},
                                            {"old": "bulb.energy = 25.0", "new": "bulb.energy = 100.0"}]}),
        ("fit_parameters", {"max_renders": 40, "wait_s": 300}),
        ("compare_with_target", {}),
    ]),
    ("edit-verifier", "Score 9, accept. Note, wall: a little too dark at its upper left.", [
        ("check_scene", {"view": "camera:Camera1"}),
    ]),
]  # fmt: skip


async def main(workspace: Path) -> None:
    for name, source in (("blender_file.blend", "blender_file.blend"), ("target.png", "renders/goal/render1.png")):
        shutil.copyfile(EXAMPLE / source, workspace / name)
    server = StdioServerParameters(command=sys.executable, args=["-m", "viga_mcp", "--workspace", str(workspace)])
    losses: dict[str, float] = {}
    async with Client(server) as viga:
        for prompt, words, calls in SCRIPT:
            instructions = (await viga.get_prompt(prompt, {"task": TASK})).messages[0].content
            print(f"\n# {prompt}, {len(instructions.text.splitlines())} lines of instructions")
            for tool, arguments in calls:
                reply = await viga.call_tool(tool, arguments, read_timeout_seconds=600)
                text = "\n".join(block.text for block in reply.content if isinstance(block, TextContent))
                print(f"{tool}: {' | '.join(text.splitlines()[:2]):.120}")
                if reply.is_error:
                    sys.exit(f"{tool} failed:\n{text}")
                if compared := (reply.meta or {}).get("viga/comparison"):
                    losses[compared["revision"]] = compared["photometric_loss"]
                    for picture in (block for block in reply.content if isinstance(block, ImageContent)):
                        data = base64.b64decode(picture.data)
                        (workspace / f"seen-{compared['revision']}.jpg").write_bytes(data)
            print(f"> {words}")
        best = min(losses, key=losses.__getitem__)
        await viga.call_tool("checkout_revision", {"revision": best})
    print("\nLosses:", ", ".join(f"{revision} {loss:.4f}" for revision, loss in losses.items()))
    print(f"Kept: {best}. Pictures: {workspace}")


if __name__ == "__main__":
    anyio.run(main, Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="viga-host-")))
