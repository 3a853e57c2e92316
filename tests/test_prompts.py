"""The prompts that the server publishes, for hosts and for `viga-agent`."""

import re
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from mcp import Client

from viga_mcp import prompts
from viga_mcp.config import Config
from viga_mcp.server import build_server

NAMES = sorted(prompts.TITLES)


@pytest.fixture
async def client(tmp_path: Path) -> AsyncGenerator[Client]:
    async with Client(build_server(Config(tmp_path))) as client:
        yield client


async def test_every_file_is_a_prompt_and_every_prompt_a_file(client: Client) -> None:
    published = {prompt.name for prompt in (await client.list_prompts()).prompts}
    files = {f"{path.parent.name}-{path.name.removesuffix('.md.j2')}" for path in prompts.FOLDER.glob("*/*.md.j2")}

    assert published == files == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
async def test_every_tool_that_a_prompt_names_exists(client: Client, name: str) -> None:
    tools = {tool.name: tool.input_schema["properties"] for tool in (await client.list_tools()).tools}
    named = re.findall(r"`([a-z]+(?:_[a-z]+)+)(?:\(([a-z_]+)=)?", prompts.render(name))

    assert named
    for tool, argument in named:
        assert tool in tools
        assert not argument or argument in tools[tool]


@pytest.mark.parametrize("name", NAMES)
async def test_a_prompt_holds_the_task_as_it_was_given(client: Client, name: str) -> None:
    task = "Sales <& costs> {{ 1 }} of 2026"

    (message,) = (await client.get_prompt(name, {"task": task})).messages

    assert message.content.type == "text"
    assert message.content.text.endswith(f"The task:\n\n{task}")
    assert "The task" not in prompts.render(name)
