#!/usr/bin/env bash
# Measures requests per second: GET /api/v1/members/{id}, members at random, each answer with its row in the read audit,
# beside a bare actix route that gives the same bytes (examples/bare_route.rs), on the same machine in the same run.
#
#   benches/http.sh                                    # on SQLite
#   benches/http.sh --postgres postgres://postgres@127.0.0.1:5432/postgres
#   benches/http.sh --members 100000 --connections 8 --seconds 10 --rounds 3
#
# All servers run as they are run in earnest, log lines included, and are asked in turn, round after round, so that what
# else the machine does falls on all of them. The load generator (benches/load.rs) has one request on its way on each
# connection and shares the processors with the server it asks. Loopback only. Everything ends by itself.
#
# --postgres is a server on which databases may be made: one is made and dropped again. Needs psql for it
# (apt-get install postgresql-client). The rest happens in a temporary folder (in TMPDIR), removed at the end.

members=100000 connections=8 seconds=10 rounds=3 postgres=
while [ $# -gt 0 ]; do
    case $1 in
        --members) members=$2 ;;
        --connections) connections=$2 ;;
        --seconds) seconds=$2 ;;
        --rounds) rounds=$2 ;;
        --postgres) postgres=$2 ;;
        *) sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit 2 ;;
    esac
    shift 2
done
source "$(dirname "$0")/common.sh"
[ -z "$postgres" ] || need psql postgresql-client

cargo build --release --quiet --manifest-path "$root/Cargo.toml" --bin matrikel --example load --example bare_route
load=$binaries/examples/load
cd "$folder"
"$matrikel" demo-register --members "$members" --out register.csv > report
machine

declare -A address
engines=(SQLite ${postgres:+PostgreSQL})
for engine in "${engines[@]}"; do
    fresh "$engine"
    "$matrikel" import members register.csv > report || { cat report >&2; exit 1; }
    "$matrikel" token create --role registrar --label bench > "$engine/token"
    serve
    await "$pid" "$engine/log" "The name index is built"
    await "$pid" "$engine/out" "Matrikel answers on"
    address[$engine]=$(sed -n 's|^Matrikel answers on http://||p' "$engine/out")
    "$load" gather "${address[$engine]}" --token "$engine/token" --ids "$engine/ids" --answer "$engine/answer"
done

mkdir bare
cp SQLite/token SQLite/ids bare
"$binaries/examples/bare_route" SQLite/answer > bare/out &
await $! bare/out "The bare route answers on"
address[bare]=$(sed -n 's|^The bare route answers on http://||p' bare/out)

echo "$members members, answers of $(wc -c < SQLite/answer) bytes, $connections connections, $seconds s each"
for round in $(seq "$rounds"); do
    for name in bare "${engines[@]}"; do
        printf '%d  %-10s ' "$round" "$name"
        "$load" run "${address[$name]}" --token "$name/token" --ids "$name/ids" --connections "$connections" --seconds "$seconds"
    done
done
machine
