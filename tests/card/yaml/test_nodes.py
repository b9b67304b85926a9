import pytest

from cockpit.card.yaml.nodes import MAX_DEPTH, MAX_NODES, NodeError, Place, compose
from cockpit.card.yaml.places import MAX_TEXT, MAX_VALUES, NodePlaces, dotted


def read(text: str) -> NodePlaces:
    root = compose(text)
    assert root is not None
    return NodePlaces(root)


def failure(text: str) -> NodeError:
    with pytest.raises(NodeError) as caught:
        read(text)
    return caught.value


@pytest.mark.parametrize("text", ["", "   \n", "# nothing\n", "\ufeff"])
def test_an_empty_text_has_no_root(text: str) -> None:
    assert compose(text) is None


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ("a: b: c\n", 1, 5, "quote the text"),
        ("a:\n\t- b\n", 2, 1, "spaces, not tabs"),
        ("a: @x\n", 1, 4, "quote a text"),
        ("a: 'x\n", 1, 6, "close them"),
        ("a: [1, 2\nb: 3\n", 2, 2, "bracket"),
        ("a: 1\nb\n\n\n", 2, 2, "without its"),
        ("- a\nb: 1\n", 2, 1, "indentation"),
        ("a: 1\n---\nb: 2\n", 2, 1, "second one begins"),
        ("a: 1\n...\nb: 2\n", 3, 1, "take the `...` away"),
        ("a: \x07\n", 1, 4, "may not stand in YAML"),
        ("a: *b\n", 1, 4, "stands for nothing"),
        ("a: &b [*b]\n", 1, 8, "stands for nothing"),
        ('a: "\\q"\n', 1, 5, "not YAML"),
        ("%YAML 3.0\n---\na: 1\n", 1, 1, "not YAML"),
    ],
)
def test_bad_yaml_is_a_sentence_with_its_place(
    text: str, line: int, column: int, says: str
) -> None:
    error = failure(text)
    assert says in str(error)
    assert error.place == Place(line, column)


def test_depth_is_bounded() -> None:
    assert "levels deep" in str(failure("[" * 5000))
    nested = "\n".join(f"{' ' * depth}a:" for depth in range(MAX_DEPTH + 2))
    assert "levels deep" in str(failure(nested))


def test_depth_through_aliases_is_bounded() -> None:
    inner = "x"
    lines = []
    for number in range(30):
        lines.append(f"a{number}: &a{number} [[[[{inner}]]]]")
        inner = f"*a{number}"
    assert "levels deep" in str(failure("\n".join(lines)))


def test_billion_laughs_is_bounded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert f"at most {MAX_VALUES} values" in str(failure("\n".join(lines)))


def test_what_a_text_holds_is_bounded() -> None:
    assert "keys and values" in str(failure("a: 1\n" * MAX_NODES))
    assert f"at most {MAX_VALUES} values" in str(failure("- x\n" * (MAX_VALUES + 1)))
    assert f"at most {MAX_TEXT} characters" in str(failure("a: " + "x" * (MAX_TEXT + 1)))


def test_aliases_give_the_same_value_at_each_path() -> None:
    places = read("a: &x {k: [1]}\nb: *x\n")
    assert places.data == {"a": {"k": [1]}, "b": {"k": [1]}}
    assert places.of(("b", "k", 0)) == Place(1, 12)


def test_keys_and_values_have_places() -> None:
    places = read("a:\n  - b: 1\n    long: two\n")
    assert places.of(("a", 0, "long")) == Place(3, 11)
    assert places.of_key(("a", 0, "long")) == Place(3, 5)
    assert places.of(("a", 0, "missing")) == Place(2, 5)
    assert places.text(("a", 0, "b")) == "1"


def test_columns_count_characters() -> None:
    assert read("{é: 1, 😀: 2}").of_key(("😀",)) == Place(1, 8)


def test_quotes_make_a_text_and_keys_are_texts() -> None:
    assert read(
        "{a: '1', 2: !!str 3, ? true : |-\n  yes\n}".replace("|-\n  yes\n", "yes")
    ).data == {
        "a": "1",
        "2": "3",
        "true": "yes",
    }


@pytest.mark.parametrize(
    ("text", "path", "says"),
    [
        ("a: 1\nb: 2\na: 3\n", ("a",), "stands twice, first in line 1"),
        ("a: !!int 5\n", ("a",), "tag !!int"),
        ("a: !x [1]\n", ("a",), "tag !x"),
        ("? [1]\n: 2\n", (), "a key is a text"),
        ("a: .nan\n", ("a",), "finite number"),
    ],
)
def test_what_can_go_on_is_a_fault(text: str, path: tuple[str, ...], says: str) -> None:
    (fault,) = read(text).faults
    assert fault.path == path
    assert says in fault.message


def test_a_path_is_written_as_an_operator_reads_it() -> None:
    assert dotted(("phases", 2, "steps", 0, "hold")) == "phases[2].steps[0].hold"
    assert dotted(()) == ""
