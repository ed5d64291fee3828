import type { HardwareSource } from '../sources/hardware-source.ts';
import { BlockLookup } from './block-lookup.ts';
import type { Facts } from './facts.ts';
import { listUnknown } from './list-unknown.ts';
import { readBlocks } from './read-blocks.ts';
import { readClassDevices } from './read-class-devices.ts';
import { cpuFacts, readCpuInfo } from './read-cpu.ts';
import { readDeviceTree } from './read-device-tree.ts';
import { readDevices } from './read-devices.ts';
import { readDmi } from './read-dmi.ts';
import { readFirmware } from './read-firmware.ts';
import { readGraphics } from './read-graphics.ts';
import { readKernel, readLoadedModules } from './read-kernel.ts';
import { readKeyboards } from './read-keyboards.ts';
import { readMounts } from './read-mounts.ts';
import { readNetwork } from './read-network.ts';
import { isX86, readPlatform } from './read-platform.ts';
import { readSwaps } from './read-swaps.ts';
import { readTpms } from './read-tpms.ts';
import { readVirtualisation } from './read-virtualisation.ts';
import { readHostId, readZfsMountPoints } from './read-zfs.ts';

/**
 * Finds out what a source tells of a machine. Nothing that it says or lacks is an error: what cannot
 * be told is null, left out, or named in `unknown`.
 */
export function readFacts(source: HardwareSource): Facts {
  const { tree } = source;
  const classes = readClassDevices(tree);
  const devices = readDevices(tree, classes);
  const paths = new Set(devices.map(({ path }) => path));
  const blockDevices = readBlocks(tree, classes.block, paths);
  const blocks = new BlockLookup(blockDevices);
  const info = readCpuInfo(tree);
  const cpu = cpuFacts(info);
  const dmi = readDmi(tree);
  const deviceTree = readDeviceTree(tree);
  const mounts = readMounts(tree, blocks);
  const facts = {
    platform: readPlatform(tree, info),
    kernel: readKernel(tree),
    cpu,
    firmware: readFirmware(tree, isX86(info)),
    dmi,
    deviceTree,
    virtualisation: readVirtualisation(tree, { cpu, dmi, deviceTree, mounts }),
    devices,
    blockDevices,
    mounts,
    swaps: readSwaps(tree, blocks),
    networkInterfaces: readNetwork(tree, classes.net),
    keyboards: readKeyboards(tree),
    graphics: readGraphics(devices, classes.drm),
    tpms: readTpms(classes.tpm, paths),
    loadedModules: readLoadedModules(tree),
    zfsMountPoints: readZfsMountPoints(tree),
    hostId: readHostId(tree),
  };
  return { ...facts, unknown: listUnknown(source, facts) };
}
