import type { GrubPlace } from '../../boot/grub/grub-place.ts';
import type { GrubSettings } from '../../boot/grub/grub-settings.ts';
import {
  isOnEsp,
  readEspContents,
  readForeignMenu,
} from '../../boot/grub/installation/esp-contents.ts';
import { efiPlatformOf } from '../../boot/grub/installation/grub-platform.ts';
import { measureInstallation } from '../../boot/grub/installation/measure-installation.ts';
import { type GrubPackages, readGrubPackages } from '../../boot/grub/installation/read-packages.ts';
import {
  mayTouchFirmware,
  roundOf,
  type StartedProgram,
  wantedInstallation,
} from '../../boot/grub/installation/wanted-installation.ts';
import { firmwareEntriesInto } from '../../boot/grub/left-on-esp.ts';
import { readOtherSystems } from '../../boot/grub/other-systems/read-other-systems.ts';
import { readAssets } from '../../boot/grub/read-assets.ts';
import { readGrubPlace } from '../../boot/grub/read-place.ts';
import { renderStub } from '../../boot/grub/render-stub.ts';
import type { GrubInstallation, GrubSurroundings } from '../../boot/grub/surroundings.ts';
import type { BootLayout } from '../../boot/layout.ts';
import type { InstalledGrub } from '../../boot/ledger.ts';
import type { SurroundingsOf } from '../../boot/open-targets.ts';
import { type Finding, GenctlError } from '../../errors.ts';
import { readFirmware } from '../../host/efi-variables.ts';
import type { LoadOption } from '../../host/load-option.ts';
import { mountsWithin, readMounts } from '../../host/mounts.ts';
import { platform } from '../../host/platform.ts';
import { Root } from '../../host/root.ts';
import { digestOfText } from '../../transaction/lower.ts';
import type { BootSettings } from './boot-settings.ts';

/**
 * Reads what GRUB depends on beside its partitions: how it finds them, other systems, what is
 * installed of it. No program is started in the ordinary case.
 */
export async function grubReader(
  root: Root,
  settings: BootSettings,
  layout: BootLayout,
): Promise<SurroundingsOf> {
  const { grub } = settings;
  const declared = settings.places.flatMap(({ loaders }) => loaders);
  const paths = declared.flatMap(place => (place.loader === 'grub' ? [place.boot] : []));
  if (grub === undefined || paths.length === 0) return notAmongThem;
  const devices = new Map<string, GrubPlace | GenctlError>();
  for (const path of paths) devices.set(path, await placeOrError(root, path, settings, grub));
  const esps = declared.flatMap(place => (place.loader === 'grub' ? (place.esp ?? []) : []));
  for (const path of esps) {
    const byUuid = { ...grub, fsIdentifier: 'uuid' } as const;
    if (!devices.has(path)) devices.set(path, await placeOrError(root, path, settings, byUuid));
  }
  const passwords = readPasswords(root, grub);
  // grub-install runs here, whatever root is worked on.
  using host = new Root('/');
  const packages = readGrubPackages(host);
  return (open, boot) => {
    const found = devices.get(open.mountPoints.boot);
    if (found === undefined || found instanceof GenctlError) {
      throw found ?? new Error(`nobody has looked at ${open.mountPoints.boot}`);
    }
    const { assets, findings } = readAssets(root, grub, layout);
    const others = readOtherSystems(root, {
      bootTop: open.boot.top,
      espMountPoint: open.mountPoints.esp,
      useOSProber: grub.useOSProber,
      fsUuidOf: path => uuidOf(devices.get(path)),
      nowSeconds: Math.floor(Date.now() / 1000),
    });
    const wish = { root, layout, place: found, open, grub, packages };
    const installation = readInstallation(wish, boot.ledger?.grub);
    return {
      surroundings: {
        place: found,
        settings: grub,
        passwords: passwords.hashes,
        others: others.systems,
        assets,
        standing: [],
        ...installation,
      },
      findings: [...passwords.findings, ...findings, ...others.findings],
    };
  };
}

const notAmongThem: SurroundingsOf = () => {
  throw new Error('GRUB is none of the loaders');
};

