// The UEFI firmware for virtual machines, where distributions install it.
import { existsSync } from 'node:fs';

/** A read-only image and the template of its variables: a machine gets its own copy of these. */
export interface Firmware {
  readonly code: string;
  readonly variables: string;
}

const candidates: readonly Firmware[] = [
  '/usr/share/OVMF',
  '/usr/share/edk2/ovmf',
  '/usr/share/edk2/x64',
  '/usr/share/edk2-ovmf/x64',
].flatMap(folder => [
  { code: `${folder}/OVMF_CODE_4M.fd`, variables: `${folder}/OVMF_VARS_4M.fd` },
  { code: `${folder}/OVMF_CODE.4m.fd`, variables: `${folder}/OVMF_VARS.4m.fd` },
  { code: `${folder}/OVMF_CODE.fd`, variables: `${folder}/OVMF_VARS.fd` },
]);

/** The first firmware that is installed, or undefined. */
export function findFirmware(): Firmware | undefined {
  return candidates.find(({ code, variables }) => existsSync(code) && existsSync(variables));
}
