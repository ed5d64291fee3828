#!/usr/bin/env node
// Runs the test files, each in a process of its own, two at a time, and adds up what uvu counts.
// The last line is `N passed, N failed`.
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const isQuick = process.argv.includes('--quick');
const wanted = process.argv.slice(2).filter(word => !word.startsWith('--'));
const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.test.ts'))
  .filter(name => wanted.length === 0 || wanted.some(word => name.includes(word)))
  .map(name => `test/${name}`)
  .toSorted()
  .toReversed();
/** @type {(file: string) => boolean} */
const isAttack = file => file.startsWith('test/crash/');
/** @type {(file: string) => boolean} */
const needsMachine = file => file.startsWith('test/vm/');

// The quick run kills programs at fewer of their system calls, and walks fewer plans.
const quick = isQuick
  ? {
      GENCTL_TEST_KILLS: '2',
      GENCTL_TEST_WALK: 'no',
      GENCTL_TEST_HISTORIES: '0',
      GENCTL_FUZZ_ROUNDS: '300',
      GENCTL_FAT_CASES: '50',
      GENCTL_HISTORY_ROUNDS: '15',
      GENCTL_RETENTION_ROUNDS: '150',
    }
  : {};

/** How Node runs a file of the tests. */
const asTest = ['--import', 'tsx', '--import', './scripts/text-modules.js'];
const machineFiles = isQuick ? [] : files.filter(needsMachine);
if (machineFiles.length > 0) {
  // Where it fails, so do the tests that need it, and say why.
  spawnSync(process.execPath, [...asTest, 'test/vm/obtain-all.ts'], { stdio: 'inherit' });
}

const totals = { passed: 0, failed: 0, skipped: 0 };
// The longest ones first: none of them runs alone at the end.
const others = files.filter(file => !needsMachine(file) && !(isQuick && isAttack(file)));
await runAll([...machineFiles, ...others], Math.min(2, availableParallelism()));
if (isQuick) console.log('not run (--quick): test/crash, and the tests that boot a machine');
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
console.log(`${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0;

/**
 * @param {string[]} queue
 * @param {number} lanes how many run at a time
 */
async function runAll(queue, lanes) {
  const todo = [...queue];
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (let file = todo.shift(); file !== undefined; file = todo.shift()) await runOne(file);
    }),
  );
}

/** @param {string} file */
async function runOne(file) {
  const startedAt = Date.now();
  const child = spawn(process.execPath, [...asTest, file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...quick, NO_COLOR: '1' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      output += text;
    });
  }
  const exitCode = await new Promise(resolve => {
    child.on('close', resolve);
  });
  /** @type {(word: string) => number} */
  const count = word => Number(new RegExp(`${word}:\\s+(\\d+)`).exec(output)?.[1] ?? 0);
  const [total, passed, skips] = [count('Total'), count('Passed'), count('Skipped')];
  // A file that fails before it counts, or counts nothing, has failed as a whole.
  const failed = Math.max(total - passed, exitCode === 0 && total + skips > 0 ? 0 : 1);
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped += skips;
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  const result = failed > 0 ? 'FAILED' : 'ok';
  console.log(`${result}  ${file}: ${passed} passed, ${failed} failed, ${seconds} s`);
  for (const line of output.match(/^.*skipped[:,].*$/gm) ?? []) console.log(`    ${line.trim()}`);
  if (failed > 0) console.log(output);
}
