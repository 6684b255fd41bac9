"""A real daemon that is driven by MQTT: a sensor's message starts a workflow, and a command does, if it takes any."""

import json
from functools import partial

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from tests.corridor.conftest import Starting
from tests.corridor.daemons import Daemon
from tests.corridor.monitor import Monitor
from tests.corridor.waiting import until

TOPIC = "home/+/door"
OPTIONS = ("--mqtt", "embedded://127.0.0.1:0", "--executor", "noop")


def publish(url: str, topic: str, document: object) -> None:
    """What a sensor or a script does: connect, publish at least once, leave."""
    host, _, port = url.removeprefix("mqtt://").rpartition(":")
    client = Client(CallbackAPIVersion.VERSION2)
    client.connect(host, int(port), keepalive=15)
    client.loop_start()
    client.publish(topic, json.dumps(document), qos=1).wait_for_publish(30)
    client.disconnect()
    client.loop_stop()


def define(daemon: Daemon) -> None:
    """A workflow that starts when a door opens."""
    daemon.glue.create_job(Name="J", Role="r", Command={"Name": "glueetl", "ScriptLocation": "s3://none"})
    daemon.glue.create_workflow(Name="W")
    trigger = {"Name": "door", "Type": "EVENT", "WorkflowName": "W", "Actions": [{"JobName": "J"}]}
    daemon.glue.create_trigger(**trigger, Tags={"reglue:mqtt-topic": TOPIC})


def heard_topics(daemon: Daemon) -> list[str]:
    """The topics that the daemon listens to for triggers."""
    found: list[str] = daemon.get("/healthz")["mqtt"].get("events", {}).get("topics", [])
    return found


def takes_commands(monitor: Monitor) -> bool:
    """Whether the daemon has said that it takes commands."""
    return any(b'"commands":true' in told.payload for told in monitor.of("state"))


def runs(daemon: Daemon) -> int:
    """How many runs there are."""
    return len(daemon.glue.get_workflow_runs(Name="W")["Runs"])


def test_a_sensor_starts_a_workflow(starting: Starting) -> None:
    """Its message is the event of a run, also after a restart; no command is taken by a daemon that was not told to."""
    for expected in (1, 2):
        daemon = starting(*OPTIONS)
        url = daemon.logged("broker_listening")["url"]
        if expected == 1:
            define(daemon)
        until(partial(heard_topics, daemon), [TOPIC].__eq__)
        publish(url, "reglue/v1/default/cmd/start", {"workflow": "W"})
        publish(url, "home/hall/door", {"open": True})
        until(partial(runs, daemon), expected.__eq__)
        run = daemon.glue.get_workflow_runs(Name="W")["Runs"][0]["WorkflowRunId"]
        (told,) = daemon.get(f"/v1/runs/{run}/notifications")["notifications"]
        assert (told["source"], told["detail_type"], told["detail"]) == ("mqtt", "home/hall/door", {"open": True})
        daemon.stop()


def test_a_command_starts_a_workflow(starting: Starting) -> None:
    """The answer names the run, the log who asked; an event's id is known even after a restart."""
    answers: list[dict[str, object]] = []
    for _ in range(2):
        daemon = starting(*OPTIONS, "--mqtt-commands", "true")
        url = daemon.logged("broker_listening")["url"]
        if not answers:
            define(daemon)
        monitor = Monitor(url)
        until(partial(takes_commands, monitor), bool)
        event = {"workflow": "W", "id": "e-1", "reply_to": "reglue/v1/default/reply/me", "principal": "ops"}
        publish(url, "reglue/v1/default/cmd/notify", event)
        until(partial(monitor.of, "reply"), bool)
        answers.append(json.loads(monitor.of("reply")[0].payload))
        assert daemon.logged("mqtt_command")["by"] == "mqtt:ops"
        assert runs(daemon) == 1
        monitor.close()
        daemon.stop()
    assert answers == [{"event_id": "e-1", "duplicate": False}, {"event_id": "e-1", "duplicate": True}]
