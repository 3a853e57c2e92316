"""What a program that makes slides may do, what it may not, and what it is told: through the real server."""

import contextlib
import os
import re
import signal
import socket
import sys
import threading
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import anyio
import pptx
import pytest
from mcp import Client
from PIL import Image

from tests.conftest import Viga
from viga_mcp.config import Config
from viga_mcp.decks import Decks
from viga_mcp.errors import VigaError
from viga_mcp.revisions import Store
from viga_mcp.server import build_server
from viga_mcp.slides.profile import write_profile

linux = pytest.mark.skipif(sys.platform != "linux", reason="the system enforces it on Linux alone")
HEADER = """
from pptx import Presentation
from pptx.chart.data import ChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt
slide = prs.slides.add_slide(prs.slide_layouts[1])
title = slide.shapes.title
title.text = "title"
run = title.text_frame.paragraphs[0].runs[0]
box = slide.shapes.add_shape(1, 0, 0, Inches(1), Inches(1))
"""
ONE_SLIDE = "prs.slides.add_slide(prs.slide_layouts[6])"


@pytest.fixture(scope="module")
async def viga(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Viga]:
    workspace = tmp_path_factory.mktemp("workspace")
    Image.new("RGB", (8, 8)).save(workspace / "logo.png")
    (workspace / "media").mkdir()
    Image.new("RGB", (8, 8)).save(workspace / "media" / "chart.jpg")
    (workspace / "notes.txt").write_text("the user's", encoding="utf-8")
    async with Client(build_server(Config(workspace))) as client:
        yield Viga(client, workspace)


async def refused(viga: Viga, deck: str, code: str, **arguments: Any) -> str:
    """What a failing program is told. The head is where it was, the files are, and the next program runs."""
    await viga.text("compile_slides", deck=deck, code=ONE_SLIDE, slides=[])
    head = viga.workspace / "decks" / f"{deck}.pptx"
    before, files = head.read_bytes(), names(viga.workspace)
    error = await viga.error("compile_slides", deck=deck, code=code, **arguments)
    assert f"Nothing was changed: deck '{deck}' is at r1." in error
    assert head.read_bytes() == before
    assert names(viga.workspace) == files
    again = await viga.text("compile_slides", deck=deck, code=ONE_SLIDE, mode="patch", slides=[])
    assert again.startswith("r2 (from r1, patch)")
    return error


