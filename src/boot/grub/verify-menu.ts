import type { Finding } from '../../errors.ts';
import { sectorBytes } from '../../transaction/lower.ts';
import type { BootLayout } from '../layout.ts';
import { stubPath } from '../ledger.ts';
import type { BootPartition } from '../read-boot-partition.ts';
import { environmentBytes } from './environment-block.ts';
import { defaultOfSector, indexOfSector } from './read-menu.ts';
import type { GrubSurroundings } from './surroundings.ts';

/** What is read of a partition for this. */
type Partition = Pick<BootPartition, 'mountPoint' | 'ledger' | 'sectors' | 'sizes'>;

/**
 * Whether what no hash can tell is as GRUB needs it: its core image finds the sector, that names an
 * index and a default that are there, the environment block has its size. Pure.
 */
export function verifyGrubMenu(
  { boot, surroundings }: { boot: Partition; surroundings: Pick<GrubSurroundings, 'installation'> },
  layout: BootLayout,
): Finding[] {
  const { grub } = layout;
  const isOurs = boot.ledger?.files.some(({ path }) => path === grub.sector) ?? false;
  if (!isOurs) return [];
  return [
    ...verifyStub(boot, surroundings.installation),
    ...verifySector(boot, layout),
    ...verifyEnvironment(boot, layout),
  ];
}

/** What the core image reads first, where what is installed is what should be. */
function verifyStub(
  { mountPoint, sectors }: Partition,
  installation: GrubSurroundings['installation'],
): Finding[] {
  if ('code' in installation || !installation.isInPlace) return [];
  const path = stubPath(installation.tree);
  const text = sectors.get(path);
  if (text === installation.stub) return [];
  const isGone = text === undefined;
  return [
    {
      code: isGone ? 'BOOT_FILE_MISSING' : 'BOOT_FILE_DAMAGED',
      subject: `${mountPoint}/${path}`,
      reason: `${isGone ? 'it is gone' : 'its content is not what was written'}: GRUB reads it first, and has no menu without it`,
      hint: 'Run `genctl menu repair`, which writes it anew.',
    },
  ];
}

function verifySector(boot: Partition, { grub }: BootLayout): Finding[] {
  const subject = `${boot.mountPoint}/${grub.sector}`;
  const hint = 'Run `genctl menu repair`, which writes it anew.';
  const text = boot.sectors.get(grub.sector);
  if (text === undefined) {
    return [{ code: 'BOOT_FILE_MISSING', subject, reason: 'it is gone: GRUB has no menu', hint }];
  }
  const index = indexOfSector(text);
  if (Buffer.byteLength(text) !== sectorBytes || index === undefined) {
    const reason = 'it is not as genctl writes it: somebody has changed it, or it is damaged';
    const isChangeable = Buffer.byteLength(text) <= sectorBytes && !text.includes('\ufffd');
    return [
      {
        code: 'BOOT_FILE_DAMAGED',
        subject,
        reason,
        hint: isChangeable ? hint : 'Remove it, and run `genctl menu repair` before the next boot.',
      },
    ];
  }
  const findings: Finding[] = [];
  const indexPath = `${grub.folder}/${index}`;
  // One that the ledger lists is said to be gone by itself.
  const isListed = boot.ledger?.files.some(({ path }) => path === indexPath) ?? false;
  if (!isListed && !boot.sizes.has(indexPath)) {
    const reason = `it names ${index}, which is not there: GRUB falls back to another one`;
    findings.push({ code: 'BOOT_FILE_DAMAGED', subject, reason, hint });
  }
  const id = defaultOfSector(text);
  const flaw = flawOfDefault(id, boot, grub);
  if (flaw !== undefined) {
    findings.push({
      code: 'DEFAULT_MISSING',
      subject,
      reason: `${flaw}, so the first entry of the menu boots`,
      hint: 'Run `genctl boot GEN` with the generation that shall boot.',
    });
  }
  return findings;
}

function flawOfDefault(
  id: string | undefined,
  { ledger, sizes }: Partition,
  { entryFolder }: BootLayout['grub'],
): string | undefined {
  if (id === undefined) {
    const hasEntries = ledger?.files.some(({ path }) => path.startsWith(`${entryFolder}/`));
    return hasEntries === true ? 'it names no default' : undefined;
  }
  const isThere = sizes.has(`${entryFolder}/${id}.cfg`);
  return isThere ? undefined : `its default ${id} is no entry that is there`;
}

function verifyEnvironment(boot: Partition, { grub }: BootLayout): Finding[] {
  const sizeBytes = boot.sizes.get(grub.environment);
  if (sizeBytes === environmentBytes) return [];
  const place = `${boot.mountPoint}/${grub.environment}`;
  return [
    {
      code: sizeBytes === undefined ? 'BOOT_FILE_MISSING' : 'GRUBENV_DAMAGED',
      subject: place,
      reason:
        sizeBytes === undefined
          ? 'it is gone: GRUB remembers nothing from one boot to the next'
          : `it has ${sizeBytes} bytes, and GRUB writes ${environmentBytes}: it is not read`,
      hint:
        sizeBytes === undefined
          ? 'Run `genctl menu sync`, which makes an empty one.'
          : `Look at it; then make an empty one in its place: grub-editenv ${place} create`,
    },
  ];
}
