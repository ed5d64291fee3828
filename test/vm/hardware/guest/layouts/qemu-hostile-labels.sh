# shellcheck shell=sh
# Labels, partition names and mount points that break what pastes them into a line; and mounts that
# are no disks: bind, tmpfs, overlay, loop.
a=$(disk 1)
gpt "$a" 100 <<'END'
size=40M, type=U
size=200M, type=L, name="it's \x22root\x22"
size=20M, type=L, name="${HOME} $(reboot)"
size=40M, type=L, name="a b"
END
vfat "$(part "$a" 1)" 1234ABCD
ext4 "$(part "$a" 2)" 1 -L "my \"root\" disk"
# shellcheck disable=SC2016 # meant as it stands
ext4 "$(part "$a" 3)" 2 -L '${builtins.x}'
# shellcheck disable=SC2016
vfat "$(part "$a" 4)" 1234ABCE '${X} $(ID)'"'"
settle
as_mounted "$(part "$a" 2)" / relatime
as_mounted "$(part "$a" 1)" /boot umask=0077
# shellcheck disable=SC2016
as_mounted "$(part "$a" 3)" '/mnt/my "data" ${x}' relatime
as_mounted "$(part "$a" 4)" "/mnt/tab	newline
here\\" uid=1000,gid=100,shortname=winnt
mkdir -p /newroot/home/someone "/newroot/srv/a folder" /newroot/opt/lower /newroot/opt/upper \
	/newroot/opt/work
as_mounted /newroot/home/someone "/srv/a folder" bind
as_mounted tmpfs /scratch size=25%,mode=1777,nosuid tmpfs
as_mounted overlay /opt/merged lowerdir=/newroot/opt/lower,upperdir=/newroot/opt/upper,workdir=/newroot/opt/work overlay
dd if=/dev/zero of=/newroot/opt/image bs=1M count=8 2> /dev/null
ext4 /newroot/opt/image 3 -L loop
modprobe loop
as_mounted /newroot/opt/image /opt/loop loop,ro
