// What a kernel is told that runs in an emulator, on a machine that is busy with other things.

/**
 * Parameters of every test machine's kernel. By itself it panics where five ticks of its timer do not
 * reach it within some 70 ms ("IO-APIC + timer doesn't work"), and complains on the console about
 * processors that stand still: both say nothing but that the emulator had to wait for its turn.
 */
export const emulatedKernel = 'no_timer_check nowatchdog rcupdate.rcu_cpu_stall_suppress=1';
