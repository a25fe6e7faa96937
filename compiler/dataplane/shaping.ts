/** Bandwidth limits of workload interfaces, sorted by interface, `to-workload` first. */
export interface ShapingState {
  readonly shapers: readonly Shaper[];
}

export interface Shaper {
  readonly interfaceName: string;
  readonly direction: "to-workload" | "from-workload";
  /** Bits per second. */
  readonly rate: number;
  /** Bytes. */
  readonly burst: number;
  readonly peak: { readonly rate: number; readonly minburst: number } | undefined;
  /** Whose limit it is, for the reader of the file; not part of the kernel's state, so "" when read back. */
  readonly note: string;
}
