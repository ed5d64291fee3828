import { GenctlError } from '../../errors.ts';
import type { Root } from '../../host/root.ts';
import type { Declaration } from '../../system/declaration/declaration.ts';

/** Undefined where there is no declaration, or none that can be read: whoever needs it says why. */
export async function readDeclared(root: Root, config: string): Promise<Declaration | undefined> {
  if (root.stat(`${config}/system.conf`) === undefined) return undefined;
  const { readDeclaration } = await import('../../system/declaration/read-declaration.ts');
  try {
    return readDeclaration(root, config);
  } catch (thrown) {
    if (thrown instanceof GenctlError) return undefined;
    throw thrown;
  }
}
