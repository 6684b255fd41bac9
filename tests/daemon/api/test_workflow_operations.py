"""Operations on workflows, each once well and once for each error that it has."""

from typing import Any

import pytest

from tests.daemon.api.glue_requests import define_chain, node, refused, run_to_its_end
from tests.daemon.api.serving import serving


def test_a_workflow_comes_back_as_it_was_created(glue: Any) -> None:
    """Every member, with the times of its creation; there is no run yet and no graph unless asked for."""
    members = {"Name": "whole", "Description": "d", "DefaultRunProperties": {"k": "v"}, "MaxConcurrentRuns": 2}
    assert glue.create_workflow(**members, Tags={"t": "1"})["Name"] == "whole"
    workflow = glue.get_workflow(Name="whole")["Workflow"]
    assert workflow.pop("CreatedOn") == workflow.pop("LastModifiedOn")
    assert workflow == members


def test_a_taken_name_is_refused(glue: Any) -> None:
    """AWS's text names the workflow."""
    glue.create_workflow(Name="taken")
    expected = ("AlreadyExistsException", "Workflow with name: taken already exists.")
    assert refused(glue.create_workflow, Name="taken") == expected


@pytest.mark.parametrize("operation", ["create_workflow", "update_workflow"])
def test_a_limit_of_no_runs_is_refused(glue: Any, operation: str) -> None:
    """A workflow that could never run is bad input."""
    code, text = refused(getattr(glue, operation), Name="never", MaxConcurrentRuns=0)
    assert code == "InvalidInputException"
    assert "MaxConcurrentRuns is 0" in text


def test_an_update_changes_what_it_brings(glue: Any) -> None:
    """Members left out stay; the map of properties is replaced whole."""
    glue.create_workflow(Name="changed", Description="old", DefaultRunProperties={"a": "1", "b": "2"})
    assert glue.update_workflow(Name="changed", DefaultRunProperties={"b": "3"})["Name"] == "changed"
    workflow = glue.get_workflow(Name="changed")["Workflow"]
    assert (workflow["Description"], workflow["DefaultRunProperties"]) == ("old", {"b": "3"})


def test_an_unknown_workflow_cannot_be_updated(glue: Any) -> None:
    """The refusal names it."""
    code, text = refused(glue.update_workflow, Name="absent", Description="d")
    assert code == "EntityNotFoundException"
    assert "'absent'" in text


def test_a_deleted_workflow_is_gone_and_its_triggers_stay(glue: Any) -> None:
    """Glue leaves them; deleting what is not there is a success."""
    define_chain(glue, "deleted", a=None)
    assert glue.delete_workflow(Name="deleted")["Name"] == "deleted"
    assert refused(glue.get_workflow, Name="deleted") == ("EntityNotFoundException", "Entity not found")
    assert glue.get_trigger(Name="deleted-start")["Trigger"]["WorkflowName"] == "deleted"
    assert glue.delete_workflow(Name="deleted")["Name"] == "deleted"


def test_the_graph_comes_with_the_last_runs(glue: Any) -> None:
    """With IncludeGraph the design's graph has nodes without runs, the last run's graph the same nodes with them."""
    define_chain(glue, "graphed", a=None, b=None)
    run = run_to_its_end(glue, "graphed")
    workflow = glue.get_workflow(Name="graphed", IncludeGraph=True)["Workflow"]
    assert node(workflow, "graphed-a")["JobDetails"] == {}
    assert workflow["LastRun"] == run
    assert workflow["Graph"]["Edges"] == run["Graph"]["Edges"]
    assert "Graph" not in glue.get_workflow(Name="graphed")["Workflow"]["LastRun"]


def test_a_batch_has_what_there_is(glue: Any) -> None:
    """Those that exist, with graphs if asked for, and the names of the others."""
    glue.create_workflow(Name="batched")
    answer = glue.batch_get_workflows(Names=["batched", "absent"], IncludeGraph=True)
    assert [workflow["Name"] for workflow in answer["Workflows"]] == ["batched"]
    assert answer["Workflows"][0]["Graph"] == {"Nodes": [], "Edges": []}
    assert answer["MissingWorkflows"] == ["absent"]


def test_names_are_listed_page_by_page(tmp_path_factory: pytest.TempPathFactory) -> None:
    """25 names to a page unless fewer are asked for; a token of nobody's is bad input."""
    with serving(tmp_path_factory.mktemp("state")) as daemon:
        names = [f"w{number:02}" for number in range(30)]
        for name in reversed(names):
            daemon.glue.create_workflow(Name=name)
        first = daemon.glue.list_workflows()
        assert first["Workflows"] == names[:25]
        last = daemon.glue.list_workflows(NextToken=first["NextToken"], MaxResults=5)
        assert (last["Workflows"], "NextToken" in last) == (names[25:], False)
        assert refused(daemon.glue.list_workflows, NextToken="x")[0] == "InvalidInputException"
