"""Models are found by words in folders and sources, seen before they are imported, and imported by their ids."""

from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client

from tests.conftest import Viga, images_of, text_of
from tests.rooms import ROOM
from viga_mcp import assets
from viga_mcp.assets import Asset, Assets, Contents, Found
from viga_mcp.config import Config
from viga_mcp.errors import VigaError
from viga_mcp.ranking import Query, likeness, words
from viga_mcp.server import build_server

TRIANGLE = "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"
SHELF = (
    ROOM
    + """
shelf = data.collections.new("Plant shelf")
scene.collection.children.link(shelf)
plank = data.objects.new("Plank", box("Plank", (1, 1, 1), wood))
shelf.objects.link(plank)
shelf.asset_mark()
bpy.ops.wm.save_as_mainfile(filepath=PATH, copy=True)
"""
)


class Generator:
    """A source that makes what it is asked for."""

    name = "robot"

    def __init__(self, workspace: Path) -> None:
        self.made = workspace / "made"

    async def search(self, query: str, limit: int) -> Found:
        if query == "trouble":
            raise ConnectionError("the line is down")
        return Found([Asset("robot:blob", "blob", "obj", 0.5, about="made on demand")])

    async def fetch(self, rest: str) -> Path:
        if rest != "blob":
            raise VigaError("not_found", f"The robot can't make {rest!r}.")
        self.made.mkdir(exist_ok=True)
        (self.made / "blob.obj").write_text(TRIANGLE, encoding="utf-8")
        return self.made / "blob.obj"


@pytest.fixture(scope="module")
async def stocked(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Viga]:
    """A server with models in the workspace, in a folder elsewhere, and two sources, one of which is broken."""
    workspace, library = tmp_path_factory.mktemp("workspace"), tmp_path_factory.mktemp("a") / "models"
    for path in (
        workspace / "assets/furniture/Oak_Chair.obj",
        workspace / "assets/furniture/table 01.obj",
        workspace / "assets/notes.txt",
        workspace / "assets/.hidden/chair.obj",
        library / "cars/RedCar.obj",
        library / "50%#odd.obj",
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TRIANGLE, encoding="utf-8")
    (workspace / "assets/torn.blend").write_bytes(b"nonsense")
    secret = tmp_path_factory.mktemp("secret") / "chair.obj"
    secret.write_text(TRIANGLE, encoding="utf-8")
    (workspace / "assets/link.obj").symlink_to(secret)
    config = Config(workspace, assets=(library,), asset_sources=(f"{__name__}:Generator", "no.such:module"))
    async with Client(build_server(config)) as client:
        viga = Viga(client, workspace)
        code = f"PATH = {str(workspace / 'assets/kit.blend')!r}\n{SHELF}"
        await viga.text("execute_blender_code", scene="maker", code=code)
        yield viga


async def ids(viga: Viga, query: str, **more: Any) -> list[str]:
    meta = await viga.meta("find_assets", query=query, pictures=False, **more)
    return [asset["id"] for asset in meta["assets"]]


@pytest.mark.blender
@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("chair", "assets:furniture/Oak_Chair.obj"),
        ("oak chairs", "assets:furniture/Oak_Chair.obj"),
        ("chiar", "assets:furniture/Oak_Chair.obj"),
        ("furniture table", "assets:furniture/table 01.obj"),
        ("red car", "models:cars/RedCar.obj"),
        ("shelf plant", "assets:kit.blend#Plant shelf"),
        ("plank", "assets:kit.blend#Plank"),
        ("kit", "assets:kit.blend"),
    ],
)
async def test_the_best_fit_comes_first(stocked: Viga, query: str, first: str) -> None:
    assert (await ids(stocked, query))[0] == first


@pytest.mark.blender
async def test_an_empty_query_lists_what_there_is(stocked: Viga) -> None:
    assert set(await ids(stocked, "")) == {
        "assets:furniture/Oak_Chair.obj",
        "assets:furniture/table 01.obj",
        "assets:kit.blend",
        "assets:torn.blend",
        "models:cars/RedCar.obj",
        "models:50%25%23odd.obj",
        "robot:blob",
    }
    assert len(await ids(stocked, "", limit=2)) == 2
    said = await stocked.text("find_assets", pictures=False)
    assert "assets:kit.blend (blend, 0." in said
    assert "marked as assets: Plant shelf" in said
    assert "torn.blend (blend, 8 bytes): can't be read" in said
    assert "Note: asset source 'no.such:module' can't be loaded" in said


