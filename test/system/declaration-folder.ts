import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { GenctlError } from '../../src/errors.ts';
import { Root } from '../../src/host/root.ts';
import type { Declaration } from '../../src/system/declaration/declaration.ts';
import { readDeclaration } from '../../src/system/declaration/read-declaration.ts';

/** The files of a declaration by their paths below the config folder. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** What came of reading a declaration: itself, or its error with the root cut out of paths. */
export type Outcome =
  | { declaration: Declaration; error?: never }
  | { declaration?: never; error: { code: string; message: string; hint: string | undefined } };

/** A root of its own that holds declarations, in a temporary folder. */
export class DeclarationFolder {
  readonly hostPath = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-declaration-'));
  readonly config = path.join(this.hostPath, 'etc/genctl');

  read(files: Files): Outcome {
    fs.rmSync(this.config, { recursive: true, force: true });
    fs.mkdirSync(this.config, { recursive: true });
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(this.config, name);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, content);
    }
    return this.readAgain();
  }

  /** Reads what is there. */
  readAgain(): Outcome {
    using root = new Root(this.hostPath);
    try {
      return { declaration: readDeclaration(root) };
    } catch (thrown) {
      if (!(thrown instanceof GenctlError)) throw thrown;
      const { code, message, hint } = thrown;
      return { error: { code, message: message.replaceAll(`${this.config}/`, ''), hint } };
    }
  }

  /** Reads a declaration that is right. */
  readGood(files: Files): Declaration {
    const { declaration, error } = this.read(files);
    if (error !== undefined) throw new Error(`${error.code}: ${error.message}`);
    return declaration;
  }

  /** Reads a declaration that is wrong: `CODE message | hint`. */
  readBad(files: Files): string {
    const { declaration, error } = this.read(files);
    if (declaration !== undefined) throw new Error('the declaration was accepted');
    const hint = error.hint === undefined ? '' : ` | ${error.hint}`;
    return `${error.code} ${error.message}${hint}`;
  }

  remove(): void {
    fs.rmSync(this.hostPath, { recursive: true, force: true });
  }
}

/** An object as it is in JSON, for comparing without prototypes. */
export function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
