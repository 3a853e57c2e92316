"""Which Debian packages this machine lacks. Standard library only: it runs before anything is installed."""

import ctypes
import importlib.util
import sys
from collections.abc import Callable

# Shared libraries that bpy links against, and the packages that hold them.
LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libXext.so.6": "libxext6",
    "libXfixes.so.3": "libxfixes3",
    "libXi.so.6": "libxi6",
    "libXrender.so.1": "libxrender1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libSM.so.6": "libsm6",
    "libICE.so.6": "libice6",
}
GL_PACKAGES = "libegl1 libegl-mesa0 libgl1-mesa-dri"  # for EEVEE and Workbench; Cycles does without


def missing_packages(load: Callable[[str], object] = ctypes.CDLL) -> list[str]:
    """Packages of libraries that the linker can't find; none on systems other than Linux."""
    missing: list[str] = []
    for library, package in LIBRARIES.items() if sys.platform == "linux" else ():
        try:
            load(library)
        except OSError:
            missing.append(package)
    return missing


if __name__ == "__main__":
    packages = missing_packages()
    if importlib.util.find_spec("ensurepip") is None:  # Debian splits it off
        packages.append(f"python{sys.version_info[0]}.{sys.version_info[1]}-venv")
    print(*packages)  # noqa: T201
