// Downloads what the machines of all tests are made of, before any of them runs: two files that run
// side by side would download it twice, and apt lets only one refresh its lists.
import { obtainUserland } from './debian/userland.ts';
import { obtainCaptureParts } from './hardware/capture-parts.ts';
import { obtainParts } from './parts.ts';
import { lackingForBoots, lackingForImages } from './prerequisites.ts';
import { findTool } from './run-tool.ts';

// Where no machine can boot, its tests are skipped.
if (lackingForImages().length + lackingForBoots().length === 0) {
  await obtainParts();
  await obtainUserland();
  if (findTool('depmod') !== undefined) await obtainCaptureParts();
}
