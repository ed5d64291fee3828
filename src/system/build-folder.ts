/**
 * Where builders lay what is on its way into the store, a logical path: below the root, and not in
 * /tmp, as it takes as much room as what is built. What an interrupted run has left there, under
 * the name of a draft, the next one removes.
 */
export const buildFolder = '/var/cache/genctl/build';
