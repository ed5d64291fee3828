const types = new Set(
  'automount device mount path scope service slice socket swap target timer'.split(' '),
);
const maxLength = 255;

/** Whether this can be the name of a unit or of a template (systemd.unit(5)). */
export function isUnitName(name: string): boolean {
  return (
    name.length <= maxLength &&
    /^[\w:.\\-]+(?:@[\w:.\\@-]*)?\.[a-z]+$/.test(name) &&
    types.has(typeOf(name))
  );
}

/** `service` of `a.service`. */
export function typeOf(unit: string): string {
  return unit.slice(unit.lastIndexOf('.') + 1);
}

/** `a` of `a.service`, `a@.service` and `a@x.service`. */
export function prefixOf(unit: string): string {
  const at = unit.indexOf('@');
  return at < 0 ? withoutType(unit) : unit.slice(0, at);
}

/** `a.service` without its type. */
export function withoutType(unit: string): string {
  const dot = unit.lastIndexOf('.');
  return dot < 0 ? unit : unit.slice(0, dot);
}

/** `x` of `a@x.service`; empty for a template, undefined for what is neither. */
export function instanceOf(unit: string): string | undefined {
  const at = unit.indexOf('@');
  return at < 0 ? undefined : withoutType(unit).slice(at + 1);
}

export function isTemplate(unit: string): boolean {
  return instanceOf(unit) === '';
}

/** `a@.service` of `a@x.service`; undefined for what is no instance. */
export function templateOf(unit: string): string | undefined {
  const instance = instanceOf(unit);
  if (instance === undefined || instance === '') return undefined;
  return withInstance(unit, '');
}

/** `a@x.service` of `a@.service` and `x`. */
export function withInstance(unit: string, instance: string): string {
  return `${prefixOf(unit)}@${instance}.${typeOf(unit)}`;
}

/**
 * Names whose folders of drop-ins and links hold for a unit, nearest first: its own, its
 * template's, and those cut after each dash.
 */
export function searchNames(unit: string): readonly string[] {
  const template = templateOf(unit);
  const shorter = cutAtDash(unit);
  return [
    ...new Set([
      unit,
      ...(template === undefined ? [] : searchNames(template)),
      ...(shorter === undefined ? [] : searchNames(shorter)),
    ]),
  ];
}

/** `a-.service` of `a-b.service`, `a-@x.service` of `a-b@x.service`, `a-.service` of `a-b@.service`. */
function cutAtDash(unit: string): string | undefined {
  const prefix = prefixOf(unit);
  const dash = prefix.replace(/-$/, '').lastIndexOf('-');
  if (dash <= 0) return undefined;
  const instance = instanceOf(unit);
  const shorter = prefix.slice(0, dash + 1);
  return instance === undefined || instance === ''
    ? `${shorter}.${typeOf(unit)}`
    : `${shorter}@${instance}.${typeOf(unit)}`;
}
