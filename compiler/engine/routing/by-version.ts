import type { IpVersion } from "../../net/cidr.ts";

/** One value for each IP version. */
export type ByVersion<T> = Readonly<Record<IpVersion, T>>;

export function byVersion<T>(make: (version: IpVersion) => T): ByVersion<T> {
  return { 4: make(4), 6: make(6) };
}
