import { readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { CORE_SCHEMA, load } from "js-yaml";
import { UserError } from "../output/errors.ts";
import { isField, type Settings, settingsOf, type Values, valuesOfEnvironment } from "./settings.ts";

export const DEFAULT_CONFIG = "/etc/calico/calicoctl.cfg";

/**
 * The file, if it is there, decides alone; the environment is read only where the default file is absent, and a file
 * that was asked for must exist. Throws UserError.
 */
export async function readSettings(
  config: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Settings> {
  const isThere = await exists(config);
  if (!isThere && config !== DEFAULT_CONFIG) throw new UserError(`Error reading config file: ${config}`);
  if (!isThere) return settingsOf(await withHome(valuesOfEnvironment(environment)), "the environment");
  const text = await readFile(config, "utf8").catch((error) => {
    throw new UserError(
      `Error reading config file: ${config}: ${error instanceof Error ? error.message : error}`,
    );
  });
  return settingsOf(await withHome(readConfig(config, text)), config);
}

/** kubectl's own file stands in where no other way to a Kubernetes API is given, as in Calico. */
async function withHome(values: Values): Promise<Values> {
  if (["kubeconfig", "kubeconfigInline", "k8sAPIEndpoint"].some((field) => values.has(field))) return values;
  const file = join(homedir(), ".kube", "config");
  return (await exists(file)) ? new Map([...values, ["kubeconfig", file]]) : values;
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The sheet, "Connection config": a `CalicoAPIConfig`, read strictly. */
function readConfig(file: string, text: string): Values {
  const fail = (reason: string): never => {
    throw new UserError(`syntax error in ${file}: ${reason}`);
  };
  let document: unknown;
  try {
    document = load(text, { schema: CORE_SCHEMA });
  } catch (error) {
    fail(error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));
  }
  if (!isMapping(document)) return fail("it is not a mapping");
  const { apiVersion, kind, metadata: _, spec = {}, ...others } = document;
  if (apiVersion !== "projectcalico.org/v3")
    throw new UserError(`invalid config file: unknown APIVersion '${apiVersion ?? ""}'`);
  if (kind !== "CalicoAPIConfig")
    throw new UserError(`invalid config file: expected kind 'CalicoAPIConfig', got '${kind ?? ""}'`);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) fail(`unknown field "${unknown}"`);
  if (!isMapping(spec)) return fail("spec is not a mapping");
  const values = new Map<string, string>();
  for (const [field, value] of Object.entries(spec)) {
    if (!isField(field)) fail(`unknown field "spec.${field}"`);
    if (typeof value === "object" && value !== null) fail(`spec.${field} is not a text`);
    if (value !== null && value !== "") values.set(field, String(value));
  }
  return values;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
