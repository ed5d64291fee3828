// Leaves nothing behind: what a test or the quickstart has begun is ended with it, Ctrl-C included.

const actions = new Set<() => void>();

/** Has `action` run when this process ends, by itself or by a signal. Returns what takes it back. */
export function atProcessEnd(action: () => void): () => void {
  actions.add(action);
  return () => void actions.delete(action);
}

process.on('exit', () => {
  for (const action of actions) action();
});

for (const [signal, number] of [
  ['SIGHUP', 1],
  ['SIGINT', 2],
  ['SIGTERM', 15],
] as const) {
  process.on(signal, () => process.exit(128 + number));
}
