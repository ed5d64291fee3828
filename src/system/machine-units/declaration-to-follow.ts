import { GenctlError } from '../../errors.ts';
import { ifThere } from '../../host/file-error.ts';
import type { Root } from '../../host/root.ts';
import { flawOf } from './program-to-start.ts';

/**
 * Refuses declarations that units must not follow as root: those that somebody else can exchange,
 * or a part of them, and those that are gone after a boot.
 *
 * @param config logical path of the declaration's folder
 * @param files logical paths of all files that it consists of, as far as they are known
 * @throws GenctlError DECLARATION_UNSAFE
 */
export function checkDeclaration(root: Root, config: string, files: readonly string[]): void {
  for (const path of [config, `${config}/system.conf`, `${config}/etc`, ...files]) {
    // By every name on the way: who can exchange a link can exchange what it leads to.
    const realPath = ifThere(() => root.realPath(path), ['FILE_MISSING', 'NOT_A_FOLDER']);
    for (const place of new Set([path, realPath ?? path])) {
      const flaw = flawOf(root, place);
      if (flaw !== undefined && flaw !== 'missing') throw unsafe(path, flaw.reason);
    }
  }
}

function unsafe(path: string, why: string): GenctlError {
  return new GenctlError(
    'DECLARATION_UNSAFE',
    `units shall not follow the declaration ${path} as root: ${why}`,
    { hint: 'Keep the declaration where only root can write, such as /etc/genctl.' },
  );
}
