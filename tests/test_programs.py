import ast
import string

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from viga_mcp import programs
from viga_mcp.programs import Edit, EditError, ProgramSyntaxError

LAMP = """import bpy

lamp = bpy.data.lights.new("Lamp", "POINT")
lamp.energy = 500
bpy.ops.mesh.primitive_cube_add(size=2, location=(0, -1.5, 3))
"""

calm = settings(max_examples=60)
names = st.sampled_from(list("abcdefgh"))
numbers = st.one_of(st.integers(-999, 999), st.floats(-1e6, 1e6, allow_nan=False))
literals = st.one_of(numbers, st.booleans(), st.none(), st.text(max_size=8)).map(repr)
heads = st.sampled_from(
    [
        "",
        '"""Doc."""\n',
        '"""Doc."""; z = 0\n',
        '("""Do"""\n "c.")  # why\n',
        "# comment\n\n",
        "#!/x\n",
    ]
)
futures = st.sampled_from(
    [
        "",
        "",
        "from __future__ import annotations\n",
        "from __future__ import (\n    division,  # one\n    annotations,\n)\n",
        "from __future__ import annotations; y = 3\n",
    ]
)  # fmt: skip
bodies = st.lists(st.builds("{} = {}".format, names, literals), max_size=5).map("\n".join)


@st.composite
def parts(draw: st.DrawFn) -> str:
    head = draw(heads)
    text = (
        head
        + ("" if "z = 0" in head else draw(futures))
        + draw(bodies)
        + draw(st.sampled_from(["", "\n", "  # end", "\n\n"]))
    )
    return draw(st.sampled_from([text, text.replace("\n", "\r\n")]))


def run(*texts: str) -> dict[str, object]:
    space: dict[str, object] = {}
    for text in texts:
        exec(compile(text, "<part>", "exec", dont_inherit=True), space)
    return {name: value for name, value in space.items() if len(name) == 1}


@calm
@given(st.lists(parts(), max_size=4))
def test_joined_parts_do_what_they_do_one_after_the_other(texts: list[str]) -> None:
    joined = programs.join(texts)
    programs.check_syntax(joined)
    assert run(joined) == run(*texts)
    assert joined.count("# --- patch ") == max(0, len(texts) - 1)


@calm
@given(st.lists(parts(), min_size=2, max_size=4))
def test_a_join_keeps_the_docstring_and_every_future_import(texts: list[str]) -> None:
    joined = ast.parse(programs.join(texts))

    def wanted(tree: ast.Module) -> set[str]:
        nodes = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
        return {alias.name for node in nodes for alias in node.names}

    assert ast.get_docstring(joined) == ast.get_docstring(ast.parse(texts[0])) or not ast.parse(texts[0]).body
    assert wanted(joined) == set().union(*(wanted(ast.parse(text)) for text in texts))


@calm
@given(st.text())
def test_a_single_part_comes_back_as_it_is(text: str) -> None:
    assert programs.join([text]) == text
    assert programs.join([]) == ""


def test_a_join_of_decorated_functions_puts_the_future_import_above_the_decorator() -> None:
    joined = programs.join(["@print\ndef f(): ...\n", "from __future__ import annotations\nx = 1\n"])
    assert joined.startswith("from __future__ import annotations\n@print\n")
    assert joined.endswith("# --- patch 1 ---\nx = 1\n")


def test_parts_that_are_no_python_are_joined_as_they_are() -> None:
    assert programs.join(["x = (", "from __future__ import annotations"]).startswith("from __future__")
    assert programs.join(["x = (", "y"]) == "x = (\n# --- patch 1 ---\ny\n"


words = st.text(alphabet=string.ascii_lowercase + " \n", max_size=40)


@calm
@given(words, st.text(alphabet=string.ascii_uppercase, min_size=1, max_size=5), words, st.text(max_size=20))
def test_an_edit_replaces_its_one_place_and_nothing_else(before: str, old: str, after: str, new: str) -> None:
    if old == new:
        return
    unix = new.replace("\r\n", "\n").replace("\r", "\n")
    assert programs.apply_edits(before + old + after, [Edit(old, new)]) == before + unix + after


@calm
@example("aaa", "aa")
@given(st.text(alphabet="ab\n", max_size=30), st.text(alphabet="ab\n", min_size=1, max_size=4))
def test_an_edit_applies_exactly_when_its_text_occurs_once(text: str, old: str) -> None:
    count = sum(text.startswith(old, place) for place in range(len(text)))
    if count == 1:
        assert programs.apply_edits(text, [Edit(old, "X")]) == text.replace(old, "X")
    else:
        with pytest.raises(EditError, match=f"occurs {count} times" if count else "not in the program"):
            programs.apply_edits(text, [Edit(old, "X")])


def test_edits_apply_in_order_each_to_the_result_of_the_one_before() -> None:
    edits = [Edit("energy = 500", "energy = 750"), Edit("energy = 750\n", "energy = 750\nlamp.color = (1, 0, 0)\n")]
    assert "energy = 750\nlamp.color = (1, 0, 0)\nbpy" in programs.apply_edits(LAMP, edits)


def test_edits_written_with_unix_lines_fit_a_program_with_windows_lines() -> None:
    edited = programs.apply_edits("a = 1\r\nb = 2\r\n", [Edit("a = 1\nb = 2", "c = 3")])
    assert edited == "c = 3\n"


