import { Root } from '../../../src/host/root.ts';
import type { Configuration } from '../../../src/system/declaration/declaration.ts';
import { readDeclaration } from '../../../src/system/declaration/read-declaration.ts';
import { DeclarationFolder } from '../declaration-folder.ts';

/** The configuration that a `system.conf` with these sections comes to. */
export function configurationOf(sections: string): Configuration {
  const folder = new DeclarationFolder();
  try {
    folder.readGood({ 'system.conf': `[system]\nbuilder = debian\n${sections}` });
    using root = new Root(folder.hostPath);
    return readDeclaration(root);
  } finally {
    folder.remove();
  }
}
