import type { Root } from '../../host/root.ts';
import { run } from '../../host/run.ts';
import { writeNotice } from '../../host/terminal.ts';
import type { Outside } from '../../transaction/execute.ts';

/** Joins the transaction with the rooms that it must not know. */
export function outsideOf(root: Root): Outside {
  return {
    async activate(system) {
      const { stdout } = await run(activateOnHost(root, system), [], {
        env: activationEnvironment(root),
        shielded: true,
      });
      writeNotice(stdout);
    },
    async withdrawActivation(system) {
      await run(activateOnHost(root, system), ['withdraw'], {
        env: activationEnvironment(root),
        shielded: true,
      });
    },
    async deleteStorePath(storePath) {
      const [{ openStore }, { parseStorePath }] = await Promise.all([
        import('../../store/open-store.ts'),
        import('../../store/store-path.ts'),
      ]);
      const store = openStore(root, 'change');
      await store.delete([parseStorePath(storePath)]);
    },
    async runBootctl(args) {
      await run('bootctl', args, { shielded: true });
    },
  };
}

/** Where a system's `activate` is on the host: links are those of the root. */
export function activateOnHost(root: Root, system: string): string {
  return root.onHost(root.realPath(`${system}/activate`));
}

/** Lets a system's `activate` work on another root. */
export function activationEnvironment(root: Root): Record<string, string> {
  return root.isLive ? {} : { GENCTL_ROOT: root.hostPath };
}
