import { GenctlError, messageOf } from '../../../errors.ts';
import { FieldError, JsonFields, type TextRule } from '../../../json-fields.ts';
import { printableLine } from '../../../printable.ts';
import type { Lock, LockedAccounts, LockedGroup, LockedPackage, LockedUser } from './lock.ts';
import { lockVersion } from './lock-format.ts';

const suiteRule: TextRule = {
  pattern: /^[a-z][a-z0-9-]{1,63}$/,
  otherwise: 'it is not the name of a release of Debian',
};
const architectureRule: TextRule = {
  pattern: /^[a-z0-9][a-z0-9-]{0,31}$/,
  otherwise: 'it is not an architecture of Debian',
};
/** Debian policy, 5.6.1. */
const packageRule: TextRule = {
  pattern: /^[a-z0-9][a-z0-9+.-]{1,127}$/,
  otherwise: 'it is not the name of a package of Debian',
};
/** deb-version(7). */
const versionRule: TextRule = {
  pattern: /^(?:[0-9]{1,9}:)?[0-9][A-Za-z0-9.+~:-]{0,255}$/,
  otherwise: 'it is not a version of a package of Debian',
};
const sha256Rule: TextRule = {
  pattern: /^[0-9a-f]{64}$/,
  otherwise: 'it is not a SHA-256 of 64 hexadecimal digits',
};
/** A path below a mirror: no host, no part that is hidden or leads upwards, nothing to be decoded. */
const poolPathRule: TextRule = {
  pattern:
    /^(?=.{1,512}$)(?:[A-Za-z0-9_+~][A-Za-z0-9_.+~,=@:-]*\/)*[A-Za-z0-9_+~][A-Za-z0-9_.+~,=@:%-]*\.deb$/,
  otherwise: "it is not the path of a .deb below a mirror's folder",
};
/** What Debian's adduser and useradd let be. */
const accountRule: TextRule = {
  pattern: /^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/,
  otherwise: 'it is not the name of a user or group',
};
const gecosRule: TextRule = {
  pattern: /^[^:\p{Cc}\p{Zl}\p{Zp}]{0,255}$/u,
  otherwise: 'it is not a comment of passwd(5)',
};
const pathRule: TextRule = {
  pattern: /^\/[^:\p{Cc}\p{Zl}\p{Zp}]{0,255}$/u,
  otherwise: 'it is not an absolute path that passwd(5) can hold',
};

/** What version control leaves where two have changed the same lines. */
const mergeConflict = /^(?:<{7}|={7}|>{7})(?: |$)/m;

const largestPackageBytes = 64 * 2 ** 30;
const largestAccountNumber = 65534;

/**
 * Reads and checks the text of a lock. Pure.
 *
 * @param path of the file, for messages
 * @throws GenctlError LOCK_INVALID that says which line or field is wrong; LOCK_NEWER
 */
export function parseLock(text: string, path: string): Lock {
  const document = parseJson(text, path);
  try {
    return lockOf(new JsonFields(document), path);
  } catch (thrown) {
    if (!(thrown instanceof FieldError)) throw thrown;
    throw invalid(path, thrown.message, thrown);
  }
}

function lockOf(fields: JsonFields, path: string): Lock {
  const version = fields.number('version');
  if (version > lockVersion) {
    throw new GenctlError(
      'LOCK_NEWER',
      `${path} was written by a newer genctl (format ${version}, this one knows ${lockVersion})`,
      { hint: 'Use the newer genctl, which the machine that wrote it has.' },
    );
  }
  const architecture = fields.text('architecture', architectureRule);
  const packages = items(fields, 'packages').map((item, index) =>
    packageOf(item, placeOf('packages', item, index), architecture),
  );
  unique('packages', packages, ({ name }) => name, 'the package');
  const wanted = fields.texts('wanted', packageRule);
  assertWantedAreThere(wanted, packages);
  return {
    ...fields.all,
    suite: fields.text('suite', suiteRule),
    architecture,
    wanted,
    packages,
    accounts: accountsOf(fields.object('accounts')),
  };
}

function packageOf(item: unknown, place: string, lockArchitecture: string): LockedPackage {
  const fields = new JsonFields(item, place);
  const architecture = fields.text('architecture', {
    pattern: new RegExp(`^(?:all|${lockArchitecture})$`),
    otherwise: `it is neither all nor ${lockArchitecture}, which the lock is for`,
  });
  return {
    ...fields.all,
    name: fields.text('name', packageRule),
    version: fields.text('version', versionRule),
    architecture,
    sizeBytes: wholeNumber(fields, place, 'sizeBytes', 1, largestPackageBytes),
    sha256: fields.text('sha256', sha256Rule),
    poolPath: fields.text('poolPath', poolPathRule),
  };
}

