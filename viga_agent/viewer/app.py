"""The viewer's web application, on the loopback interface: pages, their changes as server-sent events, pictures."""

import contextlib
import json
import socket
from collections.abc import AsyncGenerator, Callable
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import anyio
import uvicorn
from anyio import to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from viga_agent.folder import RunFolder
from viga_agent.page import PICTURE_PX, THUMBNAIL_PX, render_page
from viga_agent.report import as_webp, heat_map, opened
from viga_agent.viewer.library import Library, Seen, find_picture
from viga_agent.viewer.live import ListPage, Page, RunPage, ServedPictures

HOST = "127.0.0.1"
POLL_S = 0.5
REST = 4.0
"""Times what it took to look: a page of a very long run leaves the machine to the run."""
QUALITY = 85
KEPT_PAGES = 8
_STYLE = {"page.css": "text/css", "page.js": "text/javascript"}
_SAFE = {
    # Nothing but what this server sends runs or is loaded, whatever a run's texts hold, and no other site shows it.
    "Content-Security-Policy": "default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_FRESH = {**_SAFE, "Cache-Control": "no-store"}
_LASTING = {**_SAFE, "Cache-Control": "private, max-age=31536000, immutable"}  # its address names its version


def serve(runs: Path, port: int, announce: Callable[[str], None]) -> None:
    """Show runs until the process is told to stop.

    Args:
        runs: A folder of runs, or a run's.
        port: 0 for a free one.
        announce: Called with the address as soon as it answers.

    Raises:
        OSError: If the port is taken.
    """
    with contextlib.closing(socket.create_server((HOST, port))) as listening:
        server = viewer(runs)
        announce(f"http://{HOST}:{listening.getsockname()[1]}/")
        with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises anew what made it stop
            server.run(sockets=[listening])


def viewer(runs: Path) -> uvicorn.Server:
    """The server; `should_exit` ends it, and the pages that are connected."""
    app = application(Library(runs), lambda: server.should_exit)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    return server


def application(library: Library, is_over: Callable[[], bool]) -> Starlette:
    """Pages of the runs of a library.

    Args:
        library: The runs.
        is_over: Whether streams of changes must end.
    """
    listed = ListPage(library)

    @lru_cache(maxsize=KEPT_PAGES)
    def run_page(name: str) -> RunPage:
        return RunPage(name, _folder(library, name), home=None if library.only else "/")

    def page_of(request: Request) -> RunPage:
        name = request.path_params["name"]
        _folder(library, name)
        return run_page(name)

    def index(request: Request) -> Response:
        if library.only:
            return RedirectResponse(request.url_for("run", name=library.only))
        return _html(listed.read(), "/changes")

    def run(request: Request) -> Response:
        return _html(page_of(request).read(), "changes")

    def list_changes(_: Request) -> Response:
        return _stream(listed.read, is_over)

    def run_changes(request: Request) -> Response:
        return _stream(page_of(request).read, is_over)

    def picture(request: Request) -> Response:
        seen = find_picture(_folder(library, request.path_params["name"]), request.path_params["file"])
        if seen is None:
            raise HTTPException(404)
        if request.query_params.get("px") in {str(THUMBNAIL_PX), str(PICTURE_PX)}:
            small = _small(seen, int(request.query_params["px"]))
            return Response(small, media_type="image/webp", headers=_LASTING)
        return FileResponse(seen.path, media_type=seen.media_type, headers=_LASTING)

    def difference(request: Request) -> Response:
        name = request.path_params["name"]
        folder, which = _folder(library, name), request.path_params["which"]
        is_there = which in {"start", "result"} and ServedPictures(name, folder).difference(which)
        heat = heat_map(folder, which) if is_there else None
        if heat is None:
            raise HTTPException(404)
        return Response(as_webp(heat, PICTURE_PX, QUALITY), media_type="image/webp", headers=_LASTING)

    return Starlette(
        routes=[
            Route("/", index),
            Route("/changes", list_changes),
            *[Route(f"/{name}", _style, name=name) for name in _STYLE],
            Route("/runs/{name}/", run, name="run"),
            Route("/runs/{name}/changes", run_changes),
            Route("/runs/{name}/files/{file:path}", picture),
            Route("/runs/{name}/differences/{which}", difference),
        ],
        # A page elsewhere whose name suddenly means this machine could else read what is shown here.
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"], www_redirect=False)],
    )


def _folder(library: Library, name: str) -> RunFolder:
    folder = library.run(name)
    if folder is None:
        raise HTTPException(404, "There is no such run here.")
    return folder


def _html(page: Page, stream: str) -> Response:
    return HTMLResponse(render_page(page.title, page.parts, stream=stream), headers=_FRESH)


def _style(request: Request) -> Response:
    name = request.url.path.strip("/")
    text = (files("viga_agent") / "templates" / name).read_text(encoding="utf-8")
    return Response(text, media_type=_STYLE[name], headers=_FRESH)


def _stream(read: Callable[[], Page], is_over: Callable[[], bool]) -> Response:
    return StreamingResponse(_changes(read, is_over), media_type="text/event-stream", headers=_FRESH)


async def _changes(read: Callable[[], Page], is_over: Callable[[], bool]) -> AsyncGenerator[str]:
    """Everything at first, for the page may be older; then the parts that changed, until the run is gone."""
    sent: dict[str, str] | None = None
    while not is_over():
        began = anyio.current_time()
        try:
            page = await to_thread.run_sync(read)
        except OSError:
            return
        changed = {name: html for name, html in page.parts.items() if sent is None or sent.get(name) != html}
        if sent is None or changed or [*sent] != [*page.parts]:
            message = {"title": page.title, "order": [*page.parts], "changed": changed}
            yield f"data: {json.dumps(message)}\n\n"
            sent = {**page.parts}
        await anyio.sleep(max(POLL_S, REST * (anyio.current_time() - began)))


@lru_cache(maxsize=256)
def _small(seen: Seen, px: int) -> bytes:
    return as_webp(opened(seen.path), px, QUALITY)
