/** Something of the machine's /etc that the declaration is to hold. */
export type EtcCopy = CopiedFile | CopiedLink;

export interface CopiedFile {
  kind: 'file';
  /** Below /etc. */
  path: string;
  content: Buffer;
  /** Permission bits. */
  mode: number;
  /** Names, or numbers of accounts that have none. */
  user: string;
  group: string;
}

export interface CopiedLink {
  kind: 'link';
  path: string;
  /** As it stands in the link. */
  target: string;
}

/** Whether somebody who is neither its owner nor of its group may not read a file. */
export function isSecret(copy: EtcCopy): boolean {
  return copy.kind === 'file' && (copy.mode & 0o004) === 0;
}
