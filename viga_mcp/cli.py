"""`viga-mcp`: serve, or look at what works here, print a host's entry, call a tool once."""

import argparse
import json
import logging
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, get_args

from viga_mcp.config import Config, SlideRenderer

HOSTS = ("claude-desktop", "claude-code", "vscode", "cursor", "codex", "gemini")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    options = parser().parse_args(arguments)
    logging.basicConfig(level=options.log, stream=sys.stderr, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    command = options.command or "serve"
    if command == "config":
        print(host_entry(options.host, options.workspace, options.clip_weights))
        return 0
    config = _config(options)
    if command == "doctor":
        from viga_mcp import doctor

        return doctor.main(config)
    if command == "call":
        return _call(config, options.tool, options.arguments)
    return _serve(config, options.http)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="viga-mcp", description="Graphics tools for any agent, over MCP.")
    _add_options(top)
    top.set_defaults(
        workspace=os.environ.get("VIGA_WORKSPACE", "viga-workspace"),
        root=[],
        assets=[],
        asset_source=[],
        blender=os.environ.get("VIGA_BLENDER"),
        backend="auto",
        device=os.environ.get("VIGA_DEVICE", "auto"),
        memory_gb=8.0,
        clip_weights=os.environ.get("VIGA_CLIP_WEIGHTS"),
        slide_renderer="auto",
        log=os.environ.get("VIGA_LOG", "WARNING"),
        http=None,
    )
    top.add_argument("--http", metavar="HOST:PORT", help="serve over HTTP on a loopback address instead of stdio")
    commands = top.add_subparsers(dest="command", metavar="command")
    serve = _command(commands, "serve", "serve over stdio, or over HTTP (the default command)")
    serve.add_argument("--http", metavar="HOST:PORT", default=argparse.SUPPRESS)
    _command(commands, "doctor", "say what works here and what is missing")
    _command(commands, "config", "print the entry for a host").add_argument("host", choices=HOSTS)
    call = _command(commands, "call", "call one tool and print what it says")
    call.add_argument("tool")
    call.add_argument("arguments", nargs="?", default="{}", help="JSON object")
    return top


def _command(commands: Any, name: str, text: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=text)
    _add_options(command)
    return command


def _add_options(parser: argparse.ArgumentParser) -> None:
    """The options that every command takes, before or after its name: suppressed, so that neither hides the other."""
    add = partial(parser.add_argument, default=argparse.SUPPRESS)
    add("--workspace", metavar="DIR", help="folder with everything durable (or VIGA_WORKSPACE)")
    add("--root", action="append", metavar="DIR", help="another folder that may be read")
    add("--assets", action="append", metavar="DIR", help="a folder of models for find_assets, beside WORKSPACE/assets")
    add("--asset-source", action="append", metavar="MODULE:CALLABLE", help="a source of assets of your own")
    add("--blender", metavar="PATH", help="an installed Blender instead of the bpy wheel (or VIGA_BLENDER)")
    add("--backend", choices=["auto", "fork", "spawn"], help="how worker processes are made")
    add("--device", help="auto, CPU, or OPTIX CUDA HIP METAL ONEAPI (or VIGA_DEVICE)")
    add("--memory-gb", type=float, help="most address space of a program (8)")
    add("--clip-weights", metavar="PATH", help="CLIP's official model.safetensors (or VIGA_CLIP_WEIGHTS)")
    add("--slide-renderer", choices=get_args(SlideRenderer), help="who draws slides: the first that works (auto)")
    add("--log", help="log level on stderr, WARNING by default (or VIGA_LOG)")


def host_entry(host: str, workspace: str, clip_weights: str | None = None) -> str:
    """The text to put into a host's configuration."""
    command = str(Path(sys.executable).with_name("viga-mcp"))
    arguments = ["--workspace", str(Path(workspace).expanduser().resolve())]
    if clip_weights:
        arguments += ["--clip-weights", str(Path(clip_weights).expanduser().resolve())]
    entry: dict[str, Any] = {"command": command, "args": arguments}
    if host == "vscode":
        return json.dumps({"servers": {"viga": {"type": "stdio", **entry}}}, indent=2)
    if host == "claude-code":
        return " ".join(["claude mcp add viga --", command, *arguments])
    if host == "codex":
        return (
            f"[mcp_servers.viga]\ncommand = {json.dumps(command)}\nargs = {json.dumps(entry['args'])}\n"
            "startup_timeout_sec = 60\ntool_timeout_sec = 600"
        )
    if host == "gemini":
        entry["timeout"] = 600_000
    return json.dumps({"mcpServers": {"viga": entry}}, indent=2)


def _config(options: argparse.Namespace) -> Config:
    workspace = Path(options.workspace).expanduser().resolve()
    if options.command != "doctor":
        workspace.mkdir(parents=True, exist_ok=True)
    return Config(
        workspace=workspace,
        roots=tuple(Path(root).expanduser().resolve() for root in options.root),
        assets=tuple(Path(folder).expanduser().resolve() for folder in options.assets),
        asset_sources=tuple(options.asset_source),
        blender=Path(options.blender).expanduser() if options.blender else None,
        backend=options.backend,
        device=options.device,
        memory_bytes=int(options.memory_gb * (1 << 30)),
        clip_weights=Path(options.clip_weights).expanduser().resolve() if options.clip_weights else None,
        slide_renderer=options.slide_renderer,
    )


def _serve(config: Config, http: str | None) -> int:
    from viga_mcp.server import build_server

    server = build_server(config)
    if http is None:
        server.run("stdio")
        return 0
    host, _, port = http.rpartition(":")
    if host not in {"127.0.0.1", "localhost", "[::1]"}:
        # programs run with this user's rights, and there is no login
        print(f"viga-mcp: --http takes a loopback address such as 127.0.0.1:8765, not {http!r}", file=sys.stderr)
        return 2
    server.run("streamable-http", host=host.strip("[]"), port=int(port))
    return 0


def _call(config: Config, tool: str, arguments: str) -> int:
    import anyio
    from mcp import Client
    from mcp.types import TextContent

    from viga_mcp.server import build_server

    async def call() -> int:
        async with Client(build_server(config)) as client:
            result = await client.call_tool(tool, json.loads(arguments))
            for block in result.content:
                print(block.text if isinstance(block, TextContent) else f"[{block.type}]")
            return 1 if result.is_error else 0

    return anyio.run(call)
