#!/bin/sh
# Install what a lock names into .venv, saying how far it is: scripts/install.sh requirements.lock
#
# .venv keeps a copy of each lock that was installed from. Its content decides, not its date: a new checkout of the same
# lock installs nothing, and an installation that was interrupted is taken up again.
set -eu
cd "$(dirname "$0")/.."
lock=$1
if cmp -s "$lock" ".venv/$lock"; then exit 0; fi

total=$(grep -c '^[A-Za-z0-9].*==' "$lock")
log=.venv/install.log

# On a terminal one line is written over and over; in a log each step is told once.
said=
say() { # say STEP PROGRESS
	if [ -t 1 ]; then
		[ -z "$said" ] || [ "$1" = "$said" ] || echo
		printf '\r\033[K%s%s' "$1" "$2"
	elif [ "$1" != "$said" ]; then
		printf '%s\n' "$1"
	fi
	said=$1
}

# pip comes last: without it the making was interrupted. A python that is gone was the system's before an upgrade.
if ! { [ -x .venv/bin/pip ] && .venv/bin/python -c ''; } 2>/dev/null; then
	for python in ${PYTHON:-} python3.11 python3.12 python3.13 python3; do
		"$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && break
		python=
	done
	if [ -z "$python" ]; then
		echo "The bot needs Python 3.11, 3.12 or 3.13, and none is installed. On Debian and Ubuntu:" \
			"sudo apt-get install python3 python3-venv" >&2
		exit 1
	fi
	echo "The first install takes about two minutes and 700 MB in .venv; later starts take seconds."
	say "Step 1 of 3: making .venv" ""
	"$python" -m venv --clear .venv
else
	echo "Bringing .venv up to date with $lock."
fi

.venv/bin/pip install --disable-pip-version-check --no-input --progress-bar off --only-binary :all: --require-hashes \
	--requirement "$lock" >"$log" 2>&1 &
pip=$!
trap 'kill "$pip" 2>/dev/null; exit 130' INT TERM
say "Step 2 of 3: downloading" ""
while kill -0 "$pip" 2>/dev/null; do
	if grep -q '^Installing collected packages' "$log"; then
		installed=$(find .venv/lib/python3*/site-packages -maxdepth 1 -name '*.dist-info' | wc -l)
		say "Step 3 of 3: installing" ", $((installed < total ? installed : total)) of $total packages"
	else
		fetched=$(grep -cE '^(Collecting|Requirement already)' "$log" || true)
		say "Step 2 of 3: downloading" ", $fetched of $total packages"
	fi
	sleep 1
done
[ ! -t 1 ] || echo
if ! wait "$pip"; then
	tail -n 20 "$log" >&2
	echo "Installing failed; the whole story is in $log. Without a connection to pypi.org it cannot work. Try again" \
		"with the same command: what was downloaded is not downloaded again." >&2
	exit 1
fi
cp "$lock" ".venv/$lock"