async function placeOrError(
  root: Root,
  bootMountPoint: string,
  { fileSystems }: BootSettings,
  { fsIdentifier, copyKernels, enableCryptodisk }: GrubSettings,
): Promise<GrubPlace | GenctlError> {
  const provided = new Map(Object.entries(fileSystems));
  try {
    const wish = { bootMountPoint, fsIdentifier, copyKernels, enableCryptodisk, provided };
    return await readGrubPlace(root, wish);
  } catch (thrown) {
    if (thrown instanceof GenctlError) return thrown;
    throw thrown;
  }
}

function uuidOf(place: GrubPlace | GenctlError | undefined): string | undefined {
  if (place === undefined || place instanceof GenctlError) return undefined;
  const { search } = place.boot;
  return search.by === 'fs-uuid' ? search.value : undefined;
}

/** What an installation of GRUB at one place is made from. */
interface GrubWishes {
  root: Root;
  layout: BootLayout;
  place: GrubPlace;
  open: Parameters<SurroundingsOf>[0];
  grub: GrubSettings;
  packages: GrubPackages;
}

/** What has to be installed: as recorded, where that is still right, and anew. */
function readInstallation(
  wishes: GrubWishes,
  recorded: InstalledGrub | undefined,
): Pick<GrubSurroundings, 'installation' | 'installationAnew'> {
  const round = roundOf(recorded?.state);
  const anew = (): GrubInstallation => planInstallation(wishes, round + 1, recorded);
  try {
    return {
      installation: planInstallation(wishes, round, recorded),
      installationAnew: anew,
    };
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    return { installation: thrown, installationAnew: anew };
  }
}

/** @param recorded what is in place: of that nobody has to know how large it is */
function planInstallation(
  { root, layout, place, open, grub, packages }: GrubWishes,
  round: number,
  recorded: InstalledGrub | undefined,
): GrubInstallation {
  const { esp, mountPoints } = open;
  const firmware = readFirmware(root);
  const usesEfi =
    grub.efiSupport ??
    // What UEFI starts stays where this system runs without it for once: in a rescue system's chroot.
    (esp !== undefined && (firmware !== undefined || !root.isLive || recorded?.esp !== undefined));
  const stub = renderStub(place, layout);
  if (!usesEfi && mountPoints.devices.length === 0) {
    if (esp !== undefined && grub.efiSupport === undefined) throw undecided();
    return menuOnly(stub, layout, recorded);
  }
  const efiPlatform = efiPlatformOf(platform(), firmware);
  const signed = efiPlatform && packages.signed.get(efiPlatform);
  const ours = esp && recorded?.esp?.mountPoint === esp.mountPoint ? recorded.esp.folders : [];
  const entries = esp === undefined ? [] : firmwareEntriesInto(root, esp.top, ours);
  const foreignMenu =
    esp && efiPlatform && signed && readForeignMenu(esp.top, efiPlatform, signed, layout);
  const wanted = wantedInstallation({
    settings: { ...grub, efiSupport: usesEfi },
    place: {
      boot: root.onHost(mountPoints.boot),
      device: place.boot,
      isAssembled: !root.isLive && !isMounted(root, mountPoints.boot),
      esp: esp && root.onHost(esp.mountPoint),
      foreignMenu,
      devices: mountPoints.devices,
    },
    packages,
    layout,
    platform: platform(),
    firmware,
    stub,
    round,
    started: startedProgram(recorded?.state, ours, entries),
  });
  const isInPlace =
    wanted.state === recorded?.state &&
    (wanted.esp === undefined || (esp !== undefined && isOnEsp(esp.top, wanted.esp)));
  using host = new Root('/');
  const none = { sizeBytes: 0, fileCount: 0 };
  const size = isInPlace ? { boot: none, esp: none } : measureInstallation(host, wanted);
  return {
    state: wanted.state,
    isInPlace,
    tree: wanted.tree,
    stub: wanted.stub,
    runs: wanted.runs,
    version: packages.builds.get(wanted.platforms[0] ?? 'i386-pc')?.split(' ')[0],
    ...size.boot,
    esp: esp && {
      volume: esp.volume,
      mountPoint: esp.mountPoint,
      use: wanted.esp,
      contents: readEspContents(esp.top, wanted.esp, layout, ours),
      firmware: mayTouchFirmware(grub, firmware)
        ? { description: grub.efiBootloaderId, entries }
        : undefined,
      ...size.esp,
    },
  };
}