def names(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*") if ".viga" not in path.parts}


def children() -> set[int]:
    """All processes below this one."""
    found: set[int] = set()
    queue = [os.getpid()]
    while queue:
        for tasks in Path(f"/proc/{queue.pop()}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                below = set(map(int, tasks.read_text(encoding="utf-8").split()))
                found |= below
                queue += below
    return found


FORBIDDEN = {
    "write to a file of the workspace": "open('notes.txt', 'w')",
    "write beside its folder": "open('../x', 'w')",
    "write anywhere": "open('/tmp/x', 'w')",
    "write to the home folder": "import os; open(os.path.expanduser('~/x'), 'w')",
    "write through a link to a folder": "open('media/x.png', 'w')",
    "write through a link of its own": "import os; os.symlink(os.path.realpath('media'), 'way'); open('way/x', 'w')",
    "rename a file of the workspace": "import os; os.rename(os.path.realpath('notes.txt'), 'x')",
    "rename into the workspace": "import os; open('x', 'w').close(); os.rename('x', os.path.realpath('media') + '/x')",
    "copy into the workspace": "import os, shutil; shutil.copy('logo.png', os.path.realpath('media') + '/x.png')",
    "remove a file of the workspace": "import os; os.remove(os.path.realpath('notes.txt'))",
    "empty a file of the workspace": "import os; os.truncate('notes.txt', 0)",
    "remove a folder": "import os, shutil; shutil.rmtree(os.path.realpath('media'))",
    "connect": "import socket; socket.create_connection(('127.0.0.1', {port}))",
    "send a datagram": "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {port}))",
    "fetch": "import urllib.request; urllib.request.urlopen('http://127.0.0.1:{port}/')",
    "look a name up": "import socket; socket.getaddrinfo('localhost', 80)",
    "start a process": "import subprocess; subprocess.run(['true'])",
    "run a command": "import os; os.system('true')",
    "become another program": "import os; os.execv('/bin/true', ['true'])",
    "fork": "import os; os.fork()",
    "kill its parent": "import os; os.kill(os.getppid(), 9)",
    "kill its parent's group": "import os; os.killpg(os.getpgid(os.getppid()), 9)",
    "kill all": "import os; os.kill(-1, 0)",  # a signal that does nothing, should the test fail
}  # fmt: skip


@pytest.mark.parametrize("wish", FORBIDDEN)
async def test_a_program_is_told_what_it_may_not_do(viga: Viga, scene: str, wish: str) -> None:
    with listening() as (port, heard):
        error = await refused(viga, scene, FORBIDDEN[wish].replace("{port}", str(port)))
    assert re.match(
        r"forbidden: .*(the program (has no|can't|may (write only|not change))|Permission denied)", error
    ), error
    assert "in line 1" in error
    assert heard == []
    assert (viga.workspace / "notes.txt").read_text(encoding="utf-8") == "the user's"


@contextlib.contextmanager
def listening() -> Generator[tuple[int, list[bytes]]]:
    """A port of this machine, TCP and UDP, and what comes in."""
    heard: list[bytes] = []
    tcp = socket.create_server(("127.0.0.1", 0))
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(tcp.getsockname())

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                tcp.accept()
                heard.append(b"connection")

    listener = threading.Thread(target=accept, daemon=True)
    listener.start()
    try:
        yield tcp.getsockname()[1], heard
        udp.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            heard.append(udp.recv(99))
    finally:
        tcp.shutdown(socket.SHUT_RDWR)
        listener.join()
        tcp.close()
        udp.close()


# As C does it, without a word to Python; each leaves a name in `did` if it could.
BY_C = """
import ctypes, os
c = ctypes.CDLL(None, use_errno=True)
workspace = os.path.dirname(os.path.realpath("notes.txt"))
did = []
def attempt(name, result):
    if result >= 0:
        did.append(name)
def path(*parts):
    return os.path.join(*parts).encode()
read, write, create = 0, 1, 0o102
attempt("write", c.open(path(workspace, "notes.txt"), write))
attempt("create", c.open(path(workspace, "made"), create, 0o600))
attempt("create in /tmp", c.open(b"/tmp/made-by-a-slide-program", create, 0o600))
attempt("rename", c.rename(path(workspace, "notes.txt"), b"mine"))
attempt("link", c.link(path(workspace, "notes.txt"), b"mine"))
attempt("unlink", c.unlink(path(workspace, "notes.txt")))
attempt("read the store", c.open(path(workspace, ".viga", "slides"), read))
attempt("read home", c.open(path(HOME, ".profile"), read))
attempt("list home", c.open(HOME.encode(), read))
attempt("read passwords", c.open(b"/etc/shadow", read))
attempt("read of others", c.open(b"/proc/1/environ", read))
attempt("fork", c.fork())
attempt("exec", c.execl(b"/bin/true", b"true", None))
attempt("kill parent", c.kill(os.getppid(), 0))
attempt("kill all", c.kill(-1, 0))
attempt("trace parent", c.ptrace(16, os.getppid(), None, None))
attempt("socket", c.socket(2, 1, 0))
attempt("local socket", c.socket(1, 1, 0))
attempt("outlive the server", c.prctl(1, 0, 0, 0, 0))
attempt("limit others", c.prlimit(os.getppid(), 7, ctypes.create_string_buffer(16), None))
print("did:", did, [fd for fd in range(3, 64) if os.path.islink(f"/proc/self/fd/{fd}") and "socket" in os.readlink(f"/proc/self/fd/{fd}")])
"""


@linux
async def test_the_system_refuses_it_too(viga: Viga, scene: str) -> None:
    code = BY_C.replace("HOME", repr(str(Path.home())))
    assert "did: [] []" in await viga.text("compile_slides", deck=scene, code=code, slides=[])
    assert (viga.workspace / "notes.txt").read_text(encoding="utf-8") == "the user's"


@linux
@pytest.mark.parametrize("path", ["~/.bashrc", "/etc/shadow", "WORKSPACE/.viga"])
async def test_a_program_reads_the_workspace_and_nothing_else_of_the_user(viga: Viga, scene: str, path: str) -> None:
    there = str(Path(path.replace("WORKSPACE", str(viga.workspace))).expanduser())
    error = await refused(
        viga, scene, f"import os\nos.listdir({there!r}) if os.path.isdir({there!r}) else open({there!r})"
    )
    assert re.match("(forbidden: PermissionError|runtime_error: FileNotFoundError)", error), error
    said = await viga.text(
        "compile_slides", deck=scene, code="import os\nprint(open('notes.txt').read(), os.listdir('media'))", slides=[]
    )
    assert "the user's ['chart.jpg']" in said


async def test_local_pairs_of_sockets_threads_and_asyncio_work(viga: Viga, scene: str) -> None:
    code = "import asyncio, threading\nasync def main(): print('ran')\nasyncio.run(main())\nt = threading.Thread(target=print, args=('too',)); t.start(); t.join()"
    said = await viga.text("compile_slides", deck=scene, code=code, slides=[])
    assert "ran\ntoo" in said


ENDINGS = {
    "an endless loop": ("x = 1\nwhile True:\n    x += 1", r"timeout: The program was stopped after 1 s at line [23]\."),
    "a sleep": ("import time\ntime.sleep(99)", r"timeout: .* at line 2\."),
    "no watchdog": (
        "import faulthandler\nfaulthandler.cancel_dump_traceback_later()\nwhile True: pass",
        r"timeout: The program was stopped after 1 s\.",
    ),
    "all memory": ("x = []\nwhile True:\n    x.append(bytes(1 << 28))", r"runtime_error: MemoryError: no message in line 3"),
    "_exit": ("import os\nos._exit(0)", "crash: The program ended the python-pptx process with exit status 0"),
    "_exit with a number": ("import os\nos._exit(7)", "crash: .* with exit status 7"),
    "a signal to itself": ("import os\nos.abort()", r"crash: Python-pptx crashed with SIGABRT .* at line 2"),
    "a fault": ("import ctypes\nctypes.string_at(1)", r"crash: Python-pptx crashed with SIGSEGV .* at line 2"),
    "exit": ("raise SystemExit('enough')", "runtime_error: SystemExit: the program ended itself with 'enough' in line 1"),
    "a deck taken apart": (
        "prs.slides.add_slide(prs.slide_layouts[0])\nprs.part.rels.pop(prs.slides._sldIdLst[0].rId)",
        "runtime_error: (What the program saved can't be opened|KeyError)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", ENDINGS)
async def test_a_program_that_ends_badly_changes_nothing(viga: Viga, scene: str, way: str) -> None:
    code, told = ENDINGS[way]
    error = await refused(viga, scene, code, timeout_s=1)
    assert re.match(told, error), error
    if sys.platform == "linux":
        # workers lead sessions of their own, the programs' processes don't
        assert [pid for pid in children() if b"slides/main.py" in command(pid) and os.getsid(pid) != pid] == []


def command(pid: int) -> bytes:
    """The command that started a process."""
    return Path(f"/proc/{pid}/cmdline").read_bytes()


async def test_a_memory_limit_of_the_server_holds_for_programs(tmp_path: Path) -> None:
    async with Client(build_server(Config(tmp_path, memory_bytes=1 << 30))) as client:
        error = await Viga(client, tmp_path).error("compile_slides", code="x = bytes(1 << 30)")
    assert error.startswith("runtime_error: MemoryError")


async def test_a_flood_of_output_is_cut_in_the_middle(viga: Viga, scene: str) -> None:
    code = "print('first')\nline = 'x' * 1023\nfor _ in range(1 << 17): print(line)\nprint('last')"
    said = await viga.text("compile_slides", deck=scene, code=code, slides=[])
    assert re.search(r"Printed:\nfirst\nxxx", said)
    assert "xxx\nlast" in said
    assert "left out" in said
    assert len(said) < 12_000


async def test_what_a_program_leaves_running_ends_with_it(viga: Viga, scene: str) -> None:
    code = "import threading, time\nthreading.Thread(target=time.sleep, args=(99,)).start()\nthreading.Timer(99, print).start()"
    with anyio.fail_after(20):
        assert (await viga.text("compile_slides", deck=scene, code=code, slides=[])).startswith("r1")


async def test_a_program_that_ends_its_worker_leaves_other_decks_alone(viga: Viga, scene: str) -> None:
    told: dict[str, str] = {}

    async def work(deck: str, code: str) -> None:
        result = await viga.result("compile_slides", deck=f"{scene}-{deck}", code=code, slides=[], timeout_s=3)
        told[deck] = result.content[0].text  # pyright: ignore

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(work, "good", f"import time\ntime.sleep(1)\n{ONE_SLIDE}")
        for number in range(3):
            tasks.start_soon(work, f"bad{number}", "import os\nos._exit(1)")
    assert told.pop("good").startswith("r1")
    assert {text.split(":")[0] for text in told.values()} == {"crash"}


SAVES = {
    "not at all": "prs.slides.add_slide(prs.slide_layouts[0]).shapes.title.text = 'right'",
    "under any name": "deck = new('right')\ndeck.save('my output.pptx')",
    "by an absolute path": "deck = new('right')\ndeck.save('/home/someone/output.pptx')",
    "below a folder": "deck = new('right')\ndeck.save('out/deep/x.pptx')",
    "over a file of the workspace": "deck = new('right')\ndeck.save('notes.txt')",
    "into a folder of the workspace": "deck = new('right')\ndeck.save('media/x.pptx')",
    "by a path object": "import pathlib\ndeck = new('right')\ndeck.save(pathlib.Path('x.pptx'))",
    "several times": "new('wrong').save('a.pptx')\nnew('right').save('b.pptx')",
    "to a stream, in a function": "import io\ndef main():\n    new('right').save(io.BytesIO())\nmain()",
    "to a stream after a file": "import io\nnew('right').save('a.pptx')\nnew('wrong').save(io.BytesIO())",
    "to an open file": "with open('x.pptx', 'wb') as file:\n    new('right').save(file)",
    "its own, without saving": "mine = new('right')",
    "its own as prs": "prs = new('right')",
    "and removes the file": "import os\nnew('right').save('a.pptx')\nos.remove('a.pptx')",
    "and puts a link in its place": "import ctypes, os\nnew('right').save('a.pptx')\nos.remove('a.pptx')\nctypes.CDLL(None).symlink(b'/etc/hostname', b'a.pptx')",
    "and leaves a link where the deck goes": "import ctypes\nctypes.CDLL(None).symlink(b'/etc/hostname', b'.deck.pptx')\nnew('right').save('a.pptx')",
}  # fmt: skip
NEW = """
from pptx import Presentation
def new(title):
    deck = Presentation()
    deck.slides.add_slide(deck.slide_layouts[0]).shapes.title.text = title
    return deck
"""


@pytest.mark.parametrize("way", SAVES)
async def test_the_deck_is_what_a_program_saved_last(viga: Viga, scene: str, way: str) -> None:
    files = names(viga.workspace)
    said = await viga.text("compile_slides", deck=scene, code=NEW + SAVES[way], slides=[])
    slides = pptx.Presentation(str(viga.workspace / "decks" / f"{scene}.pptx")).slides
    assert [slide.shapes.title.text for slide in slides] == ["right"]  # pyright: ignore
    assert names(viga.workspace) - files == {Path("decks", f"{scene}.pptx")} | ({Path("decks")} - files)
    assert ("saved 'a.pptx', 'b.pptx': the last is the deck" in said) == (way == "several times")


async def test_a_new_deck_instead_of_the_one_that_was_given_is_mentioned(viga: Viga, scene: str) -> None:
    await viga.text("compile_slides", deck=scene, code=ONE_SLIDE, slides=[])
    said = await viga.text("compile_slides", deck=scene, code=NEW + "new('x').save('x.pptx')", mode="patch", slides=[])
    assert "the one it was given (`prs`, 1 slides) is not in it" in said


async def test_an_attribute_that_python_pptx_has_not_is_named_once_with_the_one_meant(viga: Viga, scene: str) -> None:
    code = """
from pptx.util import Inches
class Own:
    pass
slide = prs.slides.add_slide(prs.slide_layouts[5])
for angle in (3, 4):
    slide.shapes.title.rotate = angle
slide.shapes.title.text_frame.paragraphs[0].align = 2
slide.shapes.title.text_frame.word_wrap = True
prs.title = "Harbour"
Own().anything = 3
"""

    warnings = (await viga.meta("compile_slides", deck=scene, code=code))["warnings"]

    assert [(warning["line"], warning["message"]) for warning in warnings[:2]] == [
        (7, "'rotate' is no attribute of a SlidePlaceholder, and does nothing: did you mean 'rotation'?"),
        (8, "'align' is no attribute of a Paragraph, and does nothing: did you mean 'alignment'?"),
    ]
    assert warnings[2]["message"].startswith(
        "'title' is no attribute of a Presentation, and does nothing: it has core_"
    )
    assert len(warnings) == 3


async def test_a_program_does_not_see_the_servers_command_line(viga: Viga, scene: str) -> None:
    said = await viga.text("compile_slides", deck=scene, code="import sys; print(sys.argv)", slides=[])

    assert "Printed:\n['program.py']" in said


async def test_shapes_of_plain_numbers_are_named_once(viga: Viga, scene: str) -> None:
    said = await viga.text(
        "compile_slides", deck=scene, code=HEADER + "slide.shapes.add_textbox(1, 1, 5, 2)", slides=[]
    )
    assert "'TextBox 4' on slide 1 is 5 x 2 EMU, too small to be seen" in said
    assert "Write Inches(5), Inches(2)" in said
    again = await viga.text("compile_slides", deck=scene, code="print(1)", mode="patch", slides=[])
    assert "too small" not in again


MISTAKES = {
    "run.font.size = 18": r"font\.size = Pt\(18\)",
    "run.font.size = Pt('18')": "take a number, not text",
    "run.font.colour": "did you mean 'color'",
    "run.font.color = RGBColor(1, 2, 3)": r"as font\.color\.rgb = ",
    "run.font.color.rgb = '#FF0000'": r"colours are RGBColor\(0x1F, 0x77, 0xB4\)",
    "run.font.color.rgb = RGBColor('FF0000')": "takes three whole numbers",
    "run.font.color.rgb = RGBColor(300, 0, 0)": "takes three whole numbers",
    "RGBColor.from_string('#FF0000')": "six digits without '#'",
    "RGBColor.from_hex('FF0000')": r"RGBColor\.from_string\('1F77B4'\)",
    "box.fill.fore_color.rgb = RGBColor(1, 2, 3)": r"call fill\.solid\(\) first",
    "box.fill.solid().fore_color.rgb = RGBColor(1, 2, 3)": "it returns nothing",
    "box.fill.color": "did you mean 'fore_color'",
    "title.text_frame.add_run('x')": r"paragraphs\[0\]\.add_run\(\)",
    "title.text.size = 3": r"paragraph\.runs\[0\]\.font\.size",
    "title.text = 5": "text must be a str, not int",
    "title.delete()": r"shape\._element\.getparent\(\)\.remove\(shape\._element\)",
    "slide.shapes._spTree.remove(box)": r"shape\._element",
    "slide.shapes.add_textbox(Inches(1), Inches(1))": r"it takes \(left, top, width, height\)",
    "slide.shapes.add_textbox(left=1, top=1, w=2, height=3)": "it takes .*'width'",
    "slide.shapes.add_picture('logo.png', 0, 0, width='3in')": r"Inches\(3\)",
    "slide.shapes.add_picture('logo2.png', 0, 0)": "did you mean 'logo.png'",
    "slide.shapes.add_picture('chart.jpg', 0, 0)": "did you mean 'media/chart.jpg'",
    "slide.shapes.add_picture('notes.txt', 0, 0)": "takes PNG, JPEG, GIF, BMP and TIFF",
    "Presentation('missing.pptx')": "Files of the workspace: .*'logo.png'",
    "Presentation('notes.txt')": "'notes.txt' is there, but is no .pptx",
    "prs.slide_width = 13.333": r"Inches\(1\.5\)",
    "prs.slide_width = 13": r"prs\.slide_width = Inches\(13\.333\)",
    "box.width = Inches(1) * 1.5": r"Emu\(int\(\.\.\.\)\)",
    "prs.slide_layouts[30]": "layouts: 0 'Title Slide', 1 'Title and Content'",
    "prs.slide_layouts.get_by_name('Titel').name": "no layout has that name; layouts: 0 'Title Slide'",
    "prs.slides.add_slide('Title Slide')": r"add_slide takes a layout, as prs\.slide_layouts\[1\]",
    "slide.placeholders[7]": "placeholders of slide by idx: 0 'Title 1', 1 'Content Placeholder 2'",
    "slide.placeholders['Title']": "placeholders of slide by idx: 0 'Title 1'",
    "slide.shapes[9]": "slide has 3 shapes: 'Title 1'",
    "prs.slides[9]": "the deck has 1 slides, counted from 0",
    "del prs.slides[0]": r"kit\.delete_slide\(slide\)",
    "slide.shapes.add_table(2, 3, 0, 0, 9999, 9999).cell(0, 0)": r"shape\.table\.cell",
    "slide.shapes.add_table(2, 3, 0, 0, 9999, 9999).table.cell(5, 5)": "the table has 2 rows and 3 columns",
    "box.adjustments[3] = 0.5": "the shape has 0 adjustments",
    "title.text_frame.paragraphs[0].alignment = 'center'": r"did you mean 'CENTER'\? from pptx.enum.text import PP_ALIGN",
    "PP_ALIGN.CENTRE": "did you mean 'CENTER'",
    "MSO_ANCHOR.CENTER": "has 'BOTTOM', 'MIDDLE', 'MIXED', 'TOP'$",
    "MSO_SHAPE.ROUND_RECT": "did you mean 'ROUNDED_RECTANGLE'",
    "XL_CHART_TYPE.BAR": "did you mean 'BAR_CLUSTERED'",
    "slide.shapes.add_shape('rectangle', 0, 0, 1, 1)": r"MSO_SHAPE\.RECTANGLE",
    "Inchs(1)": "did you mean 'Inches'",
    "Cm(1)": "from pptx.util import Cm",
    "import pptx.utils": "did you mean 'pptx.util'",
    "import matplotlib": "programs have python-pptx, Pillow, lxml and numpy",
}


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_a_mistake_is_told_with_its_line_and_what_is_right(viga: Viga, scene: str, mistake: str) -> None:
    error = await viga.error("compile_slides", deck=scene, code=HEADER + mistake)
    assert f"in line {HEADER.count(chr(10)) + 1}\n" in error
    hints = re.findall("^Hint: (.*)$", error, re.MULTILINE)
    assert any(re.search(MISTAKES[mistake], hint) for hint in hints), error


RIGHT = [
    "run.font.size = Pt(18)",
    "run.font.color.rgb = RGBColor(0x1F, 0x77, 0xB4)",
    "run.font.color.rgb = RGBColor.from_string('1F77B4')",
    "box.fill.solid(); box.fill.fore_color.rgb = RGBColor(1, 2, 3)",
    "title.text_frame.paragraphs[0].add_run().text = 'x'",
    "box._element.getparent().remove(box._element)",
    "prs.slide_width = Inches(13.333)",
    "title.text_frame.paragraphs[0].alignment = PP_ALIGN.CENTER",
    "from viga_mcp.slides import kit; kit.delete_slide(slide)",
    "slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, 0, 0, Inches(1), Inches(1))",
    "slide.shapes.add_table(2, 3, 0, 0, Inches(1), Inches(1)).table.cell(1, 2).text = 'x'",
]


async def test_what_the_hints_say_is_right(viga: Viga, scene: str) -> None:
    for line in RIGHT:
        assert (await viga.result("compile_slides", deck=scene, code=HEADER + line, slides=[])).is_error is False, line


@pytest.fixture
async def decks(tmp_path: Path) -> AsyncGenerator[Decks]:
    with Store.open(tmp_path) as store:
        async with Decks(store, Config(tmp_path, slide_renderer="warm")) as decks:
            yield decks


@linux
async def test_a_libreoffice_that_dies_is_told_and_replaced(decks: Decks) -> None:
    others = offices()
    made = await decks.run(
        "main", code=f"for _ in range(8): {ONE_SLIDE}.shapes.add_textbox(0, 0, 99999 * _, 9)", timeout_s=9
    )

    async def kill(done: float, total: float, message: str) -> None:
        for office in offices() - others:  # none when this comes from the pipe of a dead one
            os.kill(office, signal.SIGSEGV)

    with pytest.raises(VigaError, match="LibreOffice ended while drawing: LibreOffice crashed with SIGSEGV") as failure:
        await decks.paint(made.revision, on_progress=kill)
    assert failure.value.kind == "crash"
    assert len((await decks.paint(made.revision)).anew) == 8


@linux
async def test_a_libreoffice_that_has_grown_is_replaced(decks: Decks, monkeypatch: pytest.MonkeyPatch) -> None:
    others = offices()
    made = await decks.run("main", code=ONE_SLIDE, timeout_s=9)
    await decks.paint(made.revision)
    first = offices()
    await decks.paint(made.revision, width_px=640)
    assert offices() == first
    monkeypatch.setattr("viga_mcp.painters.MAX_OFFICE_BYTES", 0)
    await decks.paint(made.revision, width_px=320)
    assert offices() == others
    assert (await decks.paint(made.revision, width_px=160)).anew == [1]


@linux
async def test_libreoffice_is_confined_to_its_folder(decks: Decks) -> None:
    others = offices()
    made = await decks.run("main", code=ONE_SLIDE, timeout_s=9)
    await decks.paint(made.revision)
    (office,) = offices() - others
    state = Path(f"/proc/{office}/status").read_text(encoding="utf-8")
    assert "NoNewPrivs:\t1" in state  # Landlock asks for it
    assert Path(f"/proc/{office}/ns/net").readlink() != Path("/proc/self/ns/net").readlink()
    limits = Path(f"/proc/{office}/limits").read_text(encoding="utf-8")
    assert re.search(rf"Max address space +{6 << 30} ", limits)


def test_a_profile_of_libreoffice_runs_no_macros_and_follows_no_links(tmp_path: Path) -> None:
    write_profile(tmp_path)
    items = ElementTree.parse(tmp_path / "user" / "registrymodifications.xcu").getroot()
    name = "{http://openoffice.org/2001/registry}name"
    values = {one.get(name): one.findtext("value") for one in items.iter("prop")}
    assert values["BlockUntrustedRefererLinks"] == "true"
    assert values["DisableMacrosExecution"] == "true"
    assert values["MacroSecurityLevel"] == "3"


def offices() -> set[int]:
    return {pid for pid in children() if b"libmergedlo" in Path(f"/proc/{pid}/maps").read_bytes()}
