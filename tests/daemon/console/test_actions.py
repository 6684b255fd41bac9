"""What is done on pages: the same commands, checks and errors as on the wire, on behalf of the console."""

from urllib.parse import unquote

import pytest

from daemon.console.property_lines import lines_of, properties_of
from daemon.errors import InvalidInput
from tests.daemon.api.clients import Served
from tests.daemon.api.glue_requests import define_chain
from tests.daemon.api.serving import until
from tests.daemon.console.browser_forms import send, submit, token


def test_a_run_is_started_with_its_properties(served: Served) -> None:
    """The form leads to the new run's page; the log names the console as who started it."""
    define_chain(served.glue, "startable", a=None)
    done = submit(served, "/console/start-run", workflow="startable", properties="day=monday\nempty=\n\nurl=a=b")
    run_id = unquote(done.headers["location"]).removeprefix("/console/runs/")
    run = served.get(f"/v1/runs/{run_id}")
    assert (done.status, run["by"], run["cause"]["kind"]) == (303, "console", "API")
    assert run["properties"] == {"day": "monday", "empty": "", "url": "a=b"}
    again = served.ask("GET", f"/console/start-run?workflow=startable&like={run_id}").body.decode()
    assert "day=monday" in again


def test_a_refusal_keeps_what_was_written(served: Served) -> None:
    """What is wrong is told on the form, with Glue's own message where Glue refuses."""
    define_chain(served.glue, "refusing", a=None)
    served.glue.update_workflow(Name="refusing", MaxConcurrentRuns=1)
    bad = submit(served, "/console/start-run", workflow="refusing", properties="no sign")
    assert bad.status == 400
    assert "write key=value" in bad.body.decode()
    assert ">no sign</textarea>" in bad.body.decode()
    gone = submit(served, "/console/start-run", workflow="none", properties="")
    assert (gone.status, "none" in gone.body.decode()) == (400, True)


def test_triggers_are_activated_and_deactivated(served: Served) -> None:
    """The button says what it will do next."""
    define_chain(served.glue, "toggled", a=None, b=None)
    name = served.glue.list_triggers()["TriggerNames"]
    trigger = next(n for n in name if n.startswith("toggled") and _type(served, n) == "CONDITIONAL")
    page = "/console/workflows/toggled?tab=triggers"
    assert "Deactivate" in served.ask("GET", page).body.decode()
    done = submit(served, "/console/stop-trigger", trigger=trigger, back=page)
    assert (done.status, done.headers["location"]) == (303, page)
    assert served.glue.get_trigger(Name=trigger)["Trigger"]["State"] == "DEACTIVATED"
    submit(served, "/console/start-trigger", trigger=trigger, back=page)
    assert served.glue.get_trigger(Name=trigger)["Trigger"]["State"] == "ACTIVATED"


def test_stopping_what_has_ended_is_refused_on_a_page(served: Served) -> None:
    """In Glue's words, and the log stays as it is."""
    define_chain(served.glue, "ended", a=None)
    started = submit(served, "/console/start-run", workflow="ended", properties="").headers["location"]
    run = started.removeprefix("/console/runs/")
    until(lambda: served.get(f"/v1/runs/{run}")["status"], lambda status: status == "COMPLETED")
    refused = submit(served, "/console/stop-run", workflow="ended", run=run)
    assert (refused.status, "COMPLETED" in refused.body.decode()) == (400, True)


def test_a_refusal_leads_back_to_the_page_of_its_form(served: Served) -> None:
    """To ours, as the browser names it, with its query; what another site calls itself is no link."""
    known = token(served)
    pages = {f"{served.url}/console/jobs?find=x&page=2": True, "http://elsewhere.example/console": False, "": False}
    for page, is_linked in pages.items():
        fields = {"workflow": "none", "run": "wr_none", "token": known}
        headers = {"Cookie": f"reglue_form={known}", "Referer": page}
        refused = send(served, "/console/stop-run", fields, headers).body.decode()
        assert ('href="/console/jobs?find=x&amp;page=2"' in refused, "Back to the page" in refused) == (is_linked,) * 2


def test_properties_are_written_one_a_line() -> None:
    """What is read is what was written; a line that is none of key=value is named by its number."""
    properties = {"a": "1", "b": "x=y", "c": ""}
    assert properties_of(lines_of(properties)) == properties
    for text in ("a=1\nb", "=1", "a=1\na=2"):
        with pytest.raises(InvalidInput, match=r"Line [12] of the properties"):
            properties_of(text)


def _type(served: Served, trigger: str) -> str:
    return str(served.glue.get_trigger(Name=trigger)["Trigger"]["Type"])
