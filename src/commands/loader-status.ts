import { openEsp } from '../boot/read-boot-partition.ts';
import { readInstalledLoader } from '../boot/systemd-boot/installed-loader.ts';
import { exitCodes } from '../errors.ts';
import { lookAtState } from '../generations/state.ts';
import { readFirmware, readLoaderVariable } from '../host/efi-variables.ts';
import { writeResult } from '../host/terminal.ts';
import type { Command } from './context.ts';
import { loaderPlaces } from './loader-install.ts';
import { settingsInForce } from './machine/boot-settings.ts';

/** `genctl loader status`: what is installed, and what the firmware says. */
export const loaderStatus: Command<object> = async ({ root, config, json }) => {
  const settings = await settingsInForce(root, config, lookAtState(root).state);
  using esp = openEsp(root, settings.efiSysMountPoint);
  const programs = loaderPlaces(root, settings).map(path => ({
    path: `${root.onHost(settings.efiSysMountPoint)}/${path}`,
    version: readInstalledLoader(esp, path)?.version ?? null,
  }));
  const firmware = readFirmware(root);
  const facts = {
    programs,
    firmware:
      firmware === undefined ? null : { bits: firmware.wordBits, secureBoot: firmware.secureBoot },
    running: readLoaderVariable(root, 'LoaderInfo') ?? null,
    selectedEntry: readLoaderVariable(root, 'LoaderEntrySelected') ?? null,
    overridingDefault: readLoaderVariable(root, 'LoaderEntryDefault') ?? null,
  };
  if (json) {
    writeResult(`${JSON.stringify(facts)}\n`);
    return exitCodes.done;
  }
  const lines = [
    ...programs.map(({ path, version }) =>
      version === null ? `${path}: not systemd-boot` : `${path}: systemd-boot ${version}`,
    ),
    ...(programs.length === 0 ? ['no boot loader is installed: `genctl loader install`'] : []),
    firmware === undefined
      ? 'firmware: not known here'
      : `firmware: UEFI, ${firmware.wordBits} bit, Secure Boot ${firmware.secureBoot ? 'on' : 'off'}`,
    ...(facts.running === null ? [] : [`booted by: ${facts.running}`]),
    ...(facts.selectedEntry === null ? [] : [`booted entry: ${facts.selectedEntry}`]),
    ...(facts.overridingDefault === null
      ? []
      : [`the EFI variable LoaderEntryDefault overrides the default: ${facts.overridingDefault}`]),
  ];
  writeResult(`${lines.join('\n')}\n`);
  return exitCodes.done;
};
