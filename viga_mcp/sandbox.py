"""What a worker process gets from the server, and what it does not: its environment and its folders."""

import os
import sys
from pathlib import Path

# What a graphics driver, the dynamic linker or a locale needs. Everything else, keys and tokens above all, stays out.
PASSED = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "SYSTEMROOT",
    "WINDIR",
    "OCIO",
    "CUDA_VISIBLE_DEVICES",
    "NVIDIA_VISIBLE_DEVICES",
    "NVIDIA_DRIVER_CAPABILITIES",
    "HIP_VISIBLE_DEVICES",
    "__EGL_VENDOR_LIBRARY_FILENAMES",
    "VK_DRIVER_FILES",
    "LIBGL_DRIVERS_PATH",
)


def worker_environment(folder: Path) -> dict[str, str]:
    """A scrubbed environment for a worker whose private folder is `folder`.

    Shader and kernel caches are kept between servers: compiling EEVEE's shaders takes ten seconds without them.
    """
    caches = cache_folder()
    return {
        **{name: os.environ[name] for name in PASSED if name in os.environ},
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "TEMP": str(folder),
        "TMP": str(folder),
        "BLENDER_USER_RESOURCES": str(folder / "blender"),  # no add-on, start-up file or preference of the user's
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
        "PYTHONIOENCODING": "utf-8",
        # Huge pages for Blender's memory (glibc 2.35 and later; others ignore it). A fork touches all its memory for
        # the first time, 36,000 page faults a preview: without them a picture of 375 ms takes 340, a fork 3 ms for 5.
        "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
        "MESA_SHADER_CACHE_DIR": str(caches / "mesa"),
        "MESA_GL_VERSION_OVERRIDE": "4.6",
        "CUDA_CACHE_PATH": str(caches / "cuda"),
        "OPTIX_CACHE_PATH": str(caches / "optix"),
    }


def cache_folder() -> Path:
    """Where caches that outlive a server go; made if missing."""
    if sys.platform == "win32":
        home = os.environ.get("LOCALAPPDATA", str(Path.home()))
    elif sys.platform == "darwin":
        home = str(Path.home() / "Library" / "Caches")
    else:
        home = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))
    folder = Path(home) / "viga-mcp"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
