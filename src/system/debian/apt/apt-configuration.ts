import source from '../../../../templates/apt.conf.eta';
import { GenctlError } from '../../../errors.ts';
import { template } from '../../../template.ts';
import type { HostApt } from './host-apt.ts';

export interface AptConfiguration {
  /** All that apt writes is below it; a path on the host. */
  folder: string;
  /** Debian's word, `amd64`. */
  architecture: string;
  host: Pick<
    HostApt,
    'trusted' | 'trustedParts' | 'netrc' | 'netrcParts' | 'transport' | 'sandboxUid'
  >;
}

/**
 * An apt.conf for a root of its own: the machine's way to its mirrors and its keys, and nothing
 * else of it, so that no hook of the machine runs and no cache of it is touched. Pure.
 */
export const renderAptConfiguration = template<AptConfiguration>(source, aptString);

/** A value of apt.conf(5), in double quotes, which it has no way to hold. */
function aptString(value: unknown): string {
  const text = String(value);
  if (/["\p{Cc}]/u.test(text)) {
    throw new GenctlError(
      'UNSAFE_TEXT',
      `${JSON.stringify(text)}: a setting of apt cannot hold quotes or control characters`,
    );
  }
  return `"${text}"`;
}
