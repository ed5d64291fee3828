import * as fs from 'node:fs';

/**
 * When a process was started, in clock ticks since boot, as text; undefined where there is no such
 * process, also where it has ended and its parent has not asked yet how. Fields 3, 20 and 22 of
 * /proc/PID/stat, counted from behind the name, which may hold spaces.
 */
export function processStartTicks(pid: number): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state = ''] = fields;
    // Its first thread may have ended before others, which go on.
    const hasEnded = 'ZX'.includes(state) && Number(fields[17]) <= 1;
    return hasEnded ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** What this process may do, as a set of bits (proc(5), status; capabilities(7)). */
export function effectiveCapabilities(): bigint {
  const status = fs.readFileSync('/proc/self/status', 'latin1');
  return BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
}

/** The pid namespace that this process and its numbers are of: `pid:[4026531836]`. */
export function pidNamespace(): string {
  return fs.readlinkSync('/proc/self/ns/pid');
}

/** The kernel's identifier of this boot (random(4)). */
export function bootId(): string {
  return fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
}

/** When the machine was booted, seconds since the epoch (proc(5), /proc/stat). */
export function bootTimeSeconds(): number {
  const stat = fs.readFileSync('/proc/stat', 'latin1');
  return Number(/^btime (\d+)$/m.exec(stat)?.[1] ?? 0);
}
