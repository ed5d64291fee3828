#!/bin/sh
# What the owner of the machine would look at, whichever system is up: the same questions each time.
# shellcheck source=/dev/null
. /etc/genctl-test/questions.sh

PATH=$PATH:/usr/local/bin
export PATH

checksum_of() { # files
	cat "$@" | sha256sum | cut -d ' ' -f 1
}

# Runs a command as anna, who logs in with her password.
as_anna() { # command
	echo secret | setpriv --reuid 65534 --regid 65534 --clear-groups su --login --command "$1" anna 2> /dev/null | tail -n 1
}

echo "anna=$(as_anna id)"
echo "home=$(as_anna 'pwd; cat letter' | tail -n 1)"
echo "may-sudo=$(as_anna 'sudo --non-interactive id --user')"
echo "account=$(grep --no-filename '^anna:' /etc/passwd /etc/shadow | tr '\n' ' ')"
echo "cron-options=$(tr '\000' ' ' < "/proc/$(pid_of cron.service)/cmdline")"
await test -s /home/anna/cron-was-here
echo "cron-job=$(stat --format %U /home/anna/cron-was-here)"
echo "job=$(systemctl is-active annas-job.service) $(stat --format %U "/proc/$(pid_of annas-job.service)")"
echo "job-said=$(journalctl --boot --unit annas-job.service --output cat --grep data | tail -n 1)"
echo "ssh=$(systemctl is-active ssh.service) $(sshd -T | grep -i '^permitrootlogin')"
echo "offered-key=$(ssh-keyscan -t ed25519 127.0.0.1 2> /dev/null | cut -d ' ' -f 2,3)"
echo "host-keys=$(checksum_of /etc/ssh/ssh_host_*)"
echo "machine-id=$(cat /etc/machine-id) $(hostname)"
echo "motd=$(cat /etc/motd)"
echo "top-links=$(readlink /bin /sbin /lib /lib64 | tr '\n' ' ')"
echo "mounted=$(findmnt --noheadings --output SOURCE,TARGET,FSTYPE / | tr --squeeze-repeats ' '), $(findmnt --noheadings --output FSTYPE --target /boot/efi/loader | tail -n 1)"
# shellcheck disable=SC2016 # dpkg-query's own field
# shellcheck disable=SC2016
echo "checker=$(dpkg-query --show --showformat '${Status}' e2fsprogs 2>&1)"
echo "sudo-package=$(dpkg-query --show --showformat '${Status} ${Version}' sudo)"
echo "alternative=$(readlink --canonicalize /etc/alternatives/pager)"
echo "broken-links=$(find /etc -xtype l -not -path '/etc/genctl/*' -not -path '/etc/alternatives/*.gz' | sort | tr '\n' ' ')"

# What tells one system from the other.
# shellcheck disable=SC3013 # dash has -ef
if [ /usr -ef /run/booted-system/os/usr ]; then echo usr=generation; else echo usr=own; fi
echo "modules=$(find "/usr/lib/modules/$(uname -r)" -name '*.ko' | grep -c .)"
