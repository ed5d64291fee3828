export interface OptionRules {
  /** Whether an option is how the file system is mounted anyway, or found out at each mount. */
  isDefault(option: string): boolean;
  isKept(option: string): boolean;
}

interface Words {
  /** `name`, `name=value`, or `name=` for any value, parted by white space. */
  readonly defaults: string;
  readonly kept: string;
}

const ext: Words = {
  defaults: `stripe= data=ordered block_validity delalloc barrier acl user_xattr
    prefetch_block_bitmaps commit=5 init_itable=10 inode_readahead_blks=32 dioread_nolock bsddf`,
  kept: `data= commit= discard nobarrier errors= usrquota grpquota prjquota quota noquota usrjquota=
    grpjquota= jqfmt= journal_checksum journal_async_commit noauto_da_alloc nodelalloc noacl
    nouser_xattr dax dax= max_batch_time= min_batch_time= inode_readahead_blks= init_itable
    init_itable= noinit_itable resuid= resgid= minixdf grpid noblock_validity dioread_lock
    inlinecrypt nombcache`,
};

const exfat: Words = {
  defaults: 'iocharset= errors=remount-ro allow_utime=',
  kept: 'uid= gid= umask= fmask= dmask= discard time_offset= sys_tz keep_last_dots',
};

const memory: Words = {
  defaults: 'inode64 inode32',
  kept: 'size= nr_blocks= mode= nr_inodes= uid= gid= huge= mpol= noswap usrquota grpquota',
};

const nfs: Words = {
  // Sizes are agreed upon with the server, addresses found out at each mount.
  defaults: `rsize= wsize= namlen= clientaddr= addr= mountaddr= mountport= mountvers= mountproto=
    timeo=600 retrans=2 local_lock=none fatal_neterrors=none port=0 port=2049 bsize=`,
  kept: `vers= nfsvers= minorversion= proto= sec= soft hard softerr softreval nosoftreval timeo=
    retrans= local_lock= lookupcache= lock nolock ac noac actimeo= acregmin= acregmax= acdirmin=
    acdirmax= nconnect= max_connect= port= sharecache nosharecache fsc nocto noacl nordirplus
    rdirplus rdirplus= noresvport xprtsec= trunkdiscovery`,
};

/**
 * Per type of file system, from what its `show_options` in the kernel can print (6.1 to 6.12).
 * What is in neither list is left out: options that repair, that ask for a file of this machine or
 * that may hold a secret.
 */
