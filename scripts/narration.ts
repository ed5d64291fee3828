// How a quickstart tells what it does: numbered steps, commands as a person would type them, and a
// last line that says how it went.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createColors } from 'picocolors';
import { startMachine } from '../test/vm/machine.ts';
import { pickEntry, readMenu } from '../test/vm/menu.ts';

export const colours = createColors(process.stdout.isTTY && process.env['NO_COLOR'] === undefined);
const began = Date.now();
let steps = 0;

export function step(title: string): void {
  steps += 1;
  say(colours.bold(`\n${steps}. ${title}`));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function detail(text: string): void {
  for (const line of text.trimEnd().split('\n')) say(`   ${line}`.trimEnd());
}

/** Shows the command line, and its output as it comes; throws where it does not end well. */
export async function genctl(machineRoot: string, ...args: readonly string[]): Promise<void> {
  const argv = ['--root', machineRoot, ...args];
  detail(colours.cyan(`$ genctl ${argv.join(' ')}`));
  const child = spawn('dist/genctl', argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  const shown = [showLines(child.stdout), showLines(child.stderr)];
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  await Promise.all(shown);
  if (status !== 0) throw new Error(`genctl ${args.join(' ')} ended with status ${status}`);
}

async function showLines(stream: Readable): Promise<void> {
  for await (const line of createInterface({ input: stream })) detail(`  ${line}`);
}

/** What is booted, and how. */
export interface ShownBoot {
  image: string;
  /** Keeps the firmware's variables between boots. */
  folder: string;
  memoryMiB?: number;
  /** The title to pick by keys; without it the menu starts its default. */
  pick?: RegExp;
}

/** Boots an image, shows its menu, and returns what the machine said of itself before it ended. */
export async function showBoot({ pick, image, ...options }: ShownBoot): Promise<string> {
  await using machine = await startMachine({ ...options, images: [image] });
  detail(colours.dim('(power on; the firmware starts systemd-boot, which waits 5 s for a key)'));
  const pressed: string[] = [];
  const menu =
    pick === undefined
      ? await readMenu(machine)
      : await pickEntry(machine, pick, key => pressed.push(key));
  detail('the menu, as it is drawn on the serial console:\n\n');
  for (const [index, title] of menu.titles.entries()) {
    detail(index === menu.chosen ? colours.inverse(`  ${title}  `) : `  ${title}`);
  }
  detail(`\nkeys pressed: ${pressed.join(', ') || 'none'}`);
  return await machine.factsAtEnd();
}

/** Throws where a claim does not hold, with each that does not, as a sentence. */
export function assertClaims(claims: readonly (readonly [holds: boolean, claim: string])[]): void {
  const broken = claims.flatMap(([holds, claim]) => (holds ? [] : [claim]));
  if (broken.length > 0) throw new Error(`not so: ${broken.join('; ')}`);
}

/** Runs a quickstart, which returns its last line. */
export async function narrate(quickstart: () => Promise<string>): Promise<void> {
  try {
    const lastLine = await quickstart();
    say(`\n${Math.round((Date.now() - began) / 1000)} s in all`);
    say(lastLine);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`quickstart: failed: ${reason}\n`);
    process.exitCode = 1;
  }
}
