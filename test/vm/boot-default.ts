// What a boot partition boots by default, with all that it takes: found as a boot loader does it.
import { createHash } from 'node:crypto';
import { type Esp, readEspFile } from './read-esp.ts';

export interface BootDefault {
  readonly id: string;
  /** The text of the entry. */
  readonly entry: string;
  /** SHA-256 of the kernel and of each initrd. */
  readonly digests: readonly string[];
}

/** Throws where a part of it cannot be read. */
export async function readBootDefault(esp: Esp): Promise<BootDefault> {
  const conf = (await readEspFile(esp, 'loader/loader.conf')).toString();
  const id = /^default (\S+)$/m.exec(conf)?.[1] ?? '';
  const entry = (await readEspFile(esp, `loader/entries/${id}`)).toString();
  const digests: string[] = [];
  for (const [, path = ''] of entry.matchAll(/^(?:linux|initrd) \/(\S+)$/gm)) {
    const content = await readEspFile(esp, path);
    digests.push(createHash('sha256').update(content).digest('hex'));
  }
  return { id, entry, digests };
}
