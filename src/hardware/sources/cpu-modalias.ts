/** Of arch/x86/include/asm/processor.h, X86_VENDOR_…, by the names that the processors give. */
const vendors: Readonly<Record<number, string>> = {
  0: 'GenuineIntel',
  1: 'CyrixInstead',
  2: 'AuthenticAMD',
  5: 'CentaurHauls',
  7: 'GenuineTMx86',
  9: 'HygonGenuine',
  10: '  Shanghai  ',
};

/** Of arch/x86/include/asm/cpufeatures.h: those that anything here depends on. */
const flags: Readonly<Record<number, string>> = {
  0x3d: 'lm',
  0x85: 'vmx',
  0x9f: 'hypervisor',
  0xc2: 'svm',
};

/** What the alias of a processor tells. */
export interface CpuAlias {
  /** Nix's name of the platform. */
  readonly platform: string;
  /** Lines of /proc/cpuinfo, without the number of the processor. */
  readonly lines: readonly string[];
}

/**
 * Reads a processor's modalias, `cpu:type:x86,ven0000fam0006mod009E:feature:,0000,…`: hexadecimal
 * numbers all of them.
 */
export function readCpuAlias(modalias: string): CpuAlias | undefined {
  if (modalias.startsWith('cpu:type:aarch64:')) return { platform: 'aarch64-linux', lines: [] };
  const match =
    /^cpu:type:x86,ven([0-9A-F]{4})fam([0-9A-F]{4})mod([0-9A-F]{4}):feature:([,0-9A-F]*)$/.exec(
      modalias,
    );
  if (match === null) return undefined;
  const [vendor = 0, family = 0, model = 0] = match.slice(1, 4).map(digits => parseHex(digits));
  const features = (match[4] ?? '').split(',').flatMap(digits => flags[parseHex(digits)] ?? []);
  return {
    platform: features.includes('lm') ? 'x86_64-linux' : 'i686-linux',
    lines: [
      ...(vendors[vendor] === undefined ? [] : [`vendor_id\t: ${vendors[vendor]}`]),
      `cpu family\t: ${family}`,
      `model\t\t: ${model}`,
      `flags\t\t: ${features.join(' ')}`,
    ],
  };
}

/** @returns the text of /proc/cpuinfo for so many equal processors */
export function cpuInfo(lines: readonly string[], count: number): string {
  const numbers = Array.from({ length: count }, (_, number) => number);
  return numbers.map(number => [`processor\t: ${number}`, ...lines, '', ''].join('\n')).join('');
}

function parseHex(digits: string): number {
  return Number.parseInt(digits, 16);
}
