/** `MUTATION_SEED` tries other mutants, `MUTATION_RUNS` more of each node, `MUTATION_KERNEL_RUNS` more in the kernel. */
export const SEED = Number(process.env.MUTATION_SEED ?? 20261125);
export const RUNS = Number(process.env.MUTATION_RUNS ?? 10);
/** There are many more nodes of the reference sheets than of fixtures, and they share most of their rules. */
export const SHEET_RUNS = Math.ceil(RUNS / 6);
export const KERNEL_RUNS = Number(process.env.MUTATION_KERNEL_RUNS ?? 15);
/** All nodes go to the kernel in long runs only: each needs namespaces of its own. */
export const IS_LONG = process.env.MUTATION_KERNEL_RUNS !== undefined;
