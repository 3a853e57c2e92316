"""Models that answer what was recorded: a run that can be made again, anywhere, without a model."""

from pathlib import Path

from pydantic_ai.messages import ModelMessage, ModelMessagesTypeAdapter, ModelResponse
from pydantic_ai.models.function import AgentInfo, FunctionModel

from viga_agent.policies.model import ROLES, ModelPolicy, Role
from viga_agent.tasks import TaskError
from viga_agent.tools import ToolFailed
from viga_agent.trajectory import read_events


def replay_policy(path: Path) -> ModelPolicy:
    """A policy that goes through the replies of a file in order: a run's `events.jsonl`, or its lines `"reply"` alone.

    Raises:
        TaskError: For a file that holds none.
    """
    try:
        events = [event for event in read_events(path) if event.get("event") == "reply"]
        replies = [(e["role"], ModelMessagesTypeAdapter.validate_python([e["reply"]])[0]) for e in events]
    except (OSError, ValueError, KeyError) as error:
        raise TaskError(f"{path} can't be replayed: {error}") from error
    if not replies:
        raise TaskError(f"{path} holds no reply of a model to replay.")
    waiting = iter(replies)

    def model(role: Role) -> FunctionModel:
        def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
            recorded, reply = next(waiting, (None, None))
            if recorded != role or not isinstance(reply, ModelResponse):
                what = "the recording ends here" if recorded is None else f"the recording goes on with the {recorded}"
                raise ToolFailed("replay", "invalid_argument", f"the {role} is asked for a reply, but {what}")
            return reply

        return FunctionModel(answer, model_name="recorded")

    options = ("--policy", "replay", "--replies", str(path))
    return ModelPolicy({role: model(role) for role in ROLES}, "replay", options, is_recorded=True)
