import { type Compilation, compile, type SourceFile } from "../../../compiler/index.ts";
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

export interface Inputs {
  readonly sources: readonly SourceFile[];
  readonly compilation: Compilation;
}

/** Reads the resources and compiles them as `calicoctl compile` does. */
export async function compileInputs(request: InputRequest): Promise<Inputs> {
  const sources = await read(request);
  const features = await chooseFeatures(request.features, request.iptablesBackend);
  const compilation = compile(sources, {
    features,
    compilerVersion: VERSION,
    ...(request.node === undefined ? {} : { nodes: request.node }),
    ...(request.interfacePrefix === undefined ? {} : { interfacePrefix: request.interfacePrefix }),
  });
  return { sources, compilation };
}

async function read({ filename, inventory }: InputRequest): Promise<readonly SourceFile[]> {
  try {
    return await readSources(inventory === undefined ? filename : [...filename, inventory], process.cwd());
  } catch (error) {
    if (error instanceof SourceError) throw new UserError(error.message);
    throw error;
  }
}
