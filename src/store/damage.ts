import type { Finding } from '../errors.ts';
import type { StorePath } from './store-path.ts';

/** A path that the store was asked for, or that a root needs, and that is not there. */
export function missing(path: StorePath): Finding {
  return { code: 'STORE_PATH_MISSING', subject: path, reason: 'the store does not have it' };
}

/** A path whose content or metadata is not what it was. */
export function damaged(path: StorePath, reason: string, code = 'STORE_PATH_DAMAGED'): Finding {
  return { code, subject: path, reason };
}
