"""The shape of the code: short files, short functions, and what each module is for.

Whoever needs an exception writes it down here, with the reason.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import notary

ROOT = Path(notary.__file__).parent
TESTS = Path(__file__).parent
MAX_FILE_LINES = 250
MAX_FUNCTION_LINES = 30
MADE_BY_A_PROGRAM = "_pb2.py"
LONG_FILES: dict[str, str] = {}
"""By path below ``notary``: why it is longer."""
LONG_FUNCTIONS: dict[str, str] = {}
"""By ``path:name``: why it is longer."""

MODULES = {
    path.relative_to(ROOT).as_posix(): path.read_text()
    for path in sorted(ROOT.rglob("*.py"))
    if not path.name.endswith(MADE_BY_A_PROGRAM)
}


def lengths(source: str) -> Iterator[tuple[str, int]]:
    """Yield the name and the number of lines of each function, signature included."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or 0) - node.lineno + 1


def says(source: str) -> bool:
    """Tell whether a module begins with what it is for."""
    return bool(ast.get_docstring(ast.parse(source)))


def test_no_file_is_long_without_a_reason():
    found = {
        path
        for path, source in MODULES.items()
        if len(source.splitlines()) > MAX_FILE_LINES
    }
    assert found == set(LONG_FILES)


def test_no_function_is_long_without_a_reason():
    found = {
        f"{path}:{name}"
        for path, source in MODULES.items()
        for name, count in lengths(source)
        if count > MAX_FUNCTION_LINES
    }
    assert found == set(LONG_FUNCTIONS)


def test_every_module_says_first_what_it_is_for():
    assert [path for path, source in MODULES.items() if not says(source)] == []


def test_every_module_of_tests_faults_and_measurements_does_so_too():
    sources = {
        str(path): path.read_text()
        for folder in (TESTS, TESTS.parent / "faults", TESTS.parent / "bench")
        for path in folder.rglob("*.py")
    }
    found = [path for path, source in sources.items() if source and not says(source)]
    assert found == []
