"""Classifiers: defining, changing, removing and reading them."""

from typing import Any

from daemon import crawler_commands as commands
from daemon.api import crawler_checks
from daemon.api.actions.call import Answer, Call
from daemon.api.render import present, seconds
from daemon.errors import EntityNotFound
from projections.classifier_terms import kind_of
from projections.designs import Definition


async def create_classifier(call: Call) -> Answer:
    """Answers nothing. Kinds that crawls do not go by are kept too; a crawl that is to use one fails by name."""
    await call.engine.handle(commands.DefineClassifier(*call.stamp, *_given(call)))
    return {}


async def update_classifier(call: Call) -> Answer:
    """Changes the given members; answers nothing."""
    await call.engine.handle(commands.ChangeClassifier(*call.stamp, *_given(call)))
    return {}


async def delete_classifier(call: Call) -> Answer:
    """Answers nothing."""
    await call.engine.handle(commands.RemoveClassifier(*call.stamp, call.members["Name"]))
    return {}


def get_classifier(call: Call) -> Answer:
    """One classifier."""
    found = call.engine.standing.designs.find("classifier", call.members["Name"])
    if found is None:
        raise EntityNotFound(f"Classifier {call.members['Name']} not found.")
    return {"Classifier": _shown(found)}


def get_classifiers(call: Call) -> Answer:
    """All classifiers in order of name."""
    page, token = call.page_of("GetClassifiers").of_names(call.engine.standing.designs.all("classifier"))
    return present({"Classifiers": [_shown(classifier) for classifier in page], "NextToken": token})


def _given(call: Call) -> tuple[str, dict[str, Any]]:
    """Name and definition, of one kind."""
    kind = crawler_checks.check_classifier(call.members)
    definition = dict(call.members[kind])
    return definition.pop("Name"), {kind: definition}


def _shown(classifier: Definition) -> dict[str, Any]:
    kind = kind_of(classifier.body)
    times = {"CreationTime": seconds(classifier.created_at), "LastUpdated": seconds(classifier.modified_at)}
    return {kind: {"Name": classifier.name, **classifier.body[kind], **times, "Version": classifier.edition}}
