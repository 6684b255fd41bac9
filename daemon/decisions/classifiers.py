"""Classifiers made, changed and removed. Crawlers name them; a crawl takes them as they are when it begins."""

from daemon import crawler_commands as commands
from daemon.decisions.decision import Decision, Situation, on_stream
from daemon.errors import AlreadyExists, EntityNotFound, InvalidInput
from events import crawlers
from events.vocabulary import classifier_stream
from projections.classifier_terms import kind_of
from projections.designs import Definition


def define_classifier(command: commands.DefineClassifier, situation: Situation) -> Decision:
    """A new classifier; a name that is taken is refused."""
    if situation.standing.designs.find("classifier", command.name) is not None:
        raise AlreadyExists(f"Classifier {command.name} already exists.")
    defined = crawlers.ClassifierDefined(situation.at, situation.by, command.name, command.definition)
    return on_stream(classifier_stream(command.name), defined)


def change_classifier(command: commands.ChangeClassifier, situation: Situation) -> Decision:
    """Given members replace the old ones; members left out stay as they are, and so does the kind."""
    classifier = _defined(command.name, situation)
    kind, asked = kind_of(classifier.body), kind_of(command.changes)
    if asked != kind:
        raise InvalidInput(f"Classifier {command.name} is a {kind} and cannot become a {asked}: make a new one.")
    body = {kind: {**classifier.body[kind], **command.changes[kind]}}
    if body == classifier.body:
        return Decision()
    return on_stream(classifier.stream, crawlers.ClassifierChanged(situation.at, situation.by, body))


def remove_classifier(command: commands.RemoveClassifier, situation: Situation) -> Decision:
    """Crawlers that name it stay as they are."""
    classifier = _defined(command.name, situation)
    return on_stream(classifier.stream, crawlers.ClassifierRemoved(situation.at, situation.by))


def _defined(name: str, situation: Situation) -> Definition:
    classifier = situation.standing.designs.find("classifier", name)
    if classifier is None:
        raise EntityNotFound(f"Classifier {name} not found.")
    return classifier
