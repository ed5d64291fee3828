import { GenctlError } from '../../errors.ts';
import { Root } from '../../host/root.ts';
import { run } from '../../host/run.ts';
import { families } from '../emit/option-family.ts';
import { optionName } from '../emit/option-name.ts';
import type { OptionPath } from '../module/hardware-module.ts';
import type { CommittedModule, CommittedValue } from './committed-module.ts';

/**
 * Evaluates a module without NixOS: `config`, `lib`, `pkgs` and `modulesPath` are stand-ins that
 * have just what a hardware-configuration.nix asks of them, and so is the search path, through
 * which old ones name NixOS's modules (<nixpkgs/nixos/modules/…>). Paths become texts, since JSON
 * would copy what they lead to into the store.
 */
const standInExpression = `
{ path }:
let
  arguments = {
    config = {
      hardware.enableRedistributableFirmware = "config.hardware.enableRedistributableFirmware";
      boot.initrd.systemd.enable = "config.boot.initrd.systemd.enable";
      boot.kernelPackages.broadcom_sta = "config.boot.kernelPackages.broadcom_sta";
    };
    lib = {
      mkDefault = value: value;
      mkForce = value: value;
      mkBefore = value: value;
      mkAfter = value: value;
      mkOverride = priority: value: value;
      mkIf = condition: value: if condition then value else null;
      mkMerge = builtins.foldl' (all: one: all // one) { };
      optional = condition: value: if condition then [ value ] else [ ];
      optionals = condition: values: if condition then values else [ ];
      optionalAttrs = condition: values: if condition then values else { };
      optionalString = condition: value: if condition then value else "";
    };
    pkgs = { };
    modulesPath = "modulesPath";
  };
  plain = value:
    if builtins.isAttrs value then builtins.mapAttrs (name: plain) value
    else if builtins.isList value then map plain value
    else if builtins.isPath value then toString value
    else if builtins.isFunction value then null
    else value;
  modules = "nixpkgs/nixos/modules";
  findFile = searchPath: name:
    if builtins.substring 0 (builtins.stringLength modules) name == modules
    then "modulesPath" + builtins.substring (builtins.stringLength modules) (-1) name
    else "<" + name + ">";
  file = builtins.scopedImport { __findFile = findFile; } path;
  wanted = builtins.functionArgs file;
  module =
    if !builtins.isFunction file then file
    else if wanted == { } then file arguments
    else file (builtins.intersectAttrs wanted arguments);
in
  plain (if module ? config then module.config // { imports = module.imports or [ ]; } else module)
`;

const maxBytes = 1 << 20;
const patienceSeconds = 20;

/**
 * Reads back a module that is written in Nix, by the real evaluator. It opens no store, fetches
 * nothing, and reads nothing but the file.
 *
 * @param path of the host, absolute
 * @throws GenctlError MODULE_MISSING, MODULE_UNREADABLE, PROGRAM_MISSING
 */
export async function readNixModule(path: string): Promise<CommittedModule> {
  using host = new Root('/');
  const stat = host.stat(path);
  if (stat === undefined) {
    throw new GenctlError('MODULE_MISSING', `${path}: there is no such file`, {
      hint: 'Write one with `genctl hardware write --format nix`.',
    });
  }
  if (stat.kind !== 'file') throw unreadable(path, 'it is not a file');
  if (stat.sizeBytes > maxBytes) throw unreadable(path, `it has more than ${maxBytes} bytes`);
  const realPath = host.realPath(path);
  const text = await evaluate(realPath, [
    '--eval',
    '--strict',
    '--json',
    '--readonly-mode',
    '--store',
    'dummy://',
    '--option',
    'restrict-eval',
    'true',
    '-I',
    `module=${realPath}`,
    '-E',
    standInExpression,
    '--argstr',
    'path',
    realPath,
  ]);
  const module: unknown = JSON.parse(text);
  if (!isSet(module)) throw unreadable(path, 'it is not a module: it gives no set of options');
  const found = new Map<string, CommittedValue>();
  collect(module, [], found);
  return found;
}

async function evaluate(path: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout, stderr, exitCode } = await run('nix-instantiate', args, {
      accept: [0, 1],
      // What a search path leads to would be readable as well.
      env: { NIX_PATH: '' },
      patienceSeconds,
      maxOutputBytes: 16 * maxBytes,
    });
    if (exitCode === 0) return stdout;
    throw unreadable(path, `it does not evaluate: ${reasonIn(stderr, path)}`);
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    if (thrown.code === 'PROGRAM_FAILED') throw unreadable(path, thrown.message);
    if (thrown.code !== 'PROGRAM_MISSING') throw thrown;
    throw new GenctlError(thrown.code, `cannot read ${path}: nix-instantiate is not installed`, {
      cause: thrown,
      hint: 'Install Nix (on Debian: `apt-get install nix-bin`), or name a module written as .conf.',
    });
  }
}

function unreadable(path: string, reason: string): GenctlError {
  return new GenctlError('MODULE_UNREADABLE', `${path}: ${reason}`, {
    hint: 'Look at it with `nix-instantiate --parse`. Of config, lib and pkgs there is only what hardware modules use; one that needs more can be read by NixOS alone.',
  });
}

/** What Nix complains of, in one line: colours, traces and the quoted source are left out. */
function reasonIn(stderr: string, path: string): string {
  const lines = stderr.replace(/\u001b\[[0-9;]*m/g, '').split('\n');
  const error =
    lines.findLast(line => /^\s*error: /.test(line)) ?? lines.find(line => line.trim() !== '');
  const reason = (error ?? 'nix-instantiate does not say why').trim().replace(/^error: /, '');
  const place = lines.find(line => line.trim().startsWith(`at ${path}:`));
  const at = /:([0-9]+):[0-9]+:$/.exec(place?.trim() ?? '')?.[1];
  return at === undefined ? reason : `${reason} (line ${at})`;
}

function isSet(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function collect(value: unknown, path: OptionPath, into: Map<string, CommittedValue>): void {
  const key = optionName(path);
  if (isSet(value)) {
    for (const [name, inner] of Object.entries(value)) collect(inner, [...path, name], into);
  } else if (key === optionName(families.swapDevices) && Array.isArray(value)) {
    for (const swap of value) collectSwap(swap, into);
  } else if (Array.isArray(value)) {
    const items = value.map(item => (typeof item === 'string' ? item : JSON.stringify(item)));
    if (items.length > 0) into.set(key, items);
  } else if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    into.set(key, value);
  }
}

/** Elements of the list are told apart by their devices. */
function collectSwap(swap: unknown, into: Map<string, CommittedValue>): void {
  if (!isSet(swap)) return;
  const { device, label, randomEncryption } = swap;
  const name = device ?? (typeof label === 'string' ? `/dev/disk/by-label/${label}` : undefined);
  if (typeof name !== 'string') return;
  const path = [...families.swapDevices, name];
  // NixOS takes a truth value for the set that it stands for.
  const encryption =
    typeof randomEncryption === 'boolean' ? { enable: randomEncryption } : randomEncryption;
  collect({ ...swap, device: name, randomEncryption: encryption }, path, into);
}
