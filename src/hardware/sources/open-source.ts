import { formatBytes } from '../../bytes.ts';
import { GenctlError, messageOf } from '../../errors.ts';
import { whatFromTakes } from './accepted-sources.ts';
import { captureSource } from './capture.ts';
import { facterSource, isFacterReport } from './facter-report.ts';
import type { HardwareSource } from './hardware-source.ts';
import { isEndBlock, isTarHeader } from './tar-header.ts';
import { udevExportSource } from './udev-export.ts';
import { unpackGzip } from './unpack-gzip.ts';

/** A record of a udev export stands near its beginning, whatever is before it. */
const lookBytes = 1 << 20;

/** Reports take less than one MiB; what JSON is read into takes many times its size. */
const maxJsonBytes = 32 << 20;

/**
 * A machine in a file: a capture of genctl, a udev export or a report of nixos-facter, each of them
 * inside gzip or not. Which it is, its content tells.
 *
 * @param name the file's path, or what else it is called by
 * @throws GenctlError SOURCE_UNKNOWN, SOURCE_TOO_LARGE, CAPTURE_…
 */
export function openSource(bytes: Uint8Array, name: string): HardwareSource {
  try {
    return openUnpacked(unpackGzip(bytes), name);
  } catch (thrown) {
    throw named(thrown, name);
  }
}

function openUnpacked(bytes: Uint8Array, name: string): HardwareSource {
  if (isTarHeader(bytes, 0) || isEndBlock(bytes, 0)) return captureSource(bytes, name);
  const start = toText(bytes.subarray(0, lookBytes));
  if (/^\s*\{/.test(start)) return openJson(bytes, name);
  if (/^P: \/devices\//m.test(start)) return udevExportSource(bytes, name);
  throw unknown(bytes.length === 0 ? 'it is empty' : 'it is of no known kind');
}

function openJson(bytes: Uint8Array, name: string): HardwareSource {
  if (bytes.length > maxJsonBytes) {
    throw new GenctlError(
      'SOURCE_TOO_LARGE',
      `it is JSON of more than ${formatBytes(maxJsonBytes)}, which no report of a machine takes`,
    );
  }
  let document: unknown;
  try {
    document = JSON.parse(toText(bytes));
  } catch (thrown) {
    throw unknown(`it begins as JSON, and is none: ${messageOf(thrown)}`);
  }
  if (isFacterReport(document)) return facterSource(document, name);
  throw unknown('it is JSON, and no report of nixos-facter');
}

/** A byte order mark says nothing here. */
function toText(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

function unknown(why: string): GenctlError {
  return new GenctlError('SOURCE_UNKNOWN', why, { hint: whatFromTakes });
}

/** The same error with the name of the file before it. */
function named(thrown: unknown, name: string): unknown {
  if (!(thrown instanceof GenctlError)) return thrown;
  const { code, message, hint, exitCode } = thrown;
  return new GenctlError(code, `${name}: ${message}`, { hint, exitCode, cause: thrown });
}