/** Whether a lock may hold a package: what lists of packages say can be anything. Pure. */
export function isLockable(found: LockedPackage): boolean {
  return (
    architectureRule.pattern.test(found.architecture) &&
    isRead(() => packageOf(found, found.name, found.architecture))
  );
}

/** Whether a lock may hold a user: what a machine has in passwd(5) can be anything. Pure. */
export function isLockableUser(found: LockedUser): boolean {
  return isRead(() => userOf(found, found.name));
}

/** The same for a group. Pure. */
export function isLockableGroup(found: LockedGroup): boolean {
  return isRead(() => groupOf(found, found.name));
}

function isRead(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (thrown) {
    if (!(thrown instanceof FieldError)) throw thrown;
    return false;
  }
}

function accountsOf(fields: JsonFields): LockedAccounts {
  const users = items(fields, 'users').map((item, index) =>
    userOf(item, placeOf('accounts / users', item, index)),
  );
  const groups = items(fields, 'groups').map((item, index) =>
    groupOf(item, placeOf('accounts / groups', item, index)),
  );
  unique('accounts / users', users, ({ name }) => name, 'the user');
  unique('accounts / users', users, ({ uid }) => uid, 'the uid');
  unique('accounts / groups', groups, ({ name }) => name, 'the group');
  unique('accounts / groups', groups, ({ gid }) => gid, 'the gid');
  return { ...fields.all, users, groups };
}

function userOf(item: unknown, place: string): LockedUser {
  const fields = new JsonFields(item, place);
  return {
    ...fields.all,
    name: fields.text('name', accountRule),
    uid: wholeNumber(fields, place, 'uid', 0, largestAccountNumber),
    gid: wholeNumber(fields, place, 'gid', 0, largestAccountNumber),
    gecos: fields.text('gecos', gecosRule),
    home: fields.text('home', pathRule),
    shell: fields.text('shell', pathRule),
  };
}

function groupOf(item: unknown, place: string): LockedGroup {
  const fields = new JsonFields(item, place);
  return {
    ...fields.all,
    name: fields.text('name', accountRule),
    gid: wholeNumber(fields, place, 'gid', 0, largestAccountNumber),
    members: fields.texts('members', accountRule),
  };
}

/** A name that nothing was found for means that a line was deleted by hand. */
function assertWantedAreThere(wanted: readonly string[], packages: readonly LockedPackage[]): void {
  const there = new Set(packages.map(({ name }) => name));
  const missing = wanted.find(name => !there.has(name));
  if (missing !== undefined) {
    throw new FieldError(`wanted: ${missing} is not among the packages`);
  }
}

function wholeNumber(
  fields: JsonFields,
  place: string,
  key: string,
  least: number,
  most: number,
): number {
  const number = fields.number(key);
  if (Number.isSafeInteger(number) && number >= least && number <= most) return number;
  throw new FieldError(`${place} / ${key}: it is not a whole number between ${least} and ${most}`);
}

function items(fields: JsonFields, key: string): unknown[] {
  const value = fields.all[key];
  if (Array.isArray(value)) return value;
  throw new FieldError(`${key}: it is not a list`);
}

/** By name where the item has one: that is what a person looks for. */
function placeOf(list: string, item: unknown, index: number): string {
  const name: unknown = typeof item === 'object' && item !== null && 'name' in item && item.name;
  const isName = typeof name === 'string' && packageRule.pattern.test(name);
  return `${list} / ${isName ? name : index + 1}`;
}

function unique<T>(
  list: string,
  all: readonly T[],
  keyOf: (item: T) => string | number,
  what: string,
): void {
  const seen = new Set<string | number>();
  for (const item of all) {
    const key = keyOf(item);
    if (seen.has(key)) throw new FieldError(`${list}: ${what} ${key} is there twice`);
    seen.add(key);
  }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    // The engine says where for some errors only, and shows what is there for the others.
    const said = /at position ([0-9]+)/.exec(messageOf(thrown))?.[1];
    const at = said === undefined ? text.search(mergeConflict) : Number(said);
    const place = at < 0 ? path : `${path}:${text.slice(0, at).split('\n').length}`;
    throw invalid(place, `it is not JSON: ${printableLine(messageOf(thrown))}`, thrown);
  }
}

function invalid(place: string, why: string, cause: unknown): GenctlError {
  return new GenctlError('LOCK_INVALID', `${place}: ${why}`, {
    cause,
    hint: 'Take back what was changed by hand, from a backup or version control; `genctl lock` writes this file.',
  });
}