def test_a_missing_text_shows_the_nearest_lines_with_their_numbers() -> None:
    with pytest.raises(EditError) as caught:
        programs.apply_edits(LAMP, [Edit("lamp.energie = 500", "lamp.energy = 750")])
    assert caught.value.kind == "invalid_argument"
    assert "   4 | lamp.energy = 500" in str(caught.value)


def test_a_text_with_other_blanks_says_so() -> None:
    with pytest.raises(EditError, match="other blanks"):
        programs.apply_edits("def f():\n\treturn 1\n", [Edit("    return 1", "    return 2")])


def test_a_text_that_occurs_twice_says_where() -> None:
    with pytest.raises(EditError) as caught:
        programs.apply_edits("x = 1\ny = 2\nz = x = 1\n", [Edit("x = 1", "x = 2")])
    assert "occurs 2 times" in str(caught.value)
    assert "   1 | x = 1\n   3 | z = x = 1" in str(caught.value)


@pytest.mark.parametrize("edit", [Edit("", "x"), Edit("lamp", "lamp")])
def test_an_edit_that_can_change_nothing_is_refused(edit: Edit) -> None:
    with pytest.raises(EditError, match="Edit 1"):
        programs.apply_edits(LAMP, [edit])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x = 1\ny = (2\n", 2),
        ("a = 1\n\0", 2),
        ("a\n\nb = '\ud800'", 3),
        ("x = 1\nreturn 5", 2),
        ("(" * 1000, 1),
        ("-" * 200_000 + "1", 1),
    ],
)
def test_text_that_is_no_python_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(ProgramSyntaxError) as caught:
        programs.check_syntax(text)
    assert (caught.value.kind, caught.value.line) == ("syntax_error", line)


def test_a_syntax_error_shows_two_lines_around() -> None:
    with pytest.raises(ProgramSyntaxError) as caught:
        programs.check_syntax("a = 1\nb = 2\nc = 3 3\nd = 4\ne = 5\nf = 6\n")
    assert caught.value.where == "    1 | a = 1\n    2 | b = 2\n>   3 | c = 3 3\n    4 | d = 4\n    5 | e = 5"


def test_an_invalid_escape_passes_the_check() -> None:
    programs.check_syntax(r"x = '\d'")


def test_changed_literals_are_named_by_what_they_set() -> None:
    new = LAMP.replace("500", "750").replace("-1.5", "1.5").replace("size=2", "size=-2").replace("POINT", "SUN")
    diff = programs.code_diff(LAMP, new)
    assert diff.only_literals
    assert [str(change) for change in diff.literals] == [
        'line 3: lamp "POINT" -> "SUN"',
        "line 4: lamp.energy 500 -> 750",
        "line 5: size 2 -> -2",
        "line 5: location[1] -1.5 -> 1.5",
    ]


def test_columns_count_characters_after_wide_ones() -> None:
    diff = programs.code_diff('x = {"ключ🙂": 1}', 'x = {"ключ🙂": 2}')
    assert [str(change) for change in diff.literals] == ["line 1: x['ключ🙂'] 1 -> 2"]


def test_literals_are_found_beside_other_changes() -> None:
    diff = programs.code_diff(LAMP, "import math\n" + LAMP.replace("500", "750"))
    assert [str(change) for change in diff.literals] == ["line 5: lamp.energy 500 -> 750"]
    assert not diff.only_literals
    assert (diff.added, diff.removed) == (2, 1)


def test_a_difference_in_comments_alone_has_no_literals() -> None:
    diff = programs.code_diff("x = 1\n", "x = 1  # one\n")
    assert (diff.literals, diff.only_literals, diff.added) == ((), False, 1)


def test_text_that_is_no_python_still_has_a_line_difference() -> None:
    diff = programs.code_diff("x = (1", "x = (2")
    assert (diff.literals, diff.unified) == ((), "@@ -1 +1 @@\n-x = (1\n+x = (2")


def test_a_long_difference_is_cut_and_says_by_how_much() -> None:
    diff = programs.code_diff("", "\n".join(f"x{n} = {n}" for n in range(500)), max_lines=10)
    assert diff.truncated
    assert diff.unified.endswith("… 491 more lines")
    assert diff.added == 500


@calm
@given(st.lists(st.tuples(names, numbers, numbers), min_size=1, max_size=8))
def test_every_changed_number_is_reported_and_no_other(rows: list[tuple[str, float, float]]) -> None:
    old = "\n".join(f"f({name}={before!r})" for name, before, _ in rows)
    new = "\n".join(f"f({name}={after!r})" for name, _, after in rows)
    diff = programs.code_diff(old, new)
    changed = [
        (line, name, repr(before), repr(after))
        for line, (name, before, after) in enumerate(rows, 1)
        if repr(before) != repr(after)
    ]
    assert [(c.line, c.name, c.old, c.new) for c in diff.literals] == changed
    assert diff.only_literals == bool(changed)


@calm
@given(st.text(), st.text())
def test_a_difference_is_empty_exactly_when_the_lines_are_equal(a: str, b: str) -> None:
    same = programs.code_diff(a, a)
    assert (same.unified, same.literals, same.added, same.removed) == ("", (), 0, 0)

    def lines(text: str) -> list[str]:
        return text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n") if text else []

    assert (programs.code_diff(a, b).unified == "") == (lines(a) == lines(b))


@calm
@given(parts(), parts())
def test_swapping_the_programs_swaps_added_and_removed(a: str, b: str) -> None:
    there, back = programs.code_diff(a, b), programs.code_diff(b, a)
    assert there.added - there.removed == back.removed - back.added
    assert there.only_literals == back.only_literals
