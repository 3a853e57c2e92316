"""Task folders: a BlenderGym instance, or a folder with a `task.yaml`; read whole, before anything is started.

`goal.py` is the hidden solution of a BlenderGym instance. Nothing here opens, copies or lists it.
"""

import difflib
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from viga_agent.stage import empty_stage

KINDS = ("edit", "static", "dynamic", "slides")
FROM_NOTHING = ("static", "dynamic")
ASKED = {"slides": "what the slides are to be", "dynamic": "what is to happen"}
BLENDS = ("blender_file.blend", "start.blend")
DECKS = ("template.pptx", "start.pptx")
TARGETS = ("renders/goal/render*.png", "target*.png", "target*.jpg", "target*.jpeg", "target*.webp")
FIRST_FRAME, LAST_FRAME = 1, 72  # of an animation that has no start: three seconds, or to its last target
MOST_FRAME_TARGETS = 8
WIDE_PX = (960, 540)  # where no picture tells the aspect
REPLIES = "replies.jsonl"
FIELDS = ("kind", "text", "cameras")


class TaskError(Exception):
    """The folder is no task; the message is one line and says what is missing."""


@dataclass(frozen=True)
class Task:
    """What is to be done, and where its inputs lie.

    Args:
        base: The `.blend` or `.pptx` that the program runs on; None for an empty scene, a blank deck.
        program: Text of the start program; None if the base itself is the start.
        target: The picture to reach, of the first camera; None for slides and for what moves.
        camera: Name of the target's camera by the layout's convention; the scene may not have it.
        media: Folder that the scene's files may refer to, and whose files a slide program finds under their names.
        replies: What models answered in a recorded run of this task.
        frames: The pictures to reach of what moves, by frame.
    """

    name: str
    folder: Path
    kind: str
    text: str
    base: Path | None
    program: str | None
    target: Path | None
    camera: str
    media: Path | None
    replies: Path | None = None
    frames: Mapping[int, Path] = field(default_factory=dict[int, Path])

    @property
    def base_name(self) -> str | None:
        return self.base.name if self.base else None


def read_task(folder: Path) -> Task:
    """The task in a folder.

    Raises:
        TaskError: If it is none, or lacks what the loop needs.
    """
    if not folder.is_dir():
        raise TaskError(f"There is no task folder {str(folder)!r}.{_near(folder)}")
    fields = _fields(folder / "task.yaml")
    kind = fields.get("kind", "edit")
    if kind not in KINDS:
        raise TaskError(f"{folder / 'task.yaml'}: there is no kind {kind!r}; known: {', '.join(KINDS)}.")
    if kind in ASKED and not fields.get("text"):
        raise TaskError(f"{folder / 'task.yaml'} has no text: it must say {ASKED[kind]}.")
    bases = DECKS if kind == "slides" else BLENDS
    base = next((folder / name for name in bases if (folder / name).is_file()), None)
    program = _text(folder / "start.py") if (folder / "start.py").is_file() else None
    if kind == "edit" and base is None and program is None:
        raise TaskError(
            f"{folder} is no task: it has neither {' nor '.join(BLENDS)} nor start.py. Without a start write "
            f"`kind: {FROM_NOTHING[0]}` into task.yaml."
        )
    target = _target(folder) if kind in {"edit", "static"} else None
    frames = _frames(folder) if kind == "dynamic" else {}
    cameras = [name for name in re.split(r"[\s,\[\]]+", fields.get("cameras", "")) if name]
    camera = cameras[0] if cameras else f"Camera{(target and _number(target)) or 1}"
    if kind in FROM_NOTHING and base is None and program is None:
        size = _size(target or next(iter(frames.values()), None))
        program = empty_stage(size, camera, max(LAST_FRAME, *frames, 0) if kind == "dynamic" else None)
    return Task(
        name=folder.resolve().name,
        folder=folder,
        kind=kind,
        text=fields.get("text", ""),
        base=base,
        program=program,
        target=target,
        camera=camera,
        media=folder / "media" if (folder / "media").is_dir() else None,
        replies=folder / REPLIES if (folder / REPLIES).is_file() else None,
        frames=frames,
    )


