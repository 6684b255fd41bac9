"""Which operations of Glue's API are served, and by what: a literal table."""

from daemon.api.actions import crawlers, job_runs, jobs, runs, tags, triggers, workflows
from daemon.api.actions.call import Read, Write

READS: dict[str, Read] = {
    "GetWorkflow": workflows.get_workflow,
    "ListWorkflows": workflows.list_workflows,
    "BatchGetWorkflows": workflows.batch_get_workflows,
    "GetWorkflowRun": runs.get_workflow_run,
    "GetWorkflowRuns": runs.get_workflow_runs,
    "GetWorkflowRunProperties": runs.get_workflow_run_properties,
    "GetTrigger": triggers.get_trigger,
    "GetTriggers": triggers.get_triggers,
    "ListTriggers": triggers.list_triggers,
    "BatchGetTriggers": triggers.batch_get_triggers,
    "GetJob": jobs.get_job,
    "GetJobs": jobs.get_jobs,
    "ListJobs": jobs.list_jobs,
    "BatchGetJobs": jobs.batch_get_jobs,
    "GetJobRun": job_runs.get_job_run,
    "GetJobRuns": job_runs.get_job_runs,
    "GetCrawler": crawlers.get_crawler,
    "GetCrawlers": crawlers.get_crawlers,
    "ListCrawlers": crawlers.list_crawlers,
    "BatchGetCrawlers": crawlers.batch_get_crawlers,
    "GetTags": tags.get_tags,
}
"""Operations that change nothing."""

WRITES: dict[str, Write] = {
    "CreateWorkflow": workflows.create_workflow,
    "UpdateWorkflow": workflows.update_workflow,
    "DeleteWorkflow": workflows.delete_workflow,
    "StartWorkflowRun": runs.start_workflow_run,
    "StopWorkflowRun": runs.stop_workflow_run,
    "ResumeWorkflowRun": runs.resume_workflow_run,
    "PutWorkflowRunProperties": runs.put_workflow_run_properties,
    "CreateTrigger": triggers.create_trigger,
    "UpdateTrigger": triggers.update_trigger,
    "DeleteTrigger": triggers.delete_trigger,
    "StartTrigger": triggers.start_trigger,
    "StopTrigger": triggers.stop_trigger,
    "CreateJob": jobs.create_job,
    "UpdateJob": jobs.update_job,
    "DeleteJob": jobs.delete_job,
    "StartJobRun": job_runs.start_job_run,
    "BatchStopJobRun": job_runs.batch_stop_job_run,
    "CreateCrawler": crawlers.create_crawler,
    "UpdateCrawler": crawlers.update_crawler,
    "DeleteCrawler": crawlers.delete_crawler,
    "TagResource": tags.tag_resource,
    "UntagResource": tags.untag_resource,
}
"""Operations that send commands."""
