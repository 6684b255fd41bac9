"""How somebody likes the console: light or dark, and how moments are written. Kept in one cookie, so that the server
makes the page right at once and it works without JavaScript."""

from typing import Literal, get_args

import msgspec
from starlette.requests import Request

COOKIE = "reglue_console"
Theme = Literal["auto", "light", "dark"]
Times = Literal["relative", "local", "utc"]


class Preferences(msgspec.Struct, frozen=True):
    """`auto` follows the browser; `relative` says "5 minutes ago"."""

    theme: Theme = "auto"
    times: Times = "relative"

    @property
    def cookie(self) -> str:
        """The cookie's value."""
        return f"{self.theme}.{self.times}"


def preferences_of(request: Request) -> Preferences:
    """What the request's cookie says; anything else counts as not said."""
    theme, _, times = request.cookies.get(COOKIE, "").partition(".")
    return chosen(theme, times)


def chosen(theme: str, times: str) -> Preferences:
    """Preferences out of words that somebody sent; unknown ones are the defaults."""
    try:
        return msgspec.convert({"theme": theme, "times": times}, Preferences)
    except msgspec.ValidationError:
        known_theme = theme if theme in get_args(Theme) else "auto"
        known_times = times if times in get_args(Times) else "relative"
        return msgspec.convert({"theme": known_theme, "times": known_times}, Preferences)
