import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  canSayToKernel,
  commandLineOf,
  kernelWords,
} from '../../../../src/boot/grub/script/kernel-words.ts';
import { SeededRandom } from '../../seeded-random.ts';

/** The parameters that Linux takes from a command line: names with values, one after the other. */
function readByKernel(line: string): string[] {
  const parameters: string[] = [];
  let at = 0;
  while (at < line.length) {
    if (line[at] === ' ') {
      at += 1;
      continue;
    }
    const isQuoted = line[at] === '"';
    let inQuotes = isQuoted;
    const start = isQuoted ? at + 1 : at;
    for (at = start; at < line.length && (inQuotes || line[at] !== ' '); at += 1) {
      if (line[at] === '"') inQuotes = !inQuotes;
    }
    let text = line.slice(start, at);
    const equals = text.indexOf('=', 1);
    const isValueQuoted = equals !== -1 && text[equals + 1] === '"';
    if (isQuoted && !isValueQuoted) text = text.replace(/"$/, '');
    if (isValueQuoted) text = text.slice(0, equals + 1) + text.slice(equals + 2).replace(/"$/, '');
    if (text !== '') parameters.push(text);
  }
  return parameters;
}

test('the kernel reads from GRUB what it would read from the words themselves', () => {
  const random = new SeededRandom(3);
  const pieces = ['a', 'b=', '=', '"', '"', ' ', ' ', '$x', 'é', ',', '%', '--'] as [
    string,
    ...string[],
  ];
  let count = 0;
  for (let round = 0; round < 20_000; round += 1) {
    const options = Array.from({ length: 1 + random.below(3) }, () =>
      Array.from({ length: 1 + random.below(7) }, () => random.pick(pieces)).join(''),
    );
    if (!canSayToKernel(options)) continue;
    const line = commandLineOf(kernelWords(options));
    assert.equal(readByKernel(line), readByKernel(options.join(' ')), JSON.stringify(options));
    count += 1;
  }
  assert.ok(count > 5000);
});

test('what people write reaches the kernel', () => {
  // Seen in the kernel's log behind GRUB 2.06, with its own name of the image before.
  const words = kernelWords(['console=ttyS0', 'a="b c"', '"d=e f"', 'p*?q$r', 'panic=1', 'g=""']);
  assert.equal(words, ['console=ttyS0', 'a=b c', 'd=e f', 'p*?q$r', 'panic=1', 'g=']);
  assert.is(commandLineOf(words), 'console=ttyS0 "a=b c" "d=e f" p*?q$r panic=1 g=');
});

test('what GRUB would put backslashes into is refused', () => {
  for (const option of ["it's", 'root=LABEL=a\\x20b', 'a=b"c d"e', 'a="b" c"']) {
    assert.is(canSayToKernel([option]), false, option);
  }
});

test.run();
