// Stands in for node:child_process, in the bundle only: Node's own brings sockets and streams with
// it, which costs 3 ms at each start, and most commands run no program.

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 */
export function spawn(program, args, options) {
  return process.getBuiltinModule('node:child_process').spawn(program, args, options);
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnSyncOptions} options
 */
export function spawnSync(program, args, options) {
  return process.getBuiltinModule('node:child_process').spawnSync(program, args, options);
}
