import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Bootspec } from '../../src/bootspec/bootspec.ts';
import { parseBootspec } from '../../src/bootspec/parse-bootspec.ts';
import { renderBootspec } from '../../src/bootspec/render-bootspec.ts';
import { GenctlError } from '../../src/errors.ts';
import { SeededRandom } from '../boot/seeded-random.ts';

const store = '/nix/store/00000000000000000000000000000000';

const whole: Bootspec = {
  system: 'x86_64-linux',
  toplevel: `${store}-system`,
  init: `${store}-system/init`,
  kernel: `${store}-linux/bzImage`,
  kernelParams: ['quiet', 'x="a b"'],
  label: 'Größe, "quoted" 100%',
  initrds: [`${store}-initrd`, `${store}-microcode`],
  initrdSecrets: `${store}-secrets/append`,
  sortKey: 'nixos',
  devicetree: `${store}-dtb/board.dtb`,
  specialisations: new Map([
    [
      'rescue',
      {
        system: 'x86_64-linux',
        toplevel: `${store}-rescue`,
        init: `${store}-rescue/init`,
        kernel: `${store}-linux/bzImage`,
        kernelParams: [],
        label: 'Rescue',
        initrds: [],
        specialisations: new Map(),
      },
    ],
  ]),
};

function refusalOf(text: string): string {
  try {
    parseBootspec(text);
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    assert.is(thrown.code, 'BOOTSPEC_INVALID');
    return thrown.message;
  }
  throw new Error(`accepted: ${text}`);
}

test('what is written is read the same', () => {
  const text = renderBootspec(whole);
  assert.equal(parseBootspec(text), whole);
  assert.not.match(text, 'null');
});

test('unknown sections and fields are passed over', () => {
  const document = JSON.parse(renderBootspec(whole));
  document['org.example.novel'] = { a: 1 };
  document['org.nixos.bootspec.v1'].novel = true;
  assert.equal(parseBootspec(JSON.stringify(document)), whole);
});

test('every field of a wrong type is named', () => {
  const section = 'org.nixos.bootspec.v1';
  for (const field of ['system', 'init', 'kernel', 'kernelParams', 'label', 'toplevel', 'initrd']) {
    for (const wrong of [null, 7, {}, [7], 'a\nb']) {
      const document = JSON.parse(renderBootspec(whole));
      document[section][field] = wrong;
      assert.match(refusalOf(JSON.stringify(document)), field);
    }
    const document = JSON.parse(renderBootspec(whole));
    delete document[section][field];
    if (field === 'initrd') parseBootspec(JSON.stringify(document));
    else assert.match(refusalOf(JSON.stringify(document)), field);
  }
});

test('files are store paths', () => {
  for (const path of [
    '/etc/passwd',
    `${store}/../../etc/passwd`,
    '/nix/store/',
    '/nix/store',
    'x',
  ]) {
    const document = JSON.parse(renderBootspec(whole));
    document['org.nixos.bootspec.v1'].kernel = path;
    assert.match(refusalOf(JSON.stringify(document)), 'kernel');
  }
  const document = JSON.parse(renderBootspec(whole));
  document['org.nixos.bootspec.v1'].init = `${store}-system/init rdinit=/evil`;
  assert.match(refusalOf(JSON.stringify(document)), 'init');
});

test('specialisations of specialisations are not read', () => {
  const inner = JSON.parse(renderBootspec(whole));
  const document = { ...inner, 'org.nixos.specialisation.v1': { outer: inner } };
  const { specialisations } = parseBootspec(JSON.stringify(document));
  assert.equal([...specialisations.keys()], ['outer']);
  assert.is(specialisations.get('outer')?.specialisations.size, 0);
});

test('a document cut off anywhere is refused; one that is damaged never throws anything else', () => {
  const text = renderBootspec(whole).trimEnd();
  for (let length = 0; length < text.length; length += 7) refusalOf(text.slice(0, length));
  const random = new SeededRandom(1);
  for (let round = 0; round < 2000; round++) {
    const at = random.below(text.length);
    const piece = random.pick(['', '"', 'null', '{', '[', '\\u0000', '\\ud800', '/', ' ', '7']);
    const damaged = text.slice(0, at) + piece + text.slice(at + random.below(12));
    try {
      parseBootspec(damaged);
    } catch (thrown) {
      assert.instance(thrown, GenctlError);
    }
  }
});

test.run();
