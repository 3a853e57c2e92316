"""The command line: hosts' entries, one-off calls, the doctor, an installed Blender."""

import json
import stat
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from viga_mcp import cli, doctor, system
from viga_mcp.config import Config
from viga_mcp.sandbox import worker_environment


@pytest.mark.parametrize("host", cli.HOSTS)
def test_a_hosts_entry_is_in_its_own_format_with_absolute_paths(host: str, tmp_path: Path) -> None:
    entry = cli.host_entry(host, str(tmp_path))
    server: dict[str, Any]
    if host == "codex":
        server = tomllib.loads(entry)["mcp_servers"]["viga"]
    elif host == "claude-code":
        words = entry.split()
        assert words[:4] == ["claude", "mcp", "add", "viga"]
        server = {"command": words[5], "args": words[6:]}
    else:
        server = json.loads(entry)["servers" if host == "vscode" else "mcpServers"]["viga"]
    assert Path(server["command"]).is_absolute()
    assert server["args"] == ["--workspace", str(tmp_path.resolve())]


@pytest.mark.parametrize("host", cli.HOSTS)
def test_a_hosts_entry_names_the_clip_weights_where_they_are_given(
    host: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "model.safetensors")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["config", host, "--clip-weights", "model.safetensors"]) == 0
    given = capsys.readouterr().out
    assert "--clip-weights" in given
    assert path in given
    monkeypatch.setenv("VIGA_CLIP_WEIGHTS", path)
    assert cli.main(["config", host]) == 0
    assert capsys.readouterr().out == given


def test_options_hold_before_and_after_the_command() -> None:
    before = cli.parser().parse_args(["--backend", "spawn", "--workspace", "w", "call", "get_job"])
    after = cli.parser().parse_args(["call", "get_job", "--backend", "spawn", "--workspace", "w"])
    assert (before.backend, before.workspace) == (after.backend, after.workspace) == ("spawn", "w")
    assert cli.parser().parse_args(["doctor"]).backend == "auto"


@pytest.mark.blender
def test_one_call_from_a_shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = json.dumps({"code": "print('from a shell')"})
    assert cli.main(["--workspace", str(tmp_path), "call", "execute_blender_code", code]) == 0
    assert "from a shell" in capsys.readouterr().out
    assert cli.main(["--workspace", str(tmp_path), "call", "checkout_revision", '{"revision": "r9"}']) == 1
    assert "not_found" in capsys.readouterr().out


@pytest.mark.blender
def test_the_doctor_says_ready_where_the_tests_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor", "--workspace", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "Cycles: CYCLES drew an 8 px picture" in said
    assert said.rstrip().endswith("Ready.")


def test_the_doctor_names_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.main(Config(tmp_path, blender=tmp_path / "no-blender-here")) == 1
    said = capsys.readouterr().out
    assert "MISSING  Blender" in said
    assert "Not ready" in said


@pytest.mark.skipif(sys.platform != "linux", reason="asks for Debian's packages")
def test_missing_libraries_become_one_list_of_packages() -> None:
    def load(name: str) -> None:
        if name in {"libGL.so.1", "libSM.so.6"}:
            raise OSError(name)

    assert system.missing_packages(load) == ["libgl1", "libsm6"]


def test_a_workers_environment_holds_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "secret")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    environment = worker_environment(tmp_path)
    assert "secret" not in str(environment)
    assert environment["HOME"] == str(tmp_path)
    assert "PATH" in environment


@pytest.mark.blender
@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
def test_an_installed_blender_is_driven_by_the_same_worker(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in that takes Blender's arguments, prints Blender's banner, and runs the script with Blender's bpy."""
    blender = tmp_path / "blender"
    blender.write_text(
        "#!/bin/sh\n"
        f'test "$*" = "--background --factory-startup --disable-autoexec --python $5" || exit 9\n'
        "echo 'Blender 9.9.9 (hash 000000000000 built 2026-01-01)'\n"
        f'exec {sys.executable} -P "$5"\n',
        encoding="utf-8",
    )
    blender.chmod(blender.stat().st_mode | stat.S_IXUSR)
    arguments = ["--workspace", str(tmp_path / "w"), "--blender", str(blender), "call", "execute_blender_code"]
    assert cli.main([*arguments, json.dumps({"code": "import bpy\nprint(bpy.app.background)"})]) == 0
    assert "True" in capsys.readouterr().out
    assert cli.main([*arguments, json.dumps({"code": "import os\nos._exit(3)"})]) == 1
    assert "exit status 3" in capsys.readouterr().out
