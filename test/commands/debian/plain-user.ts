import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { memory } from '../../packages/memory.ts';
import { genctlProgram } from '../genctl-program.ts';

const uid = 64_242;

/** Someone without any rights, who has numbers in /etc/subuid; only commands run as them see that. */
export class PlainUser implements Disposable {
  readonly #folder = fs.mkdtempSync(path.join(memory, 'genctl-user-'));

  constructor() {
    fs.chmodSync(this.#folder, 0o755);
    const password = `ada:x:${uid}:${uid}::/nonexistent:/bin/sh\n`;
    this.#write('passwd', fs.readFileSync('/etc/passwd', 'utf8') + password);
    this.#write('group', `${fs.readFileSync('/etc/group', 'utf8')}ada:x:${uid}:\n`);
    for (const name of ['subuid', 'subgid']) this.#write(name, 'ada:1000000:65536\n');
  }

  /** Runs a program as this user. */
  get wrapper(): readonly string[] {
    const script = `set -e
for name in passwd group subuid subgid; do
  mount --bind "$0/$name" "/etc/$name"
done
exec setpriv --reuid=${uid} --regid=${uid} --clear-groups --inh-caps=-all "$@"`;
    return ['unshare', '--mount', 'sh', '-c', script, this.#folder];
  }

  /** Whether this machine lets them be root of a user namespace, and run genctl there. */
  get mayBeRoot(): boolean {
    if (process.getuid?.() !== 0) return false;
    const [program = '', ...args] = this.wrapper;
    const inNamespace = ['unshare', '--map-root-user', '--map-auto', '--mount', '--net'];
    return spawnSync(program, [...args, ...inNamespace, genctlProgram, '--version']).status === 0;
  }

  /** Gives all of a folder to this user. */
  own(folder: string): void {
    spawnSync('chown', ['-R', `${uid}:${uid}`, folder]);
  }

  [Symbol.dispose](): void {
    fs.rmSync(this.#folder, { recursive: true });
  }

  #write(name: string, text: string): void {
    fs.writeFileSync(path.join(this.#folder, name), text);
  }
}
