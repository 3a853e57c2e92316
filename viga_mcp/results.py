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


class ObjectOnScreen(BaseModel):
    """What a view shows of an object."""

    visible_px: int
    box: list[int] | None = Field(description="x0, y0, x1, y1 of its silhouette within the picture, from the top left")
    visible_share: float | None = Field(description="Of its silhouette in the picture; null for lights and the like")
    hidden_by: dict[str, float] = Field(description="Shares of its silhouette that others hide")
    off_frame: float | None = Field(description="Share of its silhouette outside the picture")
    nearest_m: float | None = Field(description="Depth of its nearest visible pixel")
    touches: list[str] = Field(description="Edges of the picture that it reaches")
    cut_by: list[str] = Field(description="Planes of the camera, 'near' or 'far', that cut it")


class Screen(BaseModel):
    """What a view shows of the scene, counted on exact masks."""

    view: str
    width: int
    height: int
    subject: list[str] = Field(description="What is seen and no backdrop")
    subject_box: list[int] | None = None
    fill: float = Field(description="Share of the picture that shows the subject")
    centre_offset: list[float] | None = Field(
        default=None, description="Subject's middle from the picture's, right and down, in halves of the picture"
    )
    background: float = Field(description="Share of the picture that shows no object")
    horizon_px: list[float] | None = Field(
        default=None, description="Where the horizon crosses the left and right edge, from the top"
    )
    roll_deg: float | None = Field(default=None, description="Clockwise roll of the camera")
    objects: dict[str, ObjectOnScreen] = Field(description="Nearest first; what draws nothing here is left out")


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
    screen: Screen | None = Field(default=None, description="With view: what it shows of these objects")
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


class CameraPlace(BaseModel):
    """A camera in Blender's words; rotation XYZ Euler, distance to the subject's middle."""

    location: tuple[float, float, float]
    rotation_deg: tuple[float, float, float]
    lens_mm: float | None
    ortho_scale: float | None
    fov_deg: float | None = Field(description="Horizontal, for the target's shape")
    distance_m: float


class CameraFit(BaseModel):
    """A camera solve."""

    name: str
    verdict: Literal["found", "doubtful", "not_found"]
    before: CameraPlace
    after: CameraPlace
    unlike_before: float
    unlike_after: float = Field(description="0 is equal, whatever the light; differences are clipped")
    sd_along_view_m: float = Field(description="Standard deviation of the location along the view")
    sd_across_view_m: float
    sd_turn_deg: float
    sd_lens: float = Field(description="Share of the focal length")
    pairs_px: list[float] = Field(description="How far off each point pair ends, in pixels of the target")


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
    camera: CameraFit | None = Field(default=None, description="With parameters='camera'")
    message: str = ""


class JobState(BaseModel):
    """A job: how far it is, or what came of it."""

    job_id: str
    tool: str
    scene: str | None
    status: Literal["running", "done", "failed", "cancelled"]
    progress: dict[str, Any] | None
    result: dict[str, Any] | None
