/** A piece of a word: text as it is when the quotes are gone, or a variable by its name. */
export type WordPart =
  | { text: string }
  /** Unquoted, it may make several words, or none. */
  | { variable: string; quoted: boolean };

/** One word of GRUB's script. Without parts it is the empty text. */
export type Word = readonly WordPart[];

/** What a script falls into. Lines count from 1. */
export type Token =
  | { kind: 'word'; line: number; word: Word /** As it was written. */; raw: string }
  | { kind: 'newline' | ';' | '{' | '}' | 'end'; line: number }
  /** What GRUB's language has no meaning for. */
  | { kind: 'bad'; line: number; reason: string };

/** GRUB's lexer gives up for good at longer words. */
const longestWordBytes = 8191;

const patterns = {
  blank: /[ \t]+/y,
  comment: /#[^\n]*/y,
  continuation: /(?:\\\n)+/y,
  plain: /[^{}|&$;<> \t\n'"\\]+/y,
  single: /'([^']*)'/y,
  escape: /\\([^])/y,
  variable:
    /\$(?:\{([a-zA-Z_][a-zA-Z0-9_]*|[0-9]+|[?#*@])\}|([a-zA-Z_][a-zA-Z0-9_]*|[0-9]+|[?#*@]))/y,
  inDouble: /[^"$\\]+|\\(["$\\])|\\\n|\\/y,
} as const;

/** Splits a script as GRUB's lexer does. Never throws; what it cannot read becomes a bad token. */
export function tokensOf(source: string): Token[] {
  return new Lexer(source).run();
}

class Lexer {
  readonly #source: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  #line = 1;

  constructor(source: string) {
    // GRUB reads lines without their carriage returns.
    this.#source = source.replaceAll('\r', '');
  }

  run(): Token[] {
    while (this.#at < this.#source.length) {
      if (this.#take('blank') === undefined && this.#take('comment') === undefined) this.#token();
    }
    this.#tokens.push({ kind: 'end', line: this.#line });
    return this.#tokens;
  }

  #token(): void {
    const line = this.#line;
    const character = this.#source.charAt(this.#at);
    if (character === '\n') {
      this.#skip(1);
      this.#tokens.push({ kind: 'newline', line });
    } else if (character === ';' || character === '{' || character === '}') {
      this.#skip(1);
      this.#tokens.push({ kind: character, line });
    } else if ('|&<>'.includes(character)) {
      this.#skip(1);
      this.#bad(line, `${character} means nothing to GRUB`);
    } else {
      this.#word();
    }
  }

  #word(): void {
    const line = this.#line;
    const start = this.#at;
    const parts: WordPart[] = [];
    let isBad = false;
    for (;;) {
      const isContinued = this.#take('continuation') !== undefined;
      const isCut = isContinued && this.#at === this.#source.length;
      const piece = isCut ? { reason: 'it ends with a backslash' } : this.#piece(parts);
      if (piece === 'none') break;
      if (piece !== 'taken') {
        isBad = true;
        this.#bad(line, piece.reason);
        break;
      }
    }
    const raw = this.#source.slice(start, this.#at);
    if (Buffer.byteLength(raw) > longestWordBytes) {
      this.#bad(line, 'a word is longer than GRUB can read');
    } else if (!isBad) {
      this.#tokens.push({ kind: 'word', line, word: merged(parts), raw });
    }
  }

  /** Takes a quoted text, a variable, an escaped character or plain text, if that comes next. */
  #piece(parts: WordPart[]): 'taken' | 'none' | { reason: string } {
    const character = this.#source.charAt(this.#at);
    const literal = this.#take('plain')?.[0] ?? this.#take('single')?.[1];
    if (literal !== undefined) {
      parts.push({ text: literal });
      return 'taken';
    }
    if (character === '"') return this.#double(parts);
    if (this.#source.startsWith('$"', this.#at)) {
      this.#skip(1);
      return this.#double(parts, 'translated');
    }
    if (character === '$') return this.#variable(parts, false);
    if (character === "'") {
      this.#skip(this.#source.length);
      return { reason: "a ' is not closed" };
    }
    if (character !== '\\') return 'none';
    const escaped = this.#take('escape')?.[1];
    if (escaped === undefined) {
      this.#skip(1);
      return { reason: 'it ends with a backslash' };
    }
    parts.push({ text: escaped });
    return 'taken';
  }

  /** In a text that GRUB would translate, a dollar may be one. */
  #double(parts: WordPart[], purpose?: 'translated'): 'taken' | { reason: string } {
    this.#skip(1);
    parts.push({ text: '' });
    for (;;) {
      const character = this.#source.charAt(this.#at);
      if (character === '') return { reason: 'a " is not closed' };
      if (character === '"') {
        this.#skip(1);
        return 'taken';
      }
      if (character === '$') {
        if (purpose === 'translated' && !this.#isAtVariable()) {
          this.#skip(1);
          parts.push({ text: '$' });
          continue;
        }
        const taken = this.#variable(parts, true);
        if (taken !== 'taken') return taken;
        continue;
      }
      const match = this.#take('inDouble');
      const whole = match?.[0] ?? '';
      parts.push({ text: whole === '\\\n' ? '' : (match?.[1] ?? whole) });
    }
  }

  #variable(parts: WordPart[], quoted: boolean): 'taken' | { reason: string } {
    const match = this.#take('variable');
    const variable = match?.[1] ?? match?.[2];
    if (variable === undefined) {
      this.#skip(1);
      return { reason: 'a $ has no name of a variable behind it' };
    }
    parts.push({ variable, quoted });
    return 'taken';
  }

  #isAtVariable(): boolean {
    patterns.variable.lastIndex = this.#at;
    return patterns.variable.test(this.#source);
  }

  #take(name: keyof typeof patterns): RegExpExecArray | undefined {
    const pattern = patterns[name];
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#source) ?? undefined;
    if (match !== undefined) this.#skip(match[0].length);
    return match;
  }

  #skip(length: number): void {
    const skipped = this.#source.slice(this.#at, this.#at + length);
    this.#line += skipped.split('\n').length - 1;
    this.#at += skipped.length;
  }

  #bad(line: number, reason: string): void {
    this.#tokens.push({ kind: 'bad', line, reason });
  }
}

/** Texts side by side are one. */
function merged(parts: readonly WordPart[]): Word {
  const word: WordPart[] = [];
  for (const part of parts) {
    const last = word.at(-1);
    if (!('text' in part)) word.push(part);
    else if (last !== undefined && 'text' in last) last.text += part.text;
    else if (part.text !== '') word.push({ text: part.text });
  }
  return word;
}
