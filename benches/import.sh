#!/usr/bin/env bash
# Measures `matrikel import members` on a fresh register: seconds, peak resident memory, the same file once more
# ("0 new, 0 changed"), and how long `matrikel serve` then needs until names are found.
#
#   benches/import.sh                                  # 1,000,000 members of the demo register, on SQLite
#   benches/import.sh --members 100000
#   benches/import.sh --file register.csv              # any member file
#   benches/import.sh --postgres postgres://postgres@127.0.0.1:5432/postgres
#
# --postgres is a server on which databases may be made: one is made and dropped again. The rest happens in a temporary
# folder (in TMPDIR, which should be on the disk that is meant), removed at the end.
#
# Needs GNU time (apt-get install time) and, for --postgres, psql (apt-get install postgresql-client).
# For figures worth keeping nothing else may run on the machine; the load average is printed with them.

members=1000000 file= postgres=
while [ $# -gt 0 ]; do
    case $1 in
        --members) members=$2 ;;
        --file) file=$(realpath "$2") ;;
        --postgres) postgres=$2 ;;
        *) sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit 2 ;;
    esac
    shift 2
done
source "$(dirname "$0")/common.sh"
/usr/bin/time --version > /dev/null 2>&1 || fail "GNU time is not here; install it, for example with: apt-get install time"
[ -z "$postgres" ] || need psql postgresql-client

cargo build --release --quiet --manifest-path "$root/Cargo.toml" --bin matrikel
cd "$folder"
if [ -z "$file" ]; then
    file=$folder/register.csv
    "$matrikel" demo-register --members "$members" --out "$file"
fi
machine
echo "$(basename "$file"): $(wc -l < "$file") lines, $(($(wc -c < "$file") / 1048576)) MiB"

import() { # ENGINE WHAT
    /usr/bin/time --format '%e %M' --output time "$matrikel" import members "$file" > report || { cat report >&2; exit 1; }
    local seconds kilobytes
    read -r seconds kilobytes < time
    printf '%-10s  %-6s  %8.1f s  %6d MiB at the most   %s\n' "$1" "$2" "$seconds" "$((kilobytes / 1024))" "$(grep ' rows: ' report)"
}

for engine in SQLite ${postgres:+PostgreSQL}; do
    fresh "$engine"
    import "$engine" first
    import "$engine" second
    began=$(date +%s%3N)
    serve
    await "$pid" "$MATRIKEL_DATA_DIR/log" "The name index is built"
    printf '%-10s  %-6s  %8.1f s  %6d MiB\n' "$engine" index \
        "$(($(date +%s%3N) - began))e-3" "$(($(sed -n 's/^VmRSS:\s*\([0-9]*\) kB/\1/p' "/proc/$pid/status") / 1024))"
    stop "$pid"
done
machine
