"""Prompts as the server publishes them: what a model must know to play a role of the agent, in any host.

They are Markdown with Jinja in `prompts/`, one folder a domain and one file a role; the judge is of every domain. What
begins with an underscore is a part of others.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from mcp.server.mcpserver.prompts import Prompt
from pydantic import Field

_PACKAGE = Path(__file__).parent
# beside the packages in a checkout, within this one in a wheel
FOLDER = next((path for path in (_PACKAGE / "_prompts", _PACKAGE.parent / "prompts") if path.is_dir()), _PACKAGE)
TITLES = {
    "edit-generator": (
        "Edit a scene",
        "How to edit a scene until it looks like a picture: measure, change, fit, look.",
    ),
    "edit-verifier": ("Review an edited scene", "How to judge a scene against its picture, without changing it."),
    "static-generator": ("Rebuild a picture", "How to rebuild a picture as a scene, from camera and layout to detail."),
    "static-verifier": (
        "Review a rebuilt scene",
        "How to judge a rebuilt scene against its picture, without changing it.",
    ),
    "dynamic-generator": ("Make a scene move", "How to animate a scene as a task tells it, from layout to contacts."),
    "dynamic-verifier": (
        "Review a moving scene",
        "How to judge an animation by frames and numbers, without changing it.",
    ),
    "slides-generator": ("Make slides", "How to make a deck by programs: run, look, read the checks, correct."),
    "slides-verifier": ("Review slides", "How to review a deck by its pictures and checks, without changing it."),
    "judge": ("Compare two candidates", "How to tell which of two results is nearer to what is wanted."),
}


def prompts() -> list[Prompt]:
    """All of them, named `<domain>-<role>`, and `judge`."""
    return [
        Prompt.from_function(_renderer(name), name=name, title=title, description=description)
        for name, (title, description) in TITLES.items()
    ]


def render(name: str, task: str = "") -> str:
    """The text of a prompt. Raises KeyError for one that is not there."""
    if name not in TITLES:
        raise KeyError(name)
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=False,  # Markdown for a model, not HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,  # else a part would end in the middle of a line
    )
    return environment.get_template(f"{name.replace('-', '/', 1)}.md.j2").render(task=task).strip()


def _renderer(name: str) -> Callable[[str], str]:
    def rendered(task: Annotated[str, Field(description="What is to be done, in words")] = "") -> str:
        return render(name, task)

    return rendered
