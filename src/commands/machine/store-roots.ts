import type { Finding } from '../../errors.ts';
import { type Generation, nameOf } from '../../generations/generation.ts';
import { folderOf, generationLink } from '../../generations/profile-layout.ts';
import type { Root } from '../../host/root.ts';
import { type GcRoot, type Link, readGcRoots, storePathsBehind } from '../../store/gc-roots.ts';
import type { Systems } from './read-machine.ts';
import { runLinks } from './uses.ts';

/** What keeps store paths alive. */
export interface AliveRoots {
  roots: readonly GcRoot[];
  /**
   * Links of generations and of the running machine that do not say what they keep alive. Anything
   * might be that, so nothing may be deleted then.
   */
  unclear: readonly Finding[];
  findings: readonly Finding[];
}

/** @param leaving generations whose links go first, so that they keep nothing alive */
export function aliveRoots(
  root: Root,
  systems: Systems,
  leaving: readonly Generation[],
): AliveRoots {
  const gone = new Set(leaving.map(({ profile, number }) => generationLink(profile, number)));
  const { roots, findings } = readGcRoots(root);
  const generationLinks = systems.profiles
    .flatMap(({ generations }) => generations)
    .filter(generation => !leaving.includes(generation))
    .map(generation => ({
      subject: nameOf(generation),
      link: { folder: folderOf(generation.profile), target: generation.target },
    }));
  return {
    roots: roots.filter(({ link }) => link === undefined || !gone.has(link)),
    unclear: [...generationLinks, ...runLinks(systems)]
      .filter(({ link }) => storePathsBehind(root, link).length === 0)
      .map(({ subject, link }) => unclearRoot(subject, link)),
    findings,
  };
}

function unclearRoot(subject: string, { target }: Link): Finding {
  return {
    code: 'STORE_ROOT_UNCLEAR',
    subject,
    reason: `its link leads to ${target}, which is not in the store; what it needs is not known, so nothing of the store is deleted`,
    hint: 'Mend or remove that link, and run `genctl gc` again.',
  };
}
