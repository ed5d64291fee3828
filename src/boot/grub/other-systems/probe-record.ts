import { type Finding, GenctlError, messageOf } from '../../../errors.ts';
import type { Root } from '../../../host/root.ts';
import { FieldError, JsonFields, type TextRule } from '../../../json-fields.ts';
import type { OtherSystem } from '../other-system.ts';
import { isFsUuid, isPath, isWhole, titleFrom } from './foreign-text.ts';

/** Where what was probed is kept: a probe takes minutes, and a menu is written at each switch. */
export const probeRecord = { folder: '/nix/var/genctl', name: 'other-systems.json' } as const;

/** The only version of the format so far. */
const version = 1;

/** Much more than any probe finds. */
const maxBytes = 4 << 20;

/** Disks come and go. */
const staleAfterDays = 30;

const probeHint = 'Run `genctl menu probe`, which looks for them.';

/** What a probe has found, and when. */
export interface ProbeRecord {
  /** Seconds since the epoch. */
  probedAtSeconds: number;
  systems: readonly OtherSystem[];
}

/** The text of the file that keeps what a probe has found. */
export function renderProbeRecord({ probedAtSeconds, systems }: ProbeRecord): string {
  const probedAt = new Date(probedAtSeconds * 1000).toISOString();
  return `${JSON.stringify({ version, probedAt, systems }, undefined, 2)}\n`;
}

/**
 * What the last probe has found. Whatever is wrong with its file is a finding: no menu depends on
 * other systems.
 */
export function readProbeRecord(
  root: Root,
  nowSeconds: number,
): { systems: OtherSystem[]; findings: Finding[] } {
  const path = `${probeRecord.folder}/${probeRecord.name}`;
  const finding = (code: string, reason: string, hint = probeHint): Finding => ({
    code,
    subject: root.onHost(path),
    reason,
    hint,
  });
  try {
    const text = root.readFileIfThere(path, maxBytes)?.toString('utf8');
    if (text === undefined) {
      const reason = 'other systems shall be in the menu, and nobody has looked for them yet';
      return { systems: [], findings: [finding('OTHER_SYSTEMS_UNPROBED', reason)] };
    }
    const document = new JsonFields(JSON.parse(text));
    if (document.number('version') > version) {
      const reason = 'a newer genctl has written it, so none of what it has found is in the menu';
      const hint = 'Use the newer genctl, or run `genctl menu probe`, which writes it anew.';
      return { systems: [], findings: [finding('OTHER_SYSTEMS_TOO_NEW', reason, hint)] };
    }
    const ageDays = Math.floor((nowSeconds - probedAt(document)) / (24 * 3600));
    const { systems, unusable } = systemsOf(document);
    const findings = unusable.map(reason => finding('OTHER_SYSTEM_UNUSABLE', reason));
    if (ageDays > staleAfterDays) {
      const reason = `it was made ${ageDays} days ago, and disks may have changed since`;
      findings.push(finding('OTHER_SYSTEMS_OLD', reason, 'Run `genctl menu probe` again.'));
    }
    return { systems, findings };
  } catch (thrown) {
    const isExpected =
      thrown instanceof GenctlError ||
      thrown instanceof FieldError ||
      thrown instanceof SyntaxError;
    if (!isExpected) throw thrown;
    const reason = `it cannot be read, so none of what it holds is in the menu: ${messageOf(thrown)}`;
    return { systems: [], findings: [finding('OTHER_SYSTEMS_UNREADABLE', reason)] };
  }
}

function probedAt(document: JsonFields): number {
  const milliseconds = Date.parse(document.text('probedAt'));
  if (!Number.isNaN(milliseconds)) return milliseconds / 1000;
  throw new FieldError('probedAt: it is no time');
}

function systemsOf(document: JsonFields): { systems: OtherSystem[]; unusable: string[] } {
  const list = document.all['systems'];
  if (!Array.isArray(list)) throw new FieldError('systems: it is not a list');
  const systems: OtherSystem[] = [];
  const unusable: string[] = [];
  for (const [index, item] of list.entries()) {
    try {
      systems.push(systemOf(new JsonFields(item, `systems / ${index}`)));
    } catch (thrown) {
      if (!(thrown instanceof FieldError)) throw thrown;
      unusable.push(thrown.message);
    }
  }
  return { systems, unusable };
}

const shown: TextRule = { pattern: /\S/, otherwise: 'it is empty' };
const moduleName: TextRule = { pattern: /^[a-z0-9_]{1,32}$/, otherwise: 'it is no module of GRUB' };

/** Anybody may have edited the file: each text is checked as if it came from a disk. */
function systemOf(fields: JsonFields): OtherSystem {
  const kind = fields.text('kind');
  const title = titleFrom(fields.text('title', shown));
  const fsUuid = checked(fields, 'fsUuid', isFsUuid, 'it is no UUID of a file system');
  const modules = fields.has('modules') ? fields.texts('modules', moduleName) : [];
  const place = { fsUuid, modules };
  const pathOf = (key: string): string => checked(fields, key, isPath, 'it is no path');
  switch (kind) {
    case 'efi':
      return { kind, title, ...place, path: pathOf('path') };
    case 'boot-sector':
      return { kind, title, ...place };
    case 'linux': {
      const submenu = fields.optionalText('submenu', shown);
      return {
        kind,
        title,
        ...(submenu !== undefined && { submenu: titleFrom(submenu) }),
        ...place,
        linux: pathOf('linux'),
        initrds: allChecked(fields, 'initrds', isPath, 'one is no path'),
        options: allChecked(fields, 'options', isWhole, 'one is no parameter of a kernel'),
      };
    }
    default:
      throw new FieldError(`${title}: this genctl does not know how to start it`);
  }
}

function checked(
  fields: JsonFields,
  key: string,
  isRight: (text: string) => boolean,
  otherwise: string,
): string {
  const text = fields.text(key);
  if (isRight(text)) return text;
  throw new FieldError(`${key}: ${otherwise}`);
}

function allChecked(
  fields: JsonFields,
  key: string,
  isRight: (text: string) => boolean,
  otherwise: string,
): string[] {
  const texts = fields.texts(key);
  if (texts.every(isRight)) return texts;
  throw new FieldError(`${key}: ${otherwise}`);
}
