import { uptime } from 'node:os';

/**
 * Seconds since the machine was started, its sleep included: a clock that nobody sets, and that all
 * processes share.
 */
export function uptimeSeconds(): number {
  return uptime();
}
