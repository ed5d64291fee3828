import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runGrubInstall } from '../../../src/commands/machine/run-grub-install.ts';
import { type Finding, GenctlError } from '../../../src/errors.ts';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-grub-said-'));
process.on('exit', () => {
  fs.rmSync(scratch, { recursive: true });
});

/** A `grub-install` that says what its last argument names, and how it ends. */
const program = `#!/bin/sh
for last; do :; done
cat "${scratch}/$last" >&2
[ "$GRUB_ENABLE_CRYPTODISK" = y ] || exit 3
exit "$(cat "${scratch}/$last.code")"
`;
fs.writeFileSync(path.join(scratch, 'grub-install'), program, { mode: 0o755 });
const before = process.env['PATH'] ?? '';
process.env['PATH'] = `${scratch}:${before}`;

/** What comes of runs that say this and end so. */
async function outcome(
  runs: Readonly<Record<string, { said: string; exitCode: number }>>,
): Promise<{ findings: Finding[]; error: GenctlError | undefined }> {
  for (const [device, { said, exitCode }] of Object.entries(runs)) {
    fs.writeFileSync(path.join(scratch, device), said);
    fs.writeFileSync(path.join(scratch, `${device}.code`), String(exitCode));
  }
  try {
    const steps = Object.keys(runs).map(device => ({ device, args: [device] }));
    return {
      findings: await runGrubInstall({ runs: steps }, async () => undefined),
      error: undefined,
    };
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    return { findings: [], error: thrown };
  }
}

const progress = 'Installing for x86_64-efi platform.\n';

test('a firmware that got no entry is a finding: the machine starts something else', async () => {
  const said = `${progress}grub-install: warning: EFI variables are not supported on this system..\nInstallation finished. No error reported.\n`;
  const { findings } = await outcome({ esp: { said, exitCode: 0 } });
  assert.equal(
    findings.map(({ code, subject }) => [code, subject]),
    [['GRUB_NOT_REGISTERED', 'esp']],
  );
});

test('a disk that is not there, and one that nobody can tell from its partition', async () => {
  const lacking = async (device: string): Promise<string | undefined> => {
    const said = `grub-install: error: cannot find a GRUB drive for ${device}.  Check your device.map.\n`;
    return (await outcome({ disk: { said, exitCode: 1 } })).error?.hint;
  };
  for (const disk of ['/dev/sda', '/dev/nvme0n1', '/dev/loop0', '/dev/disk/by-id/ata-1']) {
    assert.match((await lacking(disk)) ?? '', 'Is that disk there?');
  }
  for (const partition of ['/dev/sda1', '/dev/vdb12', '/dev/nvme0n1p2', '/dev/loop0p1']) {
    assert.match((await lacking(partition)) ?? '', 'is udev running here?');
  }
});

test('a start from block lists is a finding', async () => {
  const said = `${progress}grub-install: warning: Embedding is not possible.  GRUB can only be installed in this setup by using blocklists.  However, blocklists are UNRELIABLE and their use is discouraged..\n`;
  const { findings } = await outcome({ disk: { said, exitCode: 0 } });
  assert.is(findings[0]?.code, 'GRUB_BLOCK_LISTS');
});

test('what goes well says nothing', async () => {
  const { findings, error } = await outcome({ disk: { said: progress, exitCode: 0 } });
  assert.equal(findings, []);
  assert.is(error, undefined);
});

test('a firmware without room for an entry is told from a file system without room', async () => {
  const firmware = await outcome({
    esp: {
      said: 'grub-install: error: failed to register the EFI boot entry: No space left on device.\n',
      exitCode: 1,
    },
  });
  assert.match(firmware.error?.hint ?? '', /efibootmgr/);
  const files = await outcome({
    esp: {
      said: 'grub-install: error: cannot copy `a` to `b`: No space left on device.\n',
      exitCode: 1,
    },
  });
  assert.match(files.error?.hint ?? '', /Make room/);
});

test('all that failed are named, each with what was said of it', async () => {
  const { error } = await outcome({
    one: { said: 'grub-install: error: unknown filesystem.\n', exitCode: 1 },
    two: { said: progress, exitCode: 0 },
    three: { said: '', exitCode: 139 },
  });
  assert.is(error?.code, 'GRUB_INSTALL_FAILED');
  assert.match(error?.message ?? '', /for one, three \(the others are done\):/);
  assert.match(error?.message ?? '', /\n {2}one: error: unknown filesystem\./);
  assert.match(error?.message ?? '', /\n {2}three: .*139/);
  assert.not.match(error?.message ?? '', /Installing for/);
});

test('what it says cannot write on the terminal', async () => {
  const said = 'grub-install: error: \u001b[2J cannot open `x`.\n';
  const { error } = await outcome({ disk: { said, exitCode: 1 } });
  assert.not.ok(error?.message.includes('\u001b'));
});

test('without the program, the package that has it is named', async () => {
  process.env['PATH'] = path.join(scratch, 'nothing');
  try {
    const { error } = await outcome({ disk: { said: '', exitCode: 0 } });
    assert.is(error?.code, 'PROGRAM_MISSING');
    assert.match(error?.hint ?? '', /apt-get install grub2-common/);
  } finally {
    process.env['PATH'] = `${scratch}:${before}`;
  }
});

test.run();
