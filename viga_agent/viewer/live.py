"""Pages that change: the list of runs, and a run while it goes on. Each is asked again and again for its parts."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from viga_agent.folder import RunFolder
from viga_agent.page import PICTURE_PX, THUMBNAIL_PX, Figure, render, run_parts, title_of
from viga_agent.report import TALLEST
from viga_agent.story import tell
from viga_agent.viewer.library import Library, Row, Tail, find_picture, going


class Page(NamedTuple):
    title: str
    parts: Mapping[str, str]


class ListPage:
    """The runs of a library: those that go on first, then the newest."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._known: dict[str, tuple[object, str]] = {}

    def read(self) -> Page:
        """The page as it is now.

        Raises:
            OSError: If the folder is gone.
        """
        with self._lock:
            found = self._library.rows(time.time())
            found.sort(key=lambda run: run[1].started, reverse=True)
            found.sort(key=lambda run: run[1].status != "running")
            parts = {f"run-{quote(name)}": self._listed(name, row, last_event) for name, row, last_event in found}
        going_on = sum(row.status == "running" for _, row, _ in found)
        return Page("Runs · viga-agent", {"head": render("parts/list", runs=len(found), going_on=going_on), **parts})

    def _listed(self, name: str, row: Row, last_event: float) -> str:
        stamp = row, last_event
        if self._known.get(name, (None,))[0] != stamp:
            folder = RunFolder(self._library.root / name)
            pictures = ServedPictures(name, folder)
            shown = (pictures.figure(folder.picture(one), THUMBNAIL_PX) for one in ("result", "start", "target"))
            picture = next((figure for figure in shown if figure), None)
            html = render(
                "parts/listed",
                name=name,
                address=f"/runs/{quote(name)}/",
                row=row,
                last_event=last_event,
                picture=picture,
            )
            self._known[name] = stamp, html
        return self._known[name][1]


class RunPage:
    """One run.

    Args:
        name: In its library.
        folder: Where it is.
        home: The address of the list of runs, if there is one.
    """

    def __init__(self, name: str, folder: RunFolder, home: str | None = None) -> None:
        self._home = home
        self._folder = folder
        self._pictures = ServedPictures(name, folder)
        self._tail = Tail(folder.events)
        self._lock = threading.Lock()
        self._known: tuple[object, Page] | None = None

    def read(self) -> Page:
        """The page as it is now.

        Raises:
            OSError: If the run is gone.
        """
        with self._lock:
            events = self._folder.events.stat()
            is_quiet = going("unfinished", "", self._folder.events, time.time())
            stamp = events.st_size, events.st_mtime_ns, is_quiet
            if self._known is None or self._known[0] != stamp:
                self._known = stamp, self._page(events.st_mtime)
            return self._known[1]

    def _page(self, last_event: float) -> Page:
        try:
            story = tell(self._tail.read())
        except (ValueError, LookupError, TypeError) as error:
            head = render("parts/unreadable", name=self._pictures.name, error=error, home=self._home)
            return Page(self._pictures.name, {"head": head})
        status, reason = going(story.status, story.reason, self._folder.events, time.time())
        story = replace(story, status=status, reason=reason)
        parts = run_parts(story, self._folder, self._pictures, last_event=last_event, home=self._home)
        return Page(title_of(story), parts)


@dataclass(frozen=True)
class ServedPictures:
    """Pictures by their address at the viewer: see `viga_agent.page.Pictures`."""

    name: str
    folder: RunFolder

    def figure(self, path: Path, most_px: int) -> Figure | None:
        if not path.is_relative_to(self.folder.path):
            return None
        file = path.relative_to(self.folder.path).as_posix()
        seen = find_picture(self.folder, file)
        if seen is None:
            return None
        share = min(1.0, most_px / seen.width, TALLEST * most_px / seen.height)
        small = f"px={most_px}&" if share < 1 else ""
        return Figure(
            f"/runs/{quote(self.name)}/files/{quote(file)}?{small}v={seen.version}",
            round(share * seen.width),
            round(share * seen.height),
        )

    def difference(self, name: str) -> Figure | None:
        picture, target = (find_picture(self.folder, f"{one}.png") for one in (name, "target"))
        if not (picture and target):
            return None
        return Figure(f"/runs/{quote(self.name)}/differences/{name}?v={picture.version}", picture.width, picture.height)

    def seen(self, path: Path) -> Figure | None:
        return self.figure(path, PICTURE_PX)
