#!/bin/sh
# The first boot of activation.test.ts: switches on a running machine, one after the other.
# shellcheck source=/dev/null
. /usr/lib/genctl-test/facts.sh

declaration=/etc/genctl
units=$declaration/etc/systemd/system

# Exchanges a word in a file of the declaration.
redeclare() { # file below etc/, old word, new word
	sed -i "s/$2/$3/" "$declaration/etc/$1"
}

# All that a refused switch must leave as it is.
whole_state() {
	echo "$(etc_sum) $(default_system) $(profile_system) $(pid_of changed.service)"
}

answer() {
	# shellcheck disable=SC2016 # for the other shell
	timeout 1200 bash -c 'read -r line < /dev/tcp/127.0.0.1/7000; echo "$line"'
}

# Each time that a socket is opened has another name.
opened() { # unit
	systemctl show --property=InvocationID --value "$1"
}

show_units() { # a word for the names of the facts
	for unit in changed steady stubborn; do
		echo "$unit-$1=$(pid_of "$unit.service") $(definition_of "$unit.service")"
	done
}

# --- A file that somebody has edited

first=$(default_system)
echo "settings-before=$(cat /etc/settings)"
echo edited > /etc/settings
redeclare settings one two
before=$(whole_state)
try refused genctl switch
if [ "$(whole_state)" = "$before" ]; then echo 'refused-changed=no'; else echo 'refused-changed=yes'; fi
echo "settings-refused=$(cat /etc/settings)"
try backed-up genctl switch --conflicts backup
echo "settings-backed-up=$(cat /etc/settings)"
echo "backup=$(find /etc/.genctl/backup* -type f -name settings -exec cat {} +)"
try rolled-back genctl rollback
echo "settings-rolled-back=$(cat /etc/settings)"
if [ "$(default_system)" = "$first" ]; then echo 'default-rolled-back=first'; fi
# From here on it is as it was placed, and in nobody's way.
redeclare settings two one
echo one > /etc/settings

# --- Nobody confirms

redeclare systemd/system/changed.service one two
before=$(etc_sum)
try unconfirmed genctl switch --confirm 20s
if [ "$(etc_sum)" = "$before" ]; then echo 'etc-unconfirmed=as-before'; fi
if [ "$(default_system)" = "$first" ]; then echo 'default-unconfirmed=first'; fi
if [ "$(profile_system)" = "$first" ]; then echo 'profile-unconfirmed=first'; fi
echo "changed-unconfirmed=$(definition_of changed.service)"

# --- The terminal is closed under a switch, which somebody confirms later

script --quiet --command 'genctl switch --confirm 20m' /dev/null > /run/terminal 2>&1 &
await test -e /nix/var/genctl/journal.json
kill -KILL $!
await genctl confirm
echo "confirm=$?"
await test ! -e /nix/var/genctl/journal.json
echo "finished=$?"
tr '\n\r' '  ' < /run/terminal
echo
if [ "$(default_system)" = "$first" ]; then
	echo 'default-confirmed=first'
else
	echo 'default-confirmed=new'
fi
if [ "$(profile_system)" = "$(default_system)" ]; then echo 'profile-confirmed=default'; fi
echo "changed-confirmed=$(definition_of changed.service)"

# --- Services

echo "answer-before=$(answer)"
redeclare systemd/system/changed.service two three
redeclare systemd/system/stubborn.service one three
redeclare systemd/system/answer.service one three
sed -i 's|/bin/true|/bin/false|' "$units/failing.service"
cat > "$units/added.service" << 'END'
[Service]
ExecStart=/usr/bin/sleep infinity
[Install]
WantedBy=multi-user.target
END
show_units before
socket=$(opened answer.socket)
before=$(whole_state)
try dry-run genctl switch --dry-run
if [ "$(whole_state)" = "$before" ]; then echo 'dry-run-changed=no'; else echo 'dry-run-changed=yes'; fi
try units genctl switch
show_units after
echo "added=$(systemctl is-active added.service)"
echo "failing=$(systemctl is-failed failing.service)"
echo "socket=$(systemctl is-active answer.socket)"
if [ "$(opened answer.socket)" = "$socket" ]; then echo 'socket-kept=yes'; else echo 'socket-kept=no'; fi
echo "answer-after=$(answer)"
echo "reload-needed=$(systemctl show --property=NeedDaemonReload --value changed.service)"
try status genctl status

# --- Active, not the default

default_system > "$(dirname "$0")/default"
redeclare systemd/system/changed.service three four
redeclare settings one four
rm "$declaration/etc/systemd/system/added.service"
sed -i 's|/bin/false|/bin/true|' "$units/failing.service"
try tested genctl test
echo "changed-tested=$(definition_of changed.service)"
echo "added-tested=$(systemctl is-active added.service)"
if [ "$(default_system)" = "$(cat "$(dirname "$0")/default")" ]; then echo 'default-tested=as-before'; fi
