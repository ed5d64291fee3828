import * as fs from 'node:fs';
import * as path from 'node:path';
import * as assert from 'uvu/assert';

/** The folders of one place to boot from, on the host. */
export interface BootFolders {
  esp: string;
  /** Holds entries and kernels; the ESP itself unless told. */
  boot?: string;
}

/**
 * The system that firmware would start from a boot partition when nobody picks an entry. Knows
 * nothing of ledgers: what is on the disk is compared with the store, byte for byte.
 *
 * @param root the machine's folder, whose store has the systems
 */
export function systemBootedFrom(root: string, { esp, boot = esp }: BootFolders): string {
  const conf = fs.readFileSync(path.join(esp, 'loader/loader.conf'), 'utf8');
  const id = /^default (\S+)$/m.exec(conf)?.[1];
  assert.ok(id, `${esp}: loader.conf names no default`);
  return systemOfEntry(root, boot, id);
}

/** The systems that the entries of a boot partition start; each entry has to be whole. */
export function systemsShown(root: string, boot: string): string[] {
  const names = fs.readdirSync(path.join(boot, 'loader/entries'));
  const ours = names.filter(name => name.startsWith('genctl-') && name.endsWith('.conf'));
  return ours.map(name => systemOfEntry(root, boot, name)).toSorted();
}

function systemOfEntry(root: string, boot: string, id: string): string {
  const entry = path.join(boot, 'loader/entries', id);
  assert.ok(fs.existsSync(entry), `${boot}: its default ${id} is not there`);
  const text = fs.readFileSync(entry, 'utf8');
  const system = /\binit=(\/nix\/store\/[^/]+)\/init\b/.exec(text)?.[1] ?? '';
  const bootspec = JSON.parse(fs.readFileSync(`${root}${system}/boot.json`, 'utf8')) as Record<
    string,
    { kernel: string; initrd: string }
  >;
  const { kernel, initrd } = bootspec['org.nixos.bootspec.v1'] ?? { kernel: '', initrd: '' };
  for (const [key, source] of [
    ['linux', kernel],
    ['initrd', initrd],
  ]) {
    const blob = new RegExp(`^${key} +(/\\S+)$`, 'm').exec(text)?.[1] ?? '';
    const isSame = fs.readFileSync(`${boot}${blob}`).equals(fs.readFileSync(`${root}${source}`));
    assert.ok(isSame, `${boot}: ${blob} of ${id} is not ${source}`);
  }
  return system;
}
