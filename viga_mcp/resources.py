"""What can be read by address: each revision's program, scene graph and `.blend`, and rendered pictures."""

from pathlib import Path
from typing import Any, cast

from anyio import to_thread
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ResourceNotFoundError

from viga_mcp import programs, roots
from viga_mcp.app import App
from viga_mcp.errors import VigaError
from viga_mcp.kit_reference import kit_reference
from viga_mcp.revisions import Revision


def add_resources(server: MCPServer[App]) -> None:
    """Publish the templates; every one is reachable by a tool too, because hosts differ in what they read."""

    @server.resource("viga://scenes/{scene}/{revision}/program.py", mime_type="text/x-python", title="Program")
    async def program(scene: str, revision: str, ctx: Context) -> str:  # pyright: ignore[reportUnusedFunction]
        """A revision's whole program: runs in plain Blender on the scene's base."""
        at = await _revision(_app(ctx), scene, revision)
        return programs.standalone(await to_thread.run_sync(_app(ctx).store.program, scene, at.id))

    @server.resource(
        "viga://scenes/{scene}/{revision}/scene.blend", mime_type="application/x-blender", title="Blend file"
    )
    async def blend(scene: str, revision: str, ctx: Context) -> bytes:  # pyright: ignore[reportUnusedFunction]
        """A revision's .blend file."""
        at = await _revision(_app(ctx), scene, revision)
        return await to_thread.run_sync(_app(ctx).store.blob(at.state or "").read_bytes)

    @server.resource("viga://scenes/{scene}/{revision}/graph.json", mime_type="application/json", title="Scene graph")
    async def graph(scene: str, revision: str, ctx: Context) -> dict[str, Any]:  # pyright: ignore[reportUnusedFunction]
        """A revision's scene graph, whole."""
        return await _app(ctx).scenes.graph(await _revision(_app(ctx), scene, revision))

    @server.resource("viga://decks/{deck}/{revision}/program.py", mime_type="text/x-python", title="Slide program")
    async def deck_program(deck: str, revision: str, ctx: Context) -> str:  # pyright: ignore[reportUnusedFunction]
        """A revision's whole program: what made the deck from its base, which it finds as `prs`."""
        decks = _app(ctx).decks
        return await decks.program(await _deck_revision(_app(ctx), deck, revision))

    @server.resource(
        "viga://decks/{deck}/{revision}/deck.pptx",
        mime_type="application/vnd.openxmlformats-officedocument.presentationml.presentation",
        title="Deck",
    )
    async def deck_file(deck: str, revision: str, ctx: Context) -> bytes:  # pyright: ignore[reportUnusedFunction]
        """A revision's .pptx file."""
        at = await _deck_revision(_app(ctx), deck, revision)
        return await to_thread.run_sync(_app(ctx).decks.store.blob(at.state or "").read_bytes)

    @server.resource("viga://slides/kit", mime_type="text/markdown", title="Functions for slide programs")
    async def kit() -> str:  # pyright: ignore[reportUnusedFunction]
        """What `from viga_mcp.slides import kit` offers to programs of compile_slides."""
        return await to_thread.run_sync(kit_reference)

    @server.resource("viga://renders/{scene}/{name}", mime_type="image/png", title="Rendered picture")
    async def picture(scene: str, name: str, ctx: Context) -> bytes:  # pyright: ignore[reportUnusedFunction]
        """A picture that render_views made, full size."""
        path = Path("renders") / scene / name
        try:
            return await to_thread.run_sync(roots.existing_file(str(path), _app(ctx).config.workspace).read_bytes)
        except VigaError as error:
            raise ResourceNotFoundError(str(error)) from error


def _app(ctx: Context) -> App:
    # resources must name the bare Context; the lifespan's object is the same one
    return cast("App", ctx.request_context.lifespan_context)


async def _revision(app: App, scene: str, revision: str) -> Revision:
    try:
        return await to_thread.run_sync(app.store.revision, scene, None if revision == "head" else revision)
    except VigaError as error:
        raise ResourceNotFoundError(str(error)) from error


async def _deck_revision(app: App, deck: str, revision: str) -> Revision:
    try:
        return await app.decks.revision(deck, None if revision == "head" else revision)
    except VigaError as error:
        raise ResourceNotFoundError(str(error)) from error
