#!/usr/bin/env bash
# Measures what a register could use instead of Matrikel's lookup, on the same register and the same questions in the same
# run: PostgreSQL's pg_trgm with unaccent, and SQLite's FTS5 with trigrams. Prints how much each finds, how fast it is, and the
# ratio of its median time to Matrikel's.
#
#   benches/peers.sh --pairs variants.tsv --postgres postgres://postgres@127.0.0.1:5432/postgres
#   benches/peers.sh --pairs variants.tsv --register register.csv --queries 500
#
# --pairs is a table of labelled spellings of one name, tab-separated, with the columns name_a, name_b, part (given or surname)
# and tier (phon where a vowel or voicing differs); it may be given several times. --different is one of names that are near and
# different. --register is a member file; without it --members (100000) invented people. Matrikel runs on SQLite, as it is run
# in earnest: over HTTP, with rights, read audit and rows. The peers answer SQL with names alone (benches/peers.py).
#
# --postgres is a server on which databases may be made and that has the extensions pg_trgm and unaccent (they are part of
# Debian's postgresql); without it only SQLite is compared. Needs psql for it (apt-get install postgresql-client) and
# Python 3 whose sqlite3 knows FTS5's trigrams (SQLite 3.34). Everything else happens in a temporary folder, removed at the end.

members=100000 queries=500 postgres= register= pairs=() different=()
while [ $# -gt 0 ]; do
    case $1 in
        --members) members=$2 ;;
        --queries) queries=$2 ;;
        --pairs) pairs+=("$(realpath "$2")") ;;
        --different) different=(--different "$(realpath "$2")") ;;
        --register) register=$(realpath "$2") ;;
        --postgres) postgres=$2 ;;
        *) pairs=(); break ;;
    esac
    shift 2
done
[ ${#pairs[@]} -gt 0 ] || { sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit 2; }
source "$(dirname "$0")/common.sh"
need python3 python3
python3 -c "import sqlite3; sqlite3.connect(':memory:').execute(\"CREATE VIRTUAL TABLE t USING fts5(a, tokenize='trigram')\")" ||
    fail "this Python's SQLite has no FTS5 with trigrams"

cargo build --release --quiet --manifest-path "$root/Cargo.toml" --bin matrikel
cd "$folder"
if [ -z "$register" ]; then
    register=$folder/register.csv
    "$matrikel" demo-register --members "$members" --out "$register" > report
fi
if [ -n "$postgres" ]; then
    need psql postgresql-client
    psql --quiet "$postgres" --command "CREATE DATABASE $database TEMPLATE template0"
    database_made=yes
fi
machine
fresh SQLite
"$matrikel" import members "$register" > report || { cat report >&2; exit 1; }
"$matrikel" token create --role registrar --label bench > token
serve
await "$pid" SQLite/log "The name index is built"
await "$pid" SQLite/out "Matrikel answers on"
python3 "$root/benches/peers.py" --url "$(sed -n 's|^Matrikel answers on ||p' SQLite/out)" --token-file token \
    --register "$register" --pairs "${pairs[@]}" "${different[@]}" --queries "$queries" ${postgres:+--postgres "${postgres%/*}/$database"}
machine