@pytest.mark.blender
async def test_a_source_that_fails_costs_a_note_and_no_hit(stocked: Viga) -> None:
    meta = await stocked.meta("find_assets", query="trouble", pictures=False)
    assert "source 'robot' failed: the line is down" in meta["notes"]
    assert "Nothing fits 'trouble'" in await stocked.text("find_assets", query="trouble", pictures=False)


@pytest.mark.blender
async def test_thumbnails_come_as_one_sheet_and_are_made_once(stocked: Viga) -> None:
    folder = stocked.workspace / ".viga" / "thumbnails"
    result = await stocked.result("find_assets", query="furniture")
    assert len(images_of(result)) == 1
    assert "The sheet shows 1, 2, each" in text_of(result)
    made = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert len(made) == 2

    await stocked.text("find_assets", query="furniture")
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == made

    changed = stocked.workspace / "assets/furniture/table 01.obj"
    changed.write_text(TRIANGLE.replace("1 0 0", "2 0 0"), encoding="utf-8")
    await stocked.text("find_assets", query="furniture")
    assert len(list(folder.iterdir())) == 3


@pytest.mark.blender
async def test_a_file_that_cannot_be_drawn_is_tried_once_and_leaves_the_others(stocked: Viga) -> None:
    result = await stocked.result("find_assets", query="blend")
    assert len(images_of(result)) == 1
    assert "kit.blend" in text_of(result)
    texts = list((stocked.workspace / ".viga" / "thumbnails").glob("*.txt"))
    assert len(texts) == 1


@pytest.mark.blender
async def test_a_broken_file_is_told_with_the_reason_and_not_recommended(stocked: Viga) -> None:
    broken = stocked.workspace / "assets" / "broken.glb"
    broken.write_bytes(b"nonsense")
    try:
        said = await stocked.text("find_assets", query="broken")
        assert "1. assets:broken.glb (glb, 8 bytes): no picture: " in said
        assert "Import one with import_asset(path='robot:blob')." in said, "the next that is known to be good"
        said = await stocked.text("find_assets", query="blend")
        assert "3. assets:torn.blend (blend, 8 bytes): can't be read: " in said, "it fits best, and is of no use"
    finally:
        broken.unlink()


@pytest.mark.blender
@pytest.mark.parametrize(
    ("id", "name", "objects"),
    [
        ("assets:furniture/Oak_Chair.obj", "Oak_Chair", 2),
        ("models:50%25%23odd.obj", "50_odd", 2),
        ("assets:kit.blend#Plant shelf", "Plant_shelf", 2),
        ("robot:blob", "blob", 2),
    ],
)
async def test_a_hit_is_imported_by_its_id(stocked: Viga, scene: str, id: str, name: str, objects: int) -> None:
    meta = await stocked.meta("import_asset", scene=scene, path=id)
    assert (meta["asset"], len(meta["objects"])) == (name, objects)


@pytest.mark.blender
@pytest.mark.parametrize(
    ("id", "words"),
    [
        ("assets:furniture/Oak_Chiar.obj", ("not_found", "Did you mean 'assets:furniture/Oak_Chair.obj'")),
        ("assets:../../etc/passwd", ("forbidden", "outside")),
        ("assets:/etc/passwd", ("forbidden", "outside")),
        ("assets:link.obj", ("forbidden", "outside")),
        ("assets:kit.blend#Plonk", ("not_found", "Did you mean 'Plank'")),
        ("robot:moon", ("not_found", "can't make 'moon'")),
        ("nobody:moon", ("not_found", "nobody:moon")),
    ],
)
async def test_an_id_that_leads_nowhere_is_refused(stocked: Viga, scene: str, id: str, words: tuple[str, ...]) -> None:
    said = await stocked.error("import_asset", scene=scene, path=id)
    assert all(word in said for word in words), said
    assert "No scene" in await stocked.error("list_revisions", scene=scene), "nothing was made"


@pytest.mark.blender
async def test_without_any_folder_the_reply_says_how_to_make_one(any_viga: Viga) -> None:
    said = await any_viga.text("find_assets")
    assert "There are no assets." in said
    assert "--assets DIR" in said


