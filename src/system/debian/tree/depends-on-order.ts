import { bestChoices, parseAlternatives } from './alternatives.ts';
import { type Diversion, parseDiversions } from './diversions.ts';

/** Packages that were laid on top of a base, as files show them. Paths are from the top: `usr/bin`. */
export interface LaidOnTop {
  /** What is not the base's any more, or never was. */
  changed: ReadonlySet<string>;
  /** Whether the base has something at a path. */
  isInBase: (path: string) => boolean;
  /** What a file of the base says; undefined where there is none. */
  textInBase: (path: string) => string | undefined;
  /** What a file says now. */
  text: (path: string) => string | undefined;
}

const diversionsPath = 'usr/lib/sysimage/dpkg/diversions';
const alternatives = /^usr\/lib\/sysimage\/dpkg\/alternatives\/([^/]+)$/;
const script = /^usr\/lib\/sysimage\/dpkg\/info\/([^/]+)\.(?:preinst|postinst|config)$/;
const ofKernel = /^(?:usr\/lib\/modules|boot)\/./;

/** What no tree keeps, though it is there as long as it is built: by a word for it, and its maker. */
const takenOut: ReadonlyMap<string, string> = new Map([
  ['ssl-cert-snakeoil', 'usr/sbin/make-ssl-cert'],
  ['ssh_host_', 'usr/sbin/sshd'],
  ['machine-id', 'usr/bin/systemd-machine-id-setup'],
]);

/**
 * Why packages that came on top of others may have left another tree than they would have if all
 * were installed at once: a clause, or undefined where they have not. Which package is unpacked and
 * configured first decides little: dpkg keeps its lists sorted, or the build does. Pure.
 */
export function dependsOnOrder(laid: LaidOnTop): string | undefined {
  for (const path of laid.changed) {
    if (ofKernel.test(path)) return `/${path} belongs to the kernel`;
    const alternative = alternatives.exec(path)?.[1];
    const contest = alternative && contested(alternative, path, laid);
    if (contest) return contest;
    const name = script.exec(path)?.[1];
    const miss = name && missed(name, path, laid);
    if (miss) return miss;
  }
  return diverted(laid);
}

/** A script that finds a secret of the build does something else than one that does not. */
function missed(name: string, path: string, { isInBase, text }: LaidOnTop): string | undefined {
  const words = text(path) ?? '';
  for (const [word, maker] of takenOut) {
    if (words.includes(word) && isInBase(maker)) {
      return `${name} looks for ${word}, which no tree keeps`;
    }
  }
  return undefined;
}

/** The best choice wins whoever came first, unless there are two. */
function contested(
  name: string,
  path: string,
  { text, textInBase }: LaidOnTop,
): string | undefined {
  const now = parseAlternatives(text(path) ?? '');
  const before = textInBase(path);
  const best = bestChoices(now).map(choice => choice.path);
  if (best.length > 1) return `${best.join(' and ')} have the same claim to be "${name}"`;
  if (!now.isAutomatic) return `a package has chosen what "${name}" is`;
  // The last package to name a link has it.
  const moved = before && parseAlternatives(before).links.find(link => !now.links.includes(link));
  return moved ? `${moved}, a link of "${name}", is elsewhere now` : undefined;
}

/** A diversion holds for what is unpacked after it; what was there before moves, or is lost. */
function diverted({ changed, isInBase, text, textInBase }: LaidOnTop): string | undefined {
  const before = new Set(parseDiversions(textInBase(diversionsPath) ?? '').map(keyOf));
  for (const diversion of parseDiversions(text(diversionsPath) ?? '')) {
    const isNew = !before.has(keyOf(diversion));
    if (changed.has(inUsr(diversion.to)) || (isNew && isInBase(inUsr(diversion.from)))) {
      return `${diversion.by ?? 'a script'} puts another package's ${diversion.from} elsewhere`;
    }
  }
  return undefined;
}

function keyOf({ from, to, by }: Diversion): string {
  return [from, to, by].join('\n');
}

/** `/bin/sh` is `usr/bin/sh`: packages may say either. */
function inUsr(path: string): string {
  return path.slice(1).replace(/^(?=(?:bin|sbin|lib\w*)\/)/, 'usr/');
}
