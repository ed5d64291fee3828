import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { GenctlError } from '../../../src/errors.ts';
import { refuseUndeclarable } from '../../../src/system/debian/refuse-undeclarable.ts';
import { DeclarationFolder } from '../declaration-folder.ts';

const folder = new DeclarationFolder();
test.after(() => folder.remove());

/** What is said of a machine with a root and these file systems. */
function refusalOf(fileSystems: string): string | undefined {
  const declaration = folder.readGood({
    'system.conf': `[system]\nbuilder = debian\n[fileSystems "/"]\ndevice = LABEL=root\n${fileSystems}`,
  });
  try {
    refuseUndeclarable(declaration, 'x86_64-linux');
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    return `${thrown.code} ${thrown.message.replaceAll(folder.config, '')} | ${thrown.hint}`;
  }
}

test('a /usr of its own would lie over that of the generation, and could be written to', () => {
  assert.is(
    refusalOf('[fileSystems "/usr"]\ndevice = LABEL=usr\n'),
    'NOT_FOR_BUILDER /system.conf:6: [fileSystems "/usr"] device: with builder = debian packages make /usr | Remove the section, or write the hardware module anew: nothing else can be mounted there.',
  );
  assert.match(
    refusalOf('[fileSystems "/usr/local"]\ndevice = LABEL=local\n') ?? '',
    'Declare it for /var/local',
  );
});

test('what is beside it may be anywhere', () => {
  const places = ['/nix', '/var', '/var/local', '/home', '/usr2'];
  const sections = places.map(place => `[fileSystems "${place}"]\ndevice = LABEL=root\n`);
  assert.is(refusalOf(sections.join('')), undefined);
});

test.run();
