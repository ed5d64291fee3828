import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Facts } from '../../src/hardware/facts/facts.ts';
import { readFacts } from '../../src/hardware/facts/read-facts.ts';
import { openSource } from '../../src/hardware/sources/open-source.ts';

/*
 * scripts/capture-hw on unpacked machines, in the shells that small installers have. In test/vm/ it
 * runs on machines of QEMU's.
 */

const script = fileURLToPath(new URL('../../scripts/capture-hw', import.meta.url));
const fixtures = fileURLToPath(new URL('../../hw-fixtures/', import.meta.url));
const scratch = fs.mkdtempSync(
  path.join(fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir(), 'genctl-capture-'),
);
process.on('exit', () => fs.rmSync(scratch, { recursive: true, force: true }));

const shells = [['dash'], ['busybox', 'sh']].filter(
  ([program = '', ...args]) => spawnSync(program, [...args, '-c', ':']).status === 0,
);

/** A machine as a folder. */
function unpack(name: string): string {
  const folder = fs.mkdtempSync(path.join(scratch, 'machine-'));
  const archive = path.join(fixtures, name, 'capture.tar.gz');
  assert.is(spawnSync('tar', ['-xzf', archive, '-C', folder]).status, 0);
  return folder;
}

function write(folder: string, name: string, text: string): void {
  fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  fs.writeFileSync(path.join(folder, name), text);
}

interface Run {
  status: number | null;
  stderr: string;
  bytes: Buffer | undefined;
}

