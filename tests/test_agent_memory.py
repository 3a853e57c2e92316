"""What a model is shown: within its budget, whole where it counts, and the same size however long the run was."""

import io
import json
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydantic_ai.messages import (
    BinaryContent,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)

from viga_agent.session import Exchange, Finding, Measured, Review, Row
from viga_agent.tools import Picture
from viga_agent.view import MOST_PICTURES, WINDOW_ROUNDS, Memory, Situation, TooTight, notes, plan, tokens, view

PROMPT = "You edit scenes.\n\nThe task:\n\nMake it blue."
PLAN = "First the camera, then the colours."


def png(width: int, height: int) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (width, height)).save(stream, "PNG")
    return stream.getvalue()


PICTURES = [Picture(png(side, side), "image/png") for side in (64, 512, 900)]


def answer(call: ToolCallPart, text: str, pictures: int = 0, outcome: str = "success") -> ToolReturnPart:
    shown = [BinaryContent(PICTURES[1].data, media_type="image/png")] * pictures
    return ToolReturnPart(call.tool_name, [text, *shown], call.tool_call_id, outcome=outcome)  # pyright: ignore[reportArgumentType]


def exchange(round: int, *calls: tuple[str, Mapping[str, object]], text: str = "done", pictures: int = 0) -> Exchange:
    made = [ToolCallPart(name, dict(arguments)) for name, arguments in calls]
    answers = [answer(call, text, pictures) for call in made] or [UserPromptPart("Call a tool.")]
    return Exchange(round, "generator", ModelResponse([TextPart("Now."), *made]), ModelRequest(answers))


def row(round: int, note: str = "moved it") -> Row:
    review = Review(5, False, [Finding("error", "Lamp", "too dark", "500 W")]) if round else None
    return Row(round, f"r{round}", 1 / (round + 1), note, {"photometric_loss": 0.5, "ssim": 0.25}, review)


def measured(text: str = "compared", pictures: int = 1, program: str = "x = 1\n") -> Measured:
    return Measured("r1", program, {"photometric_loss": 0.5}, text, [PICTURES[1]] * pictures)


def scene_of(n_rounds: int, exchanges: Sequence[Exchange] = (), seen: Measured | None = None) -> Situation:
    return Situation(PROMPT, [row(n) for n in range(n_rounds + 1)], exchanges, n_rounds + 1, seen or measured())


def text_of(messages: Sequence[ModelMessage]) -> str:
    return "\n".join(str(part) for message in messages for part in message.parts)


def pictures_of(messages: Sequence[ModelMessage]) -> int:
    return sum(isinstance(item, BinaryContent) for message in messages for p in message.parts for item in items(p))


def items(part: object) -> list[object]:
    content = getattr(part, "content", "")
    return list(content) if isinstance(content, list) else [content]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def assert_answered(messages: Sequence[ModelMessage]) -> None:
    """Requests and replies take turns, and each reply's calls are answered by the request that follows, and no others."""
    assert [type(message) for message in messages[::2]] == [ModelRequest] * len(messages[::2])
    assert [type(message) for message in messages[1::2]] == [ModelResponse] * len(messages[1::2])
    for number, message in enumerate(messages):
        if isinstance(message, ModelRequest):
            returned = [part.tool_call_id for part in message.parts if isinstance(part, ToolReturnPart)]
            before = messages[number - 1] if number else ModelResponse([])
            assert isinstance(before, ModelResponse)
            assert returned == [call.tool_call_id for call in before.tool_calls]


def repeated(word: str, times: int) -> str:
    return (word + " ") * times


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=60)
long_words: st.SearchStrategy[str] = st.builds(repeated, words, st.integers(1, 3000))
calls: st.SearchStrategy[tuple[str, Mapping[str, object]]] = st.tuples(
    st.sampled_from(["execute_blender_code", "render_views", "memory_write"]),
    st.fixed_dictionaries({"text": st.one_of(words, long_words), "kind": st.sampled_from(["plan", "note"])}),
)


@st.composite
def scenes(draw: st.DrawFn) -> Situation:
    n_rounds = draw(st.integers(0, 30))
    rounds = draw(st.lists(st.integers(1, n_rounds + 1), max_size=12).map(sorted))
    exchanges = [
        exchange(
            number,
            *draw(st.lists(calls, max_size=3)),
            text=draw(st.one_of(words, long_words)),
            pictures=draw(st.integers(0, 3)),
        )
        for number in rounds
    ]
    seen = measured(draw(long_words), draw(st.integers(0, 12)), draw(long_words))
    ledger = [row(number, draw(words)) for number in range(n_rounds + 1)]
    is_review = draw(st.booleans())
    return Situation(PROMPT, ledger, exchanges, n_rounds + 1, seen, is_review, None, draw(st.lists(words, max_size=3)))


@given(scenes(), st.integers(200, 60_000), st.integers(0, 2_000))
@settings(deadline=None, max_examples=150)
def test_a_view_keeps_to_its_budget_with_task_plan_and_ledger_and_no_call_without_its_answer(
    scene: Situation, budget: int, reserved: int
) -> None:
    try:
        messages = view(scene, Memory("full", budget), reserved)
    except TooTight:
        written = plan(scene.exchanges)
        pinned = len((PROMPT + written + "".join(scene.lessons)).encode()) / 3 + 130 * len(scene.ledger)
        assert budget < pinned + reserved + 1_500  # refused only where there is hardly room for them
        return

    said = text_of(messages)
    assert tokens(messages) + reserved <= budget
    assert_answered(messages)
    assert pictures_of(messages) <= MOST_PICTURES
    assert "Make it blue." in said
    contents = "\n".join(str(item) for m in messages for p in m.parts for item in items(p))
    assert plan(scene.exchanges) in contents
    for row in scene.ledger:
        assert f"| {row.round or 'start'} | {row.revision} | {row.loss:.4g} |" in contents


