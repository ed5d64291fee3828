import { formatBytes } from '../../bytes.ts';
import { messageOf } from '../../errors.ts';
import { printableLine } from '../../printable.ts';
import type { Summary } from './summary.ts';

/**
 * The calls of the package `systeminformation` that can be trusted with a summary: it runs
 * programs that print for people, and knows no root but `/`. The others guess, or start dozens of
 * programs.
 */
export interface SystemProbe {
  osInfo(): Promise<{ distro: string; release: string; codename: string }>;
  cpu(): Promise<{ manufacturer: string; brand: string; speed: number }>;
  mem(): Promise<{ total: number }>;
  memLayout(): Promise<readonly { size: number; type: string; clockSpeed: number | null }[]>;
  diskLayout(): Promise<readonly { name: string; size: number; interfaceType: string }[]>;
  graphics(): Promise<{ controllers: readonly { vendor: string; model: string }[] }>;
}

/**
 * Asks all at once, and waits for none longer than told: a disk that does not answer, or a missing
 * program, costs a line of the summary and never fails a probe.
 */
export async function readSummary(
  probe: SystemProbe,
  patienceMilliseconds: number,
): Promise<Summary> {
  const failures: string[] = [];
  const ask = async <T>(what: string, question: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await withPatience(question(), patienceMilliseconds);
    } catch (thrown) {
      failures.push(`${what}: ${messageOf(thrown)}`);
      return undefined;
    }
  };
  const [os, cpu, memory, modules, disks, graphics] = await Promise.all([
    ask('the operating system', () => probe.osInfo()),
    ask('the processor', () => probe.cpu()),
    ask('the memory', () => probe.mem()),
    ask('the memory modules', () => probe.memLayout()),
    ask('the disks', () => probe.diskLayout()),
    ask('the graphics', () => probe.graphics()),
  ]);
  return {
    operatingSystem:
      os === undefined ? null : words([os.distro, os.release, inBrackets(os.codename)]),
    processor: cpu === undefined ? null : words([cpu.manufacturer, cpu.brand, speed(cpu.speed)]),
    memoryBytes: memory !== undefined && memory.total > 0 ? memory.total : null,
    memoryModules: texts(
      modules?.filter(({ size }) => size > 0),
      ({ size, type, clockSpeed }) => [formatBytes(size), type, rate(clockSpeed)],
    ),
    disks: texts(disks, ({ name, size, interfaceType }) => [
      name,
      formatBytes(size),
      interfaceType,
    ]),
    graphics: texts(graphics?.controllers, ({ vendor, model }) => [vendor, model]),
    failures: failures.toSorted(),
  };
}

async function withPatience<T>(answer: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const impatience = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([answer, impatience]);
  } finally {
    clearTimeout(timer);
  }
}

function texts<T>(
  found: readonly T[] | undefined,
  parts: (one: T) => (string | undefined)[],
): string[] {
  return (found ?? []).flatMap(one => words(parts(one)) ?? []).toSorted();
}

function words(parts: readonly (string | undefined)[]): string | null {
  const text = parts.filter(part => part !== undefined && part.trim() !== '').join(' ');
  return text === '' ? null : printableLine(text);
}

function inBrackets(text: string): string | undefined {
  return text === '' ? undefined : `(${text})`;
}

function speed(gigahertz: number): string | undefined {
  return gigahertz > 0 ? `${gigahertz} GHz` : undefined;
}

function rate(megatransfers: number | null): string | undefined {
  return megatransfers === null || megatransfers <= 0 ? undefined : `${megatransfers} MT/s`;
}
