"""Models by name: what `--model` takes, what a reply cost, and what a failure means for a run."""

import contextlib
import json
import os
from collections.abc import Generator
from typing import Any, cast

from pydantic_ai.exceptions import (
    AgentRunError,
    ModelAPIError,
    ModelHTTPError,
    ModelQuotaExceededError,
    UserError,
)
from pydantic_ai.messages import ModelResponse
from pydantic_ai.models import Model, infer_model
from pydantic_ai.providers import Provider

from viga_agent.tasks import TaskError
from viga_agent.tools import ToolFailed

KEY = "VIGA_AGENT_KEY"
WIRES = frozenset({"openai-chat", "openai-responses", "anthropic", "google"})
"""What --base-url speaks: chat completions, unless the model's name begins with another of these."""
MAY_PASS = frozenset({408, 409, 425, 429})
SHOWN_CHARACTERS = 300
_SECRETS = ("_KEY", "_TOKEN", "_SECRET", "_PASSWORD")
_LEAST_SECRET = 8  # a shorter value is no key, and would be found in innocent words


def find_model(name: str, base_url: str | None = None) -> Model:
    """The model of a name.

    Args:
        name: `provider:model`, as pydantic-ai has it: "openai:gpt-5", "anthropic:...", "google:...", "openrouter:...",
            "ollama:..."; with `base_url` the server's name for it, after one of `WIRES` and a colon if the server
            does not speak OpenAI's chat completions.
        base_url: Of a server: vLLM, Ollama, LM Studio, a gateway. Its key, if it wants one, is in the environment
            as VIGA_AGENT_KEY: no other key is sent there.

    Raises:
        TaskError: If there is none, its package is not installed, or its key is not in the environment.
    """
    prefix, _, rest = name.partition(":")
    if prefix == "google-gla":  # as pydantic-ai called it before version 2
        prefix, name = "google", f"google:{rest}"
    try:
        if base_url is None:
            return infer_model(name)
        wire, model = (prefix, rest) if prefix in WIRES else ("openai-chat", name)
        return infer_model(f"{wire}:{model}", lambda _: _provider(wire, base_url))
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
    except ToolFailed:
        raise
    except ModelHTTPError as error:
        kind, told = _kind(error), f"{error.model_name} answered {error.status_code}: {_said(error.body)}"
        raise ToolFailed(role, kind, without_keys(told)) from error
    except ModelAPIError as error:
        told = f"{error.model_name} can't be reached: {error.message}"
        raise ToolFailed(role, "unavailable", without_keys(told[:SHOWN_CHARACTERS])) from error
    except UserError as error:
        raise ToolFailed(role, "invalid_argument", without_keys(f"the model can't be asked: {error}")) from error
    except Exception as error:  # SDKs trust that an answer has the form that it should have
        cause = error if isinstance(error, AgentRunError) else repr(error)
        told = f"the answer can't be used: {cause}"[:SHOWN_CHARACTERS]
        raise ToolFailed(role, "unavailable", without_keys(told)) from error


def expense(reply: ModelResponse) -> dict[str, Any]:
    """Tokens of a reply ("cached" are among "input"), and its price in USD; None for a price that nobody knows."""
    usage = reply.usage
    try:
        money = float(reply.cost().total_price) if usage.has_values() else None
    except (LookupError, ValueError, AssertionError):
        money = None
    return {
        "input": usage.input_tokens,
        "cached": usage.cache_read_tokens,
        "output": usage.output_tokens,
        "usd": money,
    }


def without_keys(text: str) -> str:
    """A text as it may be recorded: some servers repeat the key that they refuse."""
    for name, value in os.environ.items():
        if name.endswith(_SECRETS) and len(value) >= _LEAST_SECRET:
            text = text.replace(value, f"[{name}]")
    return text.encode(errors="replace").decode()  # JSON can hold halves of characters


def _provider(wire: str, base_url: str) -> Provider[Any]:
    key = os.environ.get(KEY, "none")
    if wire == "anthropic":
        from pydantic_ai.providers.anthropic import AnthropicProvider  # each needs a package of its own

        return AnthropicProvider(api_key=key, base_url=base_url)
    if wire == "google":
        from pydantic_ai.providers.google import GoogleProvider

        return GoogleProvider(api_key=key, base_url=base_url)
    from pydantic_ai.providers.openai import OpenAIProvider

    return OpenAIProvider(base_url, key)


def _kind(error: ModelHTTPError) -> str:
    if isinstance(error, ModelQuotaExceededError):  # a 429 as well, but nobody pays while the run waits
        return "invalid_argument"
    if error.status_code == 429:
        return "busy"
    return "unavailable" if error.status_code in MAY_PASS or error.status_code >= 500 else "invalid_argument"


def _said(body: object) -> str:
    """What the provider says, without the rest of its answer."""
    if isinstance(body, dict):
        fields = cast("dict[str, object]", body)  # JSON
        return _said(fields.get("error") or fields.get("message") or json.dumps(fields, default=str))
    return str(body)[:SHOWN_CHARACTERS]