def test_a_hundredth_round_is_shown_with_as_many_messages_and_pictures_as_a_tenth() -> None:
    def at(n_rounds: int) -> list[ModelMessage]:
        said = [exchange(n, ("execute_blender_code", {"code": "x"}), pictures=1) for n in range(1, n_rounds + 1)]
        return view(scene_of(n_rounds, said), Memory())

    tenth, hundredth = at(10), at(100)

    assert len(tenth) == len(hundredth) == 1 + 2 * WINDOW_ROUNDS
    assert pictures_of(tenth) == pictures_of(hundredth) == 1
    assert tokens(hundredth) - tokens(tenth) < 90 * 45  # a row of the ledger each


def test_pictures_of_results_are_shown_while_they_are_new() -> None:
    first, second = (exchange(2, ("render_views", {"views": [n]}), pictures=2) for n in "ab")

    assert pictures_of(view(scene_of(1, [first]), Memory())) == 3
    messages = view(scene_of(1, [first, second]), Memory())
    assert pictures_of(messages) == 3
    assert text_of(messages).count("a picture that is not shown again") == 2


def test_the_newest_plan_that_was_accepted_is_pinned_and_notes_are_listed() -> None:
    refused = ToolCallPart("memory_write", {"text": "No plan.", "kind": "plan"})
    said = [
        exchange(1, ("memory_write", {"text": "An old plan.", "kind": "plan"})),
        exchange(1, ("memory_write", {"text": PLAN, "kind": "plan"}), ("memory_write", {"text": "It is a lamp."})),
        Exchange(2, "generator", ModelResponse([refused]), ModelRequest([answer(refused, "busy", outcome="failed")])),
    ]

    assert (plan(said), notes(said)) == (PLAN, ["It is a lamp."])
    shown = text_of(view(scene_of(9, said), Memory()))
    assert PLAN in shown
    assert "It is a lamp." in shown
    assert "An old plan." not in shown
    assert plan([]) == ""


def test_without_memory_there_is_the_state_alone() -> None:
    said = [exchange(1, ("memory_write", {"text": PLAN, "kind": "plan"})), exchange(2, ("a", {}))]
    shown = view(scene_of(2, said), Memory("off"))

    assert len(shown) == 1
    assert "x = 1" in text_of(shown)
    assert PLAN not in text_of(shown)
    assert "| round |" not in text_of(shown)


def test_a_window_has_the_newest_rounds_but_neither_plan_nor_ledger() -> None:
    said = [exchange(n, ("memory_write", {"text": f"Plan {n}.", "kind": "plan"})) for n in range(1, 7)]
    shown = text_of(view(scene_of(6, said), Memory("window")))

    assert "Plan 6." in shown
    assert "Plan 3." not in shown
    assert "Your plan:" not in shown
    assert "| round |" not in shown


def test_what_was_said_in_this_round_stays_without_memory() -> None:
    assert len(view(scene_of(2, [exchange(3, ("a", {})), exchange(3, ("b", {}))]), Memory("off"))) == 5


def test_a_worse_round_is_told_with_what_was_found_in_it() -> None:
    scene = Situation(PROMPT, [row(0), row(1), row(2)], [], 3, measured(), rejected=row(2))

    shown = text_of(view(scene, Memory()))

    assert "The last round, r2, was worse and is not gone on from." in shown
    assert "too dark" in shown


def test_a_reviewer_sees_its_last_review_and_no_program() -> None:
    scene = Situation(PROMPT, [row(0), row(1)], [], 2, measured(), is_review=True)

    shown = text_of(view(scene, Memory()))

    assert "Your last review, of r1:" in shown
    assert "Review r1. What the tools say of it:" in shown
    assert "```python" not in shown


def test_a_reply_of_two_megabytes_is_shown_by_its_ends() -> None:
    reply = ModelResponse([ThinkingPart("hm " * 500_000), TextPart("x" * 2_000_000)])
    said = Exchange(2, "generator", reply, ModelRequest([UserPromptPart("Call a tool.")]))

    messages = view(scene_of(1, [said]), Memory(tokens=8_000))

    assert tokens(messages) <= 8_000
    assert "characters left out" in text_of(messages)
    assert "hm hm" not in text_of(messages)


def test_long_arguments_are_shortened_and_stay_arguments() -> None:
    long = exchange(2, ("execute_blender_code", {"code": "y = 2\n" * 50_000, "note": "long"}))

    messages = view(scene_of(1, [long]), Memory(tokens=6_000))

    (call,) = next(m for m in messages if isinstance(m, ModelResponse)).tool_calls
    assert json.loads(call.args_as_json_str())["note"] == "long"
    assert "characters left out" in call.args_as_dict()["code"]


def test_too_small_a_budget_says_how_much_it_takes() -> None:
    with pytest.raises(TooTight, match=r"task, plan, ledger and tools take [\d,]+ tokens, more than the 50 given"):
        view(scene_of(3), Memory(tokens=50))
