# pyright: basic, reportMissingImports=false
"""Embeddings of another implementation, to hold ours against.

    python tests/clip/make_reference.py   (in an environment with torch, transformers, safetensors and pillow)

A CLIP of two layers with random weights, as Hugging Face's `CLIPModel` computes it after its own image processor.
"""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel

HERE = Path(__file__).parent
SIZES = (40, 50), (90, 33), (20, 24), (32, 32)  # of the pictures, (height, width)


def pictures() -> list[np.ndarray]:
    chance = np.random.default_rng(7)
    return [chance.integers(0, 256, (*size, 3), dtype=np.uint8) for size in SIZES]


def main() -> None:
    torch.manual_seed(7)
    part = {"hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4}
    vision = {**part, "image_size": 32, "patch_size": 8, "hidden_act": "quick_gelu"}
    text = {**part, "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "vocab_size": 32}
    text |= {"bos_token_id": 0, "eos_token_id": 1}
    model = CLIPModel(CLIPConfig(vision_config=vision, text_config=text, projection_dim=32)).eval()
    with torch.no_grad():
        for name, value in model.named_parameters():
            around = 1.0 if "norm" in name and name.endswith("weight") else 0.0
            spread = 3 / (3 + value.shape[-1] ** 0.5) if value.dim() else 0.1
            value.copy_((around + torch.randn_like(value) * spread).half().float())
    processor = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    prepared = processor([Image.fromarray(picture) for picture in pictures()], return_tensors="pt")["pixel_values"]
    with torch.no_grad():
        found = model.get_image_features(pixel_values=prepared)
    embeddings = getattr(found, "pooler_output", found)
    wanted = ("vision_model.", "visual_projection.")
    tensors = {name: value.half() for name, value in model.state_dict().items() if name.startswith(wanted)}
    save_file(tensors, HERE / "tiny.safetensors", metadata={"format": "pt"})
    np.savez(HERE / "reference.npz", prepared=prepared.numpy(), embeddings=embeddings.numpy())


if __name__ == "__main__":
    main()
