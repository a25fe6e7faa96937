import {
  boolYaml11Tag,
  CORE_SCHEMA,
  constructFromEvents,
  EVENT_ID,
  type Event,
  getScalarValue,
  mergeTag,
  parseEvents,
  YAMLException,
} from "js-yaml";
import type { TextSpan } from "../diagnostics/diagnostic.ts";
import { yamlFloatTag, yamlIntegerTag } from "./yaml-numbers.ts";

/**
 * YAML as Calico's and Kubernetes' tools read it: 1.2's core schema with merge keys, 1.1's booleans (`yes`, `on`, `y`)
 * and Go's numbers (`resolveMap` and `resolve` in goyaml.v2/resolve.go of sigs.k8s.io/yaml). `5663:12` and timestamps
 * stay the strings that they look like.
 */
const SCHEMA = CORE_SCHEMA.withTags(mergeTag, boolYaml11Tag, yamlIntegerTag, yamlFloatTag);

export const MAX_DEPTH = 100;
/** Aliases may stand for at most this many nodes beyond those that are written. */
const MAX_ALIAS_EXPANSION = 200_000;

export type YamlProblem =
  | { readonly kind: "invalid"; readonly reason: string; readonly span: TextSpan }
  | {
      readonly kind: "duplicate-key";
      readonly key: string;
      readonly span: TextSpan;
      readonly first: TextSpan;
    }
  | { readonly kind: "alias"; readonly anchor: string; readonly problem: string; readonly span: TextSpan }
  | { readonly kind: "nesting"; readonly span: TextSpan };

export type YamlResult =
  | { readonly ok: true; readonly documents: readonly unknown[] }
  | { readonly ok: false; readonly problems: readonly YamlProblem[] };

/** Reads a stream of documents; spans are offsets in `text`. Never throws. Aliased values are shared: do not mutate. */
export function readYaml(text: string): YamlResult {
  let events: Event[] = [];
  try {
    events = parseEvents(text, { maxDepth: MAX_DEPTH });
    const problem = checkAliases(text, events);
    if (problem !== undefined) return { ok: false, problems: [problem] };
    return { ok: true, documents: constructFromEvents(events, { source: text, schema: SCHEMA }) };
  } catch (error) {
    const duplicates = findDuplicateKeys(text, events);
    return { ok: false, problems: duplicates.length > 0 ? duplicates : [problemOf(error)] };
  }
}

/** The events of a text that may be broken: as much as there is for locating. */
export function readEvents(text: string): readonly Event[] {
  try {
    return parseEvents(text, { maxDepth: MAX_DEPTH });
  } catch {
    return [];
  }
}

function problemOf(error: unknown): YamlProblem {
  if (!(error instanceof YAMLException)) {
    return { kind: "invalid", reason: "it cannot be read", span: { start: 0, end: 0 } };
  }
  const start = error.mark?.position ?? 0;
  const span = { start, end: start + 1 };
  if (error.reason.includes("maxDepth")) return { kind: "nesting", span };
  return { kind: "invalid", reason: error.reason, span };
}

interface Open {
  readonly anchor: string | undefined;
  size: number;
  height: number;
}

/**
 * Bounds what aliases expand to, before anything is built: size, depth, and no alias to a node around it.
 * Without it nine lines of YAML stand for a billion values.
 */
function checkAliases(text: string, events: readonly Event[]): YamlProblem | undefined {
  const known = new Map<string, { readonly size: number; readonly height: number }>();
  const open: Open[] = [];
  let expansion = 0;
  const finish = (anchor: string | undefined, size: number, height: number): void => {
    if (anchor !== undefined) known.set(anchor, { size, height });
    const parent = open.at(-1);
    if (parent === undefined) return;
    parent.size += size;
    parent.height = Math.max(parent.height, height + 1);
  };
  for (const event of events) {
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        known.clear();
        open.push({ anchor: undefined, size: 0, height: 0 });
        break;
      case EVENT_ID.SEQUENCE:
      case EVENT_ID.MAPPING:
        open.push({ anchor: anchorOf(text, event), size: 1, height: 1 });
        break;
      case EVENT_ID.SCALAR:
        finish(anchorOf(text, event), 1, 0);
        break;
      case EVENT_ID.POP: {
        const closed = open.pop();
        if (closed !== undefined) finish(closed.anchor, closed.size, closed.height);
        break;
      }
      case EVENT_ID.ALIAS: {
        const anchor = text.slice(event.anchorStart, event.anchorEnd);
        const span = { start: event.anchorStart - 1, end: event.anchorEnd };
        if (open.some((node) => node.anchor === anchor)) {
          return { kind: "alias", anchor, problem: "refers to a value that contains it", span };
        }
        const target = known.get(anchor);
        // An unknown anchor is reported by the constructor, in its place among the other mistakes.
        if (target === undefined) break;
        if (open.length + target.height > MAX_DEPTH) return { kind: "nesting", span };
        expansion += target.size;
        if (expansion > MAX_ALIAS_EXPANSION) {
          const problem = `and those before it stand for more than ${MAX_ALIAS_EXPANSION} values`;
          return { kind: "alias", anchor, problem, span };
        }
        finish(undefined, target.size, target.height);
        break;
      }
    }
  }
  return undefined;
}

export function anchorOf(
  text: string,
  event: { readonly anchorStart: number; readonly anchorEnd: number },
): string | undefined {
  return event.anchorStart < 0 ? undefined : text.slice(event.anchorStart, event.anchorEnd);
}

/** All repeated keys of a text, each with the place where it occurred first. */
function findDuplicateKeys(text: string, events: readonly Event[]): readonly YamlProblem[] {
  const problems: YamlProblem[] = [];
  /** `undefined` for anything but a mapping; `key` says whether the next node is a key. */
  const open: ({ readonly seen: Map<string, TextSpan>; key: boolean } | undefined)[] = [];
  const nodeEnds = (): void => {
    const parent = open.at(-1);
    if (parent !== undefined) parent.key = !parent.key;
  };
  for (const event of events) {
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
      case EVENT_ID.SEQUENCE:
        open.push(undefined);
        break;
      case EVENT_ID.MAPPING:
        open.push({ seen: new Map(), key: true });
        break;
      case EVENT_ID.SCALAR: {
        const parent = open.at(-1);
        if (parent?.key) {
          const key = getScalarValue(text, event);
          const span = { start: event.valueStart, end: event.valueEnd };
          const first = parent.seen.get(key);
          if (first === undefined) parent.seen.set(key, span);
          else problems.push({ kind: "duplicate-key", key, span, first });
        }
        nodeEnds();
        break;
      }
      case EVENT_ID.ALIAS:
        nodeEnds();
        break;
      case EVENT_ID.POP:
        open.pop();
        nodeEnds();
        break;
    }
  }
  return problems;
}
