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
    deck: str | None = Field(default=None, description="Set where it is a deck's")
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
    deck: str | None = Field(default=None, description="Set where it is a deck's")
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
    frame: int
    summary: str | None = None
    objects: list[dict[str, Any]] = Field(default_factory=list[dict[str, Any]], description="With detail='objects'")
    entries: dict[str, Any] | None = Field(
        default=None, description="With detail='full': objects, materials, scene, world"
    )
    screen: Screen | None = Field(default=None, description="With view: what it shows of these objects")
    total: int = Field(description="How many objects match, on all pages")
    next_cursor: str | None = None


class SceneFinding(BaseModel):
    """One fact of a check."""

    section: str
    kind: str
    objects: list[str] = Field(description="The most concerned first; at most 40 of them")
    object_count: int
    measure: str = Field(description="What value is")
    value: float | None
    unit: str = Field(description="Of value and limit; empty for a plain number")
    limit: float | None = Field(description="What value is beyond; null where any value is told")
    frame: int | None = Field(description="For facts of an animation")
    text: str


class CheckedGround(BaseModel):
    """What the scene stands on."""

    object: str
    height: float = Field(description="Metres; the median where it is not level")
    spread: float = Field(description="Metres between its lowest and highest place below an object")


class SceneCheck(BaseModel):
    """Facts about what is likely wrong with a revision's scene."""

    scene: str
    revision: str
    findings: list[SceneFinding] = Field(description="What matters most first")
    left_out: dict[str, int] = Field(description="Findings beyond the first dozen of a kind, by kind")
    ground: CheckedGround | None
    skipped: list[str] = Field(description="What was not looked at, and why")
    objects: int = Field(description="Objects with faces that were looked at")
    triangles: int
    contacts: int = Field(description="Pairs that touch")


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


class BakedCache(BaseModel):
    """A simulation whose frames the revision now carries."""

    kind: str
    object: str | None = Field(description="Null for the rigid bodies, which share a world")
    frames: list[int] = Field(description="First and last")
    stored: str = Field(description="Blender's own words on the cache")


class Bake(BaseModel):
    """The result of a bake, or the job that is still at it."""

    scene: str
    job_id: str
    status: Literal["running", "done", "failed", "cancelled"]
    revision: str | None = Field(default=None, description="The new revision")
    baked: list[BakedCache] = Field(default_factory=list[BakedCache])
    left_out: list[str] = Field(default_factory=list[str], description="What was not baked, and why")
    seconds: float | None = None
    message: str = ""


class ObjectMotion(BaseModel):
    """How one object moves; metres, metres a second, degrees."""

    name: str
    of: Literal["origin", "centre"] = Field(
        description="What the positions are of; centre of its box where the origin stays or it deforms"
    )
    distance: float = Field(description="Along the path")
    displacement: float = Field(description="From the first position to the last")
    peak_speed: float
    peak_frame: int
    turn_deg: float = Field(description="All turning added up")
    scale: float = Field(description="Its size at the last frame, of that at the first")
    rests: list[tuple[int, int]] = Field(description="First and last frames of three or more without motion")
    lowest: tuple[float, int] = Field(description="z and frame")
    highest: tuple[float, int]
    positions: list[tuple[int, float, float, float]] = Field(description="Some of them: frame, x, y, z")


class ContactBounce(BaseModel):
    """A contact that turns the motion round; speeds along the impact, metres a second."""

    frame: float
    speed_in: float
    speed_out: float


class ObjectContact(BaseModel):
    """When two objects that move against each other touch."""

    objects: list[str]
    frame: float | None = Field(description="Of the first contact; null where they touch from the start")
    speed: float | None = Field(description="Of one past the other just before it, metres a second")
    place: list[float] = Field(description="About where it is: the middle of where both boxes meet")
    touches: list[tuple[float, float]] = Field(description="First and last frames; a fraction is between two frames")
    bounces: list[ContactBounce]


class Motion(BaseModel):
    """What moves in a revision, and what it touches."""

    scene: str
    revision: str
    frames: list[int] = Field(description="First and last")
    fps: float
    moving: int = Field(description="Objects that move, of those asked for")
    objects: list[ObjectMotion] = Field(description="The longest way first, at most 40")
    meeting: int = Field(description="Pairs that touch")
    contacts: list[ObjectContact] = Field(description="The first to meet first, at most 60")
    skipped: list[str] = Field(description="What was not looked at, and why")
    file: str = Field(description="JSON with all objects, a position a frame, and all contacts")


class JobState(BaseModel):
    """A job: how far it is, or what came of it."""

    job_id: str
    tool: str
    scene: str | None
    status: Literal["running", "done", "failed", "cancelled"]
    progress: dict[str, Any] | None
    result: dict[str, Any] | None


class RoundTripFact(BaseModel):
    """One thing compared between a scene and the exported file, read back."""

    what: str
    before: str
    after: str
    is_equal: bool
    note: str


class SceneExported(BaseModel):
    """A written file and what it kept of the scene."""

    scene: str
    revision: str
    format: str
    path: str
    files: list[str] = Field(description="All that belongs to it, relative to its folder")
    size_bytes: int
    round_trip: list[RoundTripFact] = Field(description="Empty where the file could not be read back")
    picture_rmse: float | None = Field(description="Scene against file in a 128 px picture, of 255; null if none")
    limits: str = Field(description="What the format can't hold by nature")
    trouble: str = Field(description="Why the file could not be read back; empty if it could")


class SlideGraph(BaseModel):
    """What is in a deck."""

    deck: str
    revision: str
    width: int = Field(description="Of the page, EMU: 914,400 to an inch, 12,700 to a point")
    height: int
    theme: dict[str, Any] = Field(description="Fonts and colours by their names in the theme")
    n_slides: int
    slides: list[dict[str, Any]] = Field(description="With detail='full': every known value of each slide")
    text: str = Field(description="The same in words, by the detail that was asked for")


class SlideChecks(BaseModel):
    """What the checks found."""

    deck: str
    revision: str
    renderer: str
    is_approximate: bool = Field(description="Not drawn by LibreOffice: text may wrap otherwise in PowerPoint")
    findings: list[dict[str, Any]] = Field(
        description="kind, severity, slide (0: the deck), shapes (ids), measure, value, unit, limit, box (EMU), text"
    )


class SlidesExported(BaseModel):
    """A deck as a file."""

    deck: str
    revision: str
    path: str
    size_bytes: int
    notes: list[str] = Field(description="What in it is not as it should be")
