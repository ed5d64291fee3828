import type { NixExpression } from '../module/hardware-module.ts';

/**
 * What each expression comes to where `modulesPath` is the text `modulesPath`, and what is asked
 * of `config` is its own name: so a module is read back without NixOS.
 */
export const standIns: Readonly<Record<NixExpression['nix'], string>> = {
  'config.hardware.enableRedistributableFirmware': 'config.hardware.enableRedistributableFirmware',
  'config.boot.initrd.systemd.enable': 'config.boot.initrd.systemd.enable',
  '(modulesPath + "/profiles/qemu-guest.nix")': 'modulesPath/profiles/qemu-guest.nix',
  '(modulesPath + "/installer/scan/not-detected.nix")':
    'modulesPath/installer/scan/not-detected.nix',
  '(modulesPath + "/hardware/network/broadcom-43xx.nix")':
    'modulesPath/hardware/network/broadcom-43xx.nix',
};

/** The expression as it is written; only one that is known is. */
export function expressionText({ nix }: NixExpression): string {
  if (!Object.hasOwn(standIns, nix)) throw new Error(`not an expression of a module: ${nix}`);
  return nix;
}
