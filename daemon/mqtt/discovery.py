"""Home Assistant's announcements: each workflow as a device with sensors that read its retained state. Pure.

The form is that of Home Assistant's device discovery: one retained message a device, with all its components.
"""

import re
from typing import Any

from daemon.mqtt.states import ONLINE, Identity

PREFIX = "homeassistant"
STATUS_TOPIC = f"{PREFIX}/status"
"""Where Home Assistant says `online` when it has started and wants all announcements again."""

_UNFIT = re.compile("[^A-Za-z0-9-]")


def device_id(namespace: str, workflow: str) -> str:
    """The id of a workflow's device: letters, digits, `_` and `-`. Other characters are written as `_` and their
    code, so that different names never meet."""
    return "reglue_" + "_".join(_UNFIT.sub(lambda m: f"_{ord(m[0]):x}_", name) for name in (namespace, workflow))


def announcement_topic(namespace: str, workflow: str) -> str:
    """Where a workflow is announced; an empty message there takes it back."""
    return f"{PREFIX}/device/{device_id(namespace, workflow)}/config"


def announcement(namespace: str, workflow: str, identity: Identity, topics: tuple[str, str]) -> dict[str, Any]:
    """The announcement. `topics` are those of the workflow's state and of the daemon's."""
    state, daemon = topics
    device = device_id(namespace, workflow)
    return {
        "device": {
            "identifiers": [device],
            "name": workflow,
            "manufacturer": "reglue",
            "model": "Workflow",
            "sw_version": identity.version,
            "configuration_url": identity.url,
        },
        "origin": {"name": "reglue", "sw_version": identity.version, "support_url": identity.url},
        "components": {name: _sensor(device, name, more) for name, more in _SENSORS.items()},
        "state_topic": state,
        "json_attributes_topic": state,
        "availability_topic": daemon,
        "availability_template": f"{{{{ 'online' if value_json.status == '{ONLINE}' else 'offline' }}}}",
        "qos": 1,
    }


_SENSORS: dict[str, dict[str, Any]] = {
    "status": {"name": "Status", "icon": "mdi:sitemap", "member": "outcome"},
    "failed": {"name": "Failed nodes", "icon": "mdi:alert-circle", "state_class": "measurement", "member": "failed"},
    "duration": {
        "name": "Duration",
        "device_class": "duration",
        "unit_of_measurement": "s",
        "state_class": "measurement",
        "member": "duration_s",
    },
}


def _sensor(device: str, name: str, about: dict[str, Any]) -> dict[str, Any]:
    more = {key: value for key, value in about.items() if key != "member"}
    template = f"{{{{ value_json.{about['member']} }}}}"
    return {"platform": "sensor", "unique_id": f"{device}_{name}", "value_template": template, **more}


def is_announcement(topic: str, namespace: str) -> bool:
    """Whether a topic is that of an announcement of this namespace."""
    return topic.startswith(f"{PREFIX}/device/{device_id(namespace, '')}")
