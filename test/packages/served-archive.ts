import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Archive } from './archive.ts';

/** What serves: a process of its own, as tests wait for genctl without doing anything else. */
const server = `
const fs = require('node:fs'), http = require('node:http'), path = require('node:path');
const [folder, state] = process.argv.slice(1);
let served = 0;
http.createServer((request, response) => {
  const name = path.basename(decodeURIComponent(request.url));
  if (name.endsWith('.deb')) {
    fs.appendFileSync(state + '/requested', name + '\\n');
    if (served++ >= Number(fs.readFileSync(state + '/most', 'utf8'))) return request.socket.destroy();
  }
  const place = path.join(folder, path.normalize(decodeURIComponent(request.url)));
  fs.readFile(place, (error, bytes) => {
    response.statusCode = error ? 404 : 200;
    response.end(bytes);
  });
}).listen(0, '127.0.0.1', function () {
  fs.writeFileSync(state + '/port.new', String(this.address().port));
  fs.renameSync(state + '/port.new', state + '/port');
});
`;

/** An archive behind a network that fails when it is told to. */
export class ServedArchive implements Disposable {
  readonly #state: string;
  readonly #child: ChildProcess;
  readonly source: string;

  constructor(archive: Archive) {
    this.#state = fs.mkdtempSync(path.join(archive.folder, 'served-'));
    this.failAfter(Number.POSITIVE_INFINITY);
    const args = ['-e', server, archive.folder, this.#state];
    this.#child = spawn(process.execPath, args, { stdio: 'ignore' });
    const port = this.#waitForPort();
    this.source = `deb [trusted=yes] http://127.0.0.1:${port} ./\n`;
  }

  /** Lets so many packages through, counted from the beginning; after them it hangs up. */
  failAfter(packages: number): void {
    fs.writeFileSync(path.join(this.#state, 'most'), String(packages));
  }

  /** Names of all package files that were asked for, in order. */
  requested(): string[] {
    const file = path.join(this.#state, 'requested');
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trimEnd().split('\n') : [];
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL');
    fs.rmSync(this.#state, { recursive: true });
  }

  #waitForPort(): string {
    const file = path.join(this.#state, 'port');
    const cell = new Int32Array(new SharedArrayBuffer(4));
    for (let tries = 0; tries < 2400; tries += 1) {
      if (fs.existsSync(file)) return fs.readFileSync(file, 'utf8');
      Atomics.wait(cell, 0, 0, 50);
    }
    throw new Error('the server does not answer');
  }
}
