"""`viga-agent view`: what it serves and what it does not, and the page in a real browser while a run goes on."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.browser import Browser, browser, needs_browser
from tests.made_runs import MadeRun
from viga_agent.cli import main
from viga_agent.runs import finish
from viga_agent.viewer.app import viewer
from viga_agent.viewer.library import QUIET_S, Library, Tail, going
from viga_agent.viewer.live import ListPage, RunPage


@contextlib.contextmanager
def served(runs: Path) -> Generator[int]:
    """The port of a viewer of a folder."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = viewer(runs)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return tmp_path / "runs"


@pytest.fixture
def made(runs: Path) -> Iterator[MadeRun]:
    """A run that goes on, after its first round."""
    made = MadeRun(runs / "lamp 1")
    made.round(1)
    yield made
    made.close()


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


def get(port: int, path: str, host: str | None = None) -> tuple[int, str, bytes]:
    """Status, media type and body of a path, sent as it is written here."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    with contextlib.closing(connection):
        connection.putrequest("GET", path, skip_host=True)
        connection.putheader("Host", host or f"127.0.0.1:{port}")
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.headers.get_content_type(), answer.read()


@needs_browser
def test_the_page_follows_a_run_to_its_end(tab: Browser, made: MadeRun, runs: Path) -> None:
    with served(runs) as port:
        tab.open(f"http://127.0.0.1:{port}/runs/lamp%201/")
        tab.wait("document.querySelector('.status strong').textContent === 'Running'")
        tab.wait("document.querySelector('[data-since]').textContent.startsWith('last event')")
        tab.evaluate("document.querySelector('#round-1 details[data-fold=steps]').open = true")
        tab.evaluate("document.querySelector('#round-1 button[data-right=target]').click()")
        tab.evaluate("slider = document.querySelector('#round-1 .slider input'); slider.value = 30; 0")
        tab.evaluate("slider.dispatchEvent(new Event('input', {bubbles: true}))")
        tab.evaluate("document.getElementById('round-1').scrollIntoView({behavior: 'instant'})")
        at = tab.evaluate("document.getElementById('round-1').getBoundingClientRect().top")

        made.round(2)
        tab.wait("document.querySelector('#round-2 .note')?.textContent === 'warmer by 2 <b>'")
        tab.wait("document.querySelector('#numbers').textContent.includes('24,000 in 600 out')")
        assert "result" in tab.evaluate("document.querySelector('#round-2 h2').textContent")
        assert "was best" in tab.evaluate("document.querySelector('#round-1 h2').textContent")
        assert tab.evaluate("document.querySelector('#round-1 details[data-fold=steps]').open")
        assert tab.evaluate("slider.isConnected && slider.value === '30'")
        assert tab.evaluate("slider.parentNode.style.getPropertyValue('--at')") == "30%"
        assert tab.evaluate("document.querySelector('#round-1 [aria-pressed=true]').textContent") == "after | target"
        assert tab.evaluate("document.getElementById('round-1').getBoundingClientRect().top") == pytest.approx(
            at, abs=2
        )
        assert tab.evaluate("document.getElementById('news').textContent").startswith("Round 2")
        assert tab.evaluate("document.getElementById('result').src") == tab.evaluate(
            "document.querySelector('.scripted .left').src"
        )

        made.end()
        tab.wait("document.querySelector('.status strong').textContent === 'Done'")
        assert tab.evaluate("document.querySelector('.status').textContent").endswith("accepted by the verifier")
        assert tab.evaluate("document.title") == "lamp 1 · viga-agent"


@needs_browser
def test_a_round_that_goes_on_fills_up(tab: Browser, made: MadeRun, runs: Path) -> None:
    with served(runs) as port:
        tab.open(f"http://127.0.0.1:{port}/runs/lamp%201/")
        made.reply(2, "generator", "Now the wall")
        tab.wait("document.querySelector('#round-2 h2')?.textContent.includes('going on')")
        tab.evaluate("document.querySelector('#round-2 details[data-fold=steps]').open = true")
        made.call("execute_blender_code", "runtime_error: no wall", ok=False)
        tab.wait("document.querySelector('#round-2 details.failures')")
        assert tab.evaluate("document.querySelector('#round-2 details[data-fold=steps]').open")
        assert not tab.evaluate("document.querySelector('#round-2 details.failures').open")
        assert "runtime_error: no wall" in tab.evaluate(
            "document.querySelector('#round-2 .steps .failed_call').textContent"
        )


@needs_browser
def test_what_models_write_is_text_on_the_page(tab: Browser, made: MadeRun, runs: Path) -> None:
    with served(runs) as port:
        tab.open(f"http://127.0.0.1:{port}/runs/lamp%201/")
        assert "<script>" in tab.evaluate("document.querySelector('.lead').textContent")
        assert tab.evaluate("document.querySelectorAll('main script, main b, main i, main img[onerror]').length") == 0
        assert tab.evaluate("document.title") == "lamp 1 · viga-agent"


@needs_browser
def test_the_list_shows_runs_as_they_come_and_end(tab: Browser, made: MadeRun, runs: Path) -> None:
    names = "[...document.querySelectorAll('.run h2')].map(title => title.textContent)"
    with served(runs) as port:
        tab.open(f"http://127.0.0.1:{port}/")
        tab.wait("document.querySelector('.run .status').textContent.startsWith('Running')")
        newer = MadeRun(runs / "newer")
        newer.end("failed", "nothing works")
        newer.close()
        tab.wait("document.querySelectorAll('.run').length === 2")
        assert tab.evaluate(names) == ["lamp 1", "newer"]
        made.end()
        tab.wait("document.querySelector('.lead').textContent === '2 runs'")
        assert tab.evaluate(names) == ["newer", "lamp 1"]
        tab.evaluate("document.querySelector('.run a').click()")
        tab.wait("document.querySelector('h1')?.textContent === 'newer'")
        assert "Failed" in tab.evaluate("document.querySelector('.status').textContent")


@needs_browser
def test_the_page_says_that_nobody_answers_any_more(tab: Browser, made: MadeRun, runs: Path) -> None:
    with served(runs) as port:
        tab.open(f"http://127.0.0.1:{port}/runs/lamp%201/")
    tab.wait("!document.querySelector('.connection').hidden")
    assert tab.evaluate("document.querySelector('h1').textContent") == "lamp 1"


@needs_browser
def test_the_slider_of_a_report_works_from_the_file(tab: Browser, made: MadeRun) -> None:
    finish(made.folder)
    tab.open(made.folder.report.as_uri())
    tab.evaluate("document.querySelector('#round-1 button[data-left=start]').click()")
    assert tab.evaluate("document.querySelector('#round-1 .left').src === document.getElementById('start').src")
    assert not tab.evaluate("document.querySelector('#round-1 .slider input').hidden")


@needs_browser
@pytest.mark.parametrize("width", [400, 1300])
def test_nothing_is_wider_than_the_window(tab: Browser, made: MadeRun, runs: Path, width: int) -> None:
    made.rivals(2)
    with served(runs) as port:
        tab.send("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        for path in ("", "runs/lamp%201/"):
            tab.open(f"http://127.0.0.1:{port}/{path}")
            tab.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
            assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.send("Emulation.clearDeviceMetricsOverride")


def test_pictures_of_a_run_are_served_and_nothing_else(made: MadeRun, runs: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.png"
    Image.new("RGB", (8, 8)).save(outside)
    other = runs / "other"
    shutil.copytree(made.folder.path, other)
    shutil.copytree(made.folder.path, tmp_path / "elsewhere")
    (runs / "away").symlink_to(tmp_path / "elsewhere")
    (made.folder.path / "linked.png").symlink_to(outside)
    (made.folder.path / "linked").symlink_to(tmp_path)
    (made.folder.path / "secret.png").write_text("no picture", encoding="utf-8")
    with served(runs) as port:
        status, media_type, body = get(port, "/runs/lamp%201/files/pictures/r2.png")
        assert (status, media_type) == (200, "image/png")
        assert body == made.folder.judged_picture("r2").read_bytes()
        assert get(port, "/runs/lamp%201/files/pictures/r2.png?px=192")[:2] == (200, "image/webp")
        assert get(port, "/runs/lamp%201/differences/start")[:2] == (200, "image/webp")
        for path in (
            "/runs/lamp%201/files/../../../outside.png",
            "/runs/lamp%201/files/..%2f..%2f..%2foutside.png",
            "/runs/lamp%201/files/../other/target.png",
            f"/runs/lamp%201/files/{outside}",
            f"/runs/lamp%201/files/{str(outside).replace('/', '%2f')}",
            "/runs/lamp%201/files/linked.png",
            "/runs/lamp%201/files/linked/outside.png",
            "/runs/lamp%201/files/secret.png",
            "/runs/lamp%201/files/events.jsonl",
            "/runs/lamp%201/files/%00",
            "/runs/lamp%201/files/",
            "/runs/lamp%201/differences/..%2ftarget",
            "/runs/away/",
            "/runs/away/files/target.png",
            "/runs/../",
            "/runs/%2e%2e/",
            "/runs/%00/",
            "/runs/none/",
            "/runs/none/changes",
        ):
            assert get(port, path)[0] == 404, path


def test_a_page_elsewhere_can_not_read_runs_through_a_name_of_its_own(made: MadeRun, runs: Path) -> None:
    with served(runs) as port:
        for path in ("/", "/changes", "/runs/lamp%201/", "/runs/lamp%201/files/target.png", "/page.js"):
            assert get(port, path, host=f"evil.example:{port}")[0] == 400, path
        assert get(port, "/", host=f"localhost:{port}")[0] == 200


def test_one_run_alone_can_be_watched(made: MadeRun, runs: Path) -> None:
    shutil.copytree(made.folder.path, runs / "other")
    with served(made.folder.path) as port:
        assert get(port, "/")[0] == 307
        page = get(port, "/runs/lamp%201/")[2]
        assert b"Round 1" in page
        assert b"All runs" not in page
        assert get(port, "/runs/other/")[0] == 404


def test_a_run_whose_process_is_gone_is_called_unfinished(made: MadeRun, runs: Path) -> None:
    page = RunPage("lamp 1", made.folder)
    listed = ListPage(Library(runs))
    assert "Running" in page.read().parts["head"]
    made.close()
    for html in (page.read().parts["head"], listed.read().parts["run-lamp%201"]):
        assert "Unfinished" in html
        assert "the process is gone" in html


def test_where_the_system_cannot_tell_a_run_without_events_for_long_is_unfinished(
    made: MadeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot_tell(path: Path) -> None:
        return None

    monkeypatch.setattr("viga_agent.viewer.library.is_written", cannot_tell)
    now = made.folder.events.stat().st_mtime
    assert going("unfinished", "", made.folder.events, now + 1)[0] == "running"
    assert going("unfinished", "", made.folder.events, now + QUIET_S + 1)[0] == "unfinished"


def test_a_resumed_run_is_listed_as_running_again(made: MadeRun, runs: Path) -> None:
    made.end("interrupted", "stopped by the user")
    finish(made.folder)
    listed = ListPage(Library(runs))
    assert "Stopped" in listed.read().parts["run-lamp%201"]
    made.record("run_resumed", settings={})
    later = time.time() + 1  # whatever the file system's clock can tell apart
    os.utime(made.folder.events, (later, later))
    assert "Running" in listed.read().parts["run-lamp%201"]


def test_what_can_not_be_read_says_so_and_hides_no_other_run(made: MadeRun, runs: Path) -> None:
    for name, text in (("empty", ""), ("broken", '{"event": "run_started"\n{}\n'), ("odd", '{"event": "judged"}\n')):
        (runs / name).mkdir()
        (runs / name / "events.jsonl").write_text(text, encoding="utf-8")
    parts = ListPage(Library(runs)).read().parts
    assert [*parts][:2] == ["head", "run-lamp%201"]
    assert all("Unreadable" in parts[f"run-{name}"] for name in ("empty", "broken", "odd"))
    with served(runs) as port:
        assert b"Unreadable" in get(port, "/runs/broken/")[2]


def test_three_hundred_runs_are_listed_at_once(made: MadeRun, runs: Path) -> None:
    made.end()
    finish(made.folder)
    for number in range(300):
        folder = runs / f"run-{number}"
        folder.mkdir()
        for name in ("events.jsonl", "result.json", "result.png"):
            shutil.copy2(made.folder.path / name, folder / name)
    began = time.perf_counter()
    parts = ListPage(Library(runs)).read().parts
    assert len(parts) == 302
    assert time.perf_counter() - began < 1


def test_a_growing_file_is_read_on_from_where_it_was(made: MadeRun) -> None:
    tail = Tail(made.folder.events)
    before = len(tail.read())
    data = bytearray(made.folder.events.read_bytes())
    data[: len(data) // 2] = b"x" * (len(data) // 2)  # it would be no event any more
    made.folder.events.write_bytes(data)
    with made.folder.events.open("ab") as file:
        file.write(b'{"event": "a"}\n{"event": "b')
    assert [event["event"] for event in tail.read()[before:]] == ["a"]
    with made.folder.events.open("ab") as file:
        file.write(b'b"}\n')
    assert [event["event"] for event in tail.read()[before:]] == ["a", "bb"]


def test_an_interrupt_ends_the_viewer_while_a_page_is_connected(made: MadeRun, runs: Path) -> None:
    command = [sys.executable, "-m", "viga_agent", "view", str(runs)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        address = process.stdout.readline().split()[0]
        connection = http.client.HTTPConnection(address.removeprefix("http://").strip("/"), timeout=20)
        connection.request("GET", "/runs/lamp%201/changes")
        stream = connection.getresponse()
        first = json.loads(stream.readline().removeprefix(b"data: "))
        assert "round-1" in first["order"]
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=20)[1] == ""
        assert process.returncode == 0
        stream.close()
        connection.close()


def test_a_port_that_is_taken_is_told(made: MadeRun, runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert main(["view", str(runs), "--port", str(port)]) == 1
    assert f"viga-agent: port {port}: Address already in use" in capsys.readouterr().err


def test_a_port_that_is_none_is_a_wrong_command(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["view", str(runs), "--port", "70000"])
    assert "70000 is no port" in capsys.readouterr().err


def test_a_folder_that_is_none_is_a_wrong_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["view", str(tmp_path / "none")]) == 2
    assert "is no folder" in capsys.readouterr().err
