"""What was acknowledged survives: real processes, killed at random moments and at every line that they pass."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from viga_mcp.memory import Memory
from viga_mcp.revisions import HeadMoved, Store

ROUNDS = 24
pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")


def append(store: Store, text: str, size: int) -> str:
    """One more revision on whatever the head is; returns its id."""
    while True:
        head = store.scene("main").head
        state = store.new_file(".blend")
        state.write_bytes(random.Random(text).randbytes(size))
        try:
            return store.append(
                "main",
                expected_head=head,
                mode="patch",
                code=text,
                state=store.adopt(state, ".blend"),
                graph=store.put(f'{{"made by": "{text}"}}'.encode(), ".json"),
            ).id
        except HeadMoved:
            continue


def open_main(workspace: Path) -> None:
    with Store.open(workspace) as store:
        store.open_base("main", state=None, graph=store.put(b"{}", ".json"), source="empty")


def assert_intact(workspace: Path, revisions: dict[str, str], entries: dict[int, str]) -> None:
    """Everything acknowledged (id -> text) is there, nothing is broken, and the next writes go on."""
    with Store.open(workspace) as store, Memory.open(workspace) as memory:
        assert store.check() == []
        kept = store.revisions("main", limit=1_000_000)
        assert [revision.number for revision in kept] == list(range(len(kept) - 1, -1, -1))
        assert revisions.items() <= {revision.id: revision.code for revision in kept}.items()
        assert store.scene("main").head == kept[0].id
        assert memory._database.rows("PRAGMA integrity_check")[0][0] == "ok"  # pyright: ignore[reportPrivateUsage]
        remembered = {entry.id: entry.text for entry in memory.read(None, limit=1_000_000)}
        assert entries.items() <= remembered.items()
        with memory._database.write() as db:  # pyright: ignore[reportPrivateUsage]
            db.execute("INSERT INTO entry_words (entry_words, rank) VALUES ('integrity-check', 1)")
        assert append(store, f"after {len(kept)}", 100) == f"r{len(kept)}"
        assert memory.write("after") > max(remembered, default=0)


def start(workspace: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, str(workspace), *arguments]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def acknowledged(lines: list[str]) -> tuple[dict[str, str], dict[int, str]]:
    """Ids and texts from the lines that a child printed; the last may have been cut by its death."""
    whole = [line.split() for line in lines if line.endswith("\n")]
    return (
        {id: text for kind, id, text in whole if kind == "revision"},
        {int(id): text for kind, id, text in whole if kind == "entry"},
    )


@pytest.mark.parametrize("writers", [1, 2])
def test_nothing_acknowledged_is_lost_when_writers_are_killed_at_random_moments(tmp_path: Path, writers: int) -> None:
    open_main(tmp_path)
    chance = random.Random(writers)
    revisions: dict[str, str] = {}
    entries: dict[int, str] = {}
    for number in range(ROUNDS // writers):
        children = [start(tmp_path, "write", f"{number}.{child}") for child in range(writers)]
        for child in children:
            assert child.stdout
            heard = [child.stdout.readline() for _ in range(chance.randrange(1, 12))]
            time.sleep(chance.uniform(0, 0.02))  # the moment is what the test is about
            child.kill()
            heard += child.stdout.readlines()
            child.communicate()
            made = acknowledged(heard)
            assert not made[0].keys() & revisions.keys(), "an id was given twice"
            assert not made[1].keys() & entries.keys(), "an id was given twice"
            revisions |= made[0]
            entries |= made[1]
    assert len(revisions) + len(entries) > ROUNDS
    assert_intact(tmp_path, revisions, entries)


def test_a_kill_at_any_line_of_a_write_leaves_all_or_nothing(tmp_path: Path) -> None:
    open_main(tmp_path)
    child = start(tmp_path, "die-everywhere")
    out, _ = child.communicate(timeout=100)
    assert child.returncode == 0
    *deaths, last = out.splitlines()
    assert last == "survived"
    assert len(deaths) > 50
    with Store.open(tmp_path) as store, Memory.open(tmp_path) as memory:
        codes = {revision.code for revision in store.revisions("main", limit=10_000)}
        # the one that lived wrote both, those killed at the first line nothing
        assert {"line0", f"line{len(deaths)}"} & codes == {f"line{len(deaths)}"}
        assert f"line{len(deaths)}" in {entry.text for entry in memory.read(None, limit=10_000)}
        left = len(list((tmp_path / ".viga" / "blobs").glob("*/*")))
        used = 2 * len(codes) - 1
        assert left > used
        assert store.collect(older_than_s=-1) == left - used
    assert_intact(tmp_path, {}, {})


def test_processes_that_write_at_once_lose_nothing_and_share_no_id(tmp_path: Path) -> None:
    open_main(tmp_path)
    children = [start(tmp_path, "write", str(child), "40") for child in range(2)]
    heard = [child.communicate(timeout=100)[0].splitlines(keepends=True) for child in children]
    assert [child.returncode for child in children] == [0, 0]
    made = [acknowledged(lines) for lines in heard]
    assert not made[0][0].keys() & made[1][0].keys()
    assert sorted(int(id[1:]) for revisions, _ in made for id in revisions) == list(range(1, 41))
    assert sorted(id for _, entries in made for id in entries) == list(range(1, 41))
    assert_intact(tmp_path, made[0][0] | made[1][0], made[0][1] | made[1][1])


def test_processes_that_open_a_new_workspace_at_once_all_succeed(tmp_path: Path) -> None:
    children = [start(tmp_path, "open") for _ in range(6)]
    assert [child.communicate(timeout=100)[0] for child in children] == ["opened\n"] * 6
    with Store.open(tmp_path) as store:
        assert [revision.number for revision in store.revisions("main")] == [5, 4, 3, 2, 1, 0]


def write(workspace: Path, name: str, count: int = 1_000_000) -> None:
    """Append revisions and entries in turn, and say so after each."""
    with Store.open(workspace) as store, Memory.open(workspace) as memory:
        for number in range(count):
            text = f"{name}.{number}"
            made = f"entry {memory.write(text)}" if number % 2 else f"revision {append(store, text, 20_000)}"
            sys.stdout.write(f"{made} {text}\n")
            sys.stdout.flush()


def die_everywhere(workspace: Path) -> None:
    """Write in forks, each killed one line of our code later than the one before, until one lives."""
    fuse = 0
    while True:
        if not (pid := os.fork()):
            die_after_lines(workspace, fuse)
        if os.waitpid(pid, 0)[1] == 0:
            break
        sys.stdout.write("died\n")
        fuse += 1
    sys.stdout.write("survived\n")


def die_after_lines(workspace: Path, fuse: int) -> None:
    left = fuse

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal left
        if Path(frame.f_code.co_filename).name not in ("revisions.py", "memory.py"):
            return None
        if event == "line":
            if left == 0:
                os.kill(os.getpid(), 9)
            left -= 1
        return trace

    store, memory = Store.open(workspace), Memory.open(workspace)
    sys.settrace(trace)
    append(store, f"line{fuse}", 1000)
    memory.write(f"line{fuse}")
    os._exit(0)


if __name__ == "__main__":
    place, action, *rest = sys.argv[1:]
    if action == "write":
        write(Path(place), rest[0], *map(int, rest[1:]))
    elif action == "open":
        open_main(Path(place))
        sys.stdout.write("opened\n")
    else:
        die_everywhere(Path(place))
