"""CLIP's image encoder: pictures become vectors whose angle tells how alike their content is. Pure numpy.

Source: Radford et al. 2021, arXiv:2103.00020; names of the tensors as in Hugging Face's `CLIPModel`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Array = NDArray[np.floating[Any]]
Shapes = Mapping[str, tuple[int, ...]]

MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)
HEAD_WIDTH = 64  # in all of OpenAI's models; no tensor tells it
EPSILON = 1e-5

_PATCHES = "vision_model.embeddings.patch_embedding.weight"
_PLACES = "vision_model.embeddings.position_embedding.weight"
_PROJECTION = "visual_projection.weight"


@dataclass(frozen=True)
class Layout:
    """The size of an encoder, and the tensors that it needs.

    Attributes:
        width: Of a token.
        patch_px, side_px: Of the squares that become tokens, and of the picture.
        shapes: Name -> shape of each tensor.
    """

    width: int
    layers: int
    patch_px: int
    side_px: int
    shapes: Shapes

    @property
    def name(self) -> str:
        """Such as "ViT-B/32"."""
        size = {768: "B", 1024: "L"}.get(self.width, str(self.width))
        return f"ViT-{size}/{self.patch_px}"


def layout(shapes: Shapes, *, head_width: int = HEAD_WIDTH) -> Layout:
    """The encoder that tensors of these shapes make; tensors of other parts are passed over.

    Raises:
        ValueError: Names the first tensor that is missing or of another shape than the others ask for.
    """
    for name, dimensions in ((_PATCHES, 4), (_PLACES, 2), (_PROJECTION, 2)):
        if len(shapes.get(name, ())) != dimensions:
            raise ValueError(f"no tensor {name!r} of {dimensions} dimensions")
    width, _, patch_px, _ = shapes[_PATCHES]
    columns = round((max(shapes[_PLACES][0], 2) - 1) ** 0.5)
    layers = len({name.split(".")[3] for name in shapes if name.startswith("vision_model.encoder.layers.")})
    inner = shapes.get("vision_model.encoder.layers.0.mlp.fc1.bias", (0,))[0]
    wanted: dict[str, tuple[int, ...]] = {
        "vision_model.embeddings.class_embedding": (width,),
        _PATCHES: (width, 3, patch_px, patch_px),
        _PLACES: (columns**2 + 1, width),
        **_pair("vision_model.pre_layrnorm", width),  # the official spelling
        **_pair("vision_model.post_layernorm", width),
        _PROJECTION: (shapes[_PROJECTION][0], width),
    }
    for number in range(max(layers, 1)):
        layer = f"vision_model.encoder.layers.{number}"
        for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
            wanted |= _pair(f"{layer}.self_attn.{part}", width, width)
        wanted |= _pair(f"{layer}.layer_norm1", width) | _pair(f"{layer}.layer_norm2", width)
        wanted |= _pair(f"{layer}.mlp.fc1", inner, width) | _pair(f"{layer}.mlp.fc2", width, inner)
    for name, shape in wanted.items():
        if shapes.get(name) != shape:
            raise ValueError(f"tensor {name!r} should be {shape}, not {shapes.get(name, 'missing')}")
    if not width or width % head_width or not patch_px:
        raise ValueError(f"tokens of width {width} and patches of {patch_px} px make no heads of {head_width}")
    return Layout(width, layers, patch_px, columns * patch_px, wanted)


class ImageEncoder:
    """CLIP's vision transformer and projection.

    Args:
        tensors: Those of `layout`, float32.

    Raises:
        ValueError: As `layout`.
    """

    def __init__(self, tensors: Mapping[str, Array], *, head_width: int = HEAD_WIDTH) -> None:
        self.layout = layout({name: tensor.shape for name, tensor in tensors.items()}, head_width=head_width)
        self._tensors = tensors
        self._heads = self.layout.width // head_width

    def embeddings(self, pictures: NDArray[np.uint8]) -> Array:
        """The projected class tokens, (n, d), not normalised.

        Args:
            pictures: (n, side_px, side_px, 3).
        """
        x = self._normal(self._tokens((pictures / np.float32(255) - MEAN) / STD), "vision_model.pre_layrnorm")
        for number in range(self.layout.layers):
            layer = f"vision_model.encoder.layers.{number}"
            x = x + self._attended(self._normal(x, f"{layer}.layer_norm1"), f"{layer}.self_attn")
            inner = self._linear(self._normal(x, f"{layer}.layer_norm2"), f"{layer}.mlp.fc1")
            # quick GELU: x * sigmoid(1.702 x), written so that nothing overflows
            x = x + self._linear(inner * (0.5 + 0.5 * np.tanh(0.851 * inner)), f"{layer}.mlp.fc2")
        return self._normal(x[:, 0], "vision_model.post_layernorm") @ self._tensors[_PROJECTION].T

    def _tokens(self, pictures: Array) -> Array:
        """A token for the whole and one a patch, (n, 1 + patches, width)."""
        count, side, patch = len(pictures), self.layout.side_px // self.layout.patch_px, self.layout.patch_px
        patches = pictures.reshape(count, side, patch, side, patch, 3).transpose(0, 1, 3, 5, 2, 4)
        tokens = patches.reshape(count, side**2, -1) @ self._tensors[_PATCHES].reshape(self.layout.width, -1).T
        whole = np.broadcast_to(self._tensors["vision_model.embeddings.class_embedding"], (count, 1, tokens.shape[2]))
        return np.concatenate([whole, tokens], 1) + self._tensors[_PLACES]

    def _attended(self, x: Array, name: str) -> Array:
        count, length, width = x.shape
        size = width // self._heads
        q, k, v = (
            self._linear(x, f"{name}.{part}").reshape(count, length, self._heads, size).transpose(0, 2, 1, 3)
            for part in ("q_proj", "k_proj", "v_proj")
        )
        weights: Array = q @ k.transpose(0, 1, 3, 2) * np.float32(size**-0.5)
        weights = np.exp(weights - weights.max(-1, keepdims=True))
        mixed = (weights / weights.sum(-1, keepdims=True)) @ v
        return self._linear(mixed.transpose(0, 2, 1, 3).reshape(count, length, width), f"{name}.out_proj")

    def _linear(self, x: Array, name: str) -> Array:
        # one product for all pictures: numpy would make one for each, and threads wait for one another at each
        product = x.reshape(-1, x.shape[-1]) @ self._tensors[f"{name}.weight"].T + self._tensors[f"{name}.bias"]
        return product.reshape(*x.shape[:-1], -1)

    def _normal(self, x: Array, name: str) -> Array:
        x = x - x.mean(-1, keepdims=True)
        x = x / np.sqrt((x * x).mean(-1, keepdims=True) + np.float32(EPSILON))
        return x * self._tensors[f"{name}.weight"] + self._tensors[f"{name}.bias"]


def cosine(a: Array, b: Array) -> float:
    """Of the angle between two vectors; 1 is the same direction."""
    x, y = a.astype(np.float64), b.astype(np.float64)
    return float(x @ y / np.sqrt((x @ x) * (y @ y)))


def _pair(name: str, *shape: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
