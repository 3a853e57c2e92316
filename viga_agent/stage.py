"""The start of a task that has none: a program that makes an empty stage to build on."""

from jinja2 import Environment, PackageLoader, StrictUndefined

LONGER_SIDE_PX = 1024


def empty_stage(size_px: tuple[int, int], camera: str, last_frame: int | None = None) -> str:
    """A program for an empty scene: a camera, grey light and a sun, no objects.

    Args:
        size_px: Width and height of the picture to reach; the render has its aspect.
        camera: Name of the camera, from which the picture is seen.
        last_frame: Of an animation from frame 1.
    """
    scale = min(1.0, LONGER_SIDE_PX / max(size_px))
    width, height = (max(1, round(side * scale)) for side in size_px)
    environment = Environment(
        loader=PackageLoader("viga_agent", "templates"),
        autoescape=False,  # Python, not HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    template = environment.get_template("start.py.j2")
    return template.render(width=width, height=height, camera=camera, last_frame=last_frame)
