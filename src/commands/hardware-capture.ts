import { resolve } from 'node:path';
import captureScript from '../../scripts/capture-hw';
import { exitCodes, GenctlError } from '../errors.ts';
import { Root, split } from '../host/root.ts';
import { run } from '../host/run.ts';
import { writeNotice, writeResult } from '../host/terminal.ts';
import { writeJson } from '../output/write-json.ts';
import { printableLine } from '../printable.ts';
import type { Command } from './context.ts';

export interface HardwareCaptureArgs {
  /** A path of the host. */
  file: string;
  withIds: boolean;
}

/**
 * `genctl hardware capture`: what the probes read, in one file. The script that an installer
 * without Node runs is the only implementation of it.
 */
export const hardwareCapture: Command<HardwareCaptureArgs> = async (context, args) => {
  const { root, json, dryRun } = context;
  if (args.file === '') {
    throw new GenctlError('USAGE', 'the name of the file is empty', {
      exitCode: exitCodes.usage,
      hint: 'Give it a file, such as machine.tar.gz.',
    });
  }
  const ofRoot = machineAt(root);
  const path = resolve(args.file);
  using host = new Root('/');
  const { parent } = split(path);
  if (host.stat(parent)?.kind !== 'folder') {
    throw new GenctlError(
      'FILE_MISSING',
      `cannot write ${printableLine(path)}: there is no folder ${printableLine(parent)}`,
      {
        hint: 'Give a file in a folder that exists.',
      },
    );
  }
  if (!dryRun) {
    if (!json) writeNotice('reading what the probes read\n');
    await capture([...(args.withIds ? ['--with-ids'] : []), ...ofRoot, '--', path]);
  }
  const sizeBytes = dryRun ? null : (host.stat(path)?.sizeBytes ?? null);
  if (json) {
    const answer = { path, redacted: !args.withIds, sizeBytes, written: !dryRun };
    writeJson(answer);
  } else {
    const what = args.withIds ? 'with serial numbers, addresses and names' : 'redacted';
    writeResult(`${dryRun ? 'would write' : 'wrote'} ${printableLine(path)}, ${what}\n`);
  }
  return exitCodes.done;
};

/**
 * The script's flags for a root: none for the machine that runs; another root has to have a
 * machine's files in it. In that of an installation sys and proc are empty folders.
 *
 * @throws GenctlError USAGE
 */
function machineAt(root: Root): readonly string[] {
  if (root.isLive) return [];
  const { hostPath } = root;
  if (['/sys/devices', '/proc/version'].some(path => root.stat(path) !== undefined))
    return ['--root', hostPath];
  throw new GenctlError(
    'USAGE',
    `--root ${hostPath}: there is no machine to capture, neither its sys nor its proc`,
    {
      exitCode: exitCodes.usage,
      hint: 'Leave --root out: what is captured is the machine that runs.',
    },
  );
}

const ownLine = /^capture-hw: (.+)$/;

/** What the script ends with where it says why itself. */
const exitCodesOfScript = [0, 1, 2];

/** @throws GenctlError CAPTURE_FAILED with the script's own words, PROGRAM_… */
async function capture(args: readonly string[]): Promise<void> {
  const accept = exitCodesOfScript;
  const { exitCode, stderr } = await run('sh', ['-s', '--', ...args], {
    input: captureScript,
    accept,
  });
  if (exitCode === 0) return;
  const lines = stderr.trimEnd().split('\n');
  const own = lines.flatMap(line => ownLine.exec(line)?.[1] ?? []).at(-1);
  const why = own ?? lines.at(-1) ?? '';
  throw new GenctlError(
    'CAPTURE_FAILED',
    `the machine was not captured: ${printableLine(why === '' ? 'nobody says why' : why)}`,
    { hint: hints.find(([sign]) => sign.test(why))?.[1] },
  );
}

/** What to do, by what the script says. */
const hints: readonly (readonly [RegExp, string])[] = [
  [/^gzip is missing/, 'Install gzip, or give a file whose name does not end in .gz.'],
  [/ is missing$/, 'Install it; busybox has all of what is needed.'],
  [/TMPDIR/, 'Make room there, or set TMPDIR to a folder that has some.'],
  [/ full\?$|^cannot write/, 'Give a file in a folder that can be written to and has room.'],
  [/ is a folder$| be replaced$/, 'Give the name of a file, which need not be there.'],
];
