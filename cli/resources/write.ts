import { problemOf } from "../../runtime/datastore/errors.ts";
import { keyOf, type Resource, type Stored } from "../../runtime/datastore/resource.ts";
import { withDatastore } from "../datastore/open.ts";
import type { DatastoreRequest } from "../datastore/options.ts";
import { printDiagnostics } from "../output/diagnostics.ts";
import { UserError } from "../output/errors.ts";
import { Client, describeFailure } from "./client.ts";
import { ensureInitialized } from "./initialise.ts";
import { type Input, type InputRequest, readInput } from "./input.ts";
import { identifier } from "./kinds.ts";
import {
  APPLY,
  CREATE,
  failureText,
  type Outcome,
  REPLACE,
  reportOutcome,
  singleKind,
  VALIDATE,
  type Verb,
} from "./outcome.ts";

export interface WriteRequest extends InputRequest, DatastoreRequest {
  readonly skipExists?: boolean;
}

export function createResources(request: WriteRequest): Promise<void> {
  return writeResources(request, CREATE, (client, resource) => client.create(resource));
}

export function applyResources(request: WriteRequest): Promise<void> {
  return writeResources(request, APPLY, (client, resource) => client.apply(resource));
}

export function replaceResources(request: WriteRequest): Promise<void> {
  return writeResources(request, REPLACE, (client, resource) => client.update(resource));
}

/** Reads all, and refuses all when one is invalid; then writes one after the other, past those that fail. */
async function writeResources(
  request: WriteRequest,
  verb: Verb,
  write: (client: Client, resource: Resource) => Promise<Stored>,
): Promise<void> {
  const input = await readValid(request, verb);
  const outcome = await withDatastore(request.config, async ({ datastore, type }) => {
    const client = new Client(datastore, type);
    if (type !== "file" && input.resources.length > 0) await ensureInitialized(datastore, type);
    const errors: string[] = [];
    let isReachable = true;
    for (const { resource } of input.resources) {
      if (!isReachable) {
        errors.push(`${identifier(keyOf(resource))} was not tried`);
        continue;
      }
      try {
        await write(client, resource);
      } catch (error) {
        const problem = problemOf(error)?.kind;
        // Each further attempt would wait as long as the first.
        isReachable = problem !== "unreachable";
        if (problem !== "already-exists" || !request.skipExists) errors.push(describeFailure(error));
      }
    }
    return outcomeOf(input, errors);
  });
  reportOutcome(verb, outcome);
}

function outcomeOf({ resources }: Input, errors: readonly string[]): Outcome {
  return {
    total: resources.length,
    handled: resources.length - errors.length,
    errors,
    kind: singleKind(resources.map(({ managed }) => managed.kind)),
  };
}

/** The resources of `-f`, if every one is valid by itself; throws UserError else. */
export async function readValid(request: InputRequest, verb: Verb): Promise<Input> {
  const { input, invalid } = await readChecked(request, verb);
  if (invalid.length === 0) return input;
  const none = failureText(verb, { ...outcomeOf(input, invalid), handled: 0 });
  throw new UserError(`${none}; nothing was written`);
}

/** Reads the resources of `-f`, prints what is wrong with each, and says it in one text for each invalid one. */
async function readChecked(
  request: InputRequest,
  { present }: Verb,
): Promise<{ readonly input: Input; readonly invalid: readonly string[] }> {
  if (request.filename === undefined)
    throw new UserError(`say what to ${present} with -f: a file, a directory, or - for standard input`);
  const input = await readInput(request);
  printDiagnostics(
    input.resources.flatMap(({ findings }) => findings),
    input.files,
    "text",
  );
  const invalid = input.resources.flatMap(({ resource, findings }) => {
    const errors = findings.filter(({ severity }) => severity === "error").length;
    const what = `${errors} ${errors === 1 ? "error" : "errors"} in ${identifier(keyOf(resource))}`;
    return errors === 0 ? [] : [what];
  });
  return { input, invalid };
}

/** Says of each resource whether it is valid by itself. */
export async function validateResources(request: InputRequest): Promise<void> {
  const { input, invalid } = await readChecked(request, VALIDATE);
  reportOutcome(VALIDATE, outcomeOf(input, invalid));
}
