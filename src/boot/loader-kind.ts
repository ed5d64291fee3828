/** The boot loaders that can show a menu. */
export const loaderKinds = ['systemd-boot', 'grub'] as const;

export type LoaderKind = (typeof loaderKinds)[number];
