"""Drive the tools from a script: make something, look at it. Run it with the environment's Python."""

import anyio
from mcp import Client, StdioServerParameters


async def main() -> None:
    server = StdioServerParameters(command="viga-mcp", args=["--workspace", "demo"])
    async with Client(server) as viga:
        code = "import bpy\nbpy.ops.mesh.primitive_monkey_add()\nbpy.context.object.location.z = 1"
        reply = await viga.call_tool("execute_blender_code", {"code": code, "views": ["orbit:30,20"]})
        print(reply.content[0].text)  # the revision, what changed, where the picture is


anyio.run(main)
