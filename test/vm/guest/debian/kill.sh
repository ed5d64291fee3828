#!/bin/sh
# Each boot of activation-kill.test.ts: says what the last kill has led to, switches to the next
# version, kills what this boot's line in `kills` says, and cuts the power.
# shellcheck source=/dev/null
. /usr/lib/genctl-test/facts.sh

folder=$(dirname "$0")
number=$(cat /var/lib/genctl-test/boots)
journal=/nix/var/genctl/journal.json

# The state of the machine, in which every part must be of the same version.
tell() { # a word for the names of the facts
	echo "$1-version=$(cat /etc/marker)"
	echo "$1-linked=$(cat /etc/linked)"
	echo "$1-unit=$(definition_of tracked.service)"
	echo "$1-reload-needed=$(systemctl show --property=NeedDaemonReload --value tracked.service)"
	if [ "$(etc_sum)" = "$(cat "$folder/etc-sum")" ]; then echo "$1-etc=whole"; else echo "$1-etc=differs"; fi
	echo "$1-default=$(cat "$(default_system)/etc/marker")"
	echo "$1-profile=$(cat "$(profile_system)/etc/marker")"
	echo "$1-active=$(cat /run/current-system/etc/marker)"
	if [ -e "$journal" ]; then echo "$1-journal=left"; else echo "$1-journal=gone"; fi
	find /etc ! -path '/etc/genctl/*' -printf '%p %y %m %U %G %l\n' | sort > "$folder/etc-$1-$number"
}

# Exchanges the version everywhere in the declaration, names included.
declare_version() { # version
	find /etc/genctl/etc -type f -exec sed -i "s/version-[0-9]*/$1/" {} +
	mv /etc/genctl/etc/of-version-* "/etc/genctl/etc/of-$1"
}

if [ "$number" = 1 ]; then
	try units genctl init --with-units
	etc_sum > "$folder/etc-sum"
fi
# The unit that recovers does not hold up the boot.
await test ! -e "$journal"
tell booted
diff "$folder/etc-booted-1" "$folder/etc-booted-$number"
try recover genctl recover --json

sed -n "${number}p" "$folder/kills" > /run/kill
read -r victim milliseconds when < /run/kill || exit 0
next=version-$((number + 1))
declare_version "$next"
sync
echo "next=$next"
[ "$when" = settled ] || echo facts-end

genctl switch > /run/said 2>&1 &
await test -e "$journal"
case $victim in
	genctl) pattern='/usr/bin/genctl switch' ;;
	activate) pattern='/activate$' ;;
esac
# It may be over before it is seen.
is_seen_or_over() {
	pgrep -f "$pattern" > /dev/null || [ ! -e "$journal" ]
}
await is_seen_or_over
# Whoever else lets systemd read its units again must not make it forget the recovery.
[ "$when" != settled ] || systemctl daemon-reload
sleep "$((milliseconds / 1000)).$(printf %03d $((milliseconds % 1000)))"
pkill -KILL -f "$pattern"
killed=$?
if [ "$when" = settled ]; then
	echo "killed=$killed"
	await test ! -e "$journal"
	tell live
	tr '\n' ' ' < /run/said
	echo
	echo facts-end
	await test -e /run/facts-ended
fi
reboot -ff
