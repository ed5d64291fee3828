#!/bin/sh
# Run in the root of a plain Debian: what its owner has made of it, by Debian's own tools.
set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
umask 022

echo atlas > /etc/hostname
printf '127.0.0.1\tlocalhost\n127.0.1.1\tatlas\n' > /etc/hosts
systemd-machine-id-setup > /dev/null
cat > /etc/fstab <<TABLE
# <file system> <mount point> <type> <options> <dump> <pass>
UUID=$ROOT_UUID / ext4 errors=remount-ro 0 1
UUID=$ESP_UUID /boot/efi vfat umask=0077 0 1
TABLE
# Where packages come from; nobody asks there in a test.
echo 'deb http://debian.invalid/debian bookworm main' > /etc/apt/sources.list

# A machine grows: numbers of system users are in the order in which somebody came to need them.
adduser --quiet --system --group --home /var/lib/backup-of-anna --no-create-home annasjob
useradd --create-home --shell /bin/bash --groups sudo anna
echo anna:secret | chpasswd
echo 'from before' > /home/anna/letter
chown anna:anna /home/anna/letter

# Edited conffiles, and files beside them.
sed -i 's/^# *EXTRA_OPTS=""/EXTRA_OPTS="-L 5"/' /etc/default/cron
echo 'PermitRootLogin no' > /etc/ssh/sshd_config.d/anna.conf
echo '@reboot anna date > /home/anna/cron-was-here' > /etc/cron.d/anna
echo 'anna ALL=(ALL) NOPASSWD: /usr/bin/id' > /etc/sudoers.d/anna
chmod 440 /etc/sudoers.d/anna
echo 'welcome to atlas' > /etc/motd

# A service of her own, with its program and its data.
mkdir -p /usr/local/bin /var/lib/annas-job
printf '#!/bin/sh\ncat /var/lib/annas-job/data\nexec sleep infinity\n' > /usr/local/bin/annas-job
chmod 755 /usr/local/bin/annas-job
echo 'data from before' > /var/lib/annas-job/data
cat > /etc/systemd/system/annas-job.service <<UNIT
[Service]
ExecStart=/usr/local/bin/annas-job
User=annasjob
[Install]
WantedBy=multi-user.target
UNIT
systemctl enable annas-job.service genctl-test.service 2> /dev/null

# Its own boot menu, as systemd-boot and Debian's hooks for kernels lay it.
kernel=$(ls /boot/vmlinuz-*)
version=${kernel#/boot/vmlinuz-}
efi=/boot/efi
mkdir -p $efi/EFI/BOOT $efi/EFI/systemd $efi/loader/entries "$efi/debian/$version"
for place in EFI/BOOT/BOOTX64.EFI EFI/systemd/systemd-bootx64.efi; do
	cp /usr/lib/systemd/boot/efi/systemd-bootx64.efi $efi/$place
done
cp "$kernel" "$efi/debian/$version/linux"
cp "/boot/initrd.img-$version" "$efi/debian/$version/initrd.img"
echo 'timeout 5' > $efi/loader/loader.conf
cat > "$efi/loader/entries/debian-$version.conf" <<ENTRY
title Debian GNU/Linux 12 (bookworm)
version $version
linux /debian/$version/linux
initrd /debian/$version/initrd.img
options root=UUID=$ROOT_UUID ro console=ttyS0 no_timer_check quiet panic=1 systemd.show_status=no
ENTRY
