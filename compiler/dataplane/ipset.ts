import type { MemberList } from "../ir/member-list.ts";
import type { IpSetType } from "../ir/node-ir.ts";
import type { IpVersion } from "../net/cidr.ts";

/** Our IP sets of both families, sorted by name. */
export interface IpSetState {
  readonly sets: readonly KernelSet[];
}

export interface KernelSet {
  /** At most 31 characters, begins with `cali4` or `cali6`. */
  readonly name: string;
  readonly version: IpVersion;
  readonly type: IpSetType;
  readonly maxElements: number;
  /** What it holds, for the reader of the file; not part of the kernel's state, so empty when read back. */
  readonly heading: readonly string[];
  /** Each member once. */
  readonly members: MemberList;
}
