import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as assert from 'uvu/assert';
import type { RunOptions } from './sandbox.ts';
import { ownMounts } from './test-where.ts';

/** A mount namespace that lasts over several runs of genctl. */
export class PrivateMounts implements Disposable {
  readonly #holder: ChildProcess;

  /** @param script shell that mounts; its failure fails the test */
  constructor(script: string) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-mounts-'));
    const ready = path.join(folder, 'ready');
    assert.is(spawnSync('mkfifo', [ready]).status, 0);
    const [program = '', ...rest] = ownMounts;
    const work = `(set -e; ${script}); echo $? >${ready}; exec sleep 3600`;
    this.#holder = spawn(program, [...rest, 'sh', '-c', work], { stdio: 'ignore' });
    this.#holder.unref();
    const status = fs.readFileSync(ready, 'utf8').trim();
    fs.rmSync(folder, { recursive: true });
    if (status === '0') return;
    this[Symbol.dispose]();
    throw new Error(`${script}: it ended with ${status}`);
  }

  /** What lets `Sandbox.run` run inside. */
  get inside(): RunOptions & { wrapper: readonly string[] } {
    const user = process.getuid?.() === 0 ? [] : ['--user', '--preserve-credentials'];
    return { wrapper: ['nsenter', '-t', String(this.#holder.pid), ...user, '--mount'] };
  }

  /** Where a path of the host is as it is seen inside. */
  at(hostPath: string): string {
    return `/proc/${this.#holder.pid}/root${hostPath}`;
  }

  /** Runs shell inside. */
  do(script: string): void {
    const [program = '', ...rest] = this.inside.wrapper;
    const { status, stderr } = spawnSync(program, [...rest, 'sh', '-ec', script]);
    assert.is(status, 0, `${script}: ${stderr.toString()}`);
  }

  [Symbol.dispose](): void {
    this.#holder.kill('SIGKILL');
  }
}
