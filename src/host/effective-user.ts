/** Whether this process may give files to anybody: root's, be it in a user namespace of its own. */
export function isRoot(): boolean {
  return process.geteuid?.() === 0;
}
