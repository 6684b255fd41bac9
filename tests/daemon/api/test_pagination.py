"""Pages and the tokens between them."""

from typing import NamedTuple

import pytest

from daemon.api.pagination import Request
from daemon.errors import InvalidInput


class Entry(NamedTuple):
    """Something with a name."""

    name: str


ENTRIES = [Entry(name) for name in ("a", "b", "c", "d", "e")]


def rows(limit: int, before: int | None) -> list[tuple[int, str]]:
    """Ten rows, newest first."""
    return [(ordinal, f"row {ordinal}") for ordinal in range(10, 0, -1) if before is None or ordinal < before][:limit]


def walked(listing: str, limit: int) -> list[str]:
    """All names, page by page."""
    names: list[str] = []
    token: str | None = None
    while True:
        page, token = Request(listing, limit, token).of_names(ENTRIES)
        assert len(page) <= limit
        names += [entry.name for entry in page]
        if token is None:
            return names


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 9])
def test_pages_of_names_are_the_whole(limit: int) -> None:
    """Whatever the size of a page, all names come once and the last page has no token."""
    assert walked("ListJobs", limit) == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize("limit", [1, 3, 5, 10, 20])
def test_pages_of_rows_are_the_whole(limit: int) -> None:
    """Rows come newest first, all of them once."""
    found: list[int] = []
    token: str | None = None
    while True:
        page, token = Request("GetWorkflowRuns:w", limit, token).of_rows(rows)
        found += [ordinal for ordinal, _ in page]
        if token is None:
            break
    assert found == list(range(10, 0, -1))


def test_a_page_goes_on_after_a_name_that_is_gone() -> None:
    """The entry that a page ended with may be removed before the next page is asked for."""
    _, token = Request("ListJobs", 2, None).of_names(ENTRIES)
    page, _ = Request("ListJobs", 2, token).of_names([entry for entry in ENTRIES if entry.name != "b"])
    assert [entry.name for entry in page] == ["c", "d"]


def test_an_empty_token_is_none() -> None:
    """Some clients send an empty token for the first page."""
    page, _ = Request("ListJobs", 1, "").of_names(ENTRIES)
    assert page == [Entry("a")]


# In order: no base64, no JSON, JSON of another form, a place of another type.
@pytest.mark.parametrize("token", ["!", "abc", "é", "W10", "WyJMaXN0Sm9icyIsM10"])
def test_a_made_up_token_is_refused(token: str) -> None:
    """What this listing did not give is bad input that names the way out."""
    with pytest.raises(InvalidInput, match="leave it out to begin with the first page"):
        Request("ListJobs", 1, token).of_names(ENTRIES)


def test_a_token_of_another_listing_is_refused() -> None:
    """A token leads on in its own listing alone."""
    _, token = Request("GetWorkflowRuns:w", 1, None).of_rows(rows)
    with pytest.raises(InvalidInput):
        Request("GetWorkflowRuns:other", 1, token).of_rows(rows)


def test_a_place_beyond_all_is_refused() -> None:
    """A forged place that the store could not take is refused like any other."""
    token = Request("l", 1, None).token(2**64 - 1)
    with pytest.raises(InvalidInput):
        Request("l", 1, token).of_rows(rows)
