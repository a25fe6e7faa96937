/** What one node's BGP speaker must do, both IP versions. */
export interface BgpIr {
  readonly peers: readonly never[];
}
