# Runs one job and writes down its exit code, so that the code is known even when no daemon waits for it.
#
# Arguments: attempt directory, turn, soft limit of open files, then the job's command.
# Descriptors: 0 the pipe that says "go", 1 the job's stdout, 2 /dev/null (read and write), 3 the job's stderr.
#
# The shell's own messages ("Killed") go to /dev/null, not among the job's. Variables are prefixed: assigning to a name
# that is in the environment would change it for the job.

# A signal to the process group is for the job: the wrapper outlives it and notes the exit code. The job itself starts
# with the default reactions, because a trap that is not '' is reset in a child. A TERM that comes before there is a job
# is remembered: it must not start after it was stopped.
reglue_stopped=
trap : HUP INT QUIT ALRM USR1 USR2
trap reglue_stopped=1 TERM

reglue_directory=$1 reglue_turn=$2
ulimit -S -n "$3"
shift 3

# The end of the pipe without a line means that the daemon died before it could tell "go".
if ! read -r reglue_go || [ "$reglue_stopped" ]; then
    echo never >"$reglue_directory/never.$reglue_turn"
    # No exit code: should the mark not be written, none may be taken for the job's.
    kill -KILL $$
fi

# In a subshell, so that descriptor 2 of this shell stays /dev/null and its "Killed" does not come last in the job's log.
(exec "$@") <&2 2>&3 3>&-
reglue_code=$?
echo "$reglue_code" >"$reglue_directory/exit"
exit "$reglue_code"
