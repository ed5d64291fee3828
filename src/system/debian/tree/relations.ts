/** Names of packages of which any one will do. */
export type Relation = readonly string[];

/**
 * The names in a field such as `Depends`, deb-control(5). Versions are left out: apt has seen to
 * them when the packages were locked.
 */
export function parseRelations(field: string): Relation[] {
  return field
    .split(',')
    .map(alternatives =>
      alternatives
        .split('|')
        .map(alternative => /^[a-z0-9][a-z0-9+.-]*/.exec(alternative.trim())?.[0] ?? '')
        .filter(name => name !== ''),
    )
    .filter(relation => relation.length > 0);
}
