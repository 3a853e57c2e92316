"""The server's end of a link to a worker."""

import socket
import sys

import anyio
from anyio.abc import ByteStream
from anyio.lowlevel import checkpoint


class Link(ByteStream):
    """A connected stream socket whose waits may be cancelled at any moment.

    anyio's own socket streams can't be: where a wait is cancelled in the very turn of asyncio's loop in which its data
    came, the loop reports an InvalidStateError that nobody can catch.

    Args:
        end: Our end. It is closed with the link.
    """

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._socket = end

    async def receive(self, max_bytes: int = 65536) -> bytes:
        """What has come. Raises EndOfStream once the other side has closed, OSError when the connection is lost."""
        await checkpoint()
        while True:
            try:
                data = self._socket.recv(max_bytes)
            except BlockingIOError:
                await anyio.wait_readable(self._socket)
            else:
                if not data:
                    raise anyio.EndOfStream
                return data

    async def send(self, item: bytes, descriptor: int | None = None) -> None:
        """Send all of it, and a file descriptor along with its first byte (POSIX). Raises OSError as `receive` does."""
        await checkpoint()
        left = memoryview(item)
        while left:
            try:
                if descriptor is None or sys.platform == "win32":
                    sent = self._socket.send(left)
                else:
                    sent = socket.send_fds(self._socket, [left], [descriptor])
            except BlockingIOError:
                await anyio.wait_writable(self._socket)
            else:
                left, descriptor = left[sent:], None

    async def send_eof(self) -> None:
        self._socket.shutdown(socket.SHUT_WR)

    async def aclose(self) -> None:
        """Close our end; a wait that is under way raises ClosedResourceError."""
        if self._socket.fileno() >= 0:
            anyio.notify_closing(self._socket)
            self._socket.close()
        await checkpoint()
