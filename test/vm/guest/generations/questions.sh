# Sourced by the scripts of the boots: what tells one generation from the other, and what holds for
# both.
# shellcheck shell=sh
# shellcheck source=/dev/null
. /etc/genctl-test/facts.sh

# Where a program is, or none.
place_of() { # name
	command -v "$1" || echo none
}

# All by which one sees which generation is active.
tell_generation() { # a word for the names of the facts
	echo "$1-motd=$(cat /etc/motd)"
	echo "$1-htop=$(place_of htop)"
	# shellcheck disable=SC2016 # dpkg-query's own field
	echo "$1-dpkg=$(dpkg-query --show --showformat '${Package} ${Status}' htop 2>&1)"
	echo "$1-cron=$(systemctl is-active cron.service)"
	echo "$1-crontab-group=$(getent group crontab | cut -d : -f 1)"
	# shellcheck disable=SC3013 # dash has -ef
	if [ /usr -ef /run/current-system/os/usr ]; then echo "$1-usr=active"; else echo "$1-usr=other"; fi
	if [ "$(default_system)" = "$(profile_system)" ]; then echo "$1-default=current"; fi
	echo "$1-current=$(readlink /nix/var/nix/profiles/system)"
}

# Whether a folder takes a new file: yes, or why not.
takes_files() { # folder
	if (: > "$1/.probe") 2> /run/said; then
		rm "$1/.probe"
		echo yes
	else
		sed 's/.*: //' /run/said
	fi
}

tell_walls() {
	for folder in /usr /usr/lib/modules /nix/store / /etc /var /home /usr/local/bin; do
		echo "takes-$(echo "$folder" | tr / -)=$(takes_files "$folder")"
	done
	echo "store-options=$(findmnt --noheadings --output VFS-OPTIONS /nix/store | tail -n 1)"
	echo "usr-options=$(findmnt --noheadings --output VFS-OPTIONS /usr | tail -n 1)"
}

# Runs a command as nobody.
as_nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

# That programs with privileges have them at /usr, and nowhere else.
tell_privileges() {
	# Without this, anybody may ping.
	sysctl --quiet --write 'net.ipv4.ping_group_range=1 0'
	for place in /usr "$(readlink -f /run/current-system/os)/usr"; do
		name=$(echo "$place" | cut -d / -f 2)
		echo "su-$name=$(echo secret | as_nobody "$place/bin/su" --command 'id --user' root 2> /dev/null)"
		as_nobody "$place/bin/ping" -q -c 1 127.0.0.1 > /dev/null 2>&1
		echo "ping-$name=$?"
	done
}

# What apt and dpkg say to somebody who wants to change packages.
tell_refusals() {
	try dpkg-install dpkg --install "$(find /var/cache/genctl/packages -name '*.deb' -print -quit)"
	try apt-remove apt-get --yes remove procps
	echo "owner-of-ls=$(dpkg --search /bin/ls /usr/bin/ls 2> /dev/null | head -n 1)"
	echo "files-of-dpkg=$(dpkg --listfiles dpkg | grep -c .)"
}