/**
 * What the firmware starts, by its own word where an entry leads there; else what was recorded
 * first, behind which is what was only begun.
 */
function startedProgram(
  state: string | undefined,
  folders: readonly string[],
  [entry]: readonly LoadOption[],
): StartedProgram | undefined {
  if (entry !== undefined) {
    const folder = entry.path.slice(0, entry.path.lastIndexOf('/'));
    return { state: folder === folders[0] ? state : undefined, folder, byEntry: true };
  }
  const [folder] = state === undefined ? [] : folders;
  return folder === undefined ? undefined : { state, folder, byEntry: false };
}

/** A machine that a BIOS has started, with an ESP: nobody has said what shall start GRUB. */
function undecided(): GenctlError {
  return new GenctlError(
    'GRUB_NOWHERE',
    'GRUB would be installed nowhere: this machine was not started by UEFI, and no disk is declared',
    {
      hint: 'Set device in [boot.loader.grub] to the disk that the BIOS starts, by a name below /dev/disk/by-id; or efiSupport = true.',
    },
  );
}

/** With `device = nodev` somebody else starts GRUB, and leads it to the menu. */
function menuOnly(
  stub: string,
  { grub }: BootLayout,
  recorded: InstalledGrub | undefined,
): GrubInstallation {
  const state = `nodev-${digestOfText(stub).sha256.slice(0, 16)}`;
  return {
    state,
    isInPlace: state === recorded?.state,
    tree: `${grub.folder}/grub-nodev`,
    stub,
    runs: [],
    version: undefined,
    sizeBytes: 0,
    fileCount: 0,
    esp: undefined,
  };
}

/** Whether a file system of the root's own is mounted there, or around it. */
function isMounted(root: Root, path: string): boolean {
  const place = `${root.onHost(path)}/`;
  return mountsWithin(readMounts(), root.hostPath).some(({ mountPoint }) =>
    place.startsWith(`${mountPoint}/`),
  );
}

/** The passwords of the menu's users. One that cannot be read is said: its user cannot log in. */
function readPasswords(
  root: Root,
  { users }: GrubSettings,
): { hashes: Map<string, string>; findings: Finding[] } {
  const hashes = new Map<string, string>();
  const findings: Finding[] = [];
  for (const { name, password } of users) {
    if ('hashed' in password) {
      hashes.set(name, password.hashed);
      continue;
    }
    const text = readPasswordFile(root, password.file);
    if (typeof text === 'string' && isPasswordHash(text)) {
      hashes.set(name, text);
      continue;
    }
    // Only root may read it, and who only looks need not be root.
    if (text instanceof GenctlError && text.code === 'NOT_ALLOWED') continue;
    findings.push({
      code: 'GRUB_PASSWORD_UNREADABLE',
      subject: root.onHost(password.file),
      reason: `${flawOfPasswordFile(text)}: ${name} cannot log in to the menu`,
      hint: 'Make it with grub-mkpasswd-pbkdf2: only the line that starts with grub.pbkdf2.sha512.',
    });
  }
  return { hashes, findings };
}

function readPasswordFile(root: Root, path: string): string | GenctlError | undefined {
  try {
    return root
      .readFileIfThere(path, 1 << 16)
      ?.toString('utf8')
      .trim();
  } catch (thrown) {
    if (thrown instanceof GenctlError) return thrown;
    throw thrown;
  }
}

function flawOfPasswordFile(text: string | GenctlError | undefined): string {
  if (text === undefined) return 'there is no such file';
  return text instanceof GenctlError ? text.message : 'it holds no hash of a password';
}

function isPasswordHash(text: string): boolean {
  return /^grub\.pbkdf2\.sha512\.[1-9][0-9]*\.[0-9A-Fa-f]+\.[0-9A-Fa-f]+$/.test(text);
}
