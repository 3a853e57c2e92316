"""What the server must know about a tool beside its function."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from pydantic import Field


@dataclass(frozen=True)
class Tool:
    """A tool and its honest annotations.

    Args:
        reads_only: It changes nothing that a later call could see.
        destroys: What it changes may be lost; with revisions little ever is.
        reaches_out: It may touch the world beyond the workspace; programs may, until they are confined.
        is_idempotent: A second equal call changes nothing more.
        is_central: Hosts that load tools late should have this one at once.
        is_structured: It returns a model; false for tools with pictures.
    """

    run: Callable[..., Awaitable[Any]]
    title: str
    reads_only: bool = False
    destroys: bool = False
    reaches_out: bool = False
    is_idempotent: bool = False
    is_central: bool = False
    is_structured: bool = True


class Family(Protocol):
    """A module of `viga_mcp.tools`."""

    @property
    def TOOLS(self) -> Sequence[Tool]: ...


MAX_FRAME = 1_048_574  # Blender has no later one

SceneHandle = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$",
        description="Handle of the scene: letters, digits, _ and -. Its first program, asset or target makes it.",
    ),
]
DeckHandle = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$",
        description="Handle of the deck: letters, digits, _ and -. Its first program or template makes it.",
    ),
]
DeckRevisionId = Annotated[str | None, Field(description="A revision such as 'r3'; null means the deck's head.")]
RevisionId = Annotated[str | None, Field(description="A revision such as 'r3'; null means the scene's head.")]
ViewSpec = Annotated[
    str | dict[str, Any],
    Field(
        description="'camera', 'camera:NAME', 'front' 'back' 'left' 'right' 'top' 'bottom', "
        "'orbit:AZIMUTH,ELEVATION' in degrees around what matters, 'corners' (four pictures), 'focus:OBJECT', or "
        "{location: [x,y,z], look_at: [x,y,z], fov_deg: 50}."
    ),
]
