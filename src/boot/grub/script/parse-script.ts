import { type Token, tokensOf, type Word } from './tokens.ts';

/** Words and, behind those of `menuentry` or `submenu`, a block that runs when it is picked. */
export interface Command {
  kind: 'command';
  line: number;
  words: readonly Word[];
  block: readonly Statement[] | undefined;
}

export type Statement =
  | Command
  | {
      kind: 'if';
      line: number;
      branches: readonly { condition: readonly Statement[]; body: readonly Statement[] }[];
      otherwise: readonly Statement[];
    }
  | { kind: 'for'; line: number; words: readonly Word[]; body: readonly Statement[] }
  | {
      kind: 'while' | 'until';
      line: number;
      condition: readonly Statement[];
      body: readonly Statement[];
    }
  | { kind: 'function'; line: number; name: string; body: readonly Statement[] };

export interface Script {
  statements: readonly Statement[];
  /** What GRUB would refuse. What is around it may be read otherwise than GRUB does. */
  problems: readonly { line: number; reason: string }[];
}

/** Much more than any menu has. */
const longestScript = 1 << 20;

/** GRUB's own stack ends somewhere, too. */
const deepest = 100;

/**
 * Reads a script of GRUB's language, anybody's, as GRUB 2.06 does: words with their quotes gone,
 * variables left as named parts. Never throws, whatever the text is.
 */
export function parseScript(source: string): Script {
  const parser = new Parser(tokensOf(source.slice(0, longestScript)));
  const statements = parser.run();
  const problems = [...parser.problems];
  if (source.length > longestScript) problems.push({ line: 0, reason: 'it is too long' });
  return { statements, problems };
}

/** All commands that a script may run by itself: not what is in blocks, which have to be picked. */
export function commandsOf(statements: readonly Statement[]): Command[] {
  return statements.flatMap(statement => {
    if (statement.kind === 'command') return [statement];
    if (statement.kind === 'if') {
      const branches = statement.branches.flatMap(({ condition, body }) => [...condition, ...body]);
      return commandsOf([...branches, ...statement.otherwise]);
    }
    if (statement.kind === 'while' || statement.kind === 'until') {
      return commandsOf([...statement.condition, ...statement.body]);
    }
    return commandsOf(statement.body);
  });
}

/** A word's text, where all variables are empty. */
export function textOf(word: Word | undefined): string {
  return (word ?? []).map(part => ('text' in part ? part.text : '')).join('');
}

const closers = new Set(['then', 'elif', 'else', 'fi', 'do', 'done']);
const openers = new Set(['if', 'for', 'while', 'until', 'function']);
const unusable = new Set(['[[', ']]', 'case', 'in', 'esac', 'select']);
const name = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** What a parser cannot go on from: up to the next line. */
class Misread extends Error {
  readonly line: number;

  constructor({ line }: Pick<Token, 'line'>, reason: string) {
    super(reason);
    this.line = line;
  }
}

class Parser {
  readonly problems: { line: number; reason: string }[] = [];
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  run(): Statement[] {
    const statements: Statement[] = [];
    while (this.#skipNewlines().kind !== 'end') {
      try {
        statements.push(this.#statement());
        this.#delimiter();
      } catch (thrown) {
        if (!(thrown instanceof Misread)) throw thrown;
        this.problems.push({ line: thrown.line, reason: thrown.message });
        this.#depth = 0;
        this.#skipLine();
      }
    }
    return statements;
  }

  get #next(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', line: 0 };
  }

  #statement(): Statement {
    if (this.#depth >= deepest) throw new Misread(this.#next, 'it is nested too deep');
    this.#depth += 1;
    const keyword = this.#keyword();
    const statement =
      keyword === 'if'
        ? this.#if()
        : keyword === 'for'
          ? this.#for()
          : keyword === 'while' || keyword === 'until'
            ? this.#while(keyword)
            : keyword === 'function'
              ? this.#function()
              : this.#command();
    this.#depth -= 1;
    return statement;
  }

