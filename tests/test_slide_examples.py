"""The example slides: whole programs as a model writes them, on which the checks find nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pptx import Presentation

from tests.conftest import Viga, images_of, text_of
from viga_mcp.slides.office import Unavailable, find_program

PROGRAMS = sorted((Path(__file__).resolve().parents[1] / "examples" / "slides").glob("*.py"))


def name_of(program: Path) -> str:
    return program.stem


def has_office() -> bool:
    try:
        find_program()
    except Unavailable:
        return False
    return True


@pytest.mark.skipif(not has_office() and not os.environ.get("CI"), reason="LibreOffice is not installed")
@pytest.mark.parametrize("program", PROGRAMS, ids=name_of)
async def test_the_checks_find_nothing_on_an_example(program: Path, any_viga: Viga) -> None:
    result = await any_viga.result("compile_slides", deck=program.stem, code=program.read_text(encoding="utf-8"))
    assert not result.is_error, text_of(result)
    assert len(images_of(result)) == 1
    assert result.meta is not None
    told = result.meta["viga/deck"]
    assert told["warnings"] == []
    assert [finding["text"] for finding in told["findings"]] == []


@pytest.mark.parametrize("program", PROGRAMS, ids=name_of)
def test_an_example_makes_its_slide_without_a_server(program: Path, tmp_path: Path) -> None:
    deck = tmp_path / "deck.pptx"
    subprocess.run([sys.executable, program, deck], check=True, timeout=60, cwd=tmp_path)
    assert len(Presentation(str(deck)).slides) == 1
    assert sorted(tmp_path.iterdir()) == [deck]
