import { readDocuments } from "../../compiler/index.ts";
import type { Resource } from "../../runtime/datastore/resource.ts";
import { UserError } from "../output/errors.ts";
import { toJson } from "./output.ts";

/** Throws UserError with all that is wrong with a resource that a command has changed. */
export function demandValid(resource: Resource): void {
  const { documents } = readDocuments([{ path: resource.metadata.name, text: toJson(resource) }]);
  const errors = documents.flatMap(({ findings }) => findings).filter(({ severity }) => severity === "error");
  const words = errors.map(({ message, hint }) => (hint === undefined ? message : `${message} ${hint}`));
  if (words.length > 0) throw new UserError(words.join("; "));
}
