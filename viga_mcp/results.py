"""What the tools without pictures return, typed; each has the same facts in its text."""

from typing import Any, Literal

from pydantic import BaseModel, Field


class RevisionRow(BaseModel):
    """One accepted run."""

    revision: str
    parent: str | None
    mode: str
    note: str | None
    changes: list[str] = Field(description="The most important lines of the scene diff to the parent")
    metrics: dict[str, dict[str, float]] = Field(description="By target, then by metric")
    seconds: float
    created: str
    is_head: bool


class RevisionList(BaseModel):
    """Revisions of a scene, newest first."""

    scene: str
    head: str
    revisions: list[RevisionRow]
    next_cursor: str | None = Field(description="Pass as cursor for older revisions; null at the end")


class SceneOpened(BaseModel):
    """A scene and the base it starts from."""

    scene: str
    revision: str
    source: str
    blender: str
    summary: str
    warnings: list[str]


class CheckedOut(BaseModel):
    """Where the head of a scene is now."""

    scene: str
    head: str
    note: str | None
    program_lines: int


class SceneGraph(BaseModel):
    """Facts about a revision's scene."""

    scene: str
    revision: str
    detail: Literal["summary", "objects", "full"]
    summary: str | None = None
    objects: list[dict[str, Any]] = Field(default_factory=list[dict[str, Any]], description="With detail='objects'")
    entries: dict[str, Any] | None = Field(
        default=None, description="With detail='full': objects, materials, scene, world"
    )
    screen: dict[str, Any] | None = Field(default=None, description="With view: boxes of the objects on the picture")
    total: int = Field(description="How many objects match, on all pages")
    next_cursor: str | None = None


class TargetSet(BaseModel):
    """A stored reference picture."""

    scene: str
    target: str
    view: Any
    width: int
    height: int
    source: str


class ApiEntry(BaseModel):
    """One name of Blender's interface."""

    path: str = Field(description="As 'Object.location', 'bpy.ops.mesh.bevel' or \"ShaderNodeMix.inputs['Factor']\"")
    kind: Literal["type", "property", "function", "operator", "node", "socket", "bmesh"]
    text: str = Field(description="What it takes; of the first entry everything, of the others one line")


class ApiChange(BaseModel):
    """A spelling that differs between versions of Blender."""

    id: str
    old: str
    new: str
    since: list[int] = Field(description="[5, 0]; [0, 0] where the old spelling never worked")
    until: list[int] | None
    severity: Literal["error", "silent", "warning"]
    applies: bool = Field(description="Whether the old spelling fails, or deceives, in the installed Blender")
    text: str


class ApiLookup(BaseModel):
    """What the installed Blender has for a query, best first."""

    query: str
    blender: str
    total: int
    changes: list[ApiChange]
    entries: list[ApiEntry]
    nearest: list[str] = Field(description="Where there is no entry: names that look like the query")
    missing: list[str] = Field(description="Parts of the interface that could not be read")


class MemoryWritten(BaseModel):
    """A remembered entry."""

    id: int
    scope: str
    kind: str


class MemoryEntry(BaseModel):
    """One entry."""

    id: int
    scope: str
    kind: str
    text: str
    tags: list[str]
    revision: str | None
    created: str


class MemoryRead(BaseModel):
    """Entries, and the ledger of the scene of the same name."""

    scope: str
    entries: list[MemoryEntry]
    ledger: list[dict[str, Any]] = Field(description="One row a revision: what it changed and how far it was off")


class FitChange(BaseModel):
    """One number that a fit changed."""

    line: int
    column: int
    name: str
    before: float | int | bool | str
    after: float | int | bool | str


class Fit(BaseModel):
    """The result of a fit, or the job that is still at it."""

    scene: str
    job_id: str
    status: Literal["running", "done", "failed", "cancelled"]
    revision: str | None = Field(
        default=None, description="The new revision; null if nothing better than the start was found"
    )
    loss_before: float | None = None
    loss_after: float | None = None
    renders: int = 0
    history: list[tuple[int, float]] = Field(
        default_factory=list[tuple[int, float]], description="Renders and the lowest loss so far, at the search's sizes"
    )
    changes: list[FitChange] = Field(default_factory=list[FitChange])
    message: str = ""


class JobState(BaseModel):
    """A job: how far it is, or what came of it."""

    job_id: str
    tool: str
    scene: str | None
    status: Literal["running", "done", "failed", "cancelled"]
    progress: dict[str, Any] | None
    result: dict[str, Any] | None
