/** The only version of the lock's format so far. */
export const lockVersion = 1;
