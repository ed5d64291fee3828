import { type Finding, GenctlError } from '../errors.ts';
import { ifThere } from '../host/file-error.ts';
import type { Folder } from '../host/folder.ts';
import { isStaleDraft } from './draft-names.ts';

/**
 * Removes what interrupted runs left over in a folder. One that cannot be removed (it is immutable,
 * say, or something is mounted in it) hurts nobody: it is named, and the rest goes on.
 */
export function removeStaleDrafts(folder: Folder): Finding[] {
  return removeDrafts(folder, [...folder.namesUnsorted()].filter(isStaleDraft)).findings;
}

/** Removes drafts in the same way, and says how many bytes of files whose last name that was. */
export function removeDrafts(
  folder: Folder,
  names: Iterable<string>,
): { freedBytes: number; findings: Finding[] } {
  let freedBytes = 0;
  const findings: Finding[] = [];
  for (const name of names) {
    try {
      // Another process may be removing the same.
      freedBytes += ifThere(() => folder.removeTree(name)) ?? 0;
    } catch (thrown) {
      if (!(thrown instanceof GenctlError)) throw thrown;
      findings.push(leftover(folder.join(name), thrown));
    }
  }
  return { freedBytes, findings };
}

function leftover(subject: string, { message, hint }: GenctlError): Finding {
  return {
    code: 'STORE_LEFTOVER',
    subject,
    reason: `nothing needs it, and it cannot be removed: ${message}`,
    hint: hint ?? 'Remove it by hand.',
  };
}