class Reader:
    """Answers for a Blender process, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, files: Sequence[Path]) -> list[Contents]:
        self.asked += [file.name for file in files]
        return [{"marked": [], "collections": ["Pump"], "objects": []} for _ in files]


async def test_tables_of_contents_are_read_once_for_each_state_of_a_file(tmp_path: Path) -> None:
    (tmp_path / ".viga").mkdir()
    (tmp_path / "assets").mkdir()
    for name in ("a.blend", "b.blend"):
        (tmp_path / "assets" / name).write_bytes(name.encode())
    first = Reader()
    found = await Assets(tmp_path, (), (), first).search("pump", 9)
    assert [asset.id for asset in found.assets] == ["assets:a.blend#Pump", "assets:b.blend#Pump"]
    assert sorted(first.asked) == ["a.blend", "b.blend"]
    (tmp_path / "assets" / "b.blend").write_bytes(b"changed")
    second = Reader()
    await Assets(tmp_path, (), (), second).search("pump", 9)
    assert second.asked == ["b.blend"]


async def test_what_there_was_no_time_to_read_is_found_by_its_name_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".viga").mkdir()
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "pump.blend").write_bytes(b"x")
    monkeypatch.setattr(assets, "READING_TIME_S", -1.0)
    found = await Assets(tmp_path, (), (), Reader()).search("pump", 9)
    assert [asset.id for asset in found.assets] == ["assets:pump.blend"]
    assert "1 .blend files of 'assets' are known by file name only" in found.notes[0]


class Sleeper:
    """A source that never answers."""

    name = "sleeper"

    def __init__(self, workspace: Path) -> None: ...

    async def search(self, query: str, limit: int) -> Found:
        await anyio.sleep_forever()
        raise AssertionError

    async def fetch(self, rest: str) -> Path:
        raise NotImplementedError


async def test_a_source_that_never_answers_costs_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "SEARCH_TIME_S", 0.01)
    found = await Assets(tmp_path, (), (f"{__name__}:Sleeper", f"{__name__}:Generator"), Reader()).search("blob", 9)
    assert [asset.id for asset in found.assets] == ["robot:blob"]
    assert found.notes == ["source 'sleeper' did not answer within 0.01 s"]


async def test_a_time_out_is_no_lasting_verdict(tmp_path: Path) -> None:
    (tmp_path / ".viga").mkdir()
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "pump.blend").write_bytes(b"x")
    asked: list[int] = []

    async def late(files: Sequence[Path]) -> list[Contents]:
        asked.append(len(files))
        return [{"error": "it took too long", "is_passing": True} for _ in files]

    library = Assets(tmp_path, (), (), late)
    for _ in range(2):
        (asset,) = (await library.search("pump", 9)).assets
        assert asset.trouble == "can't be read: it took too long"
    assert asked == [1], "but one server does not wait for it again and again"
    (asset, *_) = (await Assets(tmp_path, (), (), Reader()).search("pump", 9)).assets
    assert asset.trouble == ""


async def test_five_thousand_files_are_searched(tmp_path: Path) -> None:
    (tmp_path / ".viga").mkdir()
    for number in range(5000):
        path = tmp_path / "lib" / f"kind{number % 50}" / f"model {number} of {number * 7919 % 5003}.obj"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    library = Assets(tmp_path, (tmp_path / "lib",), (), Reader())
    found = await library.search("modle 4711 kind11", 5)
    assert found.assets[0].id.startswith("lib:kind11/model 4711 of")


def test_names_come_apart_into_words() -> None:
    assert words("OldChair_02.b") == ["old", "chair", "02", "b"]
    assert words("Стул-2") == ["стул", "2"]


def test_words_are_alike_when_one_begins_the_other_or_has_a_typo() -> None:
    assert likeness("chair", "chair") == 1.0
    assert 1.0 > likeness("chairs", "chair") > likeness("chiar", "chair") > 0.5
    assert likeness("arm", "armchair") > likeness("chair", "armchair") > 0.0
    assert likeness("car", "cat") == likeness("chair", "table") == likeness("a", "table") == 0.0


def test_a_query_needs_half_of_its_words() -> None:
    query = Query("old oak chair")
    assert query.score([("Oak chair", 1.0)]) > query.score([("oak", 1.0), ("chair", 0.6)]) > 0
    assert query.score([("oak", 1.0)]) == 0.0
    assert Query("").score([("anything", 1.0)]) == 1.0
