"""Runs operators of Airflow as a worker of Airflow would, one after another: the program of test_airflow.py.

It runs in Airflow's own virtual environment, so it imports nothing of ours. Each line of its input asks for one
operator, as JSON: its class, its arguments, and whether it is killed after it has been executed. Each line of its
output says how that ended. What Airflow logs goes to standard error.
"""

import json
import os
import sys
from typing import Any, ClassVar

from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.providers.amazon.aws.operators.glue_crawler import (
    GlueCrawlerCreateOperator,
    GlueCrawlerRunOperator,
    GlueCrawlerUpdateOperator,
)
from airflow.providers.amazon.aws.sensors.glue import GlueJobSensor
from airflow.providers.amazon.aws.sensors.glue_crawler import GlueCrawlerSensor

OPERATORS = {
    operator.__name__: operator
    for operator in (
        GlueJobOperator,
        GlueJobSensor,
        GlueCrawlerCreateOperator,
        GlueCrawlerUpdateOperator,
        GlueCrawlerRunOperator,
        GlueCrawlerSensor,
    )
}


class TaskInstance:
    """What operators of Glue use of the task that runs them; the values that it hands on stay here."""

    dag_id = "dag"
    task_id = "task"
    run_id = "run"
    map_index = -1
    try_number = 1
    stats_tags: ClassVar[dict[str, str]] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        """Hands a value on to other tasks, of which there are none."""

    def xcom_pull(self, **asked: Any) -> None:
        """A value of another task: there is none."""


def ended(asked: dict[str, Any]) -> dict[str, Any]:
    """Executes one operator; says what it answered or raised."""
    operator = OPERATORS[asked["operator"]](task_id="task", **asked["arguments"])
    try:
        answer = operator.execute({"ti": TaskInstance()})
        if asked["kill"]:
            operator.on_kill()
    except Exception as error:
        return {"raised": f"{type(error).__name__}: {error}"}
    return {"answer": answer}


def main() -> None:
    """Until its input ends."""
    # Airflow logs to standard output too, which is for our answers alone.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for line in sys.stdin:
        print(json.dumps(ended(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
