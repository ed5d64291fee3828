import { createHash } from 'node:crypto';
import type { Finding } from '../../errors.ts';
import { GenctlError } from '../../errors.ts';
import type { Folder } from '../../host/folder.ts';
import { type Root, split } from '../../host/root.ts';
import type { BootLayout } from '../layout.ts';
import type { GrubSettings } from './grub-settings.ts';
import { type GrubAssets, noAssets } from './surroundings.ts';

type Copy = GrubAssets['copies'][number];

/** A theme of more than this is no theme: it would have to be read at each boot. */
const maxThemeBytes = 64 << 20;
const maxThemeFiles = 1000;

/** Themes name their files themselves, so those keep their names: as far as FAT holds them. */
const themeName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/**
 * Reads what makes GRUB's menu look well. It is copied to the boot partition whatever GRUB could read
 * elsewhere: the menu must not look broken because a folder of somebody's is not there. What is not
 * as it has to be is left out, and said: a machine boots without a picture.
 */
export function readAssets(
  root: Root,
  settings: Pick<GrubSettings, 'font' | 'splashImage' | 'theme'>,
  layout: BootLayout,
): { assets: GrubAssets; findings: Finding[] } {
  const findings: Finding[] = [];
  const attempt = <T>(path: string | undefined, read: (path: string) => T): T | undefined => {
    if (path === undefined) return undefined;
    try {
      return read(path);
    } catch (thrown) {
      if (!(thrown instanceof GenctlError)) throw thrown;
      findings.push(unusable(root.onHost(path), thrown));
      return undefined;
    }
  };
  const font = attempt(settings.font, path => readFile(root, path, layout));
  const splash = attempt(settings.splashImage, path => readFile(root, path, layout));
  const theme = attempt(settings.theme, path => readTheme(root, path, layout));
  const copies = [...(font ? [font] : []), ...(splash ? [splash] : []), ...(theme ?? [])];
  if (copies.length === 0) return { assets: noAssets, findings };
  const onBoot = ({ path }: Copy): { onBoot: string } => ({ onBoot: path });
  const text = theme?.find(({ source }) => source === settings.theme);
  const themeFonts = (theme ?? []).filter(({ path }) => path.endsWith('.pf2'));
  return {
    assets: {
      fonts: [...(font ? [font] : []), ...themeFonts].map(onBoot),
      splashImage: splash && onBoot(splash),
      theme: text && onBoot(text),
      copies,
    },
    findings,
  };
}

function unusable(subject: string, { message, hint }: GenctlError): Finding {
  const finding = { code: 'GRUB_ASSET_UNUSABLE', subject, reason: `${message}; it is left out` };
  return hint === undefined ? finding : { ...finding, hint };
}

function readFile(root: Root, source: string, layout: BootLayout): Copy {
  const { folder, name } = root.locate(source);
  using _ = folder;
  const digest = folder.digest(name);
  const extension = /\.[A-Za-z0-9]{1,8}$/.exec(source)?.[0].toLowerCase() ?? '';
  return {
    ...digest,
    path: `${layout.grub.folder}/asset-${digest.sha256.slice(0, 16)}${extension}`,
    source,
  };
}

/** All files of the folder that a `theme.txt` is in. */
function readTheme(root: Root, source: string, layout: BootLayout): Copy[] {
  const { parent } = split(source);
  using folder = root.folder(parent);
  const files = [...filesBelow(folder, '')];
  const totalBytes = files.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
  if (files.length > maxThemeFiles || totalBytes > maxThemeBytes) {
    throw new GenctlError(
      'THEME_TOO_LARGE',
      `${root.onHost(parent)}: ${files.length} files of ${totalBytes} bytes are no theme`,
      { hint: 'Give a theme a folder of its own.' },
    );
  }
  const hash = createHash('sha256');
  for (const { name, sha256 } of files) hash.update(`${sha256} ${name}\n`);
  const target = `${layout.grub.folder}/theme-${hash.digest('hex').slice(0, 16)}`;
  return files.map(({ name, sizeBytes, sha256 }) => ({
    sizeBytes,
    sha256,
    path: `${target}/${name}`,
    source: `${parent}/${name}`,
  }));
}

function* filesBelow(
  folder: Folder,
  prefix: string,
): Generator<{ name: string; sizeBytes: number; sha256: string }> {
  for (const name of folder.names().toSorted()) {
    const kind = folder.stat(name)?.kind;
    if (!themeName.test(name) || (kind !== 'file' && kind !== 'folder')) continue;
    if (kind === 'file') {
      yield { name: `${prefix}${name}`, ...folder.digest(name) };
    } else if (prefix.split('/').length < 8) {
      using inner = folder.open(name);
      yield* filesBelow(inner, `${prefix}${name}/`);
    }
  }
}
