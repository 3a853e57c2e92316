"""What a model is shown in a round: task and ledger always, then the newest state, and the pictures of one revision.

Pure: a function of what happened. Older rounds are their rows in the ledger, so a round costs the same however many
came before.
"""

from collections.abc import Iterator, Sequence

from pydantic_ai.messages import (
    BinaryContent,
    ModelMessage,
    ModelRequest,
    SystemPromptPart,
    UserContent,
    UserPromptPart,
)

from viga_agent.session import Finding, Measured, Review, Row


def generator_view(prompt: str, ledger: Sequence[Row], program: str, measured: Measured | None) -> list[ModelMessage]:
    """For who makes the changes.

    Args:
        prompt: The role's, with the task.
        ledger: All rounds so far.
        program: Of the revision to go on from.
        measured: What is known of that revision.
    """
    parts = [_ledger(ledger)]
    if measured:
        review = next((row.review for row in ledger if row.revision == measured.revision), None)
        parts += [f"The program of {measured.revision}, from which you go on:\n```python\n{program.rstrip()}\n```"]
        parts += [f"What the tools say of it:\n{measured.text}"]
        parts += [_review(review)] if review else []
    failed = [row for row in ledger if measured and row.round and row.revision != measured.revision]
    if failed and ledger[-1] is failed[-1] and failed[-1].review:
        parts += [f"The last round, {failed[-1].revision}, was worse and is not kept.\n{_review(failed[-1].review)}"]
    return _messages(prompt, parts, measured)


def verifier_view(prompt: str, ledger: Sequence[Row], measured: Measured) -> list[ModelMessage]:
    """For who judges a revision that nobody has judged yet."""
    parts = [_ledger(ledger), f"Review {measured.revision}. What the tools say of it:\n{measured.text}"]
    return _messages(prompt, parts, measured)


def _messages(prompt: str, parts: Sequence[str], measured: Measured | None) -> list[ModelMessage]:
    content: list[UserContent] = ["\n\n".join(parts)]
    for picture in measured.pictures if measured else ():
        content.append(BinaryContent(picture.data, media_type=picture.mime_type))
    return [ModelRequest([SystemPromptPart(prompt), UserPromptPart(content)])]


def _ledger(ledger: Sequence[Row]) -> str:
    rows = "\n".join(f"| {' | '.join(_cells(row))} |" for row in ledger)
    head = "| round | revision | loss | score | measured | what was done |\n|---|---|---|---|---|---|"
    return f"So far (the smaller the loss the better):\n{head}\n{rows}"


def _cells(row: Row) -> Iterator[str]:
    yield str(row.round or "start")
    yield row.revision
    yield f"{row.loss:.4g}"
    yield f"{row.review.score:g}" if row.review else "-"
    yield ", ".join(f"{name} {value:.4g}" for name, value in row.metrics.items() if isinstance(value, int | float))
    yield " ".join(row.note.split())[:200].replace("|", "/")


def _review(review: Review) -> str:
    verdict = "accepted" if review.is_accepted else "not accepted yet"
    return "\n".join([f"The reviewer: score {review.score:g} of 10, {verdict}.", *map(_finding, review.findings)])


def _finding(finding: Finding) -> str:
    return f"- {finding.severity}, {finding.where}: {finding.evidence} Mend it: {finding.fix}"
