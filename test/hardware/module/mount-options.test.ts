import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { chooseOptions } from '../../../src/hardware/module/mount-options.ts';
import { madeUpMount } from '../made-up-facts.ts';

/** Mount tables as kernels 6.1 and later print them: type, options of both kinds, what is kept. */
const seen: readonly (readonly [string, string, string, string, string?])[] = [
  ['ext4', 'rw,relatime', 'rw,stripe=32,data=ordered', ''],
  [
    'ext4',
    'rw,noatime',
    'rw,discard,commit=60,data=journal',
    'noatime,discard,commit=60,data=journal',
  ],
  ['ext4', 'rw,nosuid,nodev,noexec', 'rw', 'nosuid,nodev,noexec,strictatime'],
  [
    'ext4',
    'rw,relatime',
    'rw,seclabel,lazytime,usrjquota=aquota.user,jqfmt=vfsv1',
    'lazytime,usrjquota=aquota.user,jqfmt=vfsv1',
  ],
  ['ext4', 'ro,relatime', 'ro,journal_path=/dev/sdz1', 'ro', 'journal_path=/dev/sdz1'],
  [
    'xfs',
    'rw,relatime',
    'rw,attr2,inode64,logbufs=8,logbsize=32k,sunit=1024,swidth=4096,noquota',
    '',
  ],
  [
    'xfs',
    'rw,relatime',
    'rw,attr2,discard,inode64,allocsize=64k,logbufs=8,logbsize=256k,prjquota',
    'discard,allocsize=64k,logbsize=256k,prjquota',
  ],
  [
    'f2fs',
    'rw,relatime',
    'rw,lazytime,background_gc=on,nogc_merge,discard,discard_unit=block,user_xattr,inline_xattr,acl,inline_data,inline_dentry,flush_merge,barrier,extent_cache,mode=adaptive,active_logs=6,alloc_mode=default,checkpoint_merge,fsync_mode=posix,compress_algorithm=zstd:6,compress_log_size=2,compress_extension=*,compress_mode=fs,memory=normal,errors=continue',
    'lazytime,compress_algorithm=zstd:6,compress_log_size=2,compress_extension=*',
  ],
  [
    'vfat',
    'rw,relatime',
    'rw,fmask=0022,dmask=0022,codepage=437,iocharset=ascii,shortname=mixed,utf8,errors=remount-ro',
    'fmask=0022,dmask=0022',
  ],
  [
    'vfat',
    'rw,relatime',
    'rw,uid=1000,gid=100,umask=0077,codepage=437',
    'uid=1000,gid=100,umask=0077',
  ],
  [
    'tmpfs',
    'rw,nosuid,nodev',
    'rw,size=1048576k,nr_inodes=4096,mode=1777,uid=5,gid=6,inode64',
    'nosuid,nodev,size=1048576k,nr_inodes=4096,mode=1777,uid=5,gid=6',
  ],
  [
    'nfs',
    'rw,relatime',
    'rw,vers=3,rsize=8192,wsize=8192,namlen=255,soft,proto=udp,timeo=11,retrans=3,sec=sys,mountaddr=10.0.0.1,mountvers=3,mountport=2049,local_lock=all,addr=10.0.0.1',
    'vers=3,soft,proto=udp,timeo=11,retrans=3,sec=sys,local_lock=all',
  ],
  ['zfs', 'rw,relatime', 'rw,xattr,posixacl,casesensitive', ''],
  ['squashfs', 'ro,relatime', 'ro,errors=continue', 'ro'],
  ['reiserfs', 'rw,noatime', 'rw,notail', 'noatime', 'notail'],
  ['ext4', 'rw,relatime', 'rw,commit=5;reboot,errors=$(x)', '', 'commit=5;reboot,errors=$(x)'],
  ['constructor', 'rw,relatime', 'rw,toString', '', 'toString'],
];

for (const [type, options, superOptions, kept, leftOut = ''] of seen) {
  test(`${type} ${options} ${superOptions}`, () => {
    const mount = madeUpMount('/x', {
      type,
      options: options.split(','),
      superOptions: superOptions.split(','),
    });
    assert.equal(chooseOptions(mount), {
      kept: kept.split(',').filter(Boolean),
      leftOut: leftOut.split(',').filter(Boolean),
    });
  });
}

test.run();