def copy_inputs(task: Task, folder: Path) -> Mapping[str, str]:
    """Copy what the work needs into a folder of the workspace.

    Returns:
        File names in `folder`, by "base" and "target".
    """
    folder.mkdir(parents=True, exist_ok=True)
    names: dict[str, str] = {}
    if task.target:
        names["target"] = f"target{task.target.suffix.lower()}"
        shutil.copyfile(task.target, folder / names["target"])
    if task.base:
        names["base"] = task.base.name
        shutil.copyfile(task.base, folder / names["base"])
    if task.media:
        # a scene's files say "media/"; slide programs find what lies beside them
        shutil.copytree(task.media, folder if task.kind == "slides" else folder / "media", dirs_exist_ok=True)
    return names


def parse_fields(text: str, name: str = "task.yaml") -> dict[str, str]:
    """The fields of a `task.yaml`: `key: value`, quoted or not, `|` and `>` blocks, `[a, b]` kept as written.

    Raises:
        TaskError: With the line, for anything else: a part of a task must not be skipped in silence.
    """
    fields: dict[str, str] = {}
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        line, at = lines[at], at + 1
        if not line.strip() or line.lstrip().startswith("#") or line.strip() == "---":
            continue
        found = re.fullmatch(r"(\w+):(?:\s+(.*))?", line)
        if not found or found[1] not in FIELDS or found[1] in fields:
            raise TaskError(
                f"{name} line {at}: can't read {line!r}; each of {', '.join(FIELDS)} once, as `key: value`."
            )
        value = (found[2] or "").strip()
        if value in {"|", ">", "|-", ">-"}:
            end = at
            while end < len(lines) and (not lines[end].strip() or lines[end][0] in " \t"):
                end += 1
            fields[found[1]] = ("\n" if value[0] == "|" else " ").join(part.strip() for part in lines[at:end]).strip()
            at = end
        else:
            quoted = re.fullmatch(r"""(["'])(.*)\1(?:\s+#.*)?""", value)
            if quoted is None and value[:1] in {'"', "'"}:
                raise TaskError(f"{name} line {at}: the quote does not end.")
            fields[found[1]] = quoted[2] if quoted else re.sub(r"(^|\s+)#.*$", "", value)
    return fields


def _target(folder: Path) -> Path:
    targets = next((found for found in (sorted(folder.glob(t), key=_number) for t in TARGETS) if found), None)
    if targets is None:
        raise TaskError(f"{folder} has no target picture: expected {' or '.join(TARGETS[:2])}.")
    _check_picture(targets[0])
    return targets[0]


def _frames(folder: Path) -> dict[int, Path]:
    """`target@12.png` is of frame 12, `target.png` of the first one."""
    frames: dict[int, Path] = {}
    for file in sorted(found for pattern in TARGETS[1:] for found in folder.glob(pattern)):
        named = re.fullmatch(r"target(?:@(\d+))?", file.stem)
        if named is None:
            raise TaskError(f"{file}: of which frame? A picture of frame 12 is target@12{file.suffix}.")
        frame = int(named[1] or FIRST_FRAME)
        if frame in frames:
            raise TaskError(f"{file}: frame {frame} has a picture already, {frames[frame].name}.")
        _check_picture(file)
        frames[frame] = file
    if len(frames) > MOST_FRAME_TARGETS:
        raise TaskError(f"{folder} has {len(frames)} target pictures; {MOST_FRAME_TARGETS} frames can be compared.")
    return dict(sorted(frames.items()))


def _size(picture: Path | None) -> tuple[int, int]:
    if picture is None:
        return WIDE_PX
    with Image.open(picture) as image:
        return image.size


def _fields(file: Path) -> dict[str, str]:
    return parse_fields(_text(file), str(file)) if file.is_file() else {}


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise TaskError(f"{file} is not UTF-8 text ({error.reason} at byte {error.start}).") from error


def _check_picture(file: Path) -> None:
    try:
        with Image.open(file) as image:
            image.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise TaskError(f"{file}: not a picture that can be read ({type(error).__name__}).") from error


def _number(file: Path) -> int:
    """The 12 of `render12.png`; 0 without a number."""
    found = re.search(r"(\d+)$", file.stem)
    return int(found[1]) if found else 0


def _near(folder: Path) -> str:
    if not folder.parent.is_dir():
        return ""
    names = sorted(p.name for p in folder.parent.iterdir() if p.is_dir() and (p / "start.py").is_file())
    near = difflib.get_close_matches(folder.name, names, 3, 0.4) or names[:5]
    return f" Tasks beside it: {', '.join(near)}." if near else ""
