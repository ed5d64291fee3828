// What others have on an ESP: another distribution with entries of its own, and Windows.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const entry = (title: string, keys = ''): string => `title ${title}\n${keys}linux /other/vmlinuz\n`;

/** Contents by path from the root of the ESP; some sort before genctl's, some after. */
const foreignFiles: Readonly<Record<string, string>> = {
  'loader/entries/other.conf': entry('Other Linux', 'sort-key an-other\nversion 7\n'),
  // Without a sort-key an entry stands below all that have one.
  'loader/entries/zzz.conf': entry('Last Linux'),
  'loader/entries/genctl-mine.conf': entry('Named Like Ours'),
  'loader/entries/notes.txt': 'no entry at all\n',
  'other/vmlinuz': 'not a real kernel\n',
  'EFI/genctl/readme.txt': 'somebody else put this into a folder of ours\n',
  'EFI/Microsoft/Boot/bootmgfw.efi': 'not a real boot manager\n',
  'genctl-was-here.part': 'named as if it were temporary\n',
};

/** Puts them into a folder with an ESP's content. */
export async function layForeignFiles(esp: string): Promise<void> {
  for (const [path, content] of Object.entries(foreignFiles)) {
    await mkdir(dirname(join(esp, path)), { recursive: true });
    await writeFile(join(esp, path), content);
  }
}

/** Those that are not in the folder as they were laid. */
export async function harmedForeignFiles(esp: string): Promise<readonly string[]> {
  const harmed: string[] = [];
  for (const [path, content] of Object.entries(foreignFiles)) {
    const found = await readFile(join(esp, path), 'utf8').catch(() => undefined);
    if (found !== content) harmed.push(path);
  }
  return harmed;
}
