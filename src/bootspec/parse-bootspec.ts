import { GenctlError, messageOf } from '../errors.ts';
import { FieldError, JsonFields, type TextRule } from '../json-fields.ts';
import { type Bootspec, sections } from './bootspec.ts';

/** Text that ends up on one line of a boot entry. */
const line: TextRule = {
  pattern: /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$/,
  otherwise: 'it holds a line break or another control character',
};

const storeFile: TextRule = {
  pattern: /^\/nix\/store(?:\/(?!\.\.?(?:\/|$))[^/\u0000-\u001f\u007f-\u009f\u2028\u2029]+)+$/,
  otherwise: 'it is not a path in /nix/store',
};

/** It becomes one parameter of the kernel, which cuts them at blanks. */
const initFile: TextRule = {
  pattern: /^\/nix\/store(?:\/(?!\.\.?(?:\/|$))[^/\s\u0000-\u001f\u007f-\u009f]+)+$/,
  otherwise: 'it is not a path in /nix/store, of one word',
};

const word: TextRule = {
  pattern: /^[^\s\u0000-\u001f\u007f-\u009f\u2028\u2029]+$/,
  otherwise: 'it is not one word',
};

const specialisationName = /^[^/\u0000-\u001f\u007f-\u009f\u2028\u2029]{1,128}$/;

/**
 * Reads the text of a `boot.json`, anybody's. Unknown sections and fields are passed over.
 *
 * @throws GenctlError BOOTSPEC_INVALID, naming the field
 */
export function parseBootspec(text: string): Bootspec {
  return bootspecOf(parseJson(text), 'boot.json does not follow RFC 0125');
}

/**
 * Reads a document of RFC 0125, wherever it comes from: what it says ends up in boot entries, so
 * the same rules hold for all.
 *
 * @param flaw what is said of a document that breaks a rule, before the field and the reason
 * @throws GenctlError BOOTSPEC_INVALID, naming the field
 */
export function bootspecOf(document: unknown, flaw: string): Bootspec {
  try {
    const fields = new JsonFields(document);
    return { ...fromDocument(fields), specialisations: specialisationsOf(fields) };
  } catch (thrown) {
    if (!(thrown instanceof FieldError)) throw thrown;
    throw new GenctlError('BOOTSPEC_INVALID', `${flaw}: ${thrown.message}`, { cause: thrown });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = text.trim() === '' ? 'it is empty' : messageOf(cause);
    throw new GenctlError('BOOTSPEC_INVALID', `boot.json is not JSON: ${why}`, { cause });
  }
}

/** All but the specialisations. */
function fromDocument(document: JsonFields): Bootspec {
  const v1 = document.object(sections.bootspec);
  const loader = document.optionalObject(sections.systemdBoot);
  const initrd = v1.optionalText('initrd', storeFile);
  const extraInitrds = document.optionalObject(sections.extraInitrd)?.texts('paths', storeFile);
  const initrdSecrets = v1.optionalText('initrdSecrets', storeFile);
  const sortKey = loader?.optionalText('sortKey', word);
  const devicetree = loader?.optionalText('devicetree', storeFile);
  return {
    system: v1.text('system', line),
    toplevel: v1.text('toplevel', storeFile),
    init: v1.text('init', initFile),
    kernel: v1.text('kernel', storeFile),
    kernelParams: v1
      .texts('kernelParams', line)
      .map(parameter => parameter.trim())
      .filter(parameter => parameter !== ''),
    label: v1.text('label', line).trim() || 'unnamed system',
    initrds: [...(initrd === undefined ? [] : [initrd]), ...(extraInitrds ?? [])],
    ...(initrdSecrets !== undefined && { initrdSecrets }),
    ...(sortKey !== undefined && { sortKey }),
    ...(devicetree !== undefined && { devicetree }),
    specialisations: new Map(),
  };
}

/**
 * A specialisation's own specialisations are in no menu, so they are not read: a document may
 * nest them as deep as it likes.
 */
function specialisationsOf(document: JsonFields): Map<string, Bootspec> {
  const nested = document.optionalObject(sections.specialisation);
  return new Map(
    (nested?.keys() ?? []).map(name => {
      if (!specialisationName.test(name)) {
        const shown = JSON.stringify(name);
        throw new FieldError(`${sections.specialisation}: ${shown} cannot be a name`);
      }
      return [name, fromDocument(nested?.object(name) as JsonFields)];
    }),
  );
}
