import type { GrubSettings, GrubUser } from '../../boot/grub/grub-settings.ts';
import { FieldError, JsonFields, type TextRule } from '../../json-fields.ts';
import type { Configuration } from '../../system/declaration/declaration.ts';

/** What the declaration says of GRUB, apart from where it is. */
export function declaredGrub({ boot: { loader } }: Configuration): GrubSettings {
  const { efi, grub } = loader;
  return {
    efiSupport: grub.efiSupport,
    efiInstallAsRemovable: grub.efiInstallAsRemovable,
    canTouchEfiVariables: efi.canTouchEfiVariables,
    efiBootloaderId: grub.efiBootloaderId,
    forceInstall: grub.forceInstall,
    fsIdentifier: grub.fsIdentifier,
    copyKernels: grub.copyKernels,
    enableCryptodisk: grub.enableCryptodisk,
    default: grub.default,
    timeoutStyle: grub.timeoutStyle,
    terminalInput: grub.terminalInput,
    // Who wants a picture wants to see it.
    terminalOutput:
      grub.terminalOutput.length === 0 && isDrawn(grub) ? ['gfxterm'] : grub.terminalOutput,
    serial: grub.serial,
    gfxmode: grub.gfxmode,
    gfxpayload: grub.gfxpayload,
    font: grub.font,
    splashImage: grub.splashImage,
    backgroundColor: grub.backgroundColor,
    theme: grub.theme,
    users: declaredUsers(grub.users),
    unrestricted: grub.unrestricted,
    extraConfig: joined(grub.extraConfig),
    extraEntriesBefore: joined(grub.extraEntriesBefore),
    extraEntries: joined(grub.extraEntries),
    useOSProber: grub.useOSProber,
  };
}

function isDrawn({
  theme,
  splashImage,
  font,
  backgroundColor,
}: Configuration['boot']['loader']['grub']): boolean {
  return [theme, splashImage, font, backgroundColor].some(each => each !== undefined);
}

/** Each file begins on a line of its own. */
function joined(texts: readonly string[]): string {
  return texts.map(text => (text === '' || text.endsWith('\n') ? text : `${text}\n`)).join('');
}

function declaredUsers(users: Configuration['boot']['loader']['grub']['users']): GrubUser[] {
  return Object.entries(users).flatMap(
    ([name, { hashedPassword, hashedPasswordFile }]): GrubUser[] => {
      if (hashedPassword !== undefined) return [{ name, password: { hashed: hashedPassword } }];
      // That there is one of the two, the declaration has been checked for.
      return hashedPasswordFile === undefined
        ? []
        : [{ name, password: { file: hashedPasswordFile } }];
    },
  );
}

/**
 * What is in force, from the state.
 *
 * @throws FieldError
 */
export function recordedGrub(record: JsonFields): GrubSettings {
  return {
    efiSupport: record.has('efiSupport') ? record.boolean('efiSupport') : undefined,
    efiInstallAsRemovable: record.boolean('efiInstallAsRemovable'),
    canTouchEfiVariables: record.boolean('canTouchEfiVariables'),
    efiBootloaderId: record.text('efiBootloaderId'),
    forceInstall: record.boolean('forceInstall'),
    fsIdentifier: word(record, 'fsIdentifier', ['uuid', 'label', 'provided']),
    copyKernels: record.boolean('copyKernels'),
    enableCryptodisk: record.boolean('enableCryptodisk'),
    default: word(record, 'default', ['declared', 'saved']),
    timeoutStyle: word(record, 'timeoutStyle', ['menu', 'countdown', 'hidden']),
    terminalInput: record.texts('terminalInput'),
    terminalOutput: record.texts('terminalOutput'),
    serial: record.optionalText('serial'),
    gfxmode: record.optionalText('gfxmode'),
    gfxpayload: record.optionalText('gfxpayload'),
    font: record.optionalText('font'),
    splashImage: record.optionalText('splashImage'),
    backgroundColor: record.optionalText('backgroundColor'),
    theme: record.optionalText('theme'),
    users: userRecords(record.all['users']).map(recordedUser),
    unrestricted: record.boolean('unrestricted'),
    extraConfig: record.text('extraConfig'),
    extraEntriesBefore: record.text('extraEntriesBefore'),
    extraEntries: record.text('extraEntries'),
    useOSProber: record.boolean('useOSProber'),
  };
}

function word<const T extends string>(record: JsonFields, key: string, words: readonly T[]): T {
  const rule: TextRule = {
    pattern: new RegExp(`^(?:${words.join('|')})$`),
    otherwise: `it is none of ${words.join(', ')}`,
  };
  return record.text(key, rule) as T;
}

function recordedUser(record: JsonFields): GrubUser {
  const password = record.object('password');
  return {
    name: record.text('name'),
    password: password.has('hashed')
      ? { hashed: password.text('hashed') }
      : { file: password.text('file') },
  };
}

function userRecords(value: unknown): JsonFields[] {
  if (!Array.isArray(value)) throw new FieldError('users: it is not a list');
  return value.map((item, index) => new JsonFields(item, `users / ${index}`));
}

/**
 * The settings as the state records them: a password that is given inline with its hash, one in a
 * file by its path. What a newer genctl has recorded with them stays.
 *
 * @param recorded what the state has of GRUB so far
 */
export function recordGrub(settings: GrubSettings, recorded: unknown): object {
  return { ...plainObject(recorded), ...settings };
}

function plainObject(value: unknown): object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
