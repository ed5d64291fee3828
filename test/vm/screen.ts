// What is on the terminal that a machine's firmware draws on, from the bytes it sends to it.
import { StringDecoder } from 'node:string_decoder';

interface Cell {
  readonly character: string;
  readonly highlighted: boolean;
}

export interface ScreenRow {
  readonly text: string;
  /** Some of its text is drawn dark on light, as menus draw the chosen entry. */
  readonly highlighted: boolean;
}

/** Larger than any mode of the firmware's terminal, so that nothing it places is lost. */
const rowLimit = 60;

/** The part of a VT100 that EFI firmware and its boot loaders use. */
export class Screen {
  readonly #decoder = new StringDecoder('utf8');
  #pending = '';
  #rows: Cell[][] = [[]];
  #row = 0;
  #column = 0;
  #highlighted = false;

  /** Takes the next bytes, cut anywhere. */
  write(bytes: Buffer): void {
    let text = this.#pending + this.#decoder.write(bytes);
    this.#pending = '';
    while (text !== '') {
      if (text.startsWith('\x1b')) {
        const sequence = /^(?:\[([0-9;?=]*)([@-~])|[^[])/.exec(text.slice(1));
        if (sequence === null) {
          this.#pending = text;
          return;
        }
        this.#control(sequence[1] ?? '', sequence[2] ?? '');
        text = text.slice(1 + sequence[0].length);
      } else {
        this.#character(text.charAt(0));
        text = text.slice(1);
      }
    }
  }

  /** The row that the cursor is in, from 0. */
  cursorRow(): number {
    return this.#row;
  }

  /** Every row down to the last with text on it. */
  rows(): readonly ScreenRow[] {
    const rows = this.#rows.map(row => ({
      text: Array.from(row, cell => cell?.character ?? ' ')
        .join('')
        .trimEnd(),
      highlighted: Array.from(row).some(cell => cell?.highlighted && cell.character !== ' '),
    }));
    return rows.slice(0, rows.findLastIndex(row => row.text !== '') + 1);
  }

  /** The screen as text, as somebody before it would read it. */
  toString(): string {
    return this.rows()
      .map(row => row.text)
      .join('\n');
  }

  #character(character: string): void {
    if (character === '\r') {
      this.#column = 0;
    } else if (character === '\n') {
      this.#lineFeed();
    } else if (character === '\b') {
      this.#column = Math.max(0, this.#column - 1);
    } else if (character >= ' ') {
      this.#rowAt(this.#row)[this.#column] = { character, highlighted: this.#highlighted };
      this.#column += 1;
    }
  }

  #lineFeed(): void {
    this.#row += 1;
    if (this.#row < rowLimit) return;
    this.#rows.shift();
    this.#row = rowLimit - 1;
  }

  #control(parameters: string, final: string): void {
    const numbers = parameters.split(';').map(Number);
    const [first = 0, second = 0] = numbers;
    if (final === 'H' || final === 'f') {
      this.#row = Math.min(Math.max(first, 1), rowLimit) - 1;
      this.#column = Math.max(second, 1) - 1;
    } else if (final === 'J' && first === 2) {
      this.#rows = [[]];
    } else if (final === 'J' && first === 0) {
      this.#rows.length = Math.min(this.#rows.length, this.#row + 1);
      this.#rowAt(this.#row).length = Math.min(this.#rowAt(this.#row).length, this.#column);
    } else if (final === 'K') {
      this.#rowAt(this.#row).length = Math.min(this.#rowAt(this.#row).length, this.#column);
    } else if (final === 'm') {
      for (const number of numbers) this.#colour(number);
    }
  }

  /** systemd-boot draws its choice on light grey (47), GRUB in reverse (7). */
  #colour(number: number): void {
    if (number === 47 || number === 7) this.#highlighted = true;
    if (number === 0 || number === 27 || (number >= 40 && number < 47)) this.#highlighted = false;
  }

  #rowAt(index: number): Cell[] {
    while (this.#rows.length <= index) this.#rows.push([]);
    return this.#rows[index] ?? [];
  }
}
