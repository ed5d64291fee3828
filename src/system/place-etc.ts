import type { EtcEntry } from '../activation/etc-tree.ts';
import type { AccountKind, Accounts } from './accounts.ts';
import type { Configuration } from './declaration/declaration.ts';
import type { Origin } from './declaration/problem.ts';
import { type EtcProblem, sectionSubject } from './etc-problem.ts';
import type { EtcSource } from './read-etc.ts';

type EtcSection = Configuration['etc'][string];
type SectionKey = keyof EtcSection;

/** How a declared file appears in /etc: as an entry, or one that waits for the store path. */
export type PlacedFile = EtcEntry | EtcStoreLink;

/** `/etc/PATH` becomes a link to the file's own path in the store. */
export interface EtcStoreLink {
  kind: 'store-link';
  path: string;
}

/** Where a key of an `[etc "PATH"]` section was declared; undefined where it is not known. */
export type OriginOf = (key: SectionKey, path: string) => Origin | undefined;

/** Modes that a link into the store stands for: everybody may read, only the owner write. */
const linkable = new Set([0o444, 0o555, 0o644, 0o755, 0o664, 0o775]);

/** cron reads nothing that has more than one hard link, as files of the store have. */
const ofCron = /^(?:crontab$|cron\.d\/)/;

/**
 * Decides how each declared file appears: one that everybody may read as a link, any other and
 * those of cron as a copy with its mode, a link as it is, unless its `[etc "PATH"]` section says
 * something else.
 */
export function placeEtc(
  sources: readonly EtcSource[],
  sections: Configuration['etc'],
  accounts: Accounts,
  originOf: OriginOf,
): { files: PlacedFile[]; problems: EtcProblem[] } {
  const problems: EtcProblem[] = [];
  const unused = new Map(Object.entries(sections));
  const files = sources.flatMap(source => {
    const section = unused.get(source.path) ?? unsaid;
    unused.delete(source.path);
    const placed = place(source, section, accounts);
    if ('kind' in placed) return [placed];
    for (const { key, ...problem } of placed) {
      const subject = sectionSubject(source.path, originOf(key, source.path));
      problems.push({ ...problem, subject });
    }
    return [];
  });
  for (const [path, section] of unused) {
    problems.push(sectionOfNothing(path, section, sources, originOf));
  }
  return { files, problems };
}

const root = { uid: 0, gid: 0 };

const unsaid: EtcSection = {
  mode: undefined,
  user: undefined,
  group: undefined,
  conflicts: undefined,
};

/** What is wrong with one key of a section. */
interface KeyProblem extends Omit<EtcProblem, 'subject'> {
  key: SectionKey;
}

function place(
  source: EtcSource,
  section: EtcSection,
  accounts: Accounts,
): PlacedFile | readonly KeyProblem[] {
  const { path } = source;
  const ownership = (['mode', 'user', 'group'] as const).filter(key => section[key] !== undefined);
  const isDirect = section.mode === 'direct-symlink';
  if (source.kind === 'link' || isDirect) {
    const said = isDirect ? ownership.filter(key => key !== 'mode') : ownership;
    if (said.length > 0) return said.map(key => ownerOfLink(source, key));
    if (source.kind === 'link') return { kind: 'direct', path, target: source.target };
    return { kind: 'store-link', path };
  }
  const mode = typeof section.mode === 'number' ? section.mode : source.mode & 0o777;
  const { owner = root } = source;
  const isRoots = owner.uid === 0 && owner.gid === 0;
  const isLinkable = linkable.has(mode) && !ofCron.test(path);
  if (ownership.length === 0 && isRoots && isLinkable) return { kind: 'link', path };

  const problems: KeyProblem[] = [];
  const number = (kind: AccountKind): number => {
    const own = kind === 'user' ? owner.uid : owner.gid;
    const found = accounts.number(kind, section[kind] ?? own);
    if (typeof found === 'number') return found;
    problems.push({ code: 'ETC_UNKNOWN_ACCOUNT', key: kind, ...found });
    return 0;
  };
  const [uid, gid] = [number('user'), number('group')];
  if (problems.length > 0) return problems;
  return { kind: 'copy', path, mode, uid, gid, sha256: source.sha256() };
}

function ownerOfLink(source: EtcSource, key: SectionKey): KeyProblem {
  return {
    code: 'ETC_UNSUPPORTED',
    key,
    reason: `a link has no ${key === 'mode' ? 'mode' : 'owner'}`,
    hint:
      source.kind === 'link'
        ? 'Remove the line, or put the file itself into etc/ in place of a link.'
        : 'Remove the line, or give a mode in place of direct-symlink.',
  };
}

function sectionOfNothing(
  path: string,
  section: EtcSection,
  sources: readonly EtcSource[],
  originOf: OriginOf,
): EtcProblem {
  const key = (Object.keys(section) as SectionKey[]).find(one => section[one] !== undefined);
  const origin = key === undefined ? undefined : originOf(key, path);
  const subject = sectionSubject(path, origin && { ...origin, key: undefined });
  const code = 'ETC_FILE_MISSING';
  return sources.some(source => source.path.startsWith(`${path}/`))
    ? {
        code,
        subject,
        reason: `etc/${path} is a folder, and a section is about one file`,
        hint: 'Write one section for each file in it.',
      }
    : {
        code,
        subject,
        reason: 'etc/ holds no such file',
        hint: `Put the file at etc/${path} beside system.conf, or remove the section.`,
      };
}
