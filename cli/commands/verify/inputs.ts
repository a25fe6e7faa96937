import type { CompileOptions, SourceFile } from "../../../compiler/index.ts";
import { readSources, SourceError } from "../../../runtime/datastore/files.ts";
import { UserError } from "../../output/errors.ts";
import { VERSION } from "../../version.ts";
import { chooseFeatures } from "../compile/features.ts";

/** What the commands that look into a compile are given. */
export interface InputRequest {
  readonly filename: readonly string[];
  readonly node?: readonly string[];
  readonly inventory?: string;
  readonly iptablesBackend?: "nft" | "legacy";
  readonly features: string;
  readonly interfacePrefix?: string;
}

/** The resources as text, and how to compile them. */
export interface Inputs {
  readonly sources: readonly SourceFile[];
  readonly options: CompileOptions;
}

/** Reads the resources, to be compiled as `calicoctl compile` does. */
export async function openInputs(request: Omit<InputRequest, "node">): Promise<Inputs> {
  const sources = await readInputs(request);
  const features = await chooseFeatures(request.features, request.iptablesBackend);
  const { interfacePrefix } = request;
  const options = { features, compilerVersion: VERSION };
  return { sources, options: interfacePrefix === undefined ? options : { ...options, interfacePrefix } };
}

export async function readInputs({
  filename,
  inventory,
}: Pick<InputRequest, "filename" | "inventory">): Promise<readonly SourceFile[]> {
  try {
    return await readSources(inventory === undefined ? filename : [...filename, inventory], process.cwd());
  } catch (error) {
    if (error instanceof SourceError) throw new UserError(error.message);
    throw error;
  }
}
