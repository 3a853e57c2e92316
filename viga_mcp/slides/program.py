# pyright: basic
"""Run a program that makes or edits a deck, in this process, which is the program's own."""

import io
import linecache
import os
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pptx
import pptx.presentation

from viga_mcp.slides import confine, kit, package
from viga_mcp.slides.explain import FILENAME, explain
from viga_mcp.slides.typos import Typos
from viga_mcp.wire import Message

TINY = 9144  # EMU, 1/100 inch


class _Blank(NamedTuple):
    contents: dict[str, int]
    presentation: Any


_blank: _Blank | None = None


def rehearse() -> None:
    """Read the blank deck, which most programs begin with, so that this process's forks find it read."""
    global _blank
    file, presentation = io.BytesIO(), kit.blank_presentation()
    with Typos():  # finds the classes to watch
        pass
    list(_tiny(presentation))  # as every run does: python-pptx adds a list of slides to what is asked for them
    presentation.save(file)
    _blank = _Blank(_contents(file), pptx.Presentation(file))


def run(request: Message) -> Message:
    """Run `code` on a deck and save what it leaves.

    The program finds the deck as `prs`, files of the workspace under their names, and is free to make or open a
    presentation of its own instead: what it saved last is the deck, whatever the file is called; else `prs` is.

    Args:
        request: `code`; `base`, the `.pptx` to start from, None for a blank 16:9 deck; `save_to`; `folder`, where the
            program works; `workspace` and `roots`, which it may read; `memory_bytes`.

    Returns:
        `{"failed": explanation}` (see `explain.explain`), or `warnings`, texts with the line or None, and `seconds`;
        with both, `confined`, who enforces the limits.
    """
    folder, files = Path(request["folder"]), list(_visible(Path(request["workspace"])))
    os.chdir(folder)
    for entry in files:
        (folder / entry.name).symlink_to(entry)
    base = request["base"]
    prs, has_macros = _opened(Path(base)) if base else (kit.blank_presentation(), False)
    tiny = set(_tiny(prs))
    saves = Saves(folder)
    confined = confine.confine(folder, [*files, *map(Path, request["roots"])], request["memory_bytes"])
    started = time.perf_counter()
    sys.argv = ["program.py"]
    names: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__, "prs": prs}
    with saves, Typos() as typos:
        failure = _execute(request["code"], names)
    seconds = time.perf_counter() - started
    if failure:
        return {"failed": failure, "warnings": typos.warnings, "seconds": seconds, "confined": confined._asdict()}
    try:
        made, warnings = _settle(saves, prs, names, Path(request["save_to"]), has_base=bool(base))
        warnings += typos.warnings
        warnings += [_warning(text) for text in _tiny(made) if text not in tiny]
    except Exception as error:  # whatever a deck that was taken apart makes python-pptx stumble over
        failure = explain(error, "", {})
        failure["hints"] = ["the program came to its end, but the deck that it left can't be saved", *failure["hints"]]
        return {"failed": failure, "warnings": [], "seconds": seconds, "confined": confined._asdict()}
    if has_macros and made is prs:
        warnings.append(_warning("the macros of the deck are left out: a .pptx can't have any"))
    return {"warnings": warnings, "seconds": seconds, "confined": confined._asdict()}


class Saves:
    """Keeps what a program saves inside its folder, and knows what it saved last."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.last: Path | None = None
        self.owner: Any = None
        self.names: list[str] = []
        self._save = pptx.presentation.Presentation.save

    def __enter__(self) -> None:
        saves = self

        def save(presentation: pptx.presentation.Presentation, file: Any) -> None:
            if isinstance(file, str | os.PathLike):
                file = saves.place(presentation, os.fspath(file))
            elif saves.last is None:
                saves.owner = presentation
            saves._save(presentation, file)

        pptx.presentation.Presentation.save = save  # pyright: ignore[reportAttributeAccessIssue]

    def __exit__(self, *_: object) -> None:
        pptx.presentation.Presentation.save = self._save

    def place(self, presentation: object, name: str) -> str:
        """Where a file of this name really goes: never through a link to a file of the user's."""
        path = Path(os.path.normpath(self.folder / name))
        if not path.parent.resolve().is_relative_to(self.folder.resolve()):
            path = self.folder / path.name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink():
            path.unlink()
        self.last, self.owner = path, presentation
        if name not in self.names:
            self.names.append(name)
        return str(path)


def _opened(path: Path) -> tuple[Any, bool]:
    """A deck, and whether it had macros, which are left out."""
    if _blank and _contents(path) == _blank.contents:
        return _blank.presentation, False
    source = package.open_package(path)
    return pptx.Presentation(source.file), source.has_macros


def _contents(file: Path | io.BytesIO) -> dict[str, int]:
    """The parts of a deck that we wrote, with their checksums."""
    with zipfile.ZipFile(file) as archive:
        return {entry.filename: entry.CRC for entry in archive.infolist()}


def _execute(code: str, names: dict[str, Any]) -> Message | None:
    """What stopped the program; None if it came to its end."""
    linecache.cache[FILENAME] = (len(code), None, code.splitlines(keepends=True), FILENAME)
    try:
        exec(compile(code, FILENAME, "exec", dont_inherit=True), names)
    except SystemExit as error:
        if error.code not in (None, 0):
            return explain(error, code, names)
    except BaseException as error:
        return explain(error, code, names)
    return None


def _settle(
    saves: Saves, prs: Any, names: dict[str, Any], save_to: Path, *, has_base: bool
) -> tuple[Any, list[Message]]:
    """Put the deck where the server expects it; the presentation that it is, with warnings about which one that was."""
    made, warnings = saves.owner, []
    if len(saves.names) > 1:
        warnings.append(_warning(f"saved {', '.join(map(repr, saves.names))}: the last is the deck"))
    if made is None:
        own = {id(v): v for v in names.values() if isinstance(v, pptx.presentation.Presentation)}
        others = [value for value in own.values() if value is not prs]
        made = names["prs"] if names.get("prs") in own.values() else prs
        if made is prs and others and not len(prs.slides):
            made = others[-1]
    if saves.last and saves.last.is_file() and not saves.last.is_symlink():
        saves.last.replace(save_to)
    else:  # not saved, or to a stream, or the program took it away
        save_to.unlink(missing_ok=True)
        made.save(str(save_to))
    if made is not prs and has_base and len(prs.slides):
        warnings.append(
            _warning(
                f"the program made a new deck; the one it was given (`prs`, {len(prs.slides)} slides) is not in it. "
                "To edit that one, use `prs` instead of Presentation()."
            )
        )
    return made, warnings


def _tiny(presentation: Any) -> Iterator[str]:
    """Of shapes that nobody can see, because plain numbers were taken for EMU."""
    for number, slide in enumerate(presentation.slides, 1):
        for shape in slide.shapes:
            try:
                width, height = shape.width or 0, shape.height or 0
            except (AttributeError, ValueError):  # no shape, or no number
                continue
            if 0 < max(width, height) < TINY:
                yield (
                    f"{shape.name!r} on slide {number} is {width} x {height} EMU, too small to be seen: lengths are "
                    f"EMU, 914,400 to an inch. Write Inches({width}), Inches({height}), from pptx.util import Inches."
                )


def _warning(message: str) -> Message:
    return {"kind": "deck", "line": None, "message": message}


def _visible(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        yield from (Path(entry.path) for entry in entries if not entry.name.startswith("."))
