# Sourced by the scripts of the boots: questions to the machine, with answers of one line.
# shellcheck shell=sh
export HOME=/root

# Nobody answers: what asks, asks in vain.
exec < /dev/null

# Runs a command and says how it ended and what it said.
try() { # name of the fact, command
	fact=$1
	shift
	"$@" > /run/said 2>&1
	echo "$fact=$?"
	echo "$fact-said=$(tr '\n' ' ' < /run/said)"
}

pid_of() { # unit
	systemctl show --property=MainPID --value "$1"
}

# By what a unit runs, which may be another definition than the one that is in place.
definition_of() { # unit
	tr '\000' '\n' < "/proc/$(pid_of "$1")/environ" | sed -n 's/^DEFINITION=//p'
}

uptime_seconds() {
	cut -d . -f 1 /proc/uptime
}

# Waits until a command succeeds. It is given up after twenty minutes: the machine may share its
# processor with others.
await() { # command
	deadline=$(($(uptime_seconds) + 1200))
	until "$@" 2> /dev/null; do
		[ "$(uptime_seconds)" -lt "$deadline" ] || return 1
		sleep 0.1
	done
}

# The system that the menu starts by itself. A script whose ESP is not at /boot says so first.
default_system() {
	entry=$(sed -n 's/^default //p' "${esp:-/boot}/loader/loader.conf")
	sed -n 's/^options .*init=\([^ ]*\)\/init.*/\1/p' "${esp:-/boot}/loader/entries/$entry"
}

profile_system() {
	readlink -f /nix/var/nix/profiles/system
}

# One line that differs where any path below /etc, its type, mode, owner or content does. What
# cannot be the same from one system to the next is passed over: hashes of the store, versions.
# The declaration is the user's, and the state of `activate` is told by its names alone.
etc_sum() {
	cd /etc || return
	{
		find . -path ./genctl -prune -o -printf '%p %y %m %U %G %l\n' | sort
		# shellcheck disable=SC2038 # no name here has white space
		find . \( -path ./genctl -o -path ./.genctl \) -prune -o -type f -print | sort |
			xargs tail -v -n +1
	} | sed -E 's/version-[0-9]+/version-N/g; s|/nix/store/[0-9a-z]{32}|/nix/store/HASH|g' |
		sha256sum | cut -d ' ' -f 1
	cd / || return
}
