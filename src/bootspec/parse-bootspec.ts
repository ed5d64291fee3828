import * as z from 'zod/mini';
import { GenctlError, messageOf } from '../errors.ts';
import { type Bootspec, sections } from './bootspec.ts';

/** Text that ends up on one line of a boot entry. */
const lineText = z
  .string()
  .check(
    z.regex(
      /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$/,
      'it holds a line break or another control character',
    ),
  );

const storeFile = z
  .string()
  .check(
    z.regex(
      /^\/nix\/store(?:\/(?!\.\.?(?:\/|$))[^/\u0000-\u001f\u007f-\u009f\u2028\u2029]+)+$/,
      'it is not a path in /nix/store',
    ),
  );

const document = z.object({
  [sections.bootspec]: z.object({
    system: lineText,
    init: storeFile.check(z.regex(/^\S+$/, 'it holds a blank, at which the kernel would cut it')),
    kernel: storeFile,
    kernelParams: z.array(lineText),
    label: lineText,
    toplevel: storeFile,
    initrd: z.optional(storeFile),
    initrdSecrets: z.optional(storeFile),
  }),
  [sections.specialisation]: z.optional(
    z.record(
      z
        .string()
        .check(z.regex(/^[^/\p{Cc}\u2028\u2029]{1,128}$/u, 'it is no name of a specialisation')),
      z.unknown(),
    ),
  ),
  [sections.systemdBoot]: z.optional(
    z.object({
      sortKey: z.optional(lineText.check(z.regex(/^\S+$/, 'it contains blanks'))),
      devicetree: z.optional(storeFile),
    }),
  ),
  [sections.extraInitrd]: z.optional(z.object({ paths: z.array(storeFile) })),
});

/**
 * Reads the text of a `boot.json`, anybody's. Unknown sections and fields are passed over.
 *
 * @throws GenctlError BOOTSPEC_INVALID, naming the field
 */
export function parseBootspec(text: string): Bootspec {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const why = text.trim() === '' ? 'it is empty' : messageOf(cause);
    throw new GenctlError('BOOTSPEC_INVALID', `boot.json is not JSON: ${why}`, { cause });
  }
  return fromDocument(value, []);
}

function fromDocument(value: unknown, at: readonly string[]): Bootspec {
  const parsed = document.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = [...at, ...(issue?.path ?? [])].join(' / ');
    throw new GenctlError(
      'BOOTSPEC_INVALID',
      `boot.json does not follow RFC 0125: ${field || 'the document'}: ${issue?.message}`,
    );
  }
  const v1 = parsed.data[sections.bootspec];
  const loader = parsed.data[sections.systemdBoot];
  const extra = parsed.data[sections.extraInitrd]?.paths ?? [];
  const nested = Object.entries(parsed.data[sections.specialisation] ?? {});
  return {
    system: v1.system,
    toplevel: v1.toplevel,
    init: v1.init,
    kernel: v1.kernel,
    kernelParams: v1.kernelParams.map(word => word.trim()).filter(word => word !== ''),
    label: v1.label.trim() || 'unnamed system',
    initrds: v1.initrd === undefined ? extra : [v1.initrd, ...extra],
    ...(v1.initrdSecrets !== undefined && { initrdSecrets: v1.initrdSecrets }),
    ...(loader?.sortKey !== undefined && { sortKey: loader.sortKey }),
    ...(loader?.devicetree !== undefined && { devicetree: loader.devicetree }),
    specialisations: new Map(
      nested.map(([name, inner]) => [
        name,
        fromDocument(inner, [...at, sections.specialisation, name]),
      ]),
    ),
  };
}
