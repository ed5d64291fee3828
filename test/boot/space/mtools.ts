// mtools on FAT images: what it is asked to do is gathered into one script of the shell for each
// case, as a process for each call would take longer than all of its work.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { type FatWriter, linuxWriter } from '../../../src/boot/space/fat-names.ts';

const base = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();

/** mtools writes 8.3 names in small letters as short ones, with a flag, and reuses own slots. */
export const mtoolsWriter: FatWriter = {
  slotsOf: name => {
    const [stem = '', ending = ''] = name.split('.');
    const isOneCase = (part: string): boolean =>
      part === part.toUpperCase() || part === part.toLowerCase();
    return isOneCase(stem) && isOneCase(ending)
      ? linuxWriter.slotsOf(name.toUpperCase())
      : linuxWriter.slotsOf(name);
  },
  renamesIntoOwnSlots: true,
};

export interface FatKind {
  bits: 12 | 16 | 32;
  sectorsPerCluster: number;
  imageBytes: number;
  /** Of FAT12 and FAT16; FAT32 has no use for it. */
  rootSlots: number;
}

/** What the first sector of an image says. */
export interface ImageGeometry {
  clusterBytes: number;
  clusterCount: number;
  rootSlots: number | undefined;
}

interface Expectation {
  command: string;
  isDone: boolean;
}

/** One image, in a folder of its own that also holds the files to be copied. */
export class FatImage implements Disposable {
  readonly geometry: ImageGeometry;
  readonly #folder = fs.mkdtempSync(path.join(base, 'genctl-fat-'));
  readonly #image = path.join(this.#folder, 'image');
  readonly #expected: (Expectation | { freeBytes: number })[] = [];
  #sources = 0;

  constructor({ bits, sectorsPerCluster, imageBytes, rootSlots }: FatKind) {
    fs.closeSync(fs.openSync(this.#image, 'w'));
    fs.truncateSync(this.#image, imageBytes);
    const root = bits === 32 ? [] : ['-r', String(rootSlots)];
    const args = ['-F', String(bits), '-s', String(sectorsPerCluster), ...root, this.#image];
    const made = spawnSync('mkfs.vfat', args, { encoding: 'utf8' });
    if (made.status !== 0) throw new Error(`mkfs.vfat ${args.join(' ')}: ${made.stderr}`);
    this.geometry = readGeometry(this.#image);
  }

  /** Copies files of these sizes into a folder, in this order. */
  copyIn(folder: string, files: readonly (readonly [name: string, sizeBytes: number])[]): void {
    this.#expect(true, ...this.#copy(folder, files));
  }

  /** One file that must not find room. */
  refuse(folder: string, name: string, sizeBytes: number): void {
    this.#expect(false, ...this.#copy(folder, [[name, sizeBytes]]));
  }

  makeFolders(paths: readonly string[]): void {
    this.#expect(true, 'mmd', ...paths.map(inImage));
  }

  remove(paths: readonly string[]): void {
    this.#expect(true, 'mdel', ...paths.map(inImage));
  }

  removeFolder(folder: string): void {
    this.#expect(true, 'mrd', inImage(folder));
  }

  rename(from: string, to: string): void {
    const isMove = path.dirname(from) !== path.dirname(to);
    const target = isMove ? inImage(path.dirname(to)) : inImage(to);
    this.#expect(true, isMove ? 'mmove' : 'mren', inImage(from), target);
  }

  /** `mdir` must say so at this point. */
  expectFree(freeBytes: number): void {
    this.#expected.push({ freeBytes });
  }

  /** Does all of it. Gives what was not as expected, with the commands before it. */
  run(): string | undefined {
    const lines = this.#expected.map(each =>
      'command' in each
        ? `${each.command} >/dev/null 2>&1 </dev/null; echo "status $?"`
        : `mdir -i '${this.#image}' ::/`,
    );
    const { stdout } = spawnSync('sh', {
      input: lines.join('\n'),
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      env: { ...process.env, MTOOLSRC: '/dev/null', MTOOLS_SKIP_CHECK: '1' },
    });
    const answers = stdout.match(/^status \d+$|^ *[\d ]+ bytes free$/gm) ?? [];
    const wrong = this.#expected.findIndex((each, index) => !isAsExpected(each, answers[index]));
    if (wrong < 0) return undefined;
    const story = this.#expected
      .slice(0, wrong + 1)
      .map((each, index) => `${JSON.stringify(each)} -> ${answers[index]}`);
    return story.join('\n').replaceAll(this.#folder, 'FOLDER');
  }

  [Symbol.dispose](): void {
    fs.rmSync(this.#folder, { recursive: true });
  }

  #expect(isDone: boolean, program: string, ...args: readonly string[]): void {
    const words = ['-i', this.#image, ...args].map(word => `'${word}'`);
    this.#expected.push({ command: [program, ...words].join(' '), isDone });
  }

  #copy(folder: string, files: readonly (readonly [string, number])[]): [string, ...string[]] {
    this.#sources += 1;
    const source = path.join(this.#folder, String(this.#sources));
    fs.mkdirSync(source);
    const paths = files.map(([name, sizeBytes]) => {
      const file = path.join(source, name);
      fs.writeFileSync(file, '');
      fs.truncateSync(file, sizeBytes);
      return file;
    });
    return ['mcopy', ...paths, `${inImage(folder)}/`];
  }
}

function isAsExpected(each: Expectation | { freeBytes: number }, answer = ''): boolean {
  return 'command' in each
    ? answer.startsWith('status') && (answer === 'status 0') === each.isDone
    : answer.replaceAll(' ', '') === `${each.freeBytes}bytesfree`;
}

function inImage(below: string): string {
  return `::/${below === '.' ? '' : below}`;
}

/** Counts clusters as Linux does: as many as fit behind the root directory. */
function readGeometry(image: string): ImageGeometry {
  const sector = Buffer.alloc(512);
  const handle = fs.openSync(image, 'r');
  fs.readSync(handle, sector, 0, 512, 0);
  fs.closeSync(handle);
  const sectorBytes = sector.readUInt16LE(11);
  const sectorsPerCluster = sector.readUInt8(13);
  const rootSlots = sector.readUInt16LE(17);
  const sectors = sector.readUInt16LE(19) || sector.readUInt32LE(32);
  const fatSectors = sector.readUInt16LE(22) || sector.readUInt32LE(36);
  const rootSectors = Math.ceil((rootSlots * 32) / sectorBytes);
  const before = sector.readUInt16LE(14) + sector.readUInt8(16) * fatSectors + rootSectors;
  return {
    clusterBytes: sectorBytes * sectorsPerCluster,
    clusterCount: Math.floor((sectors - before) / sectorsPerCluster),
    rootSlots: rootSlots === 0 ? undefined : rootSlots,
  };
}
