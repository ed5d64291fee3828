/**
 * What lies on a block device, as libblkid says it (`blkid -p -o udev`), and the links that udev
 * makes of it (60-persistent-storage.rules).
 */
export interface Content {
  readonly properties: Readonly<Record<string, string>>;
  /** Below /dev. */
  readonly links: readonly string[];
}

export const nothing: Content = { properties: {}, links: [] };

interface FileSystemIds {
  readonly uuid?: string;
  readonly label?: string;
  readonly memberUuid?: string;
}

/** A file system: `fileSystem('ext4', { uuid, label })`. */
export function fileSystem(type: string, ids: FileSystemIds): Content {
  return signature(type, 'filesystem', ids);
}

/** An area of swap. */
export function swapArea(ids: FileSystemIds): Content {
  return signature('swap', 'other', ids);
}

export function luks(uuid: string, version: 1 | 2 = 2, label?: string): Content {
  const content = signature(
    'crypto_LUKS',
    'crypto',
    label === undefined ? { uuid } : { uuid, label },
  );
  return {
    properties: { ...content.properties, ID_FS_VERSION: String(version) },
    links: content.links,
  };
}

/** A physical volume of LVM; its number has no dashes where UUIDs have them. */
export function physicalVolume(uuid: string): Content {
  const content = signature('LVM2_member', 'raid', { uuid });
  return { ...content, properties: { ...content.properties, ID_FS_VERSION: 'LVM2 001' } };
}

/** A member of an array of md, or of another file system or pool on several devices. */
export function member(type: string, ids: FileSystemIds): Content {
  // Only members of btrfs and bcachefs are named by UUID links.
  const content = signature(type, type === 'zfs_member' ? 'filesystem' : 'raid', ids);
  return { properties: content.properties, links: [] };
}

export function pathOfMultipath(): Content {
  return {
    properties: { DM_MULTIPATH_DEVICE_PATH: '1', ID_FS_TYPE: 'mpath_member' },
    links: [],
  };
}

function signature(type: string, usage: string, ids: FileSystemIds): Content {
  const { uuid, label, memberUuid } = ids;
  return {
    properties: {
      ...(label === undefined ? {} : { ID_FS_LABEL: safe(label), ID_FS_LABEL_ENC: encoded(label) }),
      ...(uuid === undefined ? {} : { ID_FS_UUID: uuid, ID_FS_UUID_ENC: encoded(uuid) }),
      ...(memberUuid === undefined
        ? {}
        : { ID_FS_UUID_SUB: memberUuid, ID_FS_UUID_SUB_ENC: encoded(memberUuid) }),
      ID_FS_TYPE: type,
      ID_FS_USAGE: usage,
    },
    links: [
      ...(uuid === undefined ? [] : [`disk/by-uuid/${encoded(uuid)}`]),
      ...(label === undefined ? [] : [`disk/by-label/${encoded(label)}`]),
    ],
  };
}

/** libblkid's blkid_encode_string: what is not surely safe becomes `\xNN`. */
export function encoded(text: string): string {
  return text.replaceAll(/[^0-9A-Za-z#+\-.:=@_\u0080-\u{10ffff}]/gu, sign => {
    return `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}

/** libblkid's blkid_safe_string: white space and what is not allowed becomes `_`. */
export function safe(text: string): string {
  return text
    .trim()
    .replaceAll(/\s+/g, '_')
    .replaceAll(/[^0-9A-Za-z#+\-.:=@_/ $%?,\u0080-\u{10ffff}]/gu, '_');
}
