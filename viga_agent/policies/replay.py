"""Models that answer what was recorded: a run that can be made again, anywhere, without a model."""

from collections import Counter, deque
from collections.abc import Sequence
from pathlib import Path

from pydantic_ai.messages import ModelMessage, ModelMessagesTypeAdapter, ModelResponse
from pydantic_ai.tools import ToolDefinition

from viga_agent.policies.roles import Roles
from viga_agent.session import MAIN, Role
from viga_agent.tasks import TaskError
from viga_agent.tools import ToolFailed
from viga_agent.trajectory import Event, read_events
from viga_agent.view import Memory

Who = tuple[Role, str]


class Recording:
    """The replies of one role, in order."""

    def __init__(self, role: Role) -> None:
        self.waiting: deque[ModelResponse] = deque()
        self._role = role

    async def ask(
        self, messages: Sequence[ModelMessage], tools: Sequence[ToolDefinition], on_retry: object = None
    ) -> ModelResponse:
        """The next one, whatever is asked."""
        if not self.waiting:
            raise ToolFailed("replay", "invalid_argument", f"the recording holds no further reply of the {self._role}")
        return self.waiting.popleft()


def recorded_roles(path: Path, memory: Memory | None = None, past: Sequence[Event] = ()) -> Roles:
    """Roles that go through the replies of a file: a run's `events.jsonl`, or its lines `"reply"` alone.

    Args:
        past: What a run that goes on recalls: its replies are left out.

    Raises:
        TaskError: For a file that holds none.
    """
    try:
        recorded = [(_who(event), _reply(event)) for event in read_events(path) if event.get("event") == "reply"]
    except (OSError, ValueError, KeyError) as error:
        raise TaskError(f"{path} can't be replayed: {error}") from error
    if not recorded:
        raise TaskError(f"{path} holds no reply of a model to replay.")
    recalled = Counter(_who(event) for event in past if event["event"] == "reply")
    voices: dict[Who, Recording] = {}
    for who, reply in recorded:
        voice = voices.setdefault(who, Recording(who[0]))
        if recalled[who] > 0:
            recalled[who] -= 1
        else:
            voice.waiting.append(reply)
    return Roles(lambda role, handle: voices.get((role, handle)) or Recording(role), memory, is_recorded=True)


def _who(event: Event) -> Who:
    return event["role"], event.get("branch", MAIN)


def _reply(event: Event) -> ModelResponse:
    reply = ModelMessagesTypeAdapter.validate_python([event["reply"]])[0]
    if not isinstance(reply, ModelResponse):
        raise ValueError("a reply is no response of a model")
    return reply
