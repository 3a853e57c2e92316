"""The prompts that the server publishes, for hosts and for `viga-agent`."""

import ast
import json
import re
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from mcp import Client, MCPError
from mcp.types import INVALID_PARAMS

from viga_agent.tasks import KINDS
from viga_mcp import prompts
from viga_mcp.config import Config
from viga_mcp.server import build_server

NAMES = sorted(prompts.TITLES)
EXAMPLES = Path(__file__).parent.parent / "examples"
SNAPSHOT = json.loads((Path(__file__).parent / "tools.json").read_text(encoding="utf-8"))
TOOLS = {tool["name"]: tool["inputSchema"]["properties"] for tool in SNAPSHOT}
READ_ONLY = {tool["name"] for tool in SNAPSHOT if tool["annotations"]["readOnlyHint"]} | {"compare_with_target"}
FORMS = {"submit_review", "submit_choice"}  # of viga-agent: how a role hands in what it thinks
CALL = re.compile(r"`([a-z]+(?:_[a-z]+)+)(?:\((.*?)\))?`", re.DOTALL)
ARGUMENT = re.compile(r"(\w+)=(?:\"([^\"]*)\")?")


@pytest.fixture
async def client(tmp_path: Path) -> AsyncGenerator[Client]:
    async with Client(build_server(Config(tmp_path))) as client:
        yield client


async def test_every_file_is_a_prompt_and_every_prompt_a_file(client: Client) -> None:
    published = {prompt.name for prompt in (await client.list_prompts()).prompts}
    files = [path.relative_to(prompts.FOLDER) for path in prompts.FOLDER.rglob("*.md.j2")]
    roles = {"-".join(path.with_suffix("").with_suffix("").parts) for path in files if not path.name.startswith("_")}

    assert published == roles == set(NAMES)
    assert set(NAMES) == {"judge"} | {f"{kind}-{role}" for kind in KINDS for role in ("generator", "verifier")}


@pytest.mark.parametrize("name", NAMES)
def test_every_tool_and_argument_that_a_prompt_names_exists(name: str) -> None:
    calls = CALL.findall(prompts.render(name))

    assert calls
    for tool, arguments in calls:
        if tool in FORMS:
            assert name == "judge" or name.endswith("verifier")
            continue
        assert tool in TOOLS, f"{tool} is no tool"
        for argument, value in ARGUMENT.findall(arguments):
            schema = TOOLS[tool].get(argument)
            assert schema is not None, f"{tool} has no argument {argument}"
            allowed = schema.get("enum")
            assert not allowed or value in allowed, f"{tool} takes no {argument}={value!r}"


@pytest.mark.parametrize("name", [name for name in NAMES if not name.endswith("generator")])
def test_who_judges_is_told_of_no_tool_that_changes_anything(name: str) -> None:
    named = {tool for tool, _ in CALL.findall(prompts.render(name))} - FORMS

    assert named <= READ_ONLY


@pytest.mark.parametrize("name", NAMES)
def test_a_prompt_is_short_and_its_parts_fit_together(name: str) -> None:
    lines = prompts.render(name, "Do it.").splitlines()

    assert len(lines) <= 60
    assert max(map(len, lines)) <= 140
    assert not [line for line in lines if re.search(r"\S- |{[{%#]|[}%#]}(?!\])", line)]


def test_the_judge_is_told_the_same_of_either_candidate() -> None:
    words = re.findall(r"\b[AB]\b", prompts.render("judge"))
    assert words.count("A") == words.count("B") > 2


def test_no_prompt_holds_what_an_example_hides() -> None:
    told = "\n".join(map(prompts.render, NAMES))
    hidden = {word for folder in EXAMPLES.iterdir() if (folder / "goal.py").is_file() for word in secrets(folder)}

    assert len(hidden) > 30
    assert not {word for word in hidden if re.search(rf"(?<![\w.]){re.escape(word)}(?![\w.])", told)}


@pytest.mark.parametrize("name", NAMES)
async def test_a_prompt_holds_the_task_as_it_was_given(client: Client, name: str) -> None:
    task = "Sales <& costs> {{ 1 }} of 2026"

    (message,) = (await client.get_prompt(name, {"task": task})).messages

    assert message.content.type == "text"
    assert message.content.text.endswith(f"The task:\n\n{task}")
    assert "The task" not in prompts.render(name)


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("statik-generator", {}, "not_found: There is no prompt 'statik-generator'.\nDid you mean 'static-generator'?"),
        ("judge", {"tasks": "x"}, "invalid_argument: judge has no argument 'tasks'.\nDid you mean 'task'?"),
    ],
)
async def test_a_prompt_that_can_not_be_had_is_refused_with_the_names_that_exist(
    client: Client, name: str, arguments: dict[str, str], words: str
) -> None:
    with pytest.raises(MCPError) as refused:
        await client.get_prompt(name, arguments)

    assert refused.value.error.message.startswith(words)
    assert refused.value.error.code == INVALID_PARAMS


def secrets(folder: Path) -> set[str]:
    """Names of things in a goal, as code has them, and numbers of three digits that its start does not have."""
    goal = constants(folder / "goal.py")
    start = constants(folder / "start.py") if (folder / "start.py").is_file() else set[object]()
    names = {f'"{value}"' for value in goal if isinstance(value, str) and re.fullmatch(r"[A-Z][a-z]+", value)}
    numbers = {repr(value) for value in goal - start if isinstance(value, float) and start}
    return names | {number for number in numbers if len(number) > 3}


def constants(program: Path) -> set[object]:
    tree = ast.parse(program.read_text(encoding="utf-8"))
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
