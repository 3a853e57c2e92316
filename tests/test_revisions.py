import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from viga_mcp import blobs, database, revisions
from viga_mcp.errors import VigaError
from viga_mcp.revisions import Base, BlobMissing, HeadMoved, NotFound, Revision, Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        yield opened


def opened(store: Store, scene: str = "main") -> Revision:
    return store.open_base(scene, state=None, graph=store.put(b"{}", ".json"), source="empty", blender="5.2.3")


def patched(store: Store, head: str, code: str = "x = 1", scene: str = "main", **more: Any) -> Revision:
    state = store.put(f"{head} {code}".encode(), ".blend")
    graph = store.put(json.dumps({"code": code}).encode(), ".json")
    run: dict[str, Any] = {"expected_head": head, "mode": "patch", "code": code, "state": state, "graph": graph}
    return store.append(scene, **run | more)


def age(workspace: Path, seconds: float) -> None:
    for path in (workspace / ".viga" / "blobs").glob("*/*"):
        os.utime(path, (0.0, path.stat().st_mtime - seconds))


def test_a_revision_reads_back_as_it_was_written_after_reopening(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        opened(store)
        written = patched(
            store,
            "r0",
            note="warmer",
            output="hi\n\ud800",
            warnings=[{"kind": "clamped", "line": 3}],
            changes={"lines": ["Lamp.energy 500 -> 750"]},
            seconds=0.25,
            blender="5.2.3",
        )
    with Store.open(tmp_path) as store:
        assert store.revision("main") == written
        assert store.read_json(written.graph) == {"code": "x = 1"}
        assert written.state
        assert store.blob(written.state).read_bytes() == b"r0 x = 1"
    assert (written.id, written.number, written.parent, written.base, written.whole) == ("r1", 1, "r0", "r0", False)
    assert written.output == "hi\n\\ud800"
    assert written.created.utcoffset() is not None
    assert written.warnings == [{"kind": "clamped", "line": 3}]


def test_equal_content_is_one_file(store: Store, tmp_path: Path) -> None:
    (source := tmp_path / "a.blend").write_bytes(b"same")
    assert store.put(b"same", ".blend") == store.adopt(source, ".blend") == store.put(b"same", ".blend")
    assert not source.exists()
    assert len(list((tmp_path / ".viga" / "blobs").glob("*/*"))) == 1


def test_an_adopted_file_is_moved_and_a_kept_one_stays(store: Store, tmp_path: Path) -> None:
    (mine := tmp_path / "mine.png").write_bytes(b"mine")
    (made := store.new_file(".blend")).write_bytes(b"made")
    inode = made.stat().st_ino
    assert store.blob(store.adopt(mine, ".png", keep=True)).read_bytes() == mine.read_bytes() == b"mine"
    adopted = store.blob(store.adopt(made, ".blend"))
    assert (adopted.stat().st_ino, adopted.suffix) == (inode, ".blend")
    assert not made.exists()
    assert not list((tmp_path / ".viga" / "blobs" / "new").iterdir())


def test_adopting_a_stored_file_leaves_it(store: Store) -> None:
    blob = store.put(b"kept", ".blend")
    assert store.adopt(store.blob(blob), ".blend") == blob
    assert store.blob(blob).read_bytes() == b"kept"


@pytest.mark.skipif(os.name != "posix", reason="Windows asks for a privilege to make symbolic links")
def test_a_symbolic_link_is_not_adopted(store: Store, tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"secret")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(VigaError, match="No plain file"):
        store.adopt(tmp_path / "link")


@pytest.mark.parametrize("blob", ["", "../../etc/passwd", "a" * 64 + "/../x", "A" * 64, "a" * 64 + ".b/c"])
def test_a_path_is_no_blob_id(store: Store, blob: str) -> None:
    with pytest.raises(VigaError, match="not the id of a stored file"):
        store.blob(blob)


def test_a_half_written_file_under_the_right_name_is_replaced(store: Store) -> None:
    blob = store.put(b"whole content", ".blend")
    store.blob(blob).write_bytes(b"")  # as a power cut may leave it
    assert store.put(b"whole content", ".blend") == blob
    assert store.blob(blob).read_bytes() == b"whole content"


def test_files_are_synced_before_their_row_is_committed(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(store)
    state = store.put(b"state", ".blend")
    done: list[str] = []
    sync = database.sync
    recorded = store._database  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(blobs, "sync", lambda path: (sync(path), done.append(path.name)))  # pyright: ignore
    recorded._connection.set_trace_callback(done.append)  # pyright: ignore[reportPrivateUsage]
    patched(store, "r0", state=state)
    first_write = done.index("BEGIN IMMEDIATE")
    assert {state, state[:2]} <= set(done[:first_write])
    assert len(done[:first_write]) > 2
    assert "COMMIT" in done[first_write:]


def test_an_append_to_a_moved_head_says_where_it_is_and_writes_nothing(store: Store) -> None:
    opened(store)
    patched(store, "r0")
    with pytest.raises(HeadMoved) as caught:
        patched(store, "r0", "y = 2")
    assert (caught.value.kind, caught.value.expected, caught.value.actual) == ("busy", "r0", "r1")
    assert "r0" in str(caught.value)
    assert "r1" in str(caught.value)
    assert [r.id for r in store.revisions("main")] == ["r1", "r0"]
    assert store.scene("main").head == "r1"


def test_checkout_branches_and_ids_never_repeat(store: Store) -> None:
    opened(store)
    patched(store, "r0")
    patched(store, "r1")
    assert store.checkout("main", "r1").id == "r1"
    assert store.scene("main").head == "r1"
    assert patched(store, "r1", "branch").id == "r3"
    assert [r.id for r in store.children("main", "r1")] == ["r2", "r3"]
    assert opened(store).id == "r4"
    assert patched(store, "r4").base == "r4"


def test_an_append_may_branch_from_another_parent(store: Store) -> None:
    opened(store)
    patched(store, "r0", "a")
    branch = patched(store, "r1", "b", parent="r0")
    assert (branch.parent, store.program("main")) == ("r0", ("b",))


def based(store: Store, content: bytes = b"base") -> Base:
    return Base(store.put(content, ".blend"), store.put(b'{"base": 1}', ".json"), "base r0 and asset 'chair'")


def test_a_new_base_is_recorded_with_the_run_that_needs_it(store: Store, tmp_path: Path) -> None:
    opened(store)
    patched(store, "r0")
    placed = patched(store, "r1", "place", base=based(store))
    assert (placed.id, placed.parent, placed.base, placed.whole) == ("r3", "r1", "r2", False)
    base = store.revision("main", "r2")
    assert (base.mode, base.parent, base.base, base.source) == ("open", None, "r2", "base r0 and asset 'chair'")
    assert store.program("main") == ("x = 1", "place")
    assert store.program("main", "r2") == ()
    assert patched(store, "r3", "after").base == "r2"
    store.checkout("main", "r1")
    assert patched(store, "r1", "before").base == "r0"
    assert store.check() == []
    with Store.open(tmp_path) as again:
        assert again.revision("main", "r3") == placed


def test_a_new_base_without_its_run_is_never_recorded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(store)
    patched(store, "r0")
    with pytest.raises(HeadMoved):
        patched(store, "r0", "too late", base=based(store))
    insert = Store._insert  # pyright: ignore[reportPrivateUsage]

    def interrupted(self: Store, db: sqlite3.Connection, scene: str, parent: Any, *rest: Any, **run: Any) -> int:
        if parent is not None:  # the base's own row is written by now
            raise KeyboardInterrupt
        return insert(self, db, scene, parent, *rest, **run)

    monkeypatch.setattr(Store, "_insert", interrupted)
    with pytest.raises(KeyboardInterrupt):
        patched(store, "r1", "place", base=based(store))
    monkeypatch.undo()
    assert [r.id for r in store.revisions("main")] == ["r1", "r0"]
    assert store.scene("main").head == "r1"
    assert patched(store, "r1", "place", base=based(store)).id == "r3"


def test_a_program_is_the_last_whole_one_and_the_patches_since(store: Store) -> None:
    opened(store)
    assert store.program("main", "r0") == ()
    patched(store, "r0", "p1")
    patched(store, "r1", "p2")
    assert store.program("main") == ("p1", "p2")
    patched(store, "r2", "full", mode="program")
    patched(store, "r3", "p4")
    assert store.program("main") == ("full", "p4")
    patched(store, "r4", "fitted", mode="fit")
    assert store.program("main") == ("fitted",)
    patched(store, "r5", "set paths", mode="fit", whole=False)
    assert store.program("main") == ("fitted", "set paths")
    assert store.program("main", "r2") == ("p1", "p2")


def test_a_line_of_thousands_of_patches_has_its_program(store: Store) -> None:
    opened(store)
    with store._database.write() as db:  # pyright: ignore[reportPrivateUsage]
        db.execute(
            """INSERT INTO revision
            WITH RECURSIVE n (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM n LIMIT 3000)
            SELECT scene, n.number, n.number - 1, 0, 'patch', 0, 'p' || n.number, '', NULL, NULL, graph, '',
                '[]', '{}', 0, '', created FROM n, (SELECT * FROM revision) AS r0"""
        )
    assert store.program("main", "r3000") == tuple(f"p{n}" for n in range(1, 3001))


def test_revisions_come_newest_first_in_pages(store: Store) -> None:
    opened(store)
    for number in range(4):
        patched(store, f"r{number}")
    assert [r.id for r in store.revisions("main", limit=2)] == ["r4", "r3"]
    assert [r.id for r in store.revisions("main", limit=9, before="r3")] == ["r2", "r1", "r0"]


def test_an_unknown_scene_names_the_known_ones_nearest_first(store: Store) -> None:
    with pytest.raises(NotFound, match="open_scene makes one"):
        store.scene("main")
    for handle in ("alpha", "kitchen", "main"):
        opened(store, handle)
    with pytest.raises(NotFound, match="'kitchen', 'main', 'alpha'"):
        store.revision("kitchn")
    assert [scene.handle for scene in store.scenes()] == ["alpha", "kitchen", "main"]


@pytest.mark.parametrize(
    "id", ["r9", "9", "r-1", "head", "r01", "r\N{ARABIC-INDIC DIGIT THREE}", "r99999999999999999999", "r1\n", ""]
)
def test_an_unknown_revision_names_the_known_ones_nearest_first(store: Store, id: str) -> None:
    opened(store)
    patched(store, "r0")
    patched(store, "r1")
    with pytest.raises(NotFound, match=r"Nearest: r2, r1, r0\. The head is r2"):
        store.revision("main", id)
    with pytest.raises(NotFound):
        store.checkout("main", id)


@pytest.mark.parametrize("handle", ["", "-a", "_a", "a b", "a/b", "../a", "a" * 65, "a\n", "é"])
def test_a_bad_handle_is_refused(store: Store, handle: str) -> None:
    with pytest.raises(VigaError, match="can't name a scene") as caught:
        opened(store, handle)
    assert caught.value.kind == "invalid_argument"
    assert store.scenes() == []


@pytest.mark.parametrize("table", ["scene", "revision", "move", "metric", "target"])
@pytest.mark.parametrize(
    "statement", ["DELETE FROM {}", "UPDATE {} SET rowid = rowid", "REPLACE INTO {0} SELECT * FROM {0}"]
)
def test_history_can_be_neither_changed_nor_deleted(store: Store, table: str, statement: str) -> None:
    opened(store)
    store.set_metric("main", "r0", "target", "loss", 1.0)
    store.set_target("main", "target", blob=store.put(b"png"), view="camera", width=1, height=1, source="a.png")
    with (
        pytest.raises(sqlite3.IntegrityError, match=f"{table} is append-only"),
        store._database.write() as db,  # pyright: ignore[reportPrivateUsage]
    ):
        db.execute(statement.format(table))
    assert store.check() == []


def test_the_latest_metric_of_a_name_counts(store: Store) -> None:
    opened(store)
    for value in (0.5, 0.25):
        store.set_metric("main", "r0", "target", "loss", value)
    store.set_metric("main", "r0", "side", "ssim", 1)
    assert store.metrics("main", "r0") == {"target": {"loss": 0.25}, "side": {"ssim": 1.0}}
    patched(store, "r0")
    assert store.metrics("main", "r1") == {}
    assert store.all_metrics("main") == {"r0": {"target": {"loss": 0.25}, "side": {"ssim": 1.0}}}


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_metric_that_is_no_number_is_refused(store: Store, value: float) -> None:
    opened(store)
    with pytest.raises(VigaError, match="finite"):
        store.set_metric("main", "r0", "target", "loss", value)


def test_the_latest_target_of_a_name_counts(store: Store) -> None:
    opened(store)
    view = {"location": [0, 0, 5], "look_at": [0, 0, 0], "fov_deg": 50}
    for data in (b"old", b"new"):
        store.set_target("main", "t", blob=store.put(data), view=view, width=64, height=48, source="x.png")
    target = store.target("main", "t")
    assert store.blob(target.blob).read_bytes() == b"new"
    assert (target.view, target.width, target.height, target.source) == (view, 64, 48, "x.png")
    assert store.targets("main") == [target]
    with pytest.raises(NotFound, match="'t'"):
        store.target("main", "target")


def test_a_missing_file_says_which_one_and_who_needs_it(store: Store) -> None:
    opened(store)
    state = patched(store, "r0").state
    assert state
    store.blob(state).unlink()
    with pytest.raises(BlobMissing) as caught:
        store.blob(state)
    assert (caught.value.kind, caught.value.users) == ("unavailable", ("main r1",))
    assert store.check() == [f"{state} is missing (needed by main r1)"]


def test_a_changed_file_is_found(store: Store) -> None:
    opened(store)
    graph = patched(store, "r0").graph
    store.blob(graph).write_bytes(b"{}")
    assert store.check() == [f"{graph} was changed on the disk (needed by main r1)"]


def test_a_row_is_not_written_for_a_file_that_is_not_there(store: Store) -> None:
    opened(store)
    with pytest.raises(BlobMissing):
        patched(store, "r0", state="0" * 64 + ".blend")
    assert store.scene("main").head == "r0"


def test_collect_removes_old_files_that_nothing_names(store: Store, tmp_path: Path) -> None:
    opened(store)
    patched(store, "r0")
    orphan = store.put(b"orphan", ".blend")
    again = store.put(b"put again", ".blend")
    store.new_file(".blend").write_bytes(b"left by a killed worker")
    assert store.collect(older_than_s=60) == 0
    age(tmp_path, 120)
    young = store.put(b"young", ".blend")
    assert store.put(b"put again", ".blend") == again
    assert store.collect(older_than_s=60) == 2
    assert store.check() == []
    assert store.blob(young)
    assert store.blob(again)
    with pytest.raises(BlobMissing):
        store.blob(orphan)
    assert store.put(b"orphan", ".blend") == orphan
    assert patched(store, "r1", state=orphan).state == orphan


def test_threads_of_one_store_lose_nothing(store: Store) -> None:
    opened(store)

    def work(worker: int) -> list[str]:
        made: list[str] = []
        while len(made) < 10:
            try:
                made.append(patched(store, store.scene("main").head, f"{worker}-{len(made)}").id)
            except HeadMoved:
                continue
        return made

    with ThreadPoolExecutor(4) as pool:
        made = [id for ids in pool.map(work, range(4)) for id in ids]
    assert sorted(made, key=lambda id: int(id[1:])) == [f"r{n}" for n in range(1, 41)]
    assert len(store.program("main")) == 40
    assert store.check() == []


def test_a_job_keeps_its_progress_and_its_end(store: Store) -> None:
    opened(store)
    id = store.create_job("fit_parameters", "main", {"max_renders": 5})
    assert (id, store.job(id).status, store.job(id).interrupted) == ("j1", "running", False)
    store.update_job(id, progress={"done": 1})
    done = store.update_job(id, status="done", result={"revision": "r1"})
    assert (done.progress, done.result, done.arguments) == ({"done": 1}, {"revision": "r1"}, {"max_renders": 5})
    assert [job.id for job in store.jobs()] == ["j1"]
    assert store.jobs("main") == [done]


def test_the_first_end_of_a_job_wins(store: Store) -> None:
    id = store.create_job("fit_parameters", None, {})
    store.update_job(id, status="cancelled")
    assert store.update_job(id, progress={"done": 2}).status == "cancelled"
    late = store.update_job(id, status="done", result={"revision": None})
    assert (late.status, late.progress, late.result) == ("cancelled", None, None)


def test_a_job_that_made_a_revision_is_done_although_it_was_cancelled(store: Store) -> None:
    id = store.create_job("fit_parameters", None, {})
    store.update_job(id, status="cancelled")
    assert store.update_job(id, status="done", result={"revision": "r1"}).status == "done"
    assert store.update_job(id, status="cancelled").result == {"revision": "r1"}


@pytest.mark.parametrize("id", ["j2", "j0", "1", "j\N{ARABIC-INDIC DIGIT ONE}", "j99999999999999999999"])
def test_an_unknown_job_names_the_known_ones(store: Store, id: str) -> None:
    store.create_job("fit_parameters", None, {})
    with pytest.raises(NotFound, match="'j1'"):
        store.job(id)


@pytest.mark.skipif(sys.platform == "win32", reason="there a process has no start that we could read")
def test_a_job_whose_process_is_gone_is_interrupted_and_can_be_resumed_once(store: Store, tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from viga_mcp.revisions import Store; "
        "Store.open(pathlib.Path(sys.argv[1])).create_job('fit_parameters', None, {'a': 1})"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    assert store.job("j1").interrupted
    assert store.resume_job("j1")
    assert not store.job("j1").interrupted
    assert store.job("j1").pid == os.getpid()
    assert not store.resume_job("j1")


@pytest.mark.skipif(sys.platform == "win32", reason="there a process has no start that we could read")
def test_a_process_number_used_again_is_another_process() -> None:
    me = revisions.process_started(os.getpid())
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert revisions.process_started(child.pid) not in (None, "", me) or sys.platform == "darwin"
    finally:
        child.kill()
        child.communicate()
    assert revisions.process_started(child.pid) is None


def test_a_store_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    with sqlite3.connect(tmp_path / ".viga" / "store.sqlite") as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(VigaError, match=r"newer viga-mcp \(layout 99") as caught:
        Store.open(tmp_path)
    assert caught.value.kind == "unavailable"
    assert "Upgrade" in caught.value.then


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / ".viga").mkdir()
    (tmp_path / ".viga" / "store.sqlite").write_bytes(b"not a database, " * 500)
    with pytest.raises(VigaError, match=r"store\.sqlite can't be used") as caught:
        Store.open(tmp_path)
    assert caught.value.kind == "unavailable"


def test_a_workspace_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(VigaError, match="can't be used"):
        Store.open(tmp_path / "file")


def test_a_full_disk_is_told_and_the_store_goes_on_afterwards(store: Store) -> None:
    opened(store)
    connection = store._database._connection  # pyright: ignore[reportPrivateUsage]
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(VigaError, match="full") as caught:
        patched(store, "r0", "x = 1\n" * 50_000)
    assert caught.value.kind == "unavailable"
    connection.execute("PRAGMA max_page_count=1000000")
    assert patched(store, "r0", "x = 1\n" * 50_000).id == "r1"
    assert store.check() == []


def test_a_store_locked_by_another_process_is_busy(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(store)
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.01)
    with Store.open(tmp_path) as impatient:
        with store._database.write(), pytest.raises(VigaError, match="in use by another process") as caught:  # pyright: ignore[reportPrivateUsage]
            patched(impatient, "r0")
        assert caught.value.kind == "busy"
        assert patched(impatient, "r0").id == "r1"
