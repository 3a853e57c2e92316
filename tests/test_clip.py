"""CLIP's image encoder against another implementation, weights files of all sorts, and the comparison that uses them."""

import json
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from mcp import Client
from numpy.typing import NDArray
from PIL import Image

from tests.conftest import Viga, text_of
from viga_mcp import doctor, pictures, safetensors
from viga_mcp.clip import NONE_GIVEN, BadWeights, Clip, encoder_layout
from viga_mcp.config import Config
from viga_mcp.metrics.clip import MEAN, STD, ImageEncoder, cosine, layout
from viga_mcp.server import build_server

TINY = Path(__file__).parent / "clip" / "tiny.safetensors"
REFERENCE = Path(__file__).parent / "clip" / "reference.npz"
HEAD_WIDTH = 16  # of the tiny one, so that it has four heads
Tensors = dict[str, NDArray[np.float32]]


def drawn() -> NDArray[np.uint8]:
    """The pictures of clip/make_reference.py, prepared."""
    chance = np.random.default_rng(7)
    sizes = (40, 50), (90, 33), (20, 24), (32, 32)
    return np.stack([pictures.square(chance.integers(0, 256, (*s, 3), dtype=np.uint8), 32) for s in sizes])


def tensors() -> Tensors:
    return safetensors.read(TINY, safetensors.header(TINY).entries)


def save(path: Path, values: Tensors, dtype: str = "F32") -> Path:
    """A safetensors file."""
    fields: dict[str, object] = {"__metadata__": {"format": "pt"}}
    data = b""
    for name, value in values.items():
        added = value.astype("<f2" if dtype == "F16" else "<f4").tobytes()
        fields[name] = {"dtype": dtype, "shape": value.shape, "data_offsets": [len(data), len(data) + len(added)]}
        data += added
    text = json.dumps(fields).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path


def test_embeddings_are_those_of_hugging_faces_clip() -> None:
    found = ImageEncoder(tensors(), head_width=HEAD_WIDTH).embeddings(drawn())
    wanted = np.load(REFERENCE)["embeddings"]
    assert found.dtype == np.float32
    assert np.abs(wanted).max() > 1
    assert np.abs(found - wanted).max() < 1e-4


def test_pictures_are_prepared_as_by_clips_own_processor() -> None:
    """Sizes with odd margins, one that is scaled up, and one that fits."""
    prepared = ((drawn() / 255 - MEAN) / STD).transpose(0, 3, 1, 2)
    assert np.abs(prepared - np.load(REFERENCE)["prepared"]).max() < 1e-6


def test_one_picture_at_a_time_gives_what_all_together_give() -> None:
    encoder = ImageEncoder(tensors(), head_width=HEAD_WIDTH)
    together = encoder.embeddings(drawn())
    for number in range(4):
        assert np.abs(encoder.embeddings(drawn()[number : number + 1])[0] - together[number]).max() < 1e-4


def test_cosine_is_one_for_one_direction_and_zero_for_a_right_angle() -> None:
    a, b = np.array([1, 2, 2], np.float32), np.array([2, 1, -2], np.float32)
    assert cosine(a, 3 * a) == pytest.approx(1)
    assert cosine(a, b) == 0


@pytest.mark.parametrize(
    ("width", "layers", "patch", "side", "inner", "projected", "name"),
    [(768, 12, 32, 224, 3072, 512, "ViT-B/32"), (1024, 24, 14, 224, 4096, 768, "ViT-L/14")],
)
def test_the_official_sizes_follow_from_the_shapes(
    width: int, layers: int, patch: int, side: int, inner: int, projected: int, name: str
) -> None:
    shapes: dict[str, tuple[int, ...]] = {}
    for key, shape in safetensors.header(TINY).shapes.items():
        shapes[key] = tuple({64: width, 96: inner, 32: projected}.get(n, n) for n in shape)
    shapes["vision_model.embeddings.patch_embedding.weight"] = (width, 3, patch, patch)
    shapes["vision_model.embeddings.position_embedding.weight"] = ((side // patch) ** 2 + 1, width)
    for key in list(shapes):
        if ".layers.0." in key:
            shapes |= {key.replace(".0.", f".{number}."): shapes[key] for number in range(layers)}
    others = {
        "vision_model.embeddings.position_ids": (1, 50),
        "text_model.final_layer_norm.bias": (512,),
        "logit_scale": (),
    }
    found = layout(shapes | others)
    assert (found.name, found.layers, found.side_px) == (name, layers, side)
    assert not others.keys() & found.shapes.keys()


@pytest.mark.parametrize("dtype", ["F32", "F16"])
def test_single_and_half_precision_are_read_alike(dtype: str, tmp_path: Path) -> None:
    path = save(tmp_path / "w.safetensors", tensors(), dtype)  # the tiny one's numbers are half ones
    read = safetensors.read(path, tensors())
    assert all((read[name] == value).all() for name, value in tensors().items())
    assert {value.dtype for value in read.values()} == {np.dtype(np.float32)}


def without(values: Tensors, name: str) -> Tensors:
    return {key: value for key, value in values.items() if key != name}


SPOILED: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: None, "No such file"),
    "a folder": (lambda path: path.mkdir(), ""),
    "empty": (lambda path: path.write_bytes(b""), "not a safetensors file"),
    "a pickle": (lambda path: path.write_bytes(b"PK\x03\x04" + bytes(4000)), "not a safetensors file"),
    "no JSON": (lambda path: path.write_bytes((9).to_bytes(8, "little") + b"\xffgibberish"), "not a safetensors file"),
    "a JSON list": (lambda path: path.write_bytes((2).to_bytes(8, "little") + b"[]"), "not a safetensors file"),
    "cut off": (lambda path: path.write_bytes(TINY.read_bytes()[:-1000]), "cut off: 152,264 of 153,264 bytes"),
    "another model": (
        lambda path: save(path, {"bert.pooler.bias": np.zeros(3, np.float32)}),
        "no tensor 'vision_model.",
    ),
    "half a model": (
        lambda path: save(path, without(tensors(), "vision_model.post_layernorm.bias")),
        "tensor 'vision_model.post_layernorm.bias' should be (64,), not missing",
    ),
    "another width": (
        lambda path: save(
            path, {k: v[tuple(slice(48 if n == 64 else n) for n in v.shape)] for k, v in tensors().items()}
        ),
        "tokens of width 48 and patches of 8 px make no heads of 64",
    ),
    "other shapes": (
        lambda path: save(path, tensors() | {"vision_model.post_layernorm.bias": np.zeros(5, np.float32)}),
        "tensor 'vision_model.post_layernorm.bias' should be (64,), not (5,)",
    ),
}


