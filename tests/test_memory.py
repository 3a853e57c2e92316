import dataclasses
import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Viga
from viga_mcp.errors import VigaError
from viga_mcp.memory import Memory, ledger_rows, summarize
from viga_mcp.revisions import Revision


@pytest.fixture(params=[True, False], ids=["words", "substrings"])
def memory(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Memory]:
    with Memory.open(tmp_path, full_text=request.param) as opened:
        yield opened


def texts(memory: Memory, query: str = "", **more: Any) -> list[str]:
    return [entry.text for entry in memory.read(query=query, **more)]


def test_an_entry_reads_back_as_it_was_written_after_reopening(tmp_path: Path) -> None:
    with Memory.open(tmp_path) as memory:
        id = memory.write("Lamp is too warm", "finding", "kitchen", ["light", "ключ"], "r3")
    with Memory.open(tmp_path) as memory:
        (entry,) = memory.read("kitchen")
    assert (entry.id, entry.kind, entry.scope, entry.text) == (id, "finding", "kitchen", "Lamp is too warm")
    assert (entry.tags, entry.revision) == (("light", "ключ"), "r3")
    assert entry.created.utcoffset() is not None


def test_without_a_query_the_newest_come_first(memory: Memory) -> None:
    ids = [memory.write(f"note {n}") for n in range(5)]
    assert ids == sorted(set(ids))
    assert texts(memory, limit=3) == ["note 4", "note 3", "note 2"]


def test_with_a_query_the_best_match_comes_first(memory: Memory) -> None:
    memory.write("The lamp energy is 750 W")
    memory.write("The lamp is red")
    memory.write("Chairs stand on the floor")
    assert texts(memory, "lamp energy") == ["The lamp energy is 750 W", "The lamp is red"]


def test_a_query_finds_the_beginning_of_a_word_tags_and_other_scripts(memory: Memory) -> None:
    memory.write("metallic paint", tags=["Material"])
    memory.write("灯太暖了")
    assert texts(memory, "metal") == ["metallic paint"]
    assert texts(memory, "material") == ["metallic paint"]
    assert texts(memory, "太暖") == ["灯太暖了"]
    assert texts(memory, "absent") == []


def test_a_query_of_signs_alone_finds_them(memory: Memory) -> None:
    memory.write("the ratio is 3:1 -> widen")
    memory.write("nothing")
    assert texts(memory, "->") == ["the ratio is 3:1 -> widen"]
    assert texts(memory, "%%%") == []


def test_scope_and_kind_narrow_the_answer(memory: Memory) -> None:
    memory.write("a lamp", "plan", "main")
    memory.write("b lamp", "note", "main")
    memory.write("c lamp", "plan", "kitchen/wall")
    assert texts(memory, "lamp", kind="plan") == ["a lamp"]
    assert texts(memory, kind="plan", scope=None) == ["c lamp", "a lamp"]
    assert texts(memory, "lamp", scope="kitchen/wall") == ["c lamp"]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(query=st.one_of(st.text(), st.text(alphabet="\"'*():^-+{}.~@NEAR AND OR NOT\0\ud800_")))
def test_no_query_raises(memory: Memory, query: str) -> None:
    memory.write('NEAR("a" AND b) OR c*')
    memory.read(query=query, limit=5)


def test_a_query_of_a_thousand_words_is_answered(memory: Memory) -> None:
    memory.write("word0 is here")
    assert texts(memory, " ".join(f"word{n}" for n in range(1000))) == ["word0 is here"]


@pytest.mark.parametrize("text", ["", " \n", "x" * 70_000])
def test_an_empty_or_endless_text_is_refused(memory: Memory, text: str) -> None:
    with pytest.raises(VigaError) as caught:
        memory.write(text)
    assert caught.value.kind == "invalid_argument"
    assert memory.read() == []


def test_an_unknown_kind_names_the_known_ones(memory: Memory) -> None:
    kind: Any = "idea"
    with pytest.raises(VigaError, match="note, plan, finding, decision"):
        memory.write("x", kind)
    with pytest.raises(VigaError, match="can't name a scope"):
        memory.write("x", scope="a b")
    with pytest.raises(VigaError, match="limit is 0"):
        memory.read(limit=0)


@pytest.mark.parametrize(
    "statement", ["DELETE FROM entry", "UPDATE entry SET text = ''", "REPLACE INTO entry SELECT * FROM entry"]
)
def test_what_was_remembered_can_be_neither_changed_nor_deleted(memory: Memory, statement: str) -> None:
    memory.write("kept")
    with (
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
        memory._database.write() as db,  # pyright: ignore[reportPrivateUsage]
    ):
        db.execute(statement)
    assert texts(memory) == ["kept"]


def test_the_word_index_takes_in_what_was_written_without_it(tmp_path: Path) -> None:
    with Memory.open(tmp_path) as memory:
        memory.write("lamp one")
    with Memory.open(tmp_path, full_text=False) as memory:
        memory.write("lamps two")
    with Memory.open(tmp_path) as memory:
        # only the index knows that a lamp and lamps are one word
        assert sorted(texts(memory, "lamps")) == ["lamp one", "lamps two"]


def revision(number: int, **more: Any) -> Revision:
    first = Revision(
        scene="main", id=f"r{number}", number=number, parent=f"r{number - 1}", base="r0", mode="patch", whole=False,
        code="x = 1", source="", note=None, state="s", graph="g", output="", warnings=[], changes={}, seconds=0.1,
        blender="5.2.3", created=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    return dataclasses.replace(first, **more)


def test_the_ledger_has_a_row_for_each_revision_oldest_first() -> None:
    base = revision(0, mode="open", parent=None, source="kitchen.blend")
    warmer = revision(1, note="warmer", changes={"lines": [f"Lamp{n}.energy 1 -> 2" for n in range(5)]})
    rows = ledger_rows([warmer, base], {"r1": {"target": {"photometric_loss": 0.5}}})
    assert [(row.id, row.parent, row.note, row.change) for row in rows] == [
        ("r0", None, None, "opened kitchen.blend"),
        ("r1", "r0", "warmer", "Lamp0.energy 1 -> 2; Lamp1.energy 1 -> 2; Lamp2.energy 1 -> 2; +2 more"),
    ]
    assert rows[1].metrics == {"target": {"photometric_loss": 0.5}}


def test_a_difference_of_any_shape_is_said_in_a_few_words() -> None:
    assert summarize({}) == "no change"
    assert summarize({"added": ["A", "B", "C", "D"], "removed": [], "moved": {"E": 1}}) == "added: A, B, C +1; moved: E"


@pytest.mark.blender
async def test_what_is_read_says_what_it_is_about_and_an_unused_scope_names_the_used_ones(any_viga: Viga) -> None:
    await any_viga.facts(
        "memory_write", text="keep the lamp", kind="decision", scope="look/warm", tags=["lamp", "warm"]
    )
    await any_viga.facts("memory_write", text="any scene", scope="look/warm", revision="r7")
    said = await any_viga.text("memory_read", scope="look/warm")
    assert re.search(r"^1 decision on look/warm #lamp #warm \(.*\) keep the lamp$", said, re.MULTILINE), said
    assert re.search(r"^2 note on look/warm r7 \(", said, re.MULTILINE), said
    assert "Did you mean 'look/warm'?" in await any_viga.text("memory_read", scope="look/worm")
    assert (
        await any_viga.text("memory_read", query="nobody wrote this", scope="look/warm")
        == "Nothing is remembered here."
    )
