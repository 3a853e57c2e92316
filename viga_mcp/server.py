"""The MCP server: the tools of every family on one `MCPServer`, errors and unknown arguments turned into answers."""

import contextlib
import inspect
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import anyio
from anyio import to_thread
from mcp import MCPError
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.types import INVALID_PARAMS, CallToolResult, GetPromptResult, InputRequiredResult, ToolAnnotations
from pydantic import ValidationError

from viga_mcp import replies
from viga_mcp.api_reference import ApiReference
from viga_mcp.app import App
from viga_mcp.assets import Assets
from viga_mcp.bakes import Baker
from viga_mcp.clip import BadWeights, Clip, encoder_layout
from viga_mcp.config import Config
from viga_mcp.decks import Decks
from viga_mcp.errors import VigaError, names_that_exist
from viga_mcp.fits import Fitter
from viga_mcp.inspection import Inspector
from viga_mcp.jobs import Jobs
from viga_mcp.memory import Memory
from viga_mcp.prompts import prompts
from viga_mcp.resources import add_resources
from viga_mcp.revisions import Store
from viga_mcp.scenes import Scenes
from viga_mcp.shelf import Shelf
from viga_mcp.tools import FAMILIES, Tool
from viga_mcp.workers import Workers

logger = logging.getLogger(__name__)

INSTRUCTIONS = """\
Blender, headless, for rebuilding and editing scenes as code. Work in small steps: execute_blender_code -> look
(render_views, or views=["camera"] in the same call) -> compare_with_target -> correct with edits=[{old, new}].
State is a tree of revisions under a scene handle (default "main"): a failed program changes nothing, and
checkout_revision goes back to any revision. With a reference picture call set_target first; when the structure is
right and only numbers are off, let fit_parameters find them instead of guessing. check_scene tells what pictures
hide (floating, in each other, out of view); lookup_blender_api knows this Blender's names. Units are metres and radians
in Blender's API, degrees where a parameter's name says _deg; z is up, the front is seen from -y.
Slides: compile_slides runs python-pptx programs on decks of the same kind (revisions, edits, nothing lost), shows what
changed and what the checks measured on it; get_slide_graph has every box, font and colour as numbers.
Before a long task read memory_read; note what you learn with memory_write."""


class Server(MCPServer[App]):
    """An `MCPServer` that refuses what it does not know and says what it does."""

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[App, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        known = {tool.name: tool for tool in await self.list_tools()}
        try:
            _check_call("tool", name, known, arguments, lambda: known[name].input_schema.get("properties", {}))
            return await super().call_tool(name, arguments, context)
        except VigaError as error:
            return replies.refusal(error)
        except UnexpectedToolError as error:
            if isinstance(error.__cause__, VigaError):
                return replies.refusal(error.__cause__)
            logger.exception("tool %s failed", name)
            fault = VigaError(
                "unavailable",
                f"{name} failed: a fault of the server's own ({type(error.__cause__).__name__}: {error.__cause__}).",
                then="The scenes are as they were. The server's log has the details.",
            )
            return replies.refusal(fault)
        except ToolError as error:
            if isinstance(error.__cause__, ValidationError):
                return replies.refusal(_invalid(name, error.__cause__))
            raise

    async def get_prompt(
        self, name: str, arguments: dict[str, Any] | None = None, context: Context[App, Any] | None = None
    ) -> GetPromptResult | InputRequiredResult:
        known = {prompt.name: prompt for prompt in await self.list_prompts()}
        try:
            _check_call("prompt", name, known, arguments or {}, lambda: [a.name for a in known[name].arguments or ()])
        except VigaError as error:
            raise MCPError(INVALID_PARAMS, str(error)) from error
        return await super().get_prompt(name, arguments, context)


def _check_call(
    what: str, name: str, known: Iterable[str], arguments: Iterable[str], parameters: Callable[[], Iterable[str]]
) -> None:
    """Raises VigaError for a tool or prompt that is not there, and for arguments that it has not."""
    if name not in known:
        told = names_that_exist(name, known, f"{what.title()}s", limit=99)
        raise VigaError("not_found", f"There is no {what} {name!r}.", then=told)
    taken = list(parameters())
    if unknown := [argument for argument in arguments if argument not in taken]:
        raise VigaError(
            "invalid_argument",
            f"{name} has no argument {', '.join(map(repr, unknown))}.",
            then=names_that_exist(unknown[0], taken, "Arguments", limit=99),
        )


def build_server(config: Config) -> Server:
    """A server on a workspace; nothing is started and no file touched before the first client connects."""

    @contextlib.asynccontextmanager
    async def lifespan(_: MCPServer[App]) -> AsyncGenerator[App]:
        with (
            Store.open(config.workspace) as store,
            Store.open(config.workspace, "deck") as deck_store,
            Memory.open(config.workspace) as memory,
        ):
            async with (
                Workers(config) as workers,
                Decks(deck_store, config) as decks,
                anyio.create_task_group() as tasks,
            ):
                scenes, jobs = Scenes(store, workers), Jobs(store, tasks)
                jobs.register("fit_parameters", Fitter(scenes).fit)
                jobs.register("bake_physics", Baker(scenes).bake)
                tasks.start_soon(_warm_up, workers)
                for collect in (store.collect, deck_store.collect, decks.pictures.collect):
                    tasks.start_soon(to_thread.run_sync, collect)
                tasks.start_soon(to_thread.run_sync, _warn_of_weights, config.clip_weights)
                shelf = Shelf(workers, config.workspace / ".viga" / "thumbnails")
                assets = Assets(config.workspace, config.assets, config.asset_sources, shelf.contents)
                reference = ApiReference(workers, config.workspace / ".viga" / "cache")
                clip = Clip(config.clip_weights)
                yield App(
                    config, store, memory, workers, scenes, jobs, assets, shelf, reference, clip, decks, Inspector()
                )
                tasks.cancel_scope.cancel()

    server = Server("viga-mcp", title="VIGA-MCP", version="0.1.0", instructions=INSTRUCTIONS, lifespan=lifespan)
    for family in FAMILIES:
        for tool in family.TOOLS:
            _add(server, tool)
    add_resources(server)
    for prompt in prompts():
        server.add_prompt(prompt)
    return server


def _add(server: Server, tool: Tool) -> None:
    run: Callable[..., Awaitable[Any]] = tool.run
    server.add_tool(
        run,
        title=tool.title,
        description=inspect.getdoc(run),
        annotations=ToolAnnotations(
            title=tool.title,
            read_only_hint=tool.reads_only,
            destructive_hint=tool.destroys,
            idempotent_hint=tool.is_idempotent,
            open_world_hint=tool.reaches_out,
        ),
        meta={"anthropic/alwaysLoad": True} if tool.is_central else None,
        structured_output=None if tool.is_structured else False,
    )


async def _warm_up(workers: Workers) -> None:
    """Import bpy while the host is still reading the tool list."""
    try:
        await workers.version()
    except VigaError as error:
        logger.warning("%s", error)


def _warn_of_weights(path: Path | None) -> None:
    """The server does all else without them, and a host that saw it end would not say why."""
    try:
        if path:
            encoder_layout(path)
    except BadWeights as error:
        logger.warning("no CLIP similarity: %s", error)


def _invalid(name: str, error: ValidationError) -> VigaError:
    problems = [
        f"{'.'.join(map(str, e['loc'])) or 'arguments'}: {e['msg']} (got {e['input']!r:.80})" for e in error.errors()
    ]
    return VigaError("invalid_argument", f"{name} can't take these arguments.", where="\n".join(problems[:6]))
