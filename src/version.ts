import manifest from '../package.json' with { type: 'json' };

/** The version of this genctl. */
export const version: string = manifest.version;