@pytest.mark.parametrize("spoiled", SPOILED)
def test_a_file_that_is_no_clip_is_named_with_what_was_wanted(spoiled: str, tmp_path: Path) -> None:
    make, why = SPOILED[spoiled]
    path = tmp_path / "model.safetensors"
    make(path)
    with pytest.raises(BadWeights) as told:
        encoder_layout(path)
    said = str(told.value)
    assert said.startswith(f"{path}: {why}")
    assert "openai/clip-vit-base-patch32" in said
    found = Clip(path).similarity(drawn()[0], drawn()[1])
    assert (found.value, found.reason) == (None, said)


def test_numbers_of_another_kind_are_refused_when_they_are_read(tmp_path: Path) -> None:
    path = save(tmp_path / "w.safetensors", tensors(), "BF16")
    found = Clip(path).similarity(drawn()[0], drawn()[1])
    assert found.value is None
    assert "is BF16; F32 and F16 can be read" in found.reason


def test_weights_without_a_finite_answer_give_none(tmp_path: Path) -> None:
    spoiled = tensors() | {"vision_model.post_layernorm.bias": np.full(64, np.nan, np.float32)}
    found = Clip(save(tmp_path / "w.safetensors", spoiled)).similarity(drawn()[0], drawn()[1])
    assert found.value is None
    assert "no finite number" in found.reason


def test_weights_are_read_once_and_bad_ones_again_when_they_were_mended(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    clip = Clip(path)
    assert clip.similarity(drawn()[0], drawn()[1]).value is None
    path.write_bytes(TINY.read_bytes())
    first = clip.similarity(drawn()[0], drawn()[1])
    path.unlink()
    assert first.value is not None
    assert clip.similarity(drawn()[0], drawn()[1]) == first
    assert clip.similarity(drawn()[0], drawn()[0]).value == pytest.approx(1)


async def compared(workspace: Path, weights: Path | None) -> tuple[str, dict[str, object], dict[str, object]]:
    """Text and numbers of a comparison with noise, and the metrics that the revision keeps."""
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (48, 64, 3), dtype=np.uint8)).save(
        workspace / "noise.png"
    )
    async with Client(build_server(Config(workspace, clip_weights=weights))) as client:
        viga = Viga(client, workspace)
        await viga.facts("open_scene", template="default")
        await viga.facts("set_target", image="noise.png")
        result = await viga.result("compare_with_target")
        assert not result.is_error, text_of(result)
        assert result.meta
        row = (await viga.facts("list_revisions"))["revisions"][0]
        return text_of(result), result.meta["viga/comparison"], row["metrics"]["target"]


@pytest.mark.blender
async def test_a_comparison_with_weights_tells_and_keeps_the_similarity(tmp_path: Path) -> None:
    text, numbers, kept = await compared(tmp_path, TINY)
    assert isinstance(numbers["clip"], float)
    assert -1 <= numbers["clip"] < 0.999
    assert numbers["clip_model"] == "ViT-64/8"
    assert f"CLIP similarity {numbers['clip']:.4f} (ViT-64/8)" in text
    assert kept["clip_similarity"] == numbers["clip"]


@pytest.mark.blender
async def test_a_comparison_without_weights_says_why_to_programs_and_costs_a_model_nothing(tmp_path: Path) -> None:
    text, numbers, kept = await compared(tmp_path, None)
    assert (numbers["clip"], numbers["clip_reason"]) == (None, NONE_GIVEN)
    assert "CLIP" not in text
    assert set(kept) == {"photometric_loss"}


@pytest.mark.blender
async def test_bad_weights_are_told_at_the_start_and_in_a_comparison_that_is_whole_otherwise(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    weights = tmp_path / "cut.safetensors"
    weights.write_bytes(TINY.read_bytes()[:-1000])
    with caplog.at_level(logging.WARNING):
        text, numbers, _ = await compared(tmp_path, weights)
    assert f"no CLIP similarity: {weights}: cut off" in caplog.text
    assert f"CLIP similarity: none: {weights}: cut off" in text
    assert numbers["clip"] is None
    assert isinstance(numbers["photometric_loss"], float)
    assert isinstance(numbers["flip"], float)


@pytest.mark.parametrize(
    ("weights", "mark", "said"),
    [
        (None, "optional", "none given"),
        (TINY, "ok", "ViT-64/8"),
        (TINY, "ok", "NOT an official file"),
        (Path("gone.safetensors"), "MISSING", "gone.safetensors: No such file"),
    ],
)
def test_the_doctor_tells_of_the_weights(
    weights: Path | None, mark: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    doctor.main(Config(tmp_path, blender=tmp_path / "none", clip_weights=weights))
    (line,) = (line for line in capsys.readouterr().out.splitlines() if "CLIP weights:" in line)
    assert line.startswith(mark)
    assert said in line
