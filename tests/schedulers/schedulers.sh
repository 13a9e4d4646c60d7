#!/usr/bin/env bash
# A sweep under real schedulers, a third of its trainings killed at random moments: GNU parallel, a Slurm of one node, and
# HyperQueue. What remains is started again as each scheduler does it, and the table must equal that of an undisturbed
# sweep byte for byte, but for the seconds.
#
#     tests/schedulers/schedulers.sh BACKBURN [parallel] [slurm] [hyperqueue]
#
# A scheduler that is not installed is said and left out: Debian has parallel, slurm-wlm and munge, and PyPI hyperqueue.
set -euo pipefail
program=$(realpath "$1"); shift
[ $# -gt 0 ] || set -- parallel slurm hyperqueue
work=$(mktemp -d); cd "$work"
trap 'jobs -p | xargs -r kill 2>/dev/null || true; rm -rf "$work"' EXIT

count=24
cat > sweep.toml <<'TOML'
seeds = 3
folds = 2
[knobs]
hidden = [64]
epochs = 200
[grid]
rate = [0.001, 0.003, 0.01, 0.03]
TOML
"$program" -q sweep plan sweep.toml -o plan.jsonl

# The table of the plan in folder $1, without the seconds.
table() {
    (cd "$1" && "$program" -q sweep collect plan.jsonl --format csv) |
        python3 -c 'import csv,sys
rows=list(csv.reader(sys.stdin)); drop=rows[0].index("seconds")
csv.writer(sys.stdout).writerows([c for i,c in enumerate(row) if i!=drop] for row in rows)'
}
fresh() { mkdir "$1"; cp plan.jsonl "$1/"; }

# Kills a third of the trainings, one at a time, at random moments, and keeps the count in the file `killed`.
killer() {
    local killed=0 victim
    while [ "$killed" -lt $((count / 3)) ]; do
        sleep "0.$((RANDOM % 8 + 1))"
        victim=$(pgrep -f "^$program -q sweep run" | shuf -n 1) || true
        if [ -n "$victim" ] && kill -9 "$victim" 2> /dev/null; then killed=$((killed + 1)); echo "$killed" > killed; fi
    done
}
# Runs a command beside the killer, whatever becomes of it.
under_fire() {
    killer & local killing=$!
    "$@" > /dev/null 2>&1 || true
    kill "$killing" 2> /dev/null || true
}
run="$program -q sweep run plan.jsonl --threads=1"

fresh undisturbed
(cd undisturbed && "$program" -q sweep run plan.jsonl --jobs 2)
table undisturbed > undisturbed.csv
[ "$(grep -c ',finished,' undisturbed.csv)" = "$count" ]

# What a scheduler has left must be the same table, and no training may have been done twice.
same() {
    table "$1" | diff - undisturbed.csv > /dev/null || { echo "$1: NOT the table of the undisturbed sweep"; table "$1" | diff - undisturbed.csv; exit 1; }
    echo "$1: $(cat "$1/killed" 2>/dev/null || echo 0) trainings killed, the same table"
}

with_parallel() {
    command -v parallel > /dev/null || { echo "parallel: NOT TESTED, not installed"; return; }
    fresh parallel; cd parallel
    seq "$count" > numbers
    under_fire parallel --will-cite --jobs 2 --joblog log -a numbers $run --index={}
    parallel --will-cite --jobs 2 --joblog log --resume-failed -a numbers $run --index={}
    cd ..; same parallel
}

with_slurm() {
    command -v slurmctld > /dev/null && command -v munged > /dev/null || { echo "slurm: NOT TESTED, not installed"; return; }
    fresh slurm; cd slurm
    local host; host=$(hostname -s)
    pgrep munged > /dev/null || { mkdir -p /run/munge; chown munge /run/munge; runuser -u munge -- munged; }
    cat > slurm.conf <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
StateSaveLocation=$PWD/state
SlurmdSpoolDir=$PWD/spool
SlurmctldPidFile=$PWD/ctld.pid
SlurmdPidFile=$PWD/d.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES State=UP
CONF
    mkdir state spool; export SLURM_CONF=$PWD/slurm.conf
    slurmctld -D > ctld.log 2>&1 & sleep 1; slurmd -D > d.log 2>&1 & sleep 1
    under_fire sbatch --quiet --wait --array="1-$count" --output=/dev/null --wrap="exec $run"
    sbatch --quiet --wait --array="1-$count" --output=/dev/null --wrap="exec $run"
    pkill slurmd; pkill slurmctld; cd ..; same slurm
}

with_hyperqueue() {
    python3 -c "import hyperqueue" 2> /dev/null || { echo "hyperqueue: NOT TESTED, not installed"; return; }
    fresh hyperqueue; cd hyperqueue
    under_fire submitted "$count"
    submitted "$count" > /dev/null 2>&1
    cd ..; same hyperqueue
}

# All trainings as one job of a HyperQueue on this machine, through its Python interface.
submitted() {
    python3 - "$1" $run <<'PY'
import os, sys
from hyperqueue import Job, LocalCluster

count, command = int(sys.argv[1]), sys.argv[2:]
with LocalCluster() as cluster:
    cluster.start_worker()
    client, job = cluster.client(), Job()
    for number in range(1, count + 1):
        job.program([*command, f"--index={number}"], cwd=os.getcwd(), stdout=None, stderr=None)
    client.wait_for_jobs([client.submit(job)], raise_on_error=False)
PY
}

for scheduler in "$@"; do "with_$scheduler"; done
