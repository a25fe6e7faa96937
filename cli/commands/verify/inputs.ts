import type { CompileOptions, SourceFile } from "../../../compiler/index.ts";
import { readSources, SourceError } from "../../../runtime/datastore/files.ts";
import { UserError } from "../../output/errors.ts";
import { VERSION } from "../../version.ts";
import { chooseFeatures } from "../compile/features.ts";

/** Where the resources are: files, or the datastore. */
export interface SourceRequest {
  readonly filename?: readonly string[];
  readonly datastore?: boolean;
  /** How to connect to it. */
  readonly config?: string;
  readonly inventory?: string;
}

/** What the commands that look into a compile are given. */
export interface InputRequest extends SourceRequest {
  readonly node?: readonly string[];
  readonly iptablesBackend?: "nft" | "legacy";
  readonly features: string;
  readonly interfacePrefix?: string;
}

/** The resources as text, and how to compile them. */
export interface Inputs {
  /** Where they are, for a report. */
  readonly name: string;
  readonly sources: readonly SourceFile[];
  readonly options: CompileOptions;
}

/** Reads the resources, to be compiled as `calicoctl compile` does. */
export async function openInputs(request: Omit<InputRequest, "node">): Promise<Inputs> {
  const sources = await readInputs(request);
  const features = await chooseFeatures(request.features, request.iptablesBackend);
  const { interfacePrefix } = request;
  const name = request.filename?.join(", ") ?? "the datastore";
  const options = { features, compilerVersion: VERSION };
  return {
    name,
    sources,
    options: interfacePrefix === undefined ? options : { ...options, interfacePrefix },
  };
}

/** Throws UserError, also where it is not clear which resources are meant. */
export async function readInputs(request: SourceRequest): Promise<readonly SourceFile[]> {
  const { filename, inventory } = request;
  if (request.datastore && filename !== undefined)
    throw new UserError("give the resources by -f or by --datastore, not both");
  if (!request.datastore && filename === undefined)
    throw new UserError("say which resources: files with -f, or --datastore for what is there");
  try {
    const saved = inventory === undefined ? [] : [inventory];
    const files = [...(filename ?? []), ...saved];
    const read = files.length === 0 ? [] : await readSources(files, process.cwd());
    if (!request.datastore) return read;
    const { readSnapshot } = await import("../../datastore/snapshot.ts");
    return [...(await readSnapshot(request.config)), ...read];
  } catch (error) {
    if (error instanceof SourceError) throw new UserError(error.message);
    throw error;
  }
}
