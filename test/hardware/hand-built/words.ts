// The words in which machines are described, in one place for their many files.

export * from './block.ts';
export * from './bus-devices.ts';
export type { Driver } from './capture-entries.ts';
export * from './disk-content.ts';
export * from './hand-built-machine.ts';
export * from './input-devices.ts';
export type { Part } from './machine-builder.ts';
export * from './other-devices.ts';
export * from './proc-files.ts';
export * from './storage.ts';
export * from './usb.ts';
