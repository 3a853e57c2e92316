"""Frames between the server and a worker: four bytes of length, then one JSON object; the same code on both sides."""

import json
import socket
import struct
from typing import Any

Message = dict[str, Any]
HEADER = struct.Struct(">I")


def encode(message: Message) -> bytes:
    """One frame. Raises ValueError on NaN or infinity, which JSON cannot say."""
    body = json.dumps(message, allow_nan=False, separators=(",", ":")).encode()
    return HEADER.pack(len(body)) + body


def send(link: socket.socket, message: Message) -> None:
    link.sendall(encode(message))


def receive(link: socket.socket) -> tuple[Message, list[int]] | None:
    """The next frame and the file descriptors that came with it; None when the other side has closed."""
    if hasattr(socket, "recv_fds"):
        head, descriptors, _, _ = socket.recv_fds(link, HEADER.size, 1, getattr(socket, "MSG_CMSG_CLOEXEC", 0))
    else:
        head, descriptors = link.recv(HEADER.size), []
    if not head:
        return None
    head += _exactly(link, HEADER.size - len(head))
    return json.loads(_exactly(link, HEADER.unpack(head)[0])), list(descriptors)


def _exactly(link: socket.socket, size: int) -> bytes:
    parts: list[bytes] = []
    while size:
        part = link.recv(min(size, 1 << 20))
        if not part:
            raise EOFError("the other side closed in the middle of a frame")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
