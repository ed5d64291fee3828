import { layoutOf } from '../boot/layout.ts';
import { openTargets } from '../boot/open-targets.ts';
import { openBelow } from '../boot/read-boot-partition.ts';
import { readInstalledLoader } from '../boot/systemd-boot/installed-loader.ts';
import { exitCodes } from '../errors.ts';
import { lookAtState } from '../generations/state.ts';
import { readFirmware, readLoaderVariable } from '../host/efi-variables.ts';
import type { Folder } from '../host/folder.ts';
import { writeResult } from '../host/terminal.ts';
import { reportFinding } from '../output/report-error.ts';
import { writeJson } from '../output/write-json.ts';
import { printableLine } from '../printable.ts';
import type { Command } from './context.ts';
import { settingsInForce } from './machine/boot-settings.ts';
import { lookAtGrub, sayGrub } from './machine/grub-status.ts';

/** `genctl loader status`: what is installed, and what the firmware says. */
export const loaderStatus: Command<object> = async ({ root, config, json }) => {
  const { state } = lookAtState(root);
  const settings = await settingsInForce(root, config, state);
  using open = openTargets(root, settings.places);
  const layout = layoutOf(state.owner);
  const { programFolders } = layout.systemdBoot;
  const esps = open.usable.flatMap(({ places }) =>
    places.flatMap(place => (place.loader === 'systemd-boot' ? [place.esp] : [])),
  );
  const programs = esps.flatMap(({ top, mountPoint }) =>
    loaderPlaces(top, programFolders).map(path => ({
      path: `${root.onHost(mountPoint)}/${path}`,
      version: readInstalledLoader(top, path)?.version ?? null,
    })),
  );
  const grub = await lookAtGrub(root, settings, layout, open);
  for (const finding of [...open.setAside, ...grub.findings]) reportFinding(finding);
  const exitCode = grub.findings.length === 0 ? exitCodes.done : exitCodes.attention;
  const firmware = readFirmware(root);
  const facts = {
    programs,
    grub: grub.places,
    firmware:
      firmware === undefined ? null : { bits: firmware.wordBits, secureBoot: firmware.secureBoot },
    running: readLoaderVariable(root, 'LoaderInfo') ?? null,
    selectedEntry: readLoaderVariable(root, 'LoaderEntrySelected') ?? null,
    overridingDefault: readLoaderVariable(root, 'LoaderEntryDefault') ?? null,
  };
  if (json) {
    writeJson(facts);
    return exitCode;
  }
  const lines = [
    ...programs.map(({ path, version }) =>
      version === null ? `${path}: not systemd-boot` : `${path}: systemd-boot ${version}`,
    ),
    ...facts.grub.flatMap(sayGrub),
    ...(programs.length === 0 && facts.grub.length === 0
      ? ['no boot loader is installed: `genctl loader install`']
      : []),
    firmware === undefined
      ? 'firmware: not known here'
      : `firmware: UEFI, ${firmware.wordBits} bit, Secure Boot ${firmware.secureBoot ? 'on' : 'off'}`,
    ...(facts.running === null ? [] : [`booted by: ${facts.running}`]),
    ...(facts.selectedEntry === null ? [] : [`booted entry: ${facts.selectedEntry}`]),
    ...(facts.overridingDefault === null
      ? []
      : [`the EFI variable LoaderEntryDefault overrides the default: ${facts.overridingDefault}`]),
  ];
  writeResult(`${lines.map(printableLine).join('\n')}\n`);
  return exitCode;
};

/** The paths of the ESP that hold a program for firmware to start. */
function loaderPlaces(esp: Folder, folders: readonly string[]): string[] {
  return folders.flatMap(path => {
    using folder = openBelow(esp, path);
    const names = folder?.names().filter(name => /\.efi$/i.test(name)) ?? [];
    return names.map(name => `${path}/${name}`);
  });
}