/** Through standard input, as genctl runs it. */
function run(
  shell: readonly string[],
  args: readonly string[],
  file?: string,
  env: Readonly<Record<string, string>> = {},
): Run {
  const [program = '', ...rest] = shell;
  const given = file === undefined ? [] : [file];
  const { status, stderr } = spawnSync(program, [...rest, '-s', '--', ...args, ...given], {
    input: fs.readFileSync(script),
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  const isThere = file !== undefined && fs.statSync(file, { throwIfNoEntry: false })?.isFile();
  return { status, stderr, bytes: isThere === true ? fs.readFileSync(file) : undefined };
}

function factsOf(bytes: Uint8Array): Omit<Facts, 'unknown'> {
  const { unknown, ...found } = readFacts(openSource(bytes, 'capture'));
  assert.ok(Array.isArray(unknown));
  return found;
}

/** Without the command line and the owner's folder, which redaction takes away. */
function lasting({ kernel, mounts, ...found }: Omit<Facts, 'unknown'>): object {
  return {
    ...found,
    release: kernel.release,
    mounts: mounts.map(mount => ({
      ...mount,
      mountPoint: mount.mountPoint.replace('/run/user/1000', '/run/user/user'),
    })),
  };
}

/** A machine of few devices, whose capture takes no time. */
function smallMachine(files: Readonly<Record<string, string>> = {}): string {
  const folder = fs.mkdtempSync(path.join(scratch, 'machine-'));
  for (const [name, text] of Object.entries({ ...aDisk, ...files })) write(folder, name, text);
  fs.mkdirSync(path.join(folder, 'sys/class/block'), { recursive: true });
  fs.symlinkSync(`../../${disk.slice(4)}`, path.join(folder, 'sys/class/block/sda'));
  return folder;
}

const disk = 'sys/devices/pci0000:00/0000:00:1f.2/ata1/block/sda';
const aDisk: Readonly<Record<string, string>> = {
  [`${disk}/uevent`]: 'MAJOR=8\nMINOR=0\nDEVNAME=sda\nDEVTYPE=disk\n',
  [`${disk}/dev`]: '8:0\n',
  [`${disk}/size`]: '2048\n',
  [`${disk}/serial`]: 'WD-9XK42QPF3\n',
  'run/udev/data/b8:0':
    'S:disk/by-id/ata-WD-9XK42QPF3\nE:ID_MODEL=WD-9XK42QPF3\nE:ID_SERIAL_SHORT=WD-9XK42QPF3\n',
  'proc/cmdline': 'root=UUID=c0ffee00-1234-4abc-8def-000000000001 ro quiet\n',
  'proc/version': 'Linux version 6.1.0 (ada@workstation) (gcc 12.2.0) #1 SMP\n',
};

/** The files of a capture by name. */
function filesOf(bytes: Buffer): (name: string) => string {
  const folder = fs.mkdtempSync(path.join(scratch, 'unpacked-'));
  assert.is(spawnSync('tar', ['-xf', '-', '-C', folder], { input: bytes }).status, 0);
  return name => {
    const file = path.join(folder, name);
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  };
}

function emptyFolder(): string {
  return fs.mkdtempSync(path.join(scratch, 'out-'));
}

function capture(shell: readonly string[], folder: string, ...flags: readonly string[]): Buffer {
  const file = path.join(fs.mkdtempSync(path.join(scratch, 'out-')), 'capture.tar');
  const { status, stderr, bytes } = run(shell, [...flags, '--root', folder], file);
  assert.is(status, 0, stderr);
  assert.ok(bytes);
  return bytes;
}

for (const shell of shells) {
  const name = shell.join(' ');

  test(`${name}: a capture of an unpacked capture says the same`, () => {
    for (const machine of ['qemu-nvme-btrfs', 'nvme-native-multipath', 'arm64-device-tree']) {
      const folder = unpack(machine);
      const original = fs.readFileSync(path.join(fixtures, machine, 'capture.tar.gz'));
      const again = factsOf(capture(shell, folder));
      assert.equal(lasting(again), lasting(factsOf(original)), machine);
    }
  });

  test(`${name}: serial numbers, addresses and the host's name are not in it, unless asked for`, () => {
    const folder = unpack('qemu-ahci-uefi');
    const net = fs.readdirSync(path.join(folder, 'sys/class/net')).find(one => one !== 'lo') ?? '';
    write(folder, `sys/class/net/${net}/address`, '52:54:00:ab:cd:ef\n');
    write(folder, 'sys/class/dmi/id/product_serial', 'PF3XK42Q\n');
    write(folder, 'proc/sys/kernel/hostname', 'adas-laptop\n');
    write(
      folder,
      'proc/cmdline',
      'root=/dev/mapper/adas--laptop-root ip=10.0.0.9::::adas-laptop:eth0 BOOTIF=01-52-54-00-ab-cd-ef rd.password=hunter2\n',
    );
    const [record = ''] = fs
      .readdirSync(path.join(folder, 'run/udev/data'))
      .filter(one => one.startsWith('b8:'));
    fs.appendFileSync(
      path.join(folder, 'run/udev/data', record),
      'S:disk/by-id/ata-QEMU_PF3XK42Q\nE:ID_SERIAL=QEMU_PF3XK42Q\nE:ID_SERIAL_SHORT=PF3XK42Q\nE:ID_WWN=0x5000c500a1b2c3d4\n',
    );
    const secrets = [
      'PF3XK42Q',
      '52:54:00:ab:cd:ef',
      '52-54-00-ab-cd-ef',
      'adas-laptop',
      'hunter2',
      '5000c500a1b2c3d4',
    ];
    const redacted = capture(shell, folder).toString('latin1');
    for (const secret of secrets) assert.not.ok(redacted.includes(secret), secret);
    const whole = capture(shell, folder, '--with-ids').toString('latin1');
    for (const secret of ['PF3XK42Q', 'adas-laptop', '5000c500a1b2c3d4'])
      assert.ok(whole.includes(secret), secret);
  });

  test(`${name}: what supplies a device, and what a system on Xen may do`, () => {
    const folder = unpack('arm64-device-tree');
    const link = 'platform:fe800000.usb--platform:fe310000.mmc';
    fs.mkdirSync(path.join(folder, 'sys/class/devlink'), { recursive: true });
    fs.mkdirSync(path.join(folder, 'sys/devices/virtual/devlink', link), { recursive: true });
    write(folder, `sys/devices/virtual/devlink/${link}/status`, 'active\n');
    const end = `../../devices/virtual/devlink/${link}`;
    fs.symlinkSync(end, path.join(folder, 'sys/class/devlink', link));
    write(folder, 'proc/xen/capabilities', 'control_d\n');
    write(folder, 'sys/hypervisor/type', 'xen\n');
    const found = factsOf(capture(shell, folder));
    const consumer = found.devices.find(device => device.name === 'fe310000.mmc');
    const supplier = found.devices.find(device => device.name === 'fe800000.usb');
    assert.equal(consumer?.suppliers, [supplier?.path]);
    assert.is(found.virtualisation.machine, 'none');
    assert.not.ok(found.devices.some(device => device.path.includes('devlink')));
  });

  test(`${name}: names that a shell could take for more are names`, () => {
    const folder = unpack('qemu-ahci-uefi');
    const marker = path.join(scratch, 'executed');
    for (const odd of ['a b', "quote'", '$(touch executed)', '-rf', 'semi;colon', '*']) {
      const device = path.join(folder, 'sys/devices/platform', odd);
      write(folder, `sys/devices/platform/${odd}/uevent`, 'DRIVER=odd\n');
      fs.symlinkSync(device, path.join(folder, 'sys/bus/platform/devices', odd));
    }
    const found = factsOf(capture(shell, folder));
    assert.not.ok(fs.existsSync(marker));
    assert.not.ok(fs.existsSync(path.join(folder, 'executed')));
    assert.ok(found.blockDevices.length > 0);
  });

  test(`${name}: what cannot be read is left out, not fatal`, () => {
    const folder = unpack('qemu-ahci-uefi');
    fs.rmSync(path.join(folder, 'proc/cpuinfo'));
    fs.symlinkSync('loop', path.join(folder, 'sys/class/block/loop'));
    fs.symlinkSync('../../devices/vanished', path.join(folder, 'sys/class/block/vanished'));
    fs.mkdirSync(path.join(folder, 'proc/swaps-folder'));
    const found = factsOf(capture(shell, folder));
    assert.is(found.cpu.vendor, null);
    assert.ok(found.blockDevices.some(({ name: block }) => block === 'sda'));
  });

  test(`${name}: wrong calls and what cannot be written are said, and leave nothing`, () => {
    const folder = unpack('qemu-ahci-uefi');
    const out = fs.mkdtempSync(path.join(scratch, 'out-'));
    for (const [args, file, status, message] of [
      [['--root', folder], undefined, 2, /FILE/],
      [['--frob'], path.join(out, 'x'), 2, /unknown option --frob/],
      [['--root'], undefined, 2, /needs a folder/],
      [['--root', '/no/such'], path.join(out, 'x'), 1, /no such folder/],
      [['--root', folder], path.join(out, 'no/such/x.tar'), 1, /cannot write/],
      [['--root', folder], out, 1, /is a folder/],
    ] as const) {
      const answer = run(shell, args, file);
      assert.is(answer.status, status, answer.stderr);
      assert.match(answer.stderr, message);
    }
    assert.equal(fs.readdirSync(out), []);
  });

  test(`${name}: on a full disk, or interrupted, it leaves no half capture`, () => {
    const folder = unpack('qemu-ahci-uefi');
    const out = fs.mkdtempSync(path.join(scratch, 'out-'));
    const file = path.join(out, 'capture.tar.gz');
    const [program = '', ...rest] = shell;
    const { status } = spawnSync(
      'timeout',
      ['--signal=INT', '0.2', program, ...rest, script, '--root', folder, file],
      { encoding: 'utf8' },
    );
    // What is interrupted in its last moment is done.
    const isDone = status === 0 || fs.existsSync(file);
    assert.equal(fs.readdirSync(out), isDone ? ['capture.tar.gz'] : []);
    if (isDone) assert.ok(gunzipSync(fs.readFileSync(file)).length > 1000);
  });
}

const uuid = 'c0ffee00-1234-4abc-8def-000000000001';

/** Of the command line: what is written, and what of it may be read. */
const parameters: readonly (readonly [string, string])[] = [
  [`root=UUID=${uuid}`, `root=UUID=${uuid}`],
  ['root=/dev/mapper/vg0-root', 'root=/dev/mapper/vg0-root'],
  ['root=ZFS=rpool/ROOT/debian', 'root=ZFS=rpool/ROOT/debian'],
  ['root=/dev/disk/by-id/ata-DISK_H1DD3N-part2', 'root=/dev/disk/by-id/redacted'],
  ['root=iscsi:ada:hunter2@192.0.2.7::::iqn.2001-04.com.example', 'root=redacted'],
  ['root=live:http://ada:hunter2@office.example.org/image', 'root=redacted'],
  [
    'rootflags=subvol=@,compress=zstd:1,noatime,x=hunter2',
    'rootflags=subvol=@,compress=zstd:1,noatime,x=redacted',
  ],
  ['rootfstype=btrfs', 'rootfstype=btrfs'],
  ['rootdelay=5', 'rootdelay=5'],
  ['resume_offset=533760', 'resume_offset=533760'],
  ['console=ttyS0,115200n8', 'console=ttyS0,115200n8'],
  ['BOOT_IMAGE=(hd0,gpt2)/home/ada/vmlinuz-6.1.0', 'BOOT_IMAGE=vmlinuz-6.1.0'],
  [
    'init=/nix/store/0abc-nixos-system-hunter2-box-24.05.20240531.63dacb4/init',
    'init=/nix/store/0abc-nixos-system-host-24.05.20240531.63dacb4/init',
  ],
  ['rd.luks.name=UUID=root_crypt', 'rd.luks.name=UUID=root_crypt'],
  [
    'luks.options=discard,tpm2-device=auto,tpm2-pin=hunter2',
    'luks.options=discard,tpm2-device=auto,redacted',
  ],
  ['rd.luks.key=/hunter2.key:UUID=1', 'rd.luks.key=redacted'],
  [
    'cryptdevice=UUID=1-2:cryptroot:allow-discards',
    'cryptdevice=UUID=1-2:cryptroot:allow-discards',
  ],
  ['rd.lvm.lv=vg0/root', 'rd.lvm.lv=vg0/root'],
  ['vfio-pci.ids=10de:1b80,10de:10f0', 'vfio-pci.ids=10de:1b80,10de:10f0'],
  ['nvme_core.default_ps_max_latency_us=0', 'nvme_core.default_ps_max_latency_us=0'],
  ['intel_iommu=on', 'intel_iommu=on'],
  ['nomodeset', 'nomodeset'],
  ['BOOTIF=01-de-ad-be-ef-00-42', 'BOOTIF=redacted'],
  ['ds=nocloud;h=hunter2', 'ds=redacted'],
  ['systemd.set_credential=a:hunter2', 'systemd.set_credential=redacted'],
  ['my.pin=4711', 'my.pin=redacted'],
  ['inst.rootpw="correct hunter2 horse"', 'inst.rootpw=redacted'],
  ['"wifi.psk=correct hunter2 horse"', 'wifi.psk=redacted'],
  ['ip=192.0.2.9::192.0.2.1:255.255.255.0:box:eth0:off', 'ip=redacted'],
  ['https://ada:hunter2@office.example.org/', 'redacted'],
  ['-- hunter2 --token', '-- redacted redacted'],
];

/** The same of lines of the mount table. */
const mounts: readonly (readonly [string, string])[] = [
  [
    '30 1 0:30 / /home/ada rw,relatime - nfs4 files.example.org:/export/ada rw,vers=4.2,hard,proto=tcp,clientaddr=192.0.2.9,addr=192.0.2.1',
    '30 1 0:30 / /home/user rw,relatime - nfs4 host:/path rw,vers=4.2,hard,proto=tcp,clientaddr=redacted,addr=redacted',
  ],
  [
    '31 1 0:31 /ada /mnt/papers rw - cifs //office.example.org/papers rw,vers=3.1.1,username=ada,lovelace,password2=hunter2,soft',
    '31 1 0:31 /path /mnt/papers rw - cifs //host/share rw,vers=3.1.1,username=redacted,redacted,password2=redacted,soft',
  ],
  [
    '32 30 0:32 / /home/ada/remote rw - fuse.sshfs ada@office.example.org:/home/ada rw,user_id=1000',
    '32 30 0:32 / /home/user/remote rw - fuse.sshfs host:/path rw,user_id=1000',
  ],
  [
    '33 1 0:33 / /net rw - ceph ada@f5.cephfs=/ rw,name=ada,secret=hunter2',
    '33 1 0:33 / /net rw - ceph host:/path rw,name=redacted,secret=redacted',
  ],
  [
    '34 1 0:34 / /run/user/1000 rw - tmpfs tmpfs rw,size=4k,mode=700,uid=1000',
    '34 1 0:34 / /run/user/user rw - tmpfs tmpfs rw,size=4k,mode=700,uid=1000',
  ],
  [
    '35 1 8:1 / /media/ada/HOLIDAY rw - vfat /dev/sdb1 rw,fmask=0022',
    '35 1 8:1 / /media/user/HOLIDAY rw - vfat /dev/sdb1 rw,fmask=0022',
  ],
  [
    '36 1 8:1 / /run/media/bob/HOLIDAY rw - vfat /dev/sdb1 rw,errors=remount-ro',
    '36 1 8:1 / /run/media/user2/HOLIDAY rw - vfat /dev/sdb1 rw,errors=remount-ro',
  ],
  [
    '37 1 0:37 /@home/ada /srv rw - btrfs /dev/sda2 rw,space_cache=v2,subvolid=9,subvol=/@home/ada',
    '37 1 0:37 /@home/user /srv rw - btrfs /dev/sda2 rw,space_cache=v2,subvolid=9,subvol=/@home/user',
  ],
  [
    '38 1 0:38 / /m rw - overlay overlay rw,lowerdir=/home/ada/l:/home/bob/l,upperdir=/u,workdir=/w',
    '38 1 0:38 / /m rw - overlay overlay rw,lowerdir=/home/user/l:/home/user2/l,upperdir=/u,workdir=/w',
  ],
  [
    '39 1 0:39 / / rw - zfs rpool/USERDATA/ada_0a1b rw,xattr',
    '39 1 0:39 / / rw - zfs rpool/USERDATA/user_0a1b rw,xattr',
  ],
  [
    '40 1 0:40 / /d rw - btrfs /dev/sda2 rw,compress=zstd:1,ssd',
    '40 1 0:40 / /d rw - btrfs /dev/sda2 rw,compress=zstd:1,ssd',
  ],
];

for (const shell of shells) {
  const name = shell.join(' ');

  test(`${name}: of the command line and the mount table stays what is known to be harmless`, () => {
    const folder = smallMachine({
      'proc/cmdline': `${parameters.map(([written]) => written).join(' ')}\n`,
      'proc/self/mountinfo': mounts.map(([written]) => `${written}\n`).join(''),
      'proc/swaps': 'Filename Type\n/home/ada/swapfile\tfile 1 0 -2\n',
      'sys/devices/virtual/block/loop0/loop/backing_file': '/home/bob/a b.iso\n',
      'sys/devices/virtual/block/loop0/uevent': 'MAJOR=7\n',
    });
    const loop = '../../devices/virtual/block/loop0';
    fs.symlinkSync(loop, path.join(folder, 'sys/class/block/loop0'));
    const file = filesOf(capture(shell, folder));
    assert.equal(
      file('proc/cmdline')
        .trim()
        .split(/ (?=\S+)/),
      parameters.flatMap(([, read]) => read.split(' ')),
    );
    assert.equal(
      file('proc/self/mountinfo').trim().split('\n'),
      mounts.map(([, read]) => read),
    );
    assert.match(file('proc/swaps'), /^\/home\/user\/swapfile\tfile/m);
    assert.is(file(`sys/${loop.slice(6)}/loop/backing_file`), '/home/user2/a b.iso\n');
    assert.is(file('proc/version'), 'Linux version 6.1.0\n');
    const whole = filesOf(capture(shell, folder, '--with-ids'));
    assert.match(whole('proc/cmdline'), /hunter2/);
    assert.match(whole('proc/self/mountinfo'), /\/home\/ada\/remote/);
  });

  test(`${name}: identities in records of devices do not come through`, () => {
    const keyboard = 'sys/devices/virtual/misc/uhid/0005:046D:B342.0007';
    const headset = 'sys/devices/virtual/input/input25';
    const phone = 'sys/devices/pci0000:00/usb1/1-1';
    const folder = smallMachine({
      [`${disk}/uevent`]:
        'MAJOR=8\nMINOR=0\nNVME_TRADDR=192.0.2.7\nNVME_HOST_TRADDR=192.0.2.8\nW1_SLAVE_ID=H1DD3N\n',
      [`${keyboard}/uevent`]: 'HID_ID=0005:0000046D:0000B342\nHID_NAME=Keys of Ada\n',
      [`${keyboard}/input/input20/name`]: 'Keys of Ada\n',
      [`${keyboard}/input/input20/uevent`]: 'PRODUCT=5/46d/b342/13\nNAME="Keys of Ada"\n',
      [`${headset}/name`]: 'Buds of Ada\n',
      [`${headset}/uevent`]: 'PRODUCT=5/1/2/3\nNAME="Buds of Ada"\n',
      'proc/bus/input/devices':
        'I: Bus=0005 Vendor=1\nN: Name="Buds of Ada"\nS: Sysfs=/devices/virtual/input/input25\n\n' +
        'I: Bus=0003 Vendor=1\nN: Name="Plain Keyboard"\nS: Sysfs=/devices/x/input1\n',
      [`${phone}/product`]: 'Ada’s iPhone\n',
      [`${phone}/uevent`]: 'DEVTYPE=usb_device\nPRODUCT=5ac/12a8/1\n',
      'proc/cpuinfo':
        'processor 0: version = FF,  identification = 04711A,  machine = 2964\nflags : fpu\n',
      'run/udev/data/b8:0':
        'S:disk/by-id/ata-H1DD3N\nS:v4l/by-id/usb-H1DD3N\nS:disk/by-uuid/1234-ABCD\n' +
        'S:disk/by-path/ip-192.0.2.7:3260-iscsi-iqn.2004.com.example:H1DD3N-lun-0\n' +
        'E:ID_MODEL=Ada_s_iPhone\nE:MD_NAME=adasbox:0\nE:ID_FS_TYPE=linux_raid_member\nE:ID_FS_LABEL=adasbox:0\n' +
        'E:ID_PART_ENTRY_NAME=root\n',
    });
    for (const [bus, device] of [
      ['hid', keyboard],
      ['usb', phone],
    ] as const) {
      const links = path.join(folder, 'sys/bus', bus, 'devices');
      fs.mkdirSync(links, { recursive: true });
      fs.symlinkSync(path.join(folder, device), path.join(links, path.basename(device)));
    }
    fs.mkdirSync(path.join(folder, 'sys/class/input'), { recursive: true });
    fs.symlinkSync(
      '../../devices/virtual/input/input25',
      path.join(folder, 'sys/class/input/input25'),
    );
    fs.symlinkSync(
      path.join(folder, keyboard, 'input/input20'),
      path.join(folder, 'sys/class/input/input20'),
    );
    const bytes = capture(shell, folder);
    const text = bytes.toString('utf8');
    for (const secret of ['192.0.2', 'H1DD3N', 'of Ada', 'Ada’', 'Ada_', '04711A', 'adasbox'])
      assert.not.ok(text.includes(secret), secret);
    const file = filesOf(bytes);
    assert.is(file(`${phone}/product`), "user's iPhone\n");
    assert.match(file('proc/bus/input/devices'), /N: Name="Plain Keyboard"/);
    assert.match(file('proc/cpuinfo'), /flags/);
    assert.match(
      file('run/udev/data/b8:0'),
      /E:MD_NAME=host:0\n[^]*E:ID_FS_LABEL=host:0\n[^]*NAME=root/,
    );
  });

  test(`${name}: a known address is found wherever it begins, a name of the host in names of mappings`, () => {
    const net = 'sys/devices/virtual/net/eth0';
    const folder = smallMachine({
      [`${net}/address`]: '52:54:00:ab:cd:ef\n',
      [`${net}/uevent`]: 'INTERFACE=eth0\nA=01:52:54:00:ab:cd:ef\nB=01-52-54-00-AB-CD-EF\n',
      'proc/sys/kernel/hostname': 'adas-laptop\n',
      'proc/cmdline': 'root=/dev/mapper/adas--laptop-root\n',
    });
    fs.mkdirSync(path.join(folder, 'sys/class/net'), { recursive: true });
    fs.symlinkSync('../../devices/virtual/net/eth0', path.join(folder, 'sys/class/net/eth0'));
    const file = filesOf(capture(shell, folder));
    assert.is(
      file(`${net}/uevent`),
      'INTERFACE=eth0\nA=01:02:00:00:00:00:01\nB=01-02-00-00-00-00-01\n',
    );
    assert.is(file('proc/cmdline'), 'root=/dev/mapper/host-root\n');
  });

  test(`${name}: a machine of a cloud is known by its names, whatever stands among the serial numbers`, () => {
    const dmi = 'sys/class/dmi/id';
    const folder = smallMachine({
      [`${dmi}/sys_vendor`]: 'Amazon EC2\n',
      [`${dmi}/product_name`]: 'm5.large\n',
      [`${dmi}/bios_vendor`]: 'Amazon EC2\n',
      [`${dmi}/chassis_asset_tag`]: 'Amazon EC2\n',
      [`${dmi}/board_serial`]: 'm5.large\n',
      [`${dmi}/product_serial`]: 'ec2f1bd8-73a1-bd27-a9ba-9ce2f1ff3b82\n',
      'proc/cpuinfo': 'processor : 0\nvendor_id : GenuineIntel\nflags : fpu lm hypervisor\n',
    });
    const bytes = capture(shell, folder);
    const { dmi: found, virtualisation } = factsOf(bytes);
    assert.equal([found?.systemVendor, found?.productName], ['Amazon EC2', 'm5.large']);
    assert.is(virtualisation.machine, 'amazon');
    assert.not.match(bytes.toString('latin1'), /ec2f1bd8/);
  });

  test(`${name}: of another root nothing is taken that lies outside of it`, () => {
    const folder = smallMachine();
    const outside = emptyFolder();
    write(outside, 'secret', 'hunter2\n');
    write(outside, 'udev/data/b8:9', 'E:ID_FS_LABEL=hunter2\n');
    write(outside, 'device/uevent', 'DRIVER=hunter2\n');
    const secret = path.join(outside, 'secret');
    fs.rmSync(path.join(folder, 'proc/version'));
    fs.rmSync(path.join(folder, 'run'), { recursive: true });
    fs.mkdirSync(path.join(folder, 'sys/firmware/devicetree/base'), { recursive: true });
    for (const [target, at] of [
      [secret, 'proc/version'],
      [secret, 'proc/modules'],
      [secret, 'sys/firmware/devicetree/base/model'],
      [secret, `${disk}/removable`],
      [path.join(outside), 'run'],
      [path.join(outside, 'device'), 'sys/class/block/hunter'],
    ] as const)
      fs.symlinkSync(target, path.join(folder, at));
    const bytes = capture(shell, folder);
    assert.not.match(bytes.toString('latin1'), /hunter2/);
    assert.equal(
      factsOf(bytes).blockDevices.map(({ name: block }) => block),
      ['sda'],
    );
  });

  test(`${name}: what others have put beside FILE is neither followed nor written to`, () => {
    const folder = smallMachine();
    const out = emptyFolder();
    const file = path.join(out, 'capture.tar');
    write(out, 'victim', 'kept\n');
    write(out, 'linked', 'kept\n');
    fs.symlinkSync('victim', `${file}.part`);
    fs.symlinkSync('linked', file);
    assert.is(run(shell, ['--root', folder], file).status, 0);
    assert.is(fs.readFileSync(path.join(out, 'victim'), 'utf8'), 'kept\n');
    assert.is(fs.readFileSync(path.join(out, 'linked'), 'utf8'), 'kept\n');
    assert.ok(fs.lstatSync(file).isFile());
    assert.is(fs.statSync(file).mode & 0o777, 0o644);
    fs.rmSync(`${file}.part`);
    // Somebody else's file of that name stays his own.
    write(out, 'capture.tar.part', '');
    fs.chmodSync(`${file}.part`, 0o666);
    const theirs = fs.statSync(`${file}.part`).ino;
    assert.is(run(shell, ['--with-ids', '--root', folder], file).status, 0);
    assert.is(fs.statSync(file).mode & 0o777, 0o600);
    assert.is.not(fs.statSync(file).ino, theirs);
  });

  test(`${name}: any TMPDIR will do`, () => {
    const folder = smallMachine();
    for (const odd of ['back\\tslash', 'a:b', ' blank', "it's", '$(x)']) {
      const TMPDIR = path.join(emptyFolder(), odd);
      fs.mkdirSync(TMPDIR);
      const file = path.join(emptyFolder(), 'capture.tar');
      const { status, stderr, bytes } = run(shell, ['--root', folder], file, { TMPDIR });
      assert.is(status, 0, stderr);
      assert.ok(bytes);
      assert.not.match(bytes.toString('latin1'), /9XK42QPF3/, odd);
      assert.is(factsOf(bytes).blockDevices.length, 1);
      assert.equal(fs.readdirSync(TMPDIR), []);
    }
  });
}

/** Busybox's shell has these inside: that they fail can be shown in another one only. */
const [plainShell] = shells.filter(([program]) => program === 'dash');

if (plainShell !== undefined) {
  /** A folder for PATH: one program's call of that number ends badly, after half of its work. */
  const withBadProgram = (program: string, call: number, act: string): string => {
    const folder = emptyFolder();
    const real = spawnSync('sh', ['-c', `command -v ${program}`], {
      encoding: 'utf8',
    }).stdout.trim();
    const lines = [
      '#!/bin/sh',
      // Two of one pipeline count at the same time: of each number there can be one folder only.
      `n=1; while ! mkdir '${folder}/call'$n 2> /dev/null; do n=$((n + 1)); done`,
      `[ $n = ${call} ] && ${act}`,
      `exec '${real}' "$@"`,
    ];
    write(folder, program, `${lines.join('\n')}\n`);
    fs.chmodSync(path.join(folder, program), 0o755);
    return folder;
  };
  const PATH = process.env['PATH'] ?? '';

  for (const [program, act] of [
    ['sort', 'exit 2'],
    ['awk', 'kill -9 $$'],
    ['tr', 'exit 1'],
    ['xargs', 'exit 124'],
    ['find', 'kill -9 $$'],
    ['head', 'kill -9 $$'],
    ['tar', 'exit 2'],
  ] as const) {
    test(`what a ${program} leaves undone (${act}) is no capture that calls itself redacted`, () => {
      const folder = smallMachine();
      let calls = 0;
      for (let isDone = false; !isDone; calls++) {
        const shim = withBadProgram(program, calls + 1, act);
        const out = emptyFolder();
        const file = path.join(out, 'capture.tar');
        const ran = run(plainShell, ['--root', folder], file, { PATH: `${shim}:${PATH}` });
        const made = fs.readdirSync(shim).length - 1;
        isDone = made <= calls;
        if (isDone) continue;
        if (ran.bytes !== undefined) assert.not.match(ran.bytes.toString('latin1'), /9XK42QPF3/);
        // Which tar it is, and whether there is room, is asked by trying.
        if (ran.status === 0 && (program === 'tar' || program === 'head')) continue;
        assert.is(ran.status, 1, `${program}, call ${calls + 1} of ${made}`);
        assert.match(ran.stderr, /^capture-hw: .+\n$/);
        assert.equal(fs.readdirSync(out), []);
      }
      assert.ok(calls > 1);
    });
  }

  test('what it makes nobody else can read, even if it is killed', () => {
    const folder = smallMachine();
    const TMPDIR = emptyFolder();
    const shim = withBadProgram('sort', 4, 'kill -9 $PPID');
    const file = path.join(emptyFolder(), 'capture.tar');
    const ran = run(plainShell, ['--root', folder], file, { TMPDIR, PATH: `${shim}:${PATH}` });
    assert.is.not(ran.status, 0);
    const [left = ''] = fs.readdirSync(TMPDIR);
    for (const place of [left, path.join(left, 'tree')])
      assert.is(fs.statSync(path.join(TMPDIR, place)).mode & 0o077, 0, place);
  });

  test('a program that is missing is named', () => {
    const tools =
      'awk cat chmod find grep head ln ls mkdir mktemp mv rm rmdir sed sh sort tar tr wc xargs'.split(
        ' ',
      );
    const all = emptyFolder();
    for (const tool of tools) {
      const real = spawnSync('sh', ['-c', `command -v ${tool}`], {
        encoding: 'utf8',
      }).stdout.trim();
      fs.symlinkSync(real, path.join(all, tool));
    }
    const machine = smallMachine();
    const dash = spawnSync('sh', ['-c', 'command -v dash'], { encoding: 'utf8' }).stdout.trim();
    const file = path.join(emptyFolder(), 'capture.tar');
    // These are all that it needs, and it says which one is missing.
    const whole = run([dash], ['--root', machine], file, { PATH: all });
    assert.is(whole.status, 0, whole.stderr);
    assert.is(whole.stderr, '');
    for (const tool of tools) {
      fs.renameSync(path.join(all, tool), path.join(all, `${tool}-away`));
      const { status, stderr } = run([dash], ['--root', machine], file, { PATH: all });
      // Names can be made up without it.
      assert.is(stderr, tool === 'mktemp' ? '' : `capture-hw: ${tool} is missing\n`);
      assert.is(status, tool === 'mktemp' ? 0 : 1);
      fs.renameSync(path.join(all, `${tool}-away`), path.join(all, tool));
    }
  });
}

test('shellcheck has nothing to say', () => {
  if (spawnSync('shellcheck', ['--version']).error !== undefined) return;
  const { status, stdout } = spawnSync('shellcheck', [script], { encoding: 'utf8' });
  assert.is(status, 0, stdout);
});

const isolated = ['unshare', '--mount', '--propagation', 'private'];
const canMount =
  spawnSync(isolated[0] ?? '', [...isolated.slice(1), 'mount', '-t', 'tmpfs', 'x', scratch])
    .status === 0;

/** A PATH of busybox's programs alone. */
function busyboxPath(program: string): Readonly<Record<string, string>> {
  if (program !== 'busybox') return {};
  const folder = emptyFolder();
  const busybox = spawnSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).stdout.trim();
  const { stdout } = spawnSync(busybox, ['--list'], { encoding: 'utf8' });
  for (const name of [...stdout.split('\n').filter(each => each !== '' && each !== '['), 'busybox'])
    if (!fs.existsSync(path.join(folder, name))) fs.symlinkSync(busybox, path.join(folder, name));
  return { PATH: folder };
}

for (const shell of canMount ? shells : []) {
  test(`${shell.join(' ')}: a disk that fills up is one line that says which, and leaves nothing`, () => {
    const machine = unpack('qemu-ahci-uefi');
    const commands =
      'for size in 16 120 240 400 560 800 1400; do ' +
      'for full in tmp out; do ' +
      'mount -t tmpfs -o size=${size}k full "$1/$full"; touch "$1/errors"; ' +
      'TMPDIR=$1/tmp "$3" ${4:+"$4"} "$script" --root "$2" "$1/out/capture.tar" 2> "$1/errors"; ' +
      'echo "$full $? $({ ls -A "$1/tmp"; ls -A "$1/out"; } | grep -c capture) said: $(cat "$1/errors")"; ' +
      'rm -f "$1/out/capture.tar"; umount "$1/$full"; done; done';
    const folder = emptyFolder();
    for (const name of ['tmp', 'out']) fs.mkdirSync(path.join(folder, name));
    const [program = '', ...rest] = shell;
    const ran = spawnSync(
      isolated[0] ?? '',
      [...isolated.slice(1), 'sh', '-c', commands, 'sh', folder, machine, program, ...rest],
      // With busybox all of its programs, some of which say nothing of a full disk.
      { encoding: 'utf8', env: { ...process.env, script, ...busyboxPath(program) } },
    );
    const answers = ran.stdout.trim().split('\n');
    const isWell = (answer: string): boolean => answer.trimEnd().endsWith(' 0 1 said:');
    assert.is(answers.length, 14, ran.stdout + ran.stderr);
    for (const answer of answers) {
      if (isWell(answer)) continue;
      const [where = '', , , ...words] = answer.split(' ');
      assert.match(answer, / 1 0 said: capture-hw: .* full/, answer);
      assert.ok(words.join(' ').includes(path.join(folder, where)), answer);
    }
    assert.ok(answers.some(answer => answer.startsWith('tmp 1')));
    assert.ok(answers.some(answer => answer.startsWith('out 1')));
    assert.ok(answers.some(isWell));
  });

  test(`${shell.join(' ')}: bind mounts of single files are told apart from folders`, () => {
    const folder = fs.mkdtempSync(path.join(scratch, 'mounts-'));
    for (const name of ['from', 'over', 'a folder']) fs.mkdirSync(path.join(folder, name));
    for (const name of ['from/file', 'over/a %s\\file']) write(folder, name, '');
    const out = path.join(folder, 'capture.tar');
    const commands =
      'mount --bind "$1/from" "$1/a folder" && mount --bind "$1/from/file" "$1/over/a %s\\file" && ' +
      'shift && exec "$@"';
    const ran = spawnSync(
      isolated[0] ?? '',
      [...isolated.slice(1), 'sh', '-c', commands, 'sh', folder, ...shell, script, out],
      { encoding: 'utf8' },
    );
    assert.is(ran.status, 0, ran.stderr);
    const { mounts } = factsOf(fs.readFileSync(out));
    const seen = new Map(mounts.map(({ mountPoint, isFolder }) => [mountPoint, isFolder]));
    assert.is(seen.get(path.join(folder, 'a folder')), true);
    assert.is(seen.get(path.join(folder, 'over/a %s\\file')), false);
  });
}

test.run();
