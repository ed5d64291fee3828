/** A loaded unit, as the service manager shows it. */
export interface UnitState {
  name: string;
  /** ActiveState; systemd may know more of them in future. */
  active:
    | 'active'
    | 'reloading'
    | 'inactive'
    | 'failed'
    | 'activating'
    | 'deactivating'
    | (string & {});
  /** LoadState. */
  load: 'loaded' | 'not-found' | 'masked' | 'bad-setting' | 'error' | (string & {});
  /** Undefined where it has none, as a unit that was made at run time. */
  fragmentPath: string | undefined;
  dropInPaths: readonly string[];
  /** 128 bits in hexadecimal; undefined where it never ran since boot. */
  invocationId: string | undefined;
  /** Whether its files have changed since it was loaded. */
  needsDaemonReload: boolean;
  /** Sockets, timers and paths that start it. */
  triggeredBy: readonly string[];
  /** Units that it starts, as a socket, timer or path. */
  triggers: readonly string[];
  /** Units that start it again whenever it has ended, as long as they run. */
  upheldBy: readonly string[];
  /** Units that stop when it does: they need it, are bound to it or are part of it. */
  stopsWithIt: readonly string[];
}
