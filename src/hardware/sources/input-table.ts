/** A device of the kernel's input layer. */
export interface InputDevice {
  /** Below /sys: `/devices/…/input/input3`. */
  readonly path: string;
  readonly name: string;
  /** Which keys it has, as the kernel writes it: words of hexadecimal digits. */
  readonly keys: string | undefined;
}

/** Of a keyboard of which nothing more is known: all the keys that the first 64 numbers stand for. */
export const keysOfKeyboard = 'fffffffffffffffe';

/** The text of /proc/bus/input/devices for them, as far as anything here reads it. */
export function inputTable(devices: readonly InputDevice[]): string {
  return devices
    .map(({ path, name, keys }) => {
      const lines = [`N: Name="${name}"`, `S: Sysfs=${path}`];
      if (keys !== undefined) lines.push(`B: KEY=${keys}`);
      return `${lines.join('\n')}\n\n`;
    })
    .join('');
}