  #command(): Command {
    const first = this.#next;
    const { line } = first;
    const keyword = this.#keyword();
    if (keyword !== undefined) throw new Misread(first, `${keyword} stands alone`);
    if (first.kind !== 'word') throw new Misread(first, `no command before ${this.#named()}`);
    const words = this.#words();
    const block = this.#isNext('{') ? this.#block() : undefined;
    return { kind: 'command', line, words, block };
  }

  #words(): Word[] {
    const words: Word[] = [];
    for (let token = this.#next; token.kind === 'word'; token = this.#next) {
      if (token.raw === '[[' || token.raw === ']]') {
        throw new Misread(token, `${token.raw} means nothing to GRUB`);
      }
      // What is nothing but a line that goes on keeps its place in the grammar, and is no word.
      if (!/^(?:\\\n)+$/.test(token.raw)) words.push(token.word);
      this.#at += 1;
    }
    return words;
  }

  #block(): Statement[] {
    this.#expect('{');
    const body = this.#list(() => this.#isNext('}'));
    this.#expect('}');
    return body;
  }

  #if(): Statement {
    const { line } = this.#next;
    const branches: { condition: Statement[]; body: Statement[] }[] = [];
    let otherwise: Statement[] = [];
    do {
      this.#at += 1;
      const condition = this.#until('then');
      this.#at += 1;
      branches.push({ condition, body: this.#until('elif', 'else', 'fi') });
    } while (this.#keyword() === 'elif');
    if (this.#keyword() === 'else') {
      this.#at += 1;
      otherwise = this.#until('fi');
    }
    this.#at += 1;
    return { kind: 'if', line, branches, otherwise };
  }

  #for(): Statement {
    const { line } = this.#next;
    this.#at += 1;
    this.#name();
    const token = this.#next;
    if (token.kind !== 'word' || token.raw !== 'in') {
      throw new Misread(token, `in is missing before ${this.#named()}`);
    }
    this.#at += 1;
    const words = this.#words();
    this.#delimiter();
    if (this.#skipNewlines().kind === 'end' || this.#keyword() !== 'do') {
      throw new Misread(this.#next, `do is missing before ${this.#named()}`);
    }
    return { kind: 'for', line, words, body: this.#loopBody() };
  }

  #while(kind: 'while' | 'until'): Statement {
    const { line } = this.#next;
    this.#at += 1;
    const condition = this.#until('do');
    return { kind, line, condition, body: this.#loopBody() };
  }

  #loopBody(): Statement[] {
    this.#at += 1;
    const body = this.#until('done');
    this.#at += 1;
    return body;
  }

  #function(): Statement {
    const { line } = this.#next;
    this.#at += 1;
    const called = this.#name();
    this.#skipNewlines();
    this.#expect('{');
    const body = this.#list(() => this.#isNext('}'));
    // Here GRUB wants an end of the last command, though not in other blocks.
    const before = this.#tokens[this.#at - 1]?.kind;
    if (before !== ';' && before !== 'newline') {
      throw new Misread(this.#next, 'the last command of a function has no end');
    }
    this.#expect('}');
    return { kind: 'function', line, name: called, body };
  }

  /** Statements up to one of some words, which stays the next one. */
  #until(...ends: readonly string[]): Statement[] {
    const list = this.#list(() => ends.includes(this.#keyword() ?? ''));
    if (!['newline', ';'].includes(this.#tokens[this.#at - 1]?.kind ?? '')) {
      throw new Misread(this.#next, `the command before ${this.#named()} has no end`);
    }
    return list;
  }

  /** At least one statement, with what ends each. */
  #list(isEnd: () => boolean): Statement[] {
    const statements: Statement[] = [];
    do {
      this.#skipNewlines();
      statements.push(this.#statement());
      if (isEnd()) break;
      this.#delimiter();
      this.#skipNewlines();
    } while (!isEnd());
    return statements;
  }

  #delimiter(): void {
    const { kind } = this.#next;
    if (kind === 'end') return;
    if (kind !== 'newline' && kind !== ';') {
      throw new Misread(this.#next, `a command has no end before ${this.#named()}`);
    }
    this.#at += 1;
  }

  #expect(kind: '{' | '}'): void {
    if (this.#next.kind !== kind) {
      throw new Misread(this.#next, `${kind} is missing before ${this.#named()}`);
    }
    this.#at += 1;
  }

  #name(): string {
    const token = this.#next;
    if (token.kind !== 'word' || !name.test(token.raw) || this.#keyword() !== undefined) {
      throw new Misread(token, `${this.#named()} is not a name`);
    }
    this.#at += 1;
    return token.raw;
  }

  /** The next word, where it is one that GRUB reserves for the place of a command. */
  #keyword(): string | undefined {
    const token = this.#next;
    if (token.kind !== 'word') return undefined;
    const { raw } = token;
    return closers.has(raw) || openers.has(raw) || unusable.has(raw) ? raw : undefined;
  }

  #named(): string {
    const token = this.#next;
    if (token.kind === 'bad') return token.reason;
    if (token.kind === 'word') return token.raw.slice(0, 40);
    const names: Record<string, string> = { newline: 'the end of the line', end: 'the end' };
    return names[token.kind] ?? token.kind;
  }

  #isNext(kind: Token['kind']): boolean {
    return this.#next.kind === kind;
  }

  #skipNewlines(): Token {
    while (this.#isNext('newline')) this.#at += 1;
    return this.#next;
  }

  #skipLine(): void {
    while (!this.#isNext('newline') && !this.#isNext('end')) this.#at += 1;
  }
}
