#!/usr/bin/env bash
# `make demo`: a whole campaign on the sample data, against the service as the sandbox plays it. Nobody is called.
set -euo pipefail
cd "$(dirname "$0")/.."

campaign=.venv/bin/campaign
file=(sample_data/contacts.csv -c sample_data/campaign.toml)

start_sandbox() {
    : >demo/sandbox.out
    "$campaign" sandbox --port 0 --file demo/sandbox.sqlite >demo/sandbox.out 2>demo/sandbox.log &
    sandbox=$!
    trap 'kill "$sandbox" 2>/dev/null; wait "$sandbox" 2>/dev/null || true' EXIT
    for _ in {1..200}; do
        url=$(sed -n 's/^sandbox ready: //p' demo/sandbox.out)
        [[ -n $url ]] && return
        kill -0 "$sandbox" 2>/dev/null || break
        sleep 0.1
    done
    echo "the sandbox did not start:" >&2
    cat demo/sandbox.log >&2
    exit 1
}

# step QUESTION LINES NAME ARGUMENTS…: say what is asked, ask it, keep the answer and show so many lines of it.
step() {
    local question=$1 lines=$2 answer=demo/$3.txt
    shift 3
    printf '\n\033[1m%s\033[0m\n$ campaign %s\n' "$question" "$*"
    "$campaign" "$@" >"$answer" 2>&1 || { cat "$answer"; exit 1; }
    sed -n "1,${lines}p" "$answer"
    (($(wc -l <"$answer") <= lines)) || echo "… the rest stands in $answer"
}

rm -rf demo
mkdir -m 700 demo
start_sandbox
export CAMPAIGN_LEDGER=demo/ledger.sqlite ELEVENLABS_API_KEY=sandbox-key ELEVENLABS_BASE_URL=$url

step "What would happen, and which rows must be mended?" 12 check check "${file[@]}" --report demo/check
step "Call them, each once." 4 run run "${file[@]}" --yes --create-ledger --report demo/run
step "The same file the next night: nobody is called twice." 3 again run "${file[@]}" --yes --report demo/run
step "What became of the batches?" 20 status status -c sample_data/campaign.toml

cat <<END

Where to look:
  demo/check/          what check found: open report.html in a browser; demo/run/: what run did
  demo/ledger.sqlite   the ledger: runs, batches, attempts, rows and claims, for any SQL tool
  demo/sandbox.sqlite  what the service got; as a page: .venv/bin/campaign sandbox --file demo/sandbox.sqlite
  sample_data/         the export and its campaign file, to play with
END
