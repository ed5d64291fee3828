import { GenctlError } from '../../errors.ts';
import type { Root } from '../../host/root.ts';
import { parseStanzas } from '../debian/control-stanzas.ts';
import { isAskedFor } from './choose-packages.ts';
import type { DebianFacts } from './debian-facts.ts';
import { filesBelow } from './files-below.ts';
import { parseInstalledPackages } from './installed-packages.ts';

/** Numbers that people get: login.defs(5). */
const firstUser = 1000;
const lastUser = 59_999;
/** Numbers that base-passwd gives end here. */
const firstSystemUser = 100;

/**
 * Reads the Debian that is installed in a root. All of it is files: no program is asked.
 *
 * @param askOrigins tells whose packages are, by their names: of those that somebody has asked for
 * @throws GenctlError NOT_DEBIAN
 */
export async function readDebian(
  root: Root,
  askOrigins: (names: readonly string[]) => Promise<DebianFacts['origins']>,
): Promise<DebianFacts> {
  const status = textOf(root, '/var/lib/dpkg/status');
  const suite = suiteOf(root);
  if (status === undefined || suite === undefined) throw notDebian(root);
  const packages = parseInstalledPackages(status);
  const architecture = packages.find(({ name }) => name === 'dpkg')?.architecture;
  if (architecture === undefined) throw notDebian(root);
  const autoInstalled = readAutoInstalled(root);
  const asked = packages.filter(each => isAskedFor(each, { architecture, autoInstalled }));
  const { users, systemUsers } = readUsers(root);
  return {
    suite,
    architecture,
    hostName: hostNameOf(root),
    packages,
    autoInstalled,
    origins: await askOrigins(asked.map(({ name }) => name)),
    chosenAlternatives: readChosenAlternatives(root),
    localDiversions: readLocalDiversions(root),
    users,
    systemUsers,
    mountPoints: readMountPoints(root),
    localPrograms: readLocalPrograms(root),
    locales: linesOf(textOf(root, '/etc/locale.gen')),
  };
}

function notDebian(root: Root): GenctlError {
  return new GenctlError(
    'NOT_DEBIAN',
    `${root.hostPath} is no Debian that can be read: /etc/os-release has to say which one it is, and /var/lib/dpkg/status which packages`,
    {
      hint: 'Without --from-debian, `genctl init` writes a declaration that boots the kernel of /boot.',
    },
  );
}

/**
 * The release of Debian that is in a root, by its name, as os-release(5) has it; those under way have
 * it elsewhere.
 *
 * @returns undefined where it is no Debian
 */
export function suiteOf(root: Root): string | undefined {
  const text = textOf(root, '/etc/os-release') ?? textOf(root, '/usr/lib/os-release') ?? '';
  const fields = new Map(
    linesOf(text).map(line => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1).replace(/^(["'])(.*)\1$/, '$2')] as const;
    }),
  );
  if (fields.get('ID') !== 'debian') return undefined;
  const name =
    fields.get('VERSION_CODENAME') ?? textOf(root, '/etc/debian_version')?.trim().split('/')[0];
  return name !== undefined && /^[a-z][a-z0-9-]{1,63}$/.test(name) ? name : undefined;
}

function hostNameOf(root: Root): string | undefined {
  const [first = ''] = linesOf(textOf(root, '/etc/hostname'));
  const name = first.split('.')[0] ?? '';
  return /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(name) ? name : undefined;
}

/** What apt remembers of packages that nobody has asked for. */
function readAutoInstalled(root: Root): ReadonlySet<string> {
  const states = parseStanzas(textOf(root, '/var/lib/apt/extended_states') ?? '');
  return new Set(
    states
      .filter(state => state.get('auto-installed') === '1')
      .map(state => `${state.get('package')} ${state.get('architecture')}`),
  );
}

/** Alternatives whose links update-alternatives leaves alone. */
function readChosenAlternatives(root: Root): string[] {
  using folder = root.folderIfThere('/var/lib/dpkg/alternatives');
  return (folder?.names() ?? []).filter(
    name => folder?.readTextIfThere(name)?.startsWith('manual\n') ?? false,
  );
}

/** Three lines each: a path, where it has gone, and who asked for it, `:` for the administrator. */
function readLocalDiversions(root: Root): string[] {
  const lines = (textOf(root, '/var/lib/dpkg/diversions') ?? '').split('\n');
  return lines.filter((_, at) => at % 3 === 0 && lines[at + 2] === ':');
}

/** Those of fstab(5) that are no swap. */
function readMountPoints(root: Root): string[] {
  return linesOf(textOf(root, '/etc/fstab')).flatMap(line => {
    const [, place = '', kind] = line.split(/\s+/);
    if (kind === 'swap' || !place.startsWith('/')) return [];
    const path = place.replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    return [path.replace(/(?<=.)\/+$/, '')];
  });
}

/** What somebody has put there: Debian's packages bring folders only, and the link `man`. */
function readLocalPrograms(root: Root): string[] {
  using folder = root.folderIfThere('/usr/local');
  if (folder === undefined) return [];
  return [...filesBelow(folder, '')]
    .filter(path => path !== 'man')
    .map(path => `/usr/local/${path}`);
}

function readUsers(root: Root): Pick<DebianFacts, 'users' | 'systemUsers'> {
  const users = linesOf(textOf(root, '/etc/passwd')).map(line => {
    const [name = '', , uid = ''] = line.split(':');
    return { name, uid: /^\d+$/.test(uid) ? Number(uid) : 0 };
  });
  const between = (first: number, last: number): string[] =>
    users.filter(({ uid }) => uid >= first && uid <= last).map(({ name }) => name);
  const ofServices = between(firstSystemUser, firstUser - 1);
  const named = ofServices.length === 0 ? new Set<string>() : wordsOfScripts(root);
  return {
    users: between(firstUser, lastUser),
    systemUsers: ofServices.filter(name => !named.has(name)),
  };
}

/** All words of maintainer scripts and of packages' sysusers.d: whom a package makes, it names. */
function wordsOfScripts(root: Root): ReadonlySet<string> {
  const words = new Set<string>();
  for (const [place, pattern] of [
    ['/var/lib/dpkg/info', /\.(?:pre|post)inst$/],
    ['/usr/lib/sysusers.d', /\.conf$/],
  ] as const) {
    using folder = root.folderIfThere(place);
    for (const name of folder?.names().filter(each => pattern.test(each)) ?? []) {
      const text = folder?.readTextIfThere(name, 4 << 20) ?? '';
      for (const [word] of text.matchAll(/[a-zA-Z_][\w-]*/g)) words.add(word);
    }
  }
  return words;
}

function textOf(root: Root, path: string): string | undefined {
  return root.readFileIfThere(path)?.toString('utf8');
}

/** Lines that say something. */
function linesOf(text: string | undefined): string[] {
  return (text ?? '')
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'));
}
