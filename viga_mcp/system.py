"""Which Debian packages this machine lacks. Standard library only: it runs before anything is installed."""

import ctypes
import importlib.util
import shutil
import subprocess
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
# LibreOffice without a screen, and fonts with the widths of those that decks are written in.
OFFICE = ("libreoffice-impress-nogui",)
FONTS = {
    "fonts-crosextra-carlito": "Carlito",
    "fonts-crosextra-caladea": "Caladea",
    "fonts-liberation2": "Liberation Sans",
    "fonts-noto-core": "Noto Sans",
    "fonts-noto-color-emoji": "Noto Color Emoji",
    "fonts-noto-cjk": "Noto Sans CJK",
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


def office_packages() -> list[str]:
    """LibreOffice and the fonts for slides, as Debian names them."""
    return [*OFFICE, *FONTS]


def missing_office_packages() -> list[str]:
    """Those of them that are not there; only where Debian's names mean something."""
    if sys.platform != "linux":
        return []
    missing = [] if shutil.which("soffice") or shutil.which("libreoffice") else list(OFFICE)
    try:
        command = ["fc-list", ":", "family"]
        known = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        known = ""
    return missing + [package for package, family in FONTS.items() if family not in known]


if __name__ == "__main__":
    if "--office" in sys.argv:
        print(*missing_office_packages())  # noqa: T201
        sys.exit()
    packages = missing_packages()
    if importlib.util.find_spec("ensurepip") is None:  # Debian splits it off
        packages.append(f"python{sys.version_info[0]}.{sys.version_info[1]}-venv")
    print(*packages)  # noqa: T201
