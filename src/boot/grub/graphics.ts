import { fileWord, type GrubFile } from './grub-file.ts';
import type { GrubSurroundings } from './surroundings.ts';

/** What the index says of the screen. */
export interface Graphics {
  graphics:
    | {
        /** A word, as all that are files. */
        font: string;
        themeFonts: readonly string[];
        modules: readonly string[];
        backgroundColor: string | undefined;
        splashImage: string | undefined;
        theme: string | undefined;
      }
    | undefined;
  /** What is left to write on where there is no graphics mode. */
  textOutput: readonly string[];
}

/** A menu is drawn only where a graphics mode is asked for. Pure. */
export function graphicsOf({ place, settings, assets }: GrubSurroundings): Graphics {
  const { terminalOutput, backgroundColor } = settings;
  const textOutput = terminalOutput.filter(terminal => terminal !== 'gfxterm');
  if (textOutput.length === terminalOutput.length) return { graphics: undefined, textOutput };
  const store = 'unreachable' in place.store ? undefined : place.store;
  const word = (file: GrubFile): string => fileWord(file, place.boot, store);
  const { splashImage, theme } = assets;
  const fonts = assets.fonts.map(word);
  const [font, ...themeFonts] = settings.font === undefined ? ['unicode', ...fonts] : fonts;
  return {
    graphics: {
      font: font ?? 'unicode',
      themeFonts,
      modules: modulesFor(assets),
      backgroundColor,
      splashImage: splashImage && word(splashImage),
      theme: theme && word(theme),
    },
    textOutput,
  };
}

function modulesFor({ splashImage, theme }: GrubSurroundings['assets']): string[] {
  const picture =
    splashImage && ('inStore' in splashImage ? splashImage.inStore : splashImage.onBoot);
  const suffix = /\.(\w+)$/.exec(picture ?? '')?.[1]?.toLowerCase() ?? '';
  const readers: Record<string, string> = { png: 'png', tga: 'tga', jpg: 'jpeg', jpeg: 'jpeg' };
  const ofTheme = theme === undefined ? [] : ['gfxmenu', 'png', 'jpeg'];
  return [...new Set([...ofTheme, readers[suffix] ?? []].flat())];
}
