"""Models by name: what `--model` takes, what a reply cost, and what a failure means for a run."""

import contextlib
import json
import os
from collections.abc import Generator
from typing import Any, cast

from pydantic_ai.exceptions import AgentRunError, ModelAPIError, ModelHTTPError, UserError
from pydantic_ai.messages import ModelResponse
from pydantic_ai.models import Model, infer_model

from viga_agent.tasks import TaskError
from viga_agent.tools import ToolFailed

KEY = "VIGA_AGENT_KEY"
MAY_PASS = frozenset({408, 409, 425, 429})
SHOWN_CHARACTERS = 300


def find_model(name: str, base_url: str | None = None) -> Model:
    """The model of a name.

    Args:
        name: `provider:model`, as pydantic-ai has it: "openai:gpt-5", "anthropic:...", "google-gla:...",
            "openrouter:..."; with `base_url` just the server's name for it.
        base_url: Of a server that speaks OpenAI's chat completions: vLLM, Ollama, LM Studio. Its key, if it wants
            one, is in the environment as VIGA_AGENT_KEY: no other key is sent there.

    Raises:
        TaskError: If there is none, its package is not installed, or its key is not in the environment.
    """
    try:
        if base_url is None:
            return infer_model(name)
        from pydantic_ai.models.openai import OpenAIChatModel
        from pydantic_ai.providers.openai import OpenAIProvider

        return OpenAIChatModel(name, provider=OpenAIProvider(base_url, os.environ.get(KEY, "none")))
    except ImportError as error:
        raise TaskError(f"--model {name}: {str(error).splitlines()[0]}") from error
    except UserError as error:
        told = str(error).split(" To try ")[0].rstrip(".")
        raise TaskError(f"--model {name}: {told}. Write provider:model, or give --base-url.") from error


@contextlib.contextmanager
def failures_told(role: str) -> Generator[None]:
    """Raises ToolFailed for what a provider answers: "busy" or "unavailable" where another try may help."""
    try:
        yield
    except ModelHTTPError as error:
        may_pass = error.status_code in MAY_PASS or error.status_code >= 500
        kind = ("busy" if error.status_code == 429 else "unavailable") if may_pass else "invalid_argument"
        raise ToolFailed(role, kind, f"{error.model_name} answered {error.status_code}: {_said(error.body)}") from error
    except ModelAPIError as error:
        raise ToolFailed(role, "unavailable", f"{error.model_name} can't be reached: {error.message}") from error
    except AgentRunError as error:
        raise ToolFailed(role, "unavailable", f"the answer can't be used: {error}"[:SHOWN_CHARACTERS]) from error


def expense(reply: ModelResponse) -> dict[str, Any]:
    """Tokens of a reply, and its price in USD; None for a price that nobody knows."""
    try:
        money = float(reply.cost().total_price)
    except (LookupError, ValueError, AssertionError):
        money = None
    return {"input": reply.usage.input_tokens, "output": reply.usage.output_tokens, "usd": money}


def _said(body: object) -> str:
    """What the provider says, without the rest of its answer."""
    if isinstance(body, dict):
        fields = cast("dict[str, object]", body)  # JSON
        return _said(fields.get("error") or fields.get("message") or json.dumps(fields, default=str))
    return str(body)[:SHOWN_CHARACTERS]
