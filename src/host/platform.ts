/** Nix's names of the processors that Linux machines have. */
const names: Readonly<Record<string, string>> = {
  x64: 'x86_64-linux',
  ia32: 'i686-linux',
  arm64: 'aarch64-linux',
  arm: 'armv7l-linux',
  riscv64: 'riscv64-linux',
};

/** The platform that this process runs on, as Nix and bootspec documents call it. */
export function platform(): string {
  return names[process.arch] ?? `${process.arch}-linux`;
}
