/** Resources from the files of `-f`. Source of rules and messages: the sheet "Input handling". */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type Diagnostic, readDocuments, type SourceFile } from "../../compiler/index.ts";
import { isResourceFile } from "../../runtime/datastore/files.ts";
import type { Json } from "../../runtime/datastore/json.ts";
import { type Resource, readResource } from "../../runtime/datastore/resource.ts";
import { UnreadableInput, UserError } from "../output/errors.ts";
import { readText } from "../output/read-text.ts";
import { type ManagedKind, managedKind } from "./kinds.ts";
import { inScope, type ScopeRequest } from "./scope.ts";

export interface InputRequest extends ScopeRequest {
  /** Files, directories, `-` for standard input. */
  readonly filename?: readonly string[];
  readonly recursive?: boolean;
  readonly skipEmpty?: boolean;
}

export interface InputResource {
  readonly managed: ManagedKind;
  readonly resource: Resource;
  readonly findings: readonly Diagnostic[];
}

export interface Input {
  readonly files: readonly SourceFile[];
  readonly resources: readonly InputResource[];
}

/** Throws UserError or UnreadableInput; what a resource breaks by itself is in its findings. */
export async function readInput(request: InputRequest): Promise<Input> {
  const { files, documents, problems } = await readFiles(request);
  const [broken] = problems;
  if (broken !== undefined) throw new UnreadableInput(broken.message, problems, files);
  for (const file of files)
    if (!request.skipEmpty && !documents.some((document) => document.file === file.path))
      throw new UserError(`no resources specified in file ${file.path}`);
  const resources = documents.map(({ file, value, findings }) => {
    const { resource, managed } = identified(file, value as Json, findings, files);
    return { managed, resource: inScope(resource, managed, request), findings };
  });
  return { files, resources };
}

/** Throws UserError. */
export async function readFiles(
  request: InputRequest,
): Promise<ReturnType<typeof readDocuments> & { readonly files: readonly SourceFile[] }> {
  const files: SourceFile[] = [];
  for (const path of request.filename ?? []) files.push(...(await readPath(path, request)));
  return { files, ...readDocuments(files) };
}

/** Of a kind that no command knows. */
const UNKNOWN_KIND: ReadonlySet<string> = new Set(["resource/unknown-kind", "resource/unknown-version"]);

function identified(
  file: string,
  value: Json,
  findings: readonly Diagnostic[],
  files: readonly SourceFile[],
): { readonly resource: Resource; readonly managed: ManagedKind } {
  const read = readResource(value);
  if (read.problem !== undefined)
    throw new UnreadableInput(
      `${file} holds something that is no resource: ${read.problem}`,
      findings,
      files,
    );
  const { apiVersion, kind, metadata } = read.resource;
  const managed = managedKind(apiVersion, kind);
  if (managed === undefined) {
    const isNowhere = findings.some(({ code }) => UNKNOWN_KIND.has(code));
    const elsewhere = isNowhere ? "" : "; commands that compile read it";
    throw new UnreadableInput(
      `unknown resource type (${kind}) and/or version (${apiVersion}) in ${file}${elsewhere}`,
      findings,
      files,
    );
  }
  if (metadata.resourceVersion !== undefined && typeof metadata.resourceVersion !== "string")
    throw new UnreadableInput(
      `metadata.resourceVersion of ${kind} ${metadata.name} in ${file} is not a string: quote it`,
      findings,
      files,
    );
  return { resource: read.resource, managed };
}

async function readPath(path: string, request: InputRequest): Promise<readonly SourceFile[]> {
  if (path === "-") return [{ path: "<stdin>", text: await text(process.stdin) }];
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) throw new UserError(`no such file or directory: ${path}`);
  if (!info.isDirectory()) return [await readOne(path)];
  const entries = await readdir(path, { recursive: request.recursive === true, withFileTypes: true });
  const names = entries
    .filter((entry) => !entry.isDirectory() && isResourceFile(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  if (names.length === 0 && !request.skipEmpty)
    throw new UserError(`no resources specified in directory ${path}`);
  return Promise.all(names.map(readOne));
}

async function readOne(path: string): Promise<SourceFile> {
  return { path, text: await readText(path) };
}
