import stubSource from '../../../templates/grub/stub.cfg.eta';
import { grubWord, template } from '../../template.ts';
import type { BootLayout } from '../layout.ts';
import { findDevice } from './grub-file.ts';
import type { GrubPlace } from './grub-place.ts';

const render = template<{ find: string; folder: string }>(stubSource, grubWord);

/** What GRUB's core image reads first: where the menu is. It changes only with the place. Pure. */
export function renderStub({ boot }: Pick<GrubPlace, 'boot'>, { grub }: BootLayout): string {
  return render({
    find: findDevice(boot, 'root').trimEnd(),
    folder: `${boot.path}/${grub.folder}`,
  });
}
