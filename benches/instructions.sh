#!/usr/bin/env bash
# A guard against slow changes: the instructions of each part of a run (benches/parts.rs), counted by valgrind, against
# those of the last accepted state in benches/instructions.tsv. Counts do not depend on how busy the machine is.
#
#     benches/instructions.sh            compares, fails above 10 % more
#     benches/instructions.sh --accept   writes what is counted now
#
# A part is carried out few and then more times, and the difference is what counts, so that start-up does not. Valgrind
# knows no AVX-512, so the paths for AVX2 are counted. Counts depend on the compiler: the file names its version, and
# another compiler's counts are shown and not judged.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."
baseline=benches/instructions.tsv

if ! command -v valgrind > /dev/null; then
    echo "instructions: SKIPPED, valgrind is not installed (Debian: apt-get install valgrind)"
    exit 0
fi
if [ "$(uname -m)" != x86_64 ]; then
    echo "instructions: SKIPPED, the counts of $baseline are those of x86_64"
    exit 0
fi

program=$(cargo bench --no-run --bench parts --message-format short 2>&1 | sed -n 's/.*(\(.*parts-[0-9a-f]*\)).*/\1/p')
[ -x "$program" ] || { echo "instructions: benches/parts.rs does not build"; exit 1; }
compiler=$(rustc --version | cut -d' ' -f2)

count() { # part, times
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" count "$1" "$2" 2>&1 |
        sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}
measure() { # part, times
    local few more
    few=$(count "$1" 2)
    more=$(count "$1" "$((2 + $2))")
    [ -n "$few" ] && [ -n "$more" ] || { echo "instructions: $1 does not run under valgrind" >&2; exit 1; }
    echo "$(((more - few) / $2))"
}

failed=0
result="# rustc	$compiler"
for part in gather:40 affine:20 elastic:20 step:40 loss:40 read:2 inflate:1 stream:1 predict:1; do
    name=${part%:*}
    now=$(measure "$name" "${part#*:}")
    result+=$'\n'"$name	$now"
    before=$(awk -v name="$name" '$1 == name { print $2 }' "$baseline" 2> /dev/null || true)
    percent=$([ -n "$before" ] && echo $((100 * now / before - 100)) || echo 0)
    echo "instructions: $name $now, before ${before:-unknown} (${percent} %)"
    [ "$percent" -le 10 ] || failed=1
done

if [ "${1:-}" = --accept ]; then
    echo "$result" > "$baseline"
elif [ "$(awk '$1 == "#" { print $3 }' "$baseline")" != "$compiler" ]; then
    echo "instructions: NOT JUDGED, $baseline was counted with another compiler than $compiler"
elif [ "$failed" = 1 ]; then
    echo "instructions: a part needs over 10 % more than before; mend it, or accept it with benches/instructions.sh --accept"
    exit 1
fi
