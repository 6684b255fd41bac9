"""Which decision a command asks for."""

from collections.abc import Callable
from typing import Any

from daemon import catalog_commands, commands, crawler_commands, notification_commands, schedule_commands
from daemon.decisions import (
    batches,
    catalog,
    complete,
    crawlers,
    define,
    receive,
    resume,
    rules,
    schedule,
    start,
    stop,
)
from daemon.decisions.decision import Decision, Situation

DECISIONS: dict[type[commands.Command], Callable[[Any, Situation], Decision]] = {
    commands.DefineWorkflow: define.define_workflow,
    commands.ChangeWorkflow: define.change_workflow,
    commands.RemoveWorkflow: define.remove_workflow,
    commands.DefineTrigger: define.define_trigger,
    commands.ChangeTrigger: define.change_trigger,
    commands.RemoveTrigger: define.remove_trigger,
    commands.StartTrigger: define.start_trigger,
    commands.StopTrigger: define.stop_trigger,
    commands.DefineJob: define.define_job,
    commands.ChangeJob: define.change_job,
    commands.RemoveJob: define.remove_job,
    crawler_commands.DefineCrawler: crawlers.define_crawler,
    crawler_commands.ChangeCrawler: crawlers.change_crawler,
    crawler_commands.RemoveCrawler: crawlers.remove_crawler,
    crawler_commands.StartCrawl: crawlers.start_crawl,
    crawler_commands.StopCrawl: crawlers.stop_crawl,
    catalog_commands.DefineDatabase: catalog.define_database,
    catalog_commands.RemoveDatabase: catalog.remove_database,
    catalog_commands.DefineTable: catalog.define_table,
    catalog_commands.ChangeTable: catalog.change_table,
    catalog_commands.RemoveTable: catalog.remove_table,
    catalog_commands.AddPartitions: catalog.add_partitions,
    commands.TagResource: define.tag_resource,
    commands.UntagResource: define.untag_resource,
    schedule_commands.FireSchedule: schedule.fire_schedule,
    commands.StartRun: start.start_run,
    commands.RequestJobRun: start.request_job_run,
    commands.AdmitWaiting: start.admit_waiting,
    commands.ResumeRun: resume.resume_run,
    commands.StopRun: stop.stop_run,
    commands.StopJobRun: stop.stop_job_run,
    commands.TimeOutNode: stop.time_out_node,
    commands.PutRunProperties: stop.put_run_properties,
    commands.CompleteNode: complete.complete_node,
    commands.SettleRun: complete.settle_run,
    notification_commands.ReceiveEvents: receive.receive_events,
    notification_commands.CloseBatch: batches.close_batch,
    notification_commands.PutRule: rules.put_rule,
    notification_commands.SetRuleState: rules.set_rule_state,
    notification_commands.RemoveRule: rules.remove_rule,
    notification_commands.PutRuleTargets: rules.put_rule_targets,
    notification_commands.RemoveRuleTargets: rules.remove_rule_targets,
}
"""Every command there is, with the pure function that decides it."""
