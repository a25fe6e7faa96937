/** A YAML text with another value in it, and all that has not changed as it was: comments, quotes, blank lines. */
import type { DumpOptions } from "js-yaml";
import { canonicalJson, isJsonObject, type Json, type JsonObject } from "../json.ts";
import { printYaml } from "../yaml.ts";
import { hunksBetween } from "./hunks.ts";
import {
  type MappingNode,
  readNodes,
  type ScalarNode,
  type SequenceNode,
  skipBlank,
  type YamlNode,
} from "./yaml-nodes.ts";

/**
 * The text of a document that held `before` with what `after` differs in. `undefined` where its form is too much for
 * an edit in place. The caller reads the result once more: where aliases and merge keys tie nodes together it may
 * hold another value than `after`.
 */
export function editYaml(text: string, before: Json, after: Json): string | undefined {
  const root = readNodes(text);
  if (root === undefined) return undefined;
  const editor = new Editor(text);
  return editor.change(root, before, after) ? editor.result() : undefined;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** `at` is where the entry begins: its key or its dash. */
interface Child {
  readonly at: number;
  readonly end: number;
}

class Editor {
  readonly #text: string;
  readonly #newline: string;
  readonly #edits: Edit[] = [];

  constructor(text: string) {
    this.#text = text;
    this.#newline = text.includes("\r\n") ? "\r\n" : "\n";
  }

  result(): string {
    const pieces: string[] = [];
    let done = 0;
    for (const { start, end, text } of this.#edits.toSorted((a, b) => a.start - b.start)) {
      pieces.push(this.#text.slice(done, start), text);
      done = end;
    }
    return pieces.join("") + this.#text.slice(done);
  }

  /** Whether the node can be edited; otherwise the caller replaces what it stands in. */
  change(node: YamlNode, before: Json, after: Json): boolean {
    if (equal(before, after)) return true;
    if (node.kind === "mapping" && isJsonObject(before) && isJsonObject(after) && !isEmpty(after))
      return node.isFlow
        ? this.#changeFlowMapping(node, before, after)
        : this.#changeMapping(node, before, after);
    if (node.kind === "sequence" && Array.isArray(before) && Array.isArray(after) && after.length > 0)
      return node.isFlow
        ? this.#changeFlowSequence(node, before, after)
        : this.#changeSequence(node, before, after);
    return false;
  }

  #changeMapping({ entries }: MappingNode, before: JsonObject, after: JsonObject): boolean {
    const named = entries.map(({ key, value }) => ({
      name: key.kind === "scalar" ? key.value : undefined,
      at: key.start,
      end: value.end,
      value,
    }));
    const isKept = (name: string | undefined): boolean =>
      name === "<<" || ownValue(after, name ?? "") !== undefined;
    if (named.some(({ name }) => name === undefined) || !named.some(({ name }) => isKept(name))) return false;
    const own = new Set(named.map(({ name }) => name));
    for (const [i, { name = "", value, ...child }] of named.entries()) {
      const wanted = ownValue(after, name);
      if (wanted !== undefined)
        this.#changeChild(child, value, before[name] ?? null, wanted, { [name]: wanted });
      else if (name !== "<<" && !this.#remove(child, named[i + 1]?.at)) return false;
    }
    const added = Object.entries(after).filter(
      ([name, value]) => !own.has(name) && !equal(before[name], value),
    );
    if (added.length > 0) this.#insertAfter(named, named.length - 1, Object.fromEntries(added));
    return true;
  }

  #changeSequence({ start, items }: SequenceNode, before: readonly Json[], after: readonly Json[]): boolean {
    const children: Child[] = [];
    for (const { end } of items) {
      const last = children.at(-1);
      children.push({ at: last === undefined ? start : skipBlank(this.#text, last.end), end });
    }
    for (const { old, removed, now, added } of hunksBetween(
      before.map(canonicalJson),
      after.map(canonicalJson),
    )) {
      // What goes where something comes has changed, item by item.
      const changed = Math.min(removed, added);
      for (let i = old; i < old + removed; i++) {
        const [child, wanted] = [children[i]!, after[now + i - old]!];
        if (i < old + changed) this.#changeChild(child, items[i]!, before[i]!, wanted, [wanted]);
        else if (!this.#remove(child, children[i + 1]?.at)) return false;
      }
      const fresh = after.slice(now + changed, now + added);
      if (fresh.length > 0 && !this.#insertAfter(children, old + removed - 1, fresh)) return false;
    }
    return true;
  }

  /** `whole`: the entry as a mapping or list of its own, for the case that its value has to be printed anew. */
  #changeChild(child: Child, value: YamlNode, before: Json, after: Json, whole: Json): void {
    const noted = this.#edits.length;
    if (this.change(value, before, after)) return;
    this.#edits.length = noted;
    const inline = this.#inline(value, after);
    if (inline !== undefined) this.#edits.push({ start: value.start, end: value.end, text: inline });
    else this.#edits.push({ start: child.at, end: child.end, text: this.#block(whole, child.at) });
  }

  /** The value in one line, where the old one stands in one and something behind it, or its style, says so. */
  #inline(node: YamlNode, value: Json): string | undefined {
    if (node.kind !== "scalar") return node.isFlow ? printFlow(value) : undefined;
    if (node.style === "block" || node.style === "empty") return undefined;
    if (isEmpty(value)) return printFlow(value);
    if (typeof value !== "object" || value === null) {
      const printed = printYaml(value, quotesOf(node)).trimEnd();
      if (!printed.includes("\n")) return printed;
    }
    // A comment behind the old value would end up in a block scalar, or behind the last line of what is new.
    const isLast = this.#text.slice(node.end, this.#lineEnd(node.end)).trim() === "";
    return isLast ? undefined : printFlow(value);
  }

  #changeFlowMapping({ entries, end }: MappingNode, before: JsonObject, after: JsonObject): boolean {
    const own = new Set<string>();
    for (const { key, value } of entries) {
      const name = key.kind === "scalar" ? key.value : "";
      const wanted = ownValue(after, name);
      if (wanted === undefined || value.start === value.end) return false;
      own.add(name);
      this.#changeFlowChild(value, before[name] ?? null, wanted);
    }
    const added = Object.entries(after).filter(([name]) => !own.has(name));
    if (added.length > 0) this.#append(entries.at(-1)?.value, end, Object.fromEntries(added));
    return entries.length > 0;
  }

  #changeFlowSequence(
    { items, end }: SequenceNode,
    before: readonly Json[],
    after: readonly Json[],
  ): boolean {
    if (items.length === 0 || after.length < items.length) return false;
    for (const [i, item] of items.entries()) this.#changeFlowChild(item, before[i]!, after[i]!);
    if (after.length > items.length) this.#append(items.at(-1), end, after.slice(items.length));
    return true;
  }

  #changeFlowChild(node: YamlNode, before: Json, after: Json): void {
    const noted = this.#edits.length;
    if (this.change(node, before, after)) return;
    this.#edits.length = noted;
    this.#edits.push({ start: node.start, end: node.end, text: printFlow(after) });
  }

  #append(last: YamlNode | undefined, end: number, added: Json): void {
    const at = last?.end ?? end - 1;
    this.#edits.push({ start: at, end: at, text: `, ${printFlow(added).slice(1, -1)}` });
  }

  /** With its lines, and the comments right above it that stand in its column. `next`: where its follower begins. */
  #remove(child: Child, next: number | undefined): boolean {
    if (this.#isFirstOnLine(child.at)) {
      const start = this.#commentsAbove(child.at);
      this.#edits.push({ start, end: this.#afterLines(child), text: "" });
      return true;
    }
    if (next === undefined) return false;
    this.#edits.push({ start: child.at, end: next, text: "" });
    return true;
  }

  /** Behind the child `index`, in front of all for -1. */
  #insertAfter(children: readonly Child[], index: number, added: Json): boolean {
    const [first] = children;
    if (first === undefined || (index < 0 && !this.#isFirstOnLine(first.at))) return false;
    const at = index < 0 ? this.#commentsAbove(first.at) : this.#afterLines(children[index]!);
    const lines = " ".repeat(this.#column(first.at)) + this.#block(added, first.at);
    const isLineStart = at === 0 || this.#text[at - 1] === "\n";
    const text = isLineStart ? lines + this.#newline : this.#newline + lines;
    this.#edits.push({ start: at, end: at, text });
    return true;
  }

  /** A block collection whose first line goes to where `at` is. */
  #block(value: Json, at: number): string {
    const indent = " ".repeat(this.#column(at));
    const lines = printYaml(value).trimEnd().split("\n");
    return lines.map((line, i) => (i === 0 || line === "" ? line : indent + line)).join(this.#newline);
  }

  /** Where the line begins that comes after a child, and after comments that stand deeper than it. */
  #afterLines({ at, end }: Child): number {
    const column = this.#column(at);
    let after = this.#lineEnd(end);
    for (;;) {
      const line = this.#text.slice(after, this.#lineEnd(after));
      const comment = /^( *)#/.exec(line);
      if (comment === null || comment[1]!.length <= column) return after;
      after += line.length;
    }
  }

  #commentsAbove(at: number): number {
    let start = this.#lineStart(at);
    const indent = " ".repeat(this.#column(at));
    while (start > 0) {
      const above = this.#lineStart(start - 1);
      if (!this.#text.slice(above, start).startsWith(`${indent}#`)) break;
      start = above;
    }
    return start;
  }

  #isFirstOnLine(at: number): boolean {
    return this.#text.slice(this.#lineStart(at), at).trim() === "";
  }

  #column(at: number): number {
    return at - this.#lineStart(at);
  }

  #lineStart(at: number): number {
    return at === 0 ? 0 : this.#text.lastIndexOf("\n", at - 1) + 1;
  }

  /** Behind the line break of the line of `at`. */
  #lineEnd(at: number): number {
    const end = this.#text.indexOf("\n", at);
    return end < 0 ? this.#text.length : end + 1;
  }
}

/** In one line, as it may stand between braces. */
function printFlow(value: Json): string {
  if (typeof value === "string") return printYaml([value], { flowLevel: 0 }).trimEnd().slice(1, -1);
  return printYaml(value, { flowLevel: 0 }).trimEnd();
}

/** A value keeps the quotes that it had. */
function quotesOf({ style }: ScalarNode): DumpOptions {
  return style === "single" || style === "double" ? { forceQuotes: true, quoteStyle: style } : {};
}

function equal(one: Json | undefined, other: Json | undefined): boolean {
  return one === undefined || other === undefined
    ? one === other
    : canonicalJson(one) === canonicalJson(other);
}

/** Of its own: fields may be called `constructor`. */
function ownValue(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function isEmpty(value: Json): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
