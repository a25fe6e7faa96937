// Compiles the schemas of all kinds into one self-contained module, so that ajv is never loaded at run time.
// Runs before the bundle is built and before tests; does nothing when the schemas are those of the last run.
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv } from "ajv";
import standalone from "ajv/dist/standalone/index.js";
import { build } from "esbuild";
import { KINDS, kindId } from "../compiler/resources/registry.ts";

const ROOT = join(import.meta.dirname, "..");
const FOLDER = join(ROOT, "compiler/resources/generated");
/** Raised when the generator changes in a way that the schemas do not show. */
const VERSION = 1;

type Schema = Readonly<Record<string, unknown>>;

const TYPES = `import type { SchemaError } from "../schema-findings.ts";
export interface Validator {
  (body: unknown): boolean;
  readonly errors?: readonly SchemaError[] | null;
}
/** By \`kindId\`. */
export const VALIDATORS: Readonly<Record<string, Validator>>;
`;

export async function generateValidators(): Promise<void> {
  const schemas = KINDS.map((definition) => [kindId(definition), closeObjects(definition.schema)] as const);
  const stamp = createHash("sha256")
    .update(JSON.stringify([VERSION, schemas]))
    .digest("hex");
  const target = join(FOLDER, "validators.js");
  const existing = await readFile(target, "utf8").catch(() => "");
  if (existing.startsWith(`// ${stamp}\n`)) return;
  await mkdir(FOLDER, { recursive: true });
  await replace(join(FOLDER, "validators.d.ts"), TYPES);
  await replace(target, `// ${stamp}\n${await compile(schemas)}`);
}

/** Objects are closed unless they say otherwise (see \`kind.ts\`). Also drops TypeBox's symbols. */
function closeObjects(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closeObjects);
  if (typeof schema !== "object" || schema === null) return schema;
  const closed = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closeObjects(value)]));
  // A field may itself be called "properties": only a schema of an object has one beside \`type: object\`.
  return closed.type === "object" && "properties" in closed && !("additionalProperties" in closed)
    ? { ...closed, additionalProperties: false }
    : closed;
}

async function compile(schemas: readonly (readonly [string, unknown])[]): Promise<string> {
  const shared = shareSchemas(schemas);
  const ajv = new Ajv({
    allErrors: true,
    allowUnionTypes: true,
    messages: false,
    strictTypes: false,
    strictRequired: false,
    inlineRefs: false,
    schemas: [{ $id: "shared", $defs: shared.definitions }],
    code: { source: true, esm: true, lines: true },
  });
  const exports: Record<string, string> = {};
  for (const [i, [, schema]] of shared.schemas.entries()) {
    ajv.addSchema({ ...(schema as Schema), $id: `kind${i}` });
    exports[`kind${i}`] = `kind${i}`;
  }
  const entries = schemas.map(([id], i) => `${JSON.stringify(id)}: kind${i}`);
  const source = `${standalone.default(ajv, exports)}\nexport const VALIDATORS = { ${entries.join(", ")} };\n`;
  const bundle = await build({
    stdin: { contents: source.replaceAll(/^export const kind/gm, "const kind"), resolveDir: ROOT },
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    minifySyntax: true,
    logLevel: "error",
  });
  return bundle.outputFiles[0]?.text ?? "";
}

/** Object schemas that occur more than once (a rule, an entity) become one function instead of many copies. */
function shareSchemas(schemas: readonly (readonly [string, unknown])[]): {
  readonly definitions: Readonly<Record<string, unknown>>;
  readonly schemas: readonly (readonly [string, unknown])[];
} {
  const counts = new Map<string, number>();
  const count = (schema: unknown): void => {
    if (typeof schema !== "object" || schema === null) return;
    if (isObjectSchema(schema)) {
      const key = JSON.stringify(schema);
      const seen = (counts.get(key) ?? 0) + 1;
      counts.set(key, seen);
      if (seen > 1) return;
    }
    for (const child of Object.values(schema)) count(child);
  };
  for (const [, schema] of schemas) count(schema);

  const names = new Map<string, string>();
  const definitions: Record<string, unknown> = {};
  const descend = (schema: object): unknown =>
    Array.isArray(schema)
      ? schema.map(share)
      : Object.fromEntries(Object.entries(schema).map(([key, child]) => [key, share(child)]));
  const share = (schema: unknown): unknown => {
    if (typeof schema !== "object" || schema === null) return schema;
    const key = isObjectSchema(schema) ? JSON.stringify(schema) : "";
    if ((counts.get(key) ?? 0) < 2) return descend(schema);
    let name = names.get(key);
    if (name === undefined) {
      name = `d${names.size}`;
      names.set(key, name);
      definitions[name] = descend(schema);
    }
    return { $ref: `shared#/$defs/${name}` };
  };
  return {
    schemas: schemas.map(([id, schema]) => [id, descend(schema as object)] as const),
    definitions,
  };
}

function isObjectSchema(schema: object): boolean {
  return "type" in schema && schema.type === "object" && "properties" in schema;
}

/** Readers of the file, in other processes too, see the old or the new one, never half of it. */
async function replace(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, text);
  await rename(temporary, path);
}

if (import.meta.main) await generateValidators();
