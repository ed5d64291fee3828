import { type Bootspec, sections } from './bootspec.ts';

/** The text of a `boot.json`. Optional fields are left out, never null, as RFC 0125 wants it. */
export function renderBootspec(bootspec: Bootspec): string {
  return `${JSON.stringify(toDocument(bootspec), undefined, 2)}\n`;
}

function toDocument(bootspec: Bootspec): object {
  const [initrd, ...extraInitrds] = bootspec.initrds;
  const hasLoaderSection = bootspec.sortKey !== undefined || bootspec.devicetree !== undefined;
  return {
    [sections.bootspec]: {
      system: bootspec.system,
      init: bootspec.init,
      ...(initrd !== undefined && { initrd }),
      ...(bootspec.initrdSecrets !== undefined && { initrdSecrets: bootspec.initrdSecrets }),
      kernel: bootspec.kernel,
      kernelParams: bootspec.kernelParams,
      label: bootspec.label,
      toplevel: bootspec.toplevel,
    },
    [sections.specialisation]: Object.fromEntries(
      [...bootspec.specialisations].map(([name, inner]) => [name, toDocument(inner)]),
    ),
    ...(hasLoaderSection && {
      [sections.systemdBoot]: {
        ...(bootspec.sortKey !== undefined && { sortKey: bootspec.sortKey }),
        ...(bootspec.devicetree !== undefined && { devicetree: bootspec.devicetree }),
      },
    }),
    ...(extraInitrds.length > 0 && { [sections.extraInitrd]: { paths: extraInitrds } }),
  };
}
