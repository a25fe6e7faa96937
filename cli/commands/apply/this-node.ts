import { hostname } from "node:os";
import { readRecord } from "../../../runtime/apply/record.ts";
import { LinuxHost } from "../../../runtime/host/linux-host.ts";
import { UserError } from "../../output/errors.ts";

/**
 * The part of the node that this host is: `given` (`--node`), else the one that it was last applied as, else the one of
 * its name. Throws `UserError` where it has none, with what `refusal` says, and as `refuseNamesake`.
 */
export async function partOfThisNode<Part>(
  given: string | undefined,
  partOf: (node: string) => Part | undefined,
  refusal: (whom: string) => string,
): Promise<Part> {
  const last = given === undefined ? await lastNode() : undefined;
  const node = given ?? last ?? hostname();
  const part = partOf(node);
  if (part === undefined) {
    if (given !== undefined) throw new UserError(refusal(`node ${given}`));
    const whom = last === undefined ? `this host (${node})` : `node ${node}, which this host was applied as`;
    throw new UserError(`${refusal(whom)}; if one of them is meant, say it with --node`);
  }
  if (last !== undefined) refuseNamesake(last, (name) => partOf(name) !== undefined);
  return part;
}

/** A host that was applied as `last` and has the name of another node may be a copy of its disk: a person has to say. */
export function refuseNamesake(last: string, has: (node: string) => boolean): void {
  const name = hostname();
  if (name !== last && has(name))
    throw new UserError(
      `this host was applied as node ${last}, and has the name of node ${name}; say which of them it is with --node`,
    );
}

async function lastNode(): Promise<string | undefined> {
  // Where the records are does not depend on the variant.
  return (await readRecord(new LinuxHost({ iptablesVariant: "nft" }), "last"))?.node;
}
