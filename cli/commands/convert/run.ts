import type { Json } from "../../../runtime/datastore/json.ts";
import { type Resource, readResource } from "../../../runtime/datastore/resource.ts";
import { printDiagnostics } from "../../output/diagnostics.ts";
import { UserError } from "../../output/errors.ts";
import { demandValid } from "../../resources/checked.ts";
import { readFiles } from "../../resources/input.ts";
import { managedKind } from "../../resources/kinds.ts";
import { toJson, toYaml } from "../../resources/output.ts";
import { CUSTOM_RESOURCES, storedResource } from "./custom-resource.ts";

export interface ConvertRequest {
  readonly filename: readonly string[];
  readonly recursive?: boolean;
  readonly output: "yaml" | "json";
}

/** Resources that are of v3 already pass as they are; anything else is refused, and nothing printed. */
export async function runConvert(request: ConvertRequest): Promise<void> {
  const { files, documents, problems } = await readFiles(request);
  if (problems.length > 0) {
    printDiagnostics(problems, files, "text");
    throw new UserError("failed to execute command: the files cannot be read");
  }
  const converted = documents.map(({ file, value }) => convert(file, value as Json));
  if (request.output === "yaml")
    process.stdout.write(converted.map((resource) => `---\n${toYaml(resource)}`).join(""));
  else process.stdout.write(toJson(converted.length === 1 ? converted[0]! : converted));
}

function convert(file: string, value: Json): Resource {
  const read = readResource(value);
  if (read.problem !== undefined)
    throw new UserError(`${file} holds something that is no resource: ${read.problem}`);
  const { apiVersion, kind, metadata } = read.resource;
  const resource = apiVersion === CUSTOM_RESOURCES ? storedResource(read.resource) : read.resource;
  if (managedKind(resource.apiVersion, resource.kind) === undefined)
    throw new UserError(
      `a ${kind} of ${apiVersion} is not converted${apiVersion.startsWith("networking.k8s.io/") ? ": Calico reads it from Kubernetes itself" : ""}`,
    );
  try {
    demandValid(resource);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${kind} ${metadata.name}: ${error.message}`);
  }
  return resource;
}
