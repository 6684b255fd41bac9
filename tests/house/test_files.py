"""What the project's files may not say: where they were made, and from whose registry they were fetched."""

import re

from tests.house.tree import ROOT, project_files

# In pieces, so that this file does not say them either.
HOSTS = re.compile(
    "|".join(("py" + r"pi\.org", "python" + r"hosted\.org", "npm" + r"js\.(org|com)", "deb" + r"ian\.org"))
)
PLACES = re.compile(r"(?<![\w./}~*-])/(" + "wo" + "rk|ro" + r"ot)(?![\w-])")


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    """The lines of the project's text files in which the pattern is found."""
    found = []
    for path in project_files():
        text = (ROOT / path).read_bytes().decode("utf-8", errors="replace")
        lines = enumerate(text.splitlines(), start=1)
        found += [f"{path}:{number}: {line.strip()}" for number, line in lines if pattern.search(line)]
    return found


def test_no_registry_is_named() -> None:
    """No file names a package registry's host: which one is used is the reader's setting."""
    assert not lines_with(HOSTS)


def test_no_place_of_the_makers_is_named() -> None:
    """No file holds an absolute path of the machine it was written on."""
    assert not lines_with(PLACES)


def test_patterns_find_what_they_look_for() -> None:
    """The patterns find a registry's host and such a path, and let similar words pass."""
    assert HOSTS.search("https://" + "py" + "pi.org/simple")
    assert PLACES.search("cd /" + "work/main")
    assert PLACES.search('"/' + 'root"')
    assert not PLACES.search("docs/work/root, /workflows, ~/root, https://a.example/root")
