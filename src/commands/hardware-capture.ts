import { resolve } from 'node:path';
import captureScript from '../../scripts/capture-hw';
import { exitCodes, GenctlError } from '../errors.ts';
import { Root, split } from '../host/root.ts';
import { run } from '../host/run.ts';
import { writeNotice, writeResult } from '../host/terminal.ts';
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
  const { json, dryRun } = context;
  const path = resolve(args.file);
  using host = new Root('/');
  const { parent } = split(path);
  if (host.stat(parent)?.kind !== 'folder') {
    throw new GenctlError('FILE_MISSING', `cannot write ${path}: there is no folder ${parent}`, {
      hint: 'Give a file in a folder that exists.',
    });
  }
  if (!dryRun) {
    if (!json) writeNotice('reading what the probes read\n');
    const flags = args.withIds ? ['--with-ids'] : [];
    await run('sh', ['-s', '--', ...flags, path], { input: captureScript });
  }
  const sizeBytes = dryRun ? null : (host.stat(path)?.sizeBytes ?? null);
  if (json) {
    const answer = { path, redacted: !args.withIds, sizeBytes, written: !dryRun };
    writeResult(`${JSON.stringify(answer)}\n`);
  } else {
    const what = args.withIds ? 'with serial numbers, addresses and names' : 'redacted';
    writeResult(`${dryRun ? 'would write' : 'wrote'} ${path}, ${what}\n`);
  }
  return exitCodes.done;
};
