/** Bytes in front of a LUKS2 header's JSON. */
const luksBinaryBytes = 4096;

/** The largest that LUKS2's format knows: 4 MiB for one copy of the header. */
const maxHeaderBytes = 4 << 20;

/**
 * How many bytes a LUKS2 header has, its JSON included; undefined where it is none.
 *
 * @param start the first 512 bytes of the device
 */
export function luks2HeaderBytes(start: Buffer): number | undefined {
  if (start.toString('latin1', 0, 6) !== 'LUKS\xba\xbe' || start.readUInt16BE(6) !== 2) {
    return undefined;
  }
  const size = start.readBigUInt64BE(8);
  return size > BigInt(luksBinaryBytes) && size <= BigInt(maxHeaderBytes)
    ? Number(size)
    : undefined;
}

/**
 * Why GRUB 2.06 cannot open a LUKS2 device, one clause; undefined: it can. It goes through the
 * keyslots in turn, gives up at one of a kind it does not know, and cannot compute Argon2.
 *
 * @param header all of it; see `luks2HeaderBytes`
 */
export function luks2Obstacle(header: Buffer): string | undefined {
  const json = header.subarray(luksBinaryBytes);
  const end = json.indexOf(0);
  const metadata = parse(json.toString('utf8', 0, end < 0 ? json.length : end));
  if (metadata === undefined) return 'its LUKS2 header is damaged';
  const keyslots = recordsIn(metadata['keyslots']);
  const segments = recordsIn(metadata['segments']);
  if (keyslots.some(({ type }) => type !== 'luks2')) {
    return 'it has not been encrypted to its end (cryptsetup reencrypt)';
  }
  if (segments.some(({ integrity }) => integrity !== undefined)) {
    return 'it is encrypted with integrity, which GRUB does not know';
  }
  // GRUB passes over keyslots with the priority 0.
  const tried = keyslots.filter(({ priority }) => priority !== 0);
  const functions = tried.map(({ kdf }) => (isRecord(kdf) ? kdf['type'] : undefined));
  if (functions.includes('pbkdf2')) return undefined;
  return functions.length === 0
    ? 'its LUKS2 header has no key that GRUB would try'
    : 'its keys are made with Argon2, which GRUB cannot compute';
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function recordsIn(value: unknown): Record<string, unknown>[] {
  return isRecord(value) ? Object.values(value).filter(isRecord) : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
