"""One role's model."""

from collections.abc import Sequence

from pydantic_ai import direct
from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.tools import ToolDefinition

from viga_agent.models import failures_told


class Chat:
    """Asks a model."""

    def __init__(self, model: Model, role: str) -> None:
        self._model = model
        self._role = role

    async def ask(self, messages: Sequence[ModelMessage], tools: Sequence[ToolDefinition]) -> ModelResponse:
        """Its reply. Raises ToolFailed if there is none."""
        parameters = ModelRequestParameters(function_tools=list(tools))
        with failures_told(self._role):
            return await direct.model_request(self._model, list(messages), model_request_parameters=parameters)
