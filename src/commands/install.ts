import { exitCodes, GenctlError } from '../errors.ts';
import { nameOf, systemProfile } from '../generations/generation.ts';
import { Root } from '../host/root.ts';
import { readDeclaration } from '../system/declaration/read-declaration.ts';
import type { Command } from './context.ts';
import { buildSystem } from './machine/build-system.ts';
import { installMachine } from './machine/install/install-machine.ts';

/** `genctl --root DIR install`: puts the declared system onto prepared, mounted partitions. */
export const install: Command<object> = async context => {
  const { root, config } = context;
  if (root.isLive) {
    throw new GenctlError('USAGE', 'install works on another root than that of this machine', {
      exitCode: exitCodes.usage,
      hint: 'Mount the new machine’s partitions, for example below /mnt, and say `genctl --root /mnt install`; this machine is changed by `genctl switch`.',
    });
  }
  if (root.stat(`${config}/system.conf`) === undefined) {
    throw new GenctlError(
      'DECLARATION_MISSING',
      `${root.onHost(config)}/system.conf: there is no such file`,
      {
        hint: `Write a starter declaration with \`genctl --root ${root.hostPath} init\`, and look through it; or copy one there.`,
      },
    );
  }
  using host = new Root('/');
  return await installMachine(context, {
    verb: 'install',
    declaration: readDeclaration(root, config),
    build: () => buildSystem(root, config),
    identity: 'from-now',
    disk: 'there',
    host,
    answer: ({ number, system }) => ({
      json: { profile: systemProfile, number, system },
      text: `${nameOf({ profile: systemProfile, number })} is installed on ${root.hostPath}, and boots by default: ${system}\n`,
    }),
  });
};
