#!/usr/bin/env bash
# Makes the databases that a release leaves behind, for the tests of upgrades: `tests/it/upgrades.rs`.
#
#   tests/releases/make.sh BINARY VERSION POSTGRES_URL
#
# BINARY is the `postmortem` of the release, POSTGRES_URL a database of a server whose content is worth nothing; the same server's
# pg_dump is needed. What is in them: the demo, and a row or more of what the demo has none of. A release's files never change.
set -euo pipefail
binary=$(realpath "$1")
version=$2
server=$3
target=$(cd "$(dirname "$0")" && pwd)/$version
work=$(mktemp -d)
mkdir -p "$target"
trap 'kill "${serving:-}" 2> /dev/null || true; rm -rf "$work"' EXIT
cd "$work"
export POSTMORTEM_SEALING_KEY
POSTMORTEM_SEALING_KEY=$(head -c 32 /dev/zero | base64)

# mutate NAME INPUT: asks for one mutation, and stops when it fails.
mutate() {
    local kind
    kind="${1^}Input"
    answer=$(curl --silent --fail "http://127.0.0.1:4411/graphql" --header "Authorization: Bearer $token" \
        --header 'Content-Type: application/json' \
        --data "{\"query\":\"mutation (\$input: $kind!) { $1(input: \$input) { __typename } }\",\"variables\":{\"input\":$2}}")
    case $answer in *'"errors"'*) echo "$1: $answer" >&2; exit 1 ;; esac
}

# fill URL: the demo and more, in a database.
fill() {
    "$binary" --database-url "$1" migrate
    "$binary" --database-url "$1" demo --load-only
    token=$("$binary" --database-url "$1" token --email released@example.org --role admin)
    "$binary" --database-url "$1" --listen 127.0.0.1:4411 serve > "$work/log" 2>&1 &
    serving=$!
    for _ in $(seq 100); do
        curl --silent --fail --output /dev/null http://127.0.0.1:4411/readyz && break
        sleep 0.1
    done
    mutate createApiToken '{"name":"Machine","scopes":["READ","WRITE"]}'
    mutate createCalendarFeed '{"name":"Mine"}'
    mutate createWebhookEndpoint '{"url":"https://receiver.example.org/hook","eventTypes":["recommendation.*"]}'
    mutate createTrackerConnection '{"kind":"GITHUB","name":"Widgets","project":"octo/widgets","token":"secret","isEnabled":false}'
    mutate setDuePolicies '{"policies":[{"name":"Later","appliesTo":"RECOMMENDATION","dueInDays":365,"condition":{"priorities":["P4"],"severities":["SEV4"]}}]}'
    # Reminders are told, and deliveries made, within the first seconds.
    sleep 5
    kill "$serving"
    wait "$serving" || true
    serving=
}

fill "sqlite://$work/released.db"
"$binary" --database-url "sqlite://$work/released.db" backup released.backup
gzip --best --no-name < released.backup > "$target/sqlite.db.gz"

psql --quiet "$server" --command 'DROP DATABASE IF EXISTS released' --command 'CREATE DATABASE released'
fill "${server%/*}/released"
# Lines that begin with a backslash are for psql only.
pg_dump --no-owner --no-privileges --column-inserts --rows-per-insert=200 "${server%/*}/released" | grep -v '^\\' | gzip --best --no-name > "$target/postgres.sql.gz"
psql --quiet "$server" --command 'DROP DATABASE released'
ls -l "$target"
