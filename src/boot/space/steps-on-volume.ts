import type { RunGrubInstall, Step, VolumeId } from '../../transaction/step.ts';

/** The steps of a plan as one volume sees them: of what goes to several, its own share. Pure. */
export function stepsOnVolume(steps: readonly Step[], volume: VolumeId): Step[] {
  return steps.flatMap(step => {
    if (step.kind === 'run-grub-install') return grubInstallOn(step, volume);
    return 'volume' in step && step.volume === volume ? [step] : [];
  });
}

function grubInstallOn(step: RunGrubInstall, volume: VolumeId): Step[] {
  const { esp } = step;
  const shares = [step, ...(esp === undefined ? [] : [esp])].filter(
    share => share.volume === volume,
  );
  if (shares.length === 0) return [];
  return [
    {
      ...step,
      sizeBytes: shares.reduce((total, { sizeBytes }) => total + sizeBytes, 0),
      fileCount: shares.reduce((total, { fileCount }) => total + fileCount, 0),
    },
  ];
}
