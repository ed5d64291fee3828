import { GenctlError, messageOf } from '../errors.ts';
import { printableLine } from '../printable.ts';

interface Translation {
  code: string;
  why: string;
  hint?: string;
}

const translations: Readonly<Record<string, Translation>> = {
  ENOENT: {
    code: 'FILE_MISSING',
    why: 'there is no such file',
    hint: 'Check that its path is right and its file system mounted.',
  },
  ENOTDIR: { code: 'NOT_A_FOLDER', why: 'it is not a folder' },
  EISDIR: { code: 'IS_A_FOLDER', why: 'it is a folder' },
  ELOOP: { code: 'LINK_IN_THE_WAY', why: 'it is a symbolic link, which is not followed here' },
  ENAMETOOLONG: { code: 'PATH_IMPOSSIBLE', why: 'the name is longer than the system takes' },
  EINVAL: { code: 'PATH_IMPOSSIBLE', why: 'the file system does not take it' },
  EEXIST: { code: 'FILE_EXISTS', why: 'something of that name is there already' },
  EACCES: { code: 'NOT_ALLOWED', why: 'permission denied', hint: 'Run genctl as root.' },
  EPERM: { code: 'NOT_ALLOWED', why: 'operation not permitted', hint: 'Run genctl as root.' },
  EROFS: {
    code: 'READ_ONLY',
    why: 'the file system is mounted read-only',
    hint: 'Mount it read-write (mount -o remount,rw) and look into the kernel log: errors make a file system read-only.',
  },
  ENOSPC: {
    code: 'NO_SPACE',
    why: 'no space is left on the file system',
    hint: 'Free some space there; `genctl gc --keep N` removes old generations.',
  },
  EDQUOT: { code: 'NO_SPACE', why: 'the quota is used up', hint: 'Free some space there.' },
  EIO: {
    code: 'IO_ERROR',
    why: 'the device reports an input/output error',
    hint: 'Look into the kernel log and check the device before anything else.',
  },
  ENOTEMPTY: { code: 'FOLDER_NOT_EMPTY', why: 'the folder is not empty' },
  EMLINK: { code: 'LINKS_EXHAUSTED', why: 'it has as many names as the file system allows' },
  EXDEV: { code: 'OTHER_FILE_SYSTEM', why: 'it is on another file system' },
  ETXTBSY: { code: 'FILE_BUSY', why: 'the file is in use' },
  EBUSY: { code: 'FILE_BUSY', why: 'the file is in use' },
};

/** Turns what Node's file functions throw into an error that names the path and what to do. */
export function fileError(action: string, path: string, thrown: unknown): GenctlError {
  if (thrown instanceof GenctlError) return thrown;
  const errno = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  const translation = translations[errno];
  return new GenctlError(
    translation?.code ?? 'FILE_FAILED',
    `cannot ${action} ${printableLine(path)}: ${translation?.why ?? messageOf(thrown)}`,
    { cause: thrown, hint: translation?.hint },
  );
}

/** Runs a look-up; undefined where the thing is not there. Every other failure goes on up. */
export function ifThere<T>(
  lookUp: () => T,
  absent: readonly string[] = ['FILE_MISSING'],
): T | undefined {
  try {
    return lookUp();
  } catch (thrown) {
    if (thrown instanceof GenctlError && absent.includes(thrown.code)) return undefined;
    throw thrown;
  }
}
