# What import.sh and http.sh share; read by them with `source`, not run.
# They have set: postgres (a server's address, or empty).

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
binaries=${CARGO_TARGET_DIR:-$root/target}/release
matrikel=$binaries/matrikel

# Settings of whoever runs this are not to count.
for name in ${!MATRIKEL_*}; do unset "$name"; done

folder=$(mktemp -d "${TMPDIR:-/tmp}/matrikel-bench.XXXXXX")
database=matrikel_bench_$$
database_made=

fail() {
    echo "$*" >&2
    exit 1
}

need() { # COMMAND PACKAGE
    command -v "$1" > /dev/null || fail "$1 is not here; install it, for example with: apt-get install $2"
}

# Ends one server that was started here, and waits until it has.
stop() { # PID
    kill "$1" 2> /dev/null || true
    wait "$1" 2> /dev/null || true
}

clean_up() {
    local pid
    for pid in $(jobs -p); do stop "$pid"; done
    if [ -n "$database_made" ]; then
        psql --quiet "$postgres" --command "DROP DATABASE IF EXISTS $database WITH (FORCE)" || true
    fi
    rm -r "$folder"
}
trap clean_up EXIT

# The settings for a fresh register on an engine: sets MATRIKEL_DATA_DIR and, on PostgreSQL, MATRIKEL_DATABASE_URL.
fresh() { # ENGINE
    export MATRIKEL_DATA_DIR=$folder/$1
    unset MATRIKEL_DATABASE_URL
    mkdir "$MATRIKEL_DATA_DIR"
    if [ "$1" = PostgreSQL ]; then
        psql --quiet "$postgres" --command "CREATE DATABASE $database TEMPLATE template0"
        database_made=yes
        export MATRIKEL_DATABASE_URL=${postgres%/*}/$database
    fi
}

# Starts `matrikel serve` on a free port; sets pid. What it says goes to $MATRIKEL_DATA_DIR/out and /log.
serve() {
    MATRIKEL_LISTEN=127.0.0.1:0 "$matrikel" serve > "$MATRIKEL_DATA_DIR/out" 2> "$MATRIKEL_DATA_DIR/log" &
    pid=$!
}

# Waits until a file of a server has a line.
await() { # PID FILE TEXT
    # The file is there once the server has begun.
    until grep --quiet --no-messages --fixed-strings "$3" "$2"; do
        kill -0 "$1" 2> /dev/null || { cat "$2" >&2; fail "the server ended"; }
        sleep 0.02
    done
}

machine() {
    echo "$(date --utc +%FT%TZ), commit $(git -C "$root" describe --always --dirty), $(nproc) processors" \
        "($(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)), load average $(cut -d' ' -f1-3 /proc/loadavg)"
}
