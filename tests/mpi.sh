#!/usr/bin/env bash
# One run over several processes, with Open MPI on this machine: equal to the run of one process, the same bits twice, one
# folder, and an end for all ranks where one of them is killed, hangs or fails.
#
#     tests/mpi.sh [BACKBURN]
#
# Without a program one is built with `--features mpi`. What it needs (Debian's libopenmpi-dev, openmpi-bin and
# libclang-dev, and numpy and h5py) is installed where that can be done.
set -euo pipefail
cd "$(dirname "$0")/.."

there() { command -v mpirun > /dev/null && { pkg-config --exists ompi-c 2> /dev/null || command -v mpicc > /dev/null; } && ls /usr/lib/llvm*/lib/libclang.so* > /dev/null 2>&1; }
if ! there; then
    root=""; [ "$(id -u)" = 0 ] || root="sudo -n"
    { $root apt-get update -qq && $root apt-get install -y -qq --no-install-recommends openmpi-bin libopenmpi-dev libclang-dev; } ||
        { echo "NOT TESTED: mpi, for want of Open MPI and libclang" >&2; exit 0; }
fi
work=$(mktemp -d)
trap 'jobs -p | xargs -r kill 2> /dev/null || true; rm -rf "$work"' EXIT
if [ $# -gt 0 ]; then
    cp "$1" "$work/backburn"
else
    cargo build --release --features mpi
    cp "${CARGO_TARGET_DIR:-target}/release/backburn" "$work/backburn"
fi
cd "$work"

# 1,603 rows, a tenth of them held out, in batches of 40 are 37 steps an epoch, and the last batch has 3 rows: one of four ranks
# has none of them.
python3 - <<'PY'
import h5py, numpy as np
rng = np.random.default_rng(1)
centres = rng.normal(size=(5, 30))
def part(n):
    y = rng.integers(0, 5, n)
    return (centres[y] + 1.5 * rng.normal(size=(n, 30))).astype("f4"), y.astype("i4")
def write(name, rows, **how):
    with h5py.File(name, "w") as f:
        for half, n in (("train", rows), ("test", 200)):
            x, y = part(n)
            f.create_dataset(f"x_{half}", data=x, **(how if half == "train" else {}))
            f.create_dataset(f"y_{half}", data=y)
write("small.h5", 1603)
write("large.h5", 40003, chunks=(64, 30), compression="gzip", compression_opts=1)
PY

# Open MPI refuses to be root, and to start more ranks than there are cores, unless it is told.
mpi=(mpirun --allow-run-as-root --oversubscribe)
ranks() { local n=$1; shift; "${mpi[@]}" -n "$n" "$@" < /dev/null; }
train() { ./backburn train -q "$@" > /dev/null; }
train_on() { local n=$1; shift; ranks "$n" ./backburn train -q "$@" > /dev/null; }

# How far the weights and the losses of two runs are apart, at most 1e-6 of their size.
near() {
    python3 - "$1" "$2" <<'PY'
import json, struct, sys
import numpy as np
def weights(run):
    data = open(f"{run}/last.safetensors", "rb").read()
    n = struct.unpack("<Q", data[:8])[0]
    head = json.loads(data[8:8 + n])
    parts = [np.frombuffer(data[8 + n + t["data_offsets"][0]:8 + n + t["data_offsets"][1]], "<f4")
             for name, t in sorted(head.items()) if name != "__metadata__" and t["dtype"] == "F32"]
    return np.concatenate(parts).astype("f8")
def losses(run):
    events = [json.loads(line) for line in open(f"{run}/journal.jsonl")]
    epochs = [e for e in events if e["event"] == "epoch"]
    return np.array([e["train"]["loss"] for e in epochs]), epochs[-1]["step"]
(a, b), ((la, sa), (lb, sb)) = map(weights, sys.argv[1:]), map(losses, sys.argv[1:])
apart, lost = np.linalg.norm(a - b) / np.linalg.norm(a), np.max(np.abs(la - lb) / la)
print(f"{sys.argv[2]}: after {sb} steps the weights differ by {apart:.1e}, the losses by {lost:.1e}")
sys.exit(not (sa == sb >= 200 and apart <= 1e-6 and lost <= 1e-6))
PY
}
same() { cmp "$1/last.safetensors" "$2/last.safetensors" && cmp "$1/best.safetensors" "$2/best.safetensors" && diff "$1/journal.jsonl" "$2/journal.jsonl"; }

# What one process learns, several learn too.
cases() {
    echo memory small.h5 --epochs 6 --batch-size 40 --hidden 32,16
    echo dropout small.h5 --epochs 6 --batch-size 40 --hidden 33,16 --dropout 0.3 --input-dropout 0.1 --balance
    echo smooth small.h5 --epochs 6 --batch-size 40 --hidden 32 --optimizer sgd --rate 0.1 --label-smoothing 0.1 --clip 1
    echo stream large.h5 --epochs 2 --batch-size 200 --hidden 32 --memory 3M --dropout 0.2
}
while read -r name arguments; do
    train $arguments --join 1 --run "$name-1"
    for n in 2 3 4; do
        train_on "$n" $arguments --join 1 --run "$name-$n"
        near "$name-1" "$name-$n"
    done
    train_on 3 $arguments --join 1 --run "$name-again"
    same "$name-3" "$name-again"
done < <(cases)

# Only the first rank has a folder, and no other writes or prints.
[ "$(ls -d memory-3*)" = memory-3 ] && [ "$(ls -A memory-3 | sort)" = "$(ls -A memory-1 | sort)" ]
ranks 3 ./backburn train small.h5 --epochs 1 --join 1 --run printed > out 2> err
[ "$(grep -c '^best epoch' out)" = 1 ] && [ "$(grep -c '^1/1' err)" = 1 ]
# Joined networks and an ensemble go through the same steps.
train small.h5 --epochs 2 --join 2 --ensemble 2 --run several-1
train_on 2 small.h5 --epochs 2 --join 2 --ensemble 2 --run several-2
[ "$(cd several-1 && find . | sort)" = "$(cd several-2 && find . | sort)" ]
# A repair is decided alike.
train small.h5 --epochs 4 --join 1 --rate 1e4 --on-trouble repair --run mended-1
train_on 3 small.h5 --epochs 4 --join 1 --rate 1e4 --on-trouble repair --run mended-3
repairs() { grep '"event":"repair"' "$1/journal.jsonl" | grep -o '"changes".*'; }
repairs mended-1 > /dev/null && [ "$(repairs mended-1)" = "$(repairs mended-3)" ]

# Starts a run of three ranks that takes minutes, and waits until it has learned an epoch.
long="large.h5 --epochs 2000 --patience 2000 --batch-size 100 --hidden 64 --join 1"
begin() {
    rm -rf long; "${mpi[@]}" -n 3 "$@" ./backburn train $long --run long < /dev/null > out 2> err & job=$!
    for _ in $(seq 300); do [ -e long/metrics.csv ] && return; sleep 0.1; done
    echo "no epoch after 30 s"; cat err; exit 1
}
rank_of_job() { pgrep -P "$job" backburn | sed -n "$1p"; }
# Waits for the job to end, at most so many seconds, and sees what it said.
ends_within() {
    local limit=$1 said=$2 since=$SECONDS code=0
    wait "$job" || code=$?
    [ $((SECONDS - since)) -le "$limit" ] || { echo "it took $((SECONDS - since)) s"; exit 1; }
    grep -q "$said" err out || { echo "it did not say: $said"; cat err; exit 1; }
    [ -z "$(pgrep -f "^./backburn train $long")" ] || { echo "a rank is left"; exit 1; }
    echo "ended in $((SECONDS - since)) s with code $code: $(grep -h -m1 "$said" err out)"
}
begin; kill -9 "$(rank_of_job 2)"; ends_within 10 "exited on signal 9"
begin -x BACKBURN_WAIT=3; kill -STOP "$(rank_of_job 3)"; ends_within 12 "has waited 3 s for the others"
# A rank that alone meets an error says so, and ends all.
mkdir elsewhere
rc=0; ranks 3 sh -c 'p=$PWD; [ $OMPI_COMM_WORLD_RANK != 1 ] || cd elsewhere; exec "$p/backburn" train small.h5 --run failed' > out 2> err || rc=$?
[ "$rc" != 0 ] && grep -q "^error: rank 1: .*small.h5" err && [ ! -e failed ]

# A signal, as Ctrl-C is one, saves once; the run goes on with another number of ranks, and ends where an undisturbed one does.
short="large.h5 --epochs 4 --batch-size 100 --hidden 64 --join 1"
train_on 3 $short --run straight
"${mpi[@]}" -n 3 ./backburn train $short --run broken < /dev/null > out 2> err & job=$!
for _ in $(seq 300); do [ -e broken/metrics.csv ] && break; sleep 0.05; done
kill -TERM "$job"; ends_within 10 "interrupted after step"
[ "$(grep -c 'interrupted after step' err)" = 1 ] && [ -z "$(ls -A broken | grep '^.backburn-')" ]
cp -r broken other
ranks 3 ./backburn train -q --resume broken > /dev/null; same straight broken
for n in 1 2; do
    cp -r other "other-$n"
    ranks "$n" ./backburn train -q --resume "other-$n" > /dev/null
    near straight "other-$n"
done
echo "one run over several processes: all held"
