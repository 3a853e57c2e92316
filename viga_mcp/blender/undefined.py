# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Names and modules that a program uses and Python does not have."""

import builtins
import importlib.util
import re
import sys
from collections.abc import Iterator
from types import ModuleType

import bpy

from viga_mcp.blender.place import Place
from viga_mcp.blender.spelling import nearest, said

_USUAL_IMPORTS = {
    "math": "import math", "random": "import random", "os": "import os", "bmesh": "import bmesh", "json": "import json",
    "mathutils": "import mathutils",
    "np": "import numpy as np", "numpy": "import numpy", "Path": "from pathlib import Path",
    "Vector": "from mathutils import Vector", "Euler": "from mathutils import Euler",
    "Matrix": "from mathutils import Matrix",
    "Quaternion": "from mathutils import Quaternion", "Color": "from mathutils import Color",
    "noise": "from mathutils import noise", "BVHTree": "from mathutils.bvhtree import BVHTree",
    "radians": "from math import radians", "degrees": "from math import degrees", "pi": "from math import pi",
    "sin": "from math import sin", "cos": "from math import cos", "sqrt": "from math import sqrt",
    "C": "C = bpy.context", "D": "D = bpy.data",
    "context": "context = bpy.context", "scene": "scene = bpy.context.scene",
}  # fmt: skip


def suggest_name(error: NameError, place: Place) -> Iterator[str]:
    """Hints for a name that Python does not know."""
    name = error.name or ""
    if name in _USUAL_IMPORTS:
        yield f"Add `{_USUAL_IMPORTS[name]}`: each run starts with only `bpy`."
        return
    known = list(dir(builtins))
    if place.step:
        known = [*place.step.frame.f_locals, *place.step.frame.f_globals, *known]
    if near := nearest(name, [other for other in known if other[0] != "_" and other != name], cutoff=0.7):
        yield f"Did you mean {said(near)}?"
    if isinstance(error, UnboundLocalError):
        yield f"{name!r} is assigned later in this function, so it is local: `global {name}`, or an argument."
    elif match := nearest(name, bpy.data.objects.keys(), limit=1, cutoff=0.8):
        yield f"Variables do not outlive a run: fetch it by name, as bpy.data.objects[{match[0]!r}]."
    elif not near:
        yield "Variables do not outlive a run: define it here, or fetch the data by name from bpy.data."


def suggest_module(error: ImportError, message: str) -> Iterator[str]:
    """Hints for a module, or a name in one, that can't be imported."""
    match = re.search(r"cannot import name '(\w+)' from '([\w.]+)'", message)
    if match and isinstance(module := sys.modules.get(match[2]), ModuleType):
        if near := nearest(match[1], dir(module)):
            yield f"{match[2]} has no {match[1]!r}. Did you mean {said(near)}?"
        return
    if isinstance(error, ModuleNotFoundError) and error.name:
        base = error.name.partition(".")[0]
        usual = ["bpy", "bmesh", "mathutils", "bpy_extras", "gpu", "numpy", "idprop", "aud", *sys.stdlib_module_names]
        if near := nearest(base, usual, cutoff=0.75):
            yield f"Did you mean {said(near)}?"
        elif importlib.util.find_spec(base) is None:
            yield f"{base!r} is not installed here: there are Blender's modules, numpy and the standard library."
