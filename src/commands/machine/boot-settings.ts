import * as z from 'zod/mini';
import { GenctlError } from '../../errors.ts';
import type { State } from '../../generations/state.ts';
import type { Root } from '../../host/root.ts';
import type { Configuration } from '../../system/declaration/declaration.ts';

const schema = z.looseObject({
  kind: z.literal('systemd-boot'),
  efiSysMountPoint: z.string(),
  timeout: z.optional(z.union([z.number(), z.literal('menu-force'), z.literal('menu-hidden')])),
  editor: z.boolean(),
  consoleMode: z.optional(z.string()),
  configurationLimit: z.optional(z.number()),
  sortKey: z.string(),
});

/**
 * How the machine boots, apart from what it boots. Recorded with each transaction that was made
 * from a declaration, so that a rollback needs none: it works while the declaration is broken.
 */
export type BootSettings = z.infer<typeof schema>;

/** @throws GenctlError LOADER_UNSUPPORTED */
export function declaredSettings(configuration: Configuration): BootSettings {
  const { kind, ...loader } = configuration.boot.loader;
  if (kind !== 'systemd-boot') {
    throw new GenctlError(
      'LOADER_UNSUPPORTED',
      `[boot.loader] kind = ${kind}: not in this version`,
      {
        hint: 'Use kind = systemd-boot.',
      },
    );
  }
  return { kind, ...loader };
}

/** What is in force; undefined before the first transaction. */
export function recordedSettings(state: State): BootSettings | undefined {
  const parsed = schema.safeParse(state['boot']);
  return parsed.success ? parsed.data : undefined;
}

/** What a newer genctl has recorded with them stays. */
export function withSettings(state: State, boot: BootSettings): State {
  const recorded = state['boot'];
  const unset = { timeout: undefined, consoleMode: undefined, configurationLimit: undefined };
  return { ...state, boot: { ...(recorded as object | undefined), ...unset, ...boot } };
}

/**
 * The settings in force, or else the declared ones.
 *
 * @param root its configuration folder is read only where nothing is recorded
 */
export async function settingsInForce(
  root: Root,
  configFolder: string,
  state: State,
): Promise<BootSettings> {
  const recorded = recordedSettings(state);
  if (recorded !== undefined) return recorded;
  const { readDeclaration } = await import('../../system/declaration/read-declaration.ts');
  return declaredSettings(readDeclaration(root, configFolder));
}
