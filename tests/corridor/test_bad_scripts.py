"""Jobs whose scripts cannot run or write what they should not: a recorded failure that says why and what to do."""

from pathlib import Path

from tests.corridor.workshop import Workshop, job_runs, states

GIGABYTE = 1 << 30
MOST_MEMORY_KIB = 200 * 1024


def message(workshop: Workshop, kind: str, location: str) -> str:
    """The error message of a job run with this command, which must fail and nothing else with it."""
    workshop.define("J", kind, location)
    job_run = workshop.job_ran("J")
    assert job_run["JobRunState"] == "FAILED"
    text: str = job_run["ErrorMessage"]
    assert "Traceback" not in text
    assert "\n" not in text
    return text


def test_missing_script(workshop: Workshop) -> None:
    """The message names the file and the way out; on the error branch the run goes on."""
    workshop.define("J", "shell", str(workshop.folder / "none.sh"))
    workshop.shell("bad")
    workshop.workflow("W", "J")
    workshop.trigger("failed", "W", {"J": "FAILED"}, "bad")
    run = workshop.ran("W")
    assert (run["Status"], states(run)) == ("COMPLETED", {"J": "FAILED", "bad": "SUCCEEDED"})
    assert f"{workshop.folder}/none.sh cannot be read: No such file" in job_runs(run, "J")[0]["ErrorMessage"]


def test_missing_python_script(workshop: Workshop) -> None:
    """The same for a Python script that a file:// URL names."""
    url = (workshop.folder / "none.py").as_uri()
    assert f"{workshop.folder}/none.py cannot be read: No such file" in message(workshop, "pythonshell", url)


def test_script_that_is_not_executable(workshop: Workshop) -> None:
    """The message says which command makes it executable; then the very job runs."""
    script = workshop.script("J", "exit 0")
    script.chmod(0o644)
    assert f"{script} is not executable. Try: chmod +x" in message(workshop, "shell", str(script))
    script.chmod(0o755)
    assert workshop.job_ran("J")["JobRunState"] == "SUCCEEDED"


def test_script_that_is_a_folder(workshop: Workshop) -> None:
    """A folder is no script."""
    assert "is a directory" in message(workshop, "shell", str(workshop.folder))


def test_script_elsewhere(workshop: Workshop) -> None:
    """A script in S3 has to be copied here first, and the message says so."""
    assert "s3:// is not supported. Copy the script" in message(workshop, "pythonshell", "s3://bucket/job.py")


def test_kind_that_cannot_run(workshop: Workshop) -> None:
    """A Spark job is accepted as a definition and fails when it runs, naming the kinds that can."""
    assert "Supported are pythonshell" in message(workshop, "glueetl", str(workshop.script("J")))


def test_interpreter_that_is_not_there(workshop: Workshop) -> None:
    """A first line that names no interpreter is explained."""
    script = workshop.script("J")
    script.write_text("#!/no/such/interpreter\n")
    assert "'/no/such/interpreter'" in message(workshop, "shell", str(script))


def test_python_that_is_no_python(workshop: Workshop) -> None:
    """A syntax error is a failure like any other."""
    script = workshop.script("J", "this is no python")
    assert "SyntaxError" in message(workshop, "pythonshell", str(script))


def test_binary_output(workshop: Workshop) -> None:
    """Binary output arrives byte for byte; what the error message takes from it is clean text."""
    every = "".join(f"\\{byte:03o}" for byte in range(256))
    workshop.shell("J", f"printf '{every}'", "printf '\\033[31mbad\\000\\377thing\\033[0m\\n' >&2", "exit 1")
    job_run = workshop.job_ran("J")
    answer = workshop.daemon.ask("GET", f"/v1/job-runs/{job_run['Id']}/logs")
    assert answer.body == bytes(range(256))
    assert job_run["ErrorMessage"] == "Command failed with exit code 1: bad\ufffdthing"


def test_endless_error_line(workshop: Workshop) -> None:
    """Of a last line of ten megabytes the message takes the beginning of what is left at the end."""
    workshop.shell("J", "head -c 10000000 /dev/zero | tr '\\0' x >&2", "exit 1")
    text = workshop.job_ran("J")["ErrorMessage"]
    assert text.startswith("Command failed with exit code 1: xxx")
    assert len(text) < 1_100


def test_a_gigabyte_of_output(workshop: Workshop) -> None:
    """A job that writes 1 GB succeeds; its output can be read to its end, and the daemon stays small."""
    workshop.shell("J", f"head -c {GIGABYTE} /dev/zero", "echo the end")
    job_run_id = workshop.glue.start_job_run(JobName="J")["JobRunId"]
    output = Path(workshop.daemon.get(f"/v1/job-runs/{job_run_id}")["stdout"])
    try:
        assert workshop.job_ended("J", job_run_id)["JobRunState"] == "SUCCEEDED"
        assert output.stat().st_size == GIGABYTE + len("the end\n")
        followed = f"/v1/job-runs/{job_run_id}/logs?offset={GIGABYTE}"
        assert workshop.daemon.ask("GET", followed).body == b"the end\n"
        assert peak_memory_kib(workshop.daemon.process.pid) < MOST_MEMORY_KIB
    finally:
        output.unlink(missing_ok=True)


def test_a_reader_that_goes_away(workshop: Workshop) -> None:
    """A client that stops reading a large output in the middle costs the daemon nothing."""
    workshop.shell("J", "head -c 100000000 /dev/zero")
    job_run_id = workshop.job_ran("J")["Id"]
    for _ in range(3):
        with workshop.daemon.opened(f"/v1/job-runs/{job_run_id}/logs") as answer:
            assert answer.read(100_000) == bytes(100_000)
    assert workshop.daemon.get("/healthz")["status"] == "ready"
    assert peak_memory_kib(workshop.daemon.process.pid) < MOST_MEMORY_KIB


def peak_memory_kib(pid: int) -> int:
    """The most memory that a process has held."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1])
