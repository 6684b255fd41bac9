"""Workflows and triggers made and changed by form: a whole graph without a line of JSON."""

from typing import Any

from tests.daemon.api.clients import Answer, Served
from tests.daemon.console.browser_forms import send, submit, token


def rows(served: Served, path: str, **fields: Any) -> Answer:
    """Sends a form in which some fields come several times."""
    known = token(served)
    flat = {**fields, "token": known}
    return send(served, path, flat, {"Cookie": f"reglue_form={known}"})


def made(served: Served, name: str) -> None:
    """A workflow with two jobs, made by form but for the jobs."""
    for job in ("first", "second"):
        command = {"Name": "shell", "ScriptLocation": "/none"}
        served.glue.create_job(Name=f"{name}-{job}", Role="r", Command=command)
    assert submit(served, "/console/new-workflow", name=name, properties="day=monday", most_runs="2").status == 303
    start = {"workflow": name, "name": f"{name}-start", "type": "ON_DEMAND"}
    done = rows(served, "/console/new-trigger", **start, action_node=[f"{name}-first"], action_arguments=["--a=1"])
    assert done.status == 303, done.body


def test_a_graph_is_made_by_form_and_runs(served: Served) -> None:
    """A start, a condition, and a run through both."""
    made(served, "formed")
    follow = {"workflow": "formed", "name": "formed-then", "type": "CONDITIONAL", "logical": "AND", "activate": "1"}
    done = rows(
        served,
        "/console/new-trigger",
        **follow,
        condition_node=["JOB:formed-first", ""],
        condition_state=["SUCCEEDED", "SUCCEEDED"],
        action_node=["", "JOB:formed-second"],
        action_arguments=["", ""],
    )
    assert (done.status, done.headers["location"]) == (303, "/console/workflows/formed?tab=triggers")
    workflow = served.glue.get_workflow(Name="formed", IncludeGraph=True)["Workflow"]
    assert (workflow["MaxConcurrentRuns"], workflow["DefaultRunProperties"]) == (2, {"day": "monday"})
    assert len(workflow["Graph"]["Nodes"]) == 4
    trigger = served.glue.get_trigger(Name="formed-start")["Trigger"]
    assert trigger["Actions"] == [{"JobName": "formed-first", "Arguments": {"--a": "1"}}]
    assert served.glue.get_trigger(Name="formed-then")["Trigger"]["State"] == "ACTIVATED"


def test_a_refusal_is_told_in_the_wires_words_and_keeps_the_form(served: Served) -> None:
    """A condition without a state that can be, a second start, a bad schedule."""
    made(served, "refused")
    second = {"workflow": "refused", "name": "refused-second", "type": "SCHEDULED", "schedule": "cron(0 0 * * * *)"}
    answer = rows(served, "/console/new-trigger", **second, action_node=["refused-first"], action_arguments=[""])
    page = answer.body.decode()
    assert answer.status == 400
    assert "cron(0 0 * * * *)" in page
    assert 'role="alert"' in page
    assert 'value="refused-first"' in page
    assert "refused-second" not in served.glue.list_triggers()["TriggerNames"]


def test_what_the_form_does_not_show_stays(served: Served) -> None:
    """A timeout set elsewhere is not lost when the description is changed here."""
    made(served, "kept")
    actions = [{"JobName": "kept-first", "Timeout": 7, "Arguments": {"--a": "1"}}]
    served.glue.update_trigger(Name="kept-start", TriggerUpdate={"Actions": actions})
    page = served.ask("GET", "/console/edit-trigger?trigger=kept-start").body.decode()
    assert 'value="JOB:kept-first"' in page
    done = rows(
        served,
        "/console/edit-trigger",
        name="kept-start",
        type="ON_DEMAND",
        description="said here",
        action_node=["JOB:kept-first"],
        action_arguments=["--a=2"],
    )
    assert done.status == 303
    trigger = served.glue.get_trigger(Name="kept-start")["Trigger"]
    assert trigger["Description"] == "said here"
    assert trigger["Actions"] == [{"JobName": "kept-first", "Timeout": 7, "Arguments": {"--a": "2"}}]


def test_deleting_asks_for_the_name(served: Served) -> None:
    """A wrong name deletes nothing; the right one deletes the triggers too, if so asked."""
    made(served, "doomed")
    wrong = submit(served, "/console/delete-workflow", workflow="doomed", confirm="domed", triggers="1")
    assert wrong.status == 400
    assert submit(served, "/console/delete-workflow", workflow="doomed", confirm="doomed", triggers="1").status == 303
    assert "doomed-start" not in served.glue.list_triggers()["TriggerNames"]
    assert served.ask("GET", "/console/edit-workflow?workflow=doomed").status == 404
