import type { FileTree } from '../sources/file-tree.ts';
import type { DeviceTreeFacts } from './facts.ts';

const base = '/sys/firmware/devicetree/base';

/** What a machine with a device tree calls itself; null where it has none. */
export function readDeviceTree(tree: FileTree): DeviceTreeFacts | null {
  const [model] = readTexts(tree, 'model');
  const compatible = readTexts(tree, 'compatible');
  if (model === undefined && compatible.length === 0) return null;
  return { model: model ?? null, compatible };
}

/** Texts of a property: each ends with a NUL (Devicetree Specification 0.4, 2.2.4). */
function readTexts(tree: FileTree, property: string): readonly string[] {
  const text = tree.text(`${base}/${property}`) ?? '';
  return text.split('\0').filter(each => each !== '');
}