const words: Readonly<Record<string, Words>> = {
  ext2: ext,
  ext3: ext,
  ext4: ext,
  xfs: {
    defaults: 'attr2 inode64 logbufs=8 logbsize=32k noquota sunit= swidth=',
    kept: `discard largeio swalloc allocsize= usrquota uqnoenforce grpquota gqnoenforce prjquota
      pqnoenforce inode32 logbufs= logbsize= dax dax= wsync nouuid filestreams noalign grpid`,
  },
  btrfs: {
    defaults: 'ssd space_cache space_cache=v2 subvolid= subvol= commit=30 datacow datasum acl',
    kept: `compress compress= compress-force compress-force= autodefrag nodatacow nodatasum nobarrier
      discard discard= nodiscard commit= max_inline= flushoncommit nossd ssd_spread thread_pool=
      metadata_ratio= user_subvol_rm_allowed noacl nospace_cache notreelog fatal_errors=`,
  },
  bcachefs: {
    // What a format sets is in the file system itself, and shown all the same.
    defaults: `metadata_replicas= data_replicas= metadata_replicas_required= data_replicas_required=
      metadata_checksum= data_checksum= str_hash= metadata_target= foreground_target=
      background_target= promote_target= errors= erasure_code inodes_32bit shard_inode_numbers=
      inodes_use_key_cache fsck_memory_usage_percent=`,
    kept: 'compression= background_compression= discard acl noacl usrquota grpquota prjquota',
  },
  f2fs: {
    defaults: `background_gc=on nogc_merge discard discard_unit=block user_xattr inline_xattr acl
      inline_data inline_dentry flush_merge barrier extent_cache mode=adaptive active_logs=6
      alloc_mode=default alloc_mode=reuse checkpoint_merge fsync_mode=posix memory=normal
      errors=continue heap no_heap compress_mode=fs lookup_mode=perf`,
    kept: `background_gc= gc_merge discard_unit= atgc nodiscard mode= active_logs= alloc_mode=
      fsync_mode= memory= errors= age_extent_cache nobarrier noflush_merge noinline_data
      noinline_dentry noextent_cache nocheckpoint_merge compress_algorithm= compress_log_size=
      compress_extension= nocompress_extension= compress_chksum compress_mode= compress_cache
      usrquota grpquota prjquota whint_mode= noacl nouser_xattr inlinecrypt`,
  },
  jfs: {
    defaults: 'iocharset= errors=remount-ro',
    kept: 'discard discard= errors= usrquota grpquota',
  },
  nilfs2: { defaults: 'errors=remount-ro', kept: 'order= discard errors= nobarrier' },
  vfat: {
    defaults: 'codepage= iocharset= shortname=mixed errors=remount-ro allow_utime= utf8',
    kept: `fmask= dmask= umask= uid= gid= shortname= quiet showexec discard flush tz=UTC
      time_offset= check=s usefree nfs nfs= errors=`,
  },
  msdos: {
    defaults: 'codepage= errors=remount-ro allow_utime=',
    kept: 'fmask= dmask= umask= uid= gid= quiet showexec discard tz=UTC',
  },
  exfat,
  ntfs3: {
    defaults: 'iocharset=utf8 acl',
    kept: `uid= gid= umask= fmask= dmask= windows_names discard sparse prealloc nohidden
      hide_dot_files hidedotfiles showmeta sys_immutable noacsrules`,
  },
  hfsplus: { defaults: 'nls=utf8', kept: 'uid= gid= umask= force creator= type= nodecompose' },
  apfs: { defaults: '', kept: 'uid= gid=' },
  iso9660: {
    defaults: 'nojoliet check=s check=r map= blocksize= iocharset= utf8 session= sbsector=',
    kept: 'uid= gid= mode= dmode= norock',
  },
  udf: {
    defaults: 'utf8 iocharset= bs= lastblock= anchor= session=',
    kept: 'uid= gid= umask= mode= dmode= noadinicb unhide undelete',
  },
  squashfs: { defaults: 'errors=continue threads=', kept: 'errors=' },
  erofs: { defaults: 'user_xattr acl cache_strategy=', kept: 'nouser_xattr noacl dax=' },
  tmpfs: memory,
  ramfs: { defaults: '', kept: 'mode=' },
  // All of them are properties of a dataset.
  zfs: {
    defaults: 'xattr noxattr posixacl noacl nfs4acl casesensitive caseinsensitive casemixed',
    kept: '',
  },
  nfs,
  nfs4: nfs,
  '9p': {
    defaults: 'dfltuid= dfltgid= loose',
    kept: 'trans=virtio trans=xen version= msize= cache= access= posixacl noextend aname=',
  },
  virtiofs: { defaults: '', kept: 'dax dax=' },
  vboxsf: {
    defaults: 'iocharset= nls= tag=',
    kept: 'uid= gid= umask= fmask= dmask= dmode= fmode= ttl=',
  },
  overlay: {
    defaults: `xino=off xino=auto xino=on index=off nfs_export=off metacopy=off redirect_dir=off
      redirect_dir=nofollow redirect_dir=follow uuid=null uuid=auto verity=off lowerdir= upperdir=
      workdir= lowerdir+=`,
    kept: `index=on nfs_export=on metacopy=on redirect_dir=on userxattr volatile uuid=on uuid=off
      verity=on verity=require`,
  },
};

/** The rules for a type; of an unknown one nothing is a default and nothing kept. */
export function optionRules(type: string): OptionRules {
  const known = Object.hasOwn(words, type) ? words[type] : undefined;
  const defaults = wordSet(known?.defaults ?? '');
  const kept = wordSet(known?.kept ?? '');
  return {
    isDefault: option => isIn(defaults, option),
    isKept: option => isIn(kept, option),
  };
}

/** Whether anything is known of a type's options. */
export function isKnownType(type: string): boolean {
  return Object.hasOwn(words, type);
}

function wordSet(list: string): ReadonlySet<string> {
  return new Set(list.split(/\s+/).filter(word => word !== ''));
}

function isIn(set: ReadonlySet<string>, option: string): boolean {
  return set.has(option) || set.has(option.slice(0, option.indexOf('=') + 1));
}
