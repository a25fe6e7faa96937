import { EVENT_ID, type Event, getScalarValue, type ScalarEvent } from "js-yaml";
import { anchorOf, readEvents } from "./yaml-reader.ts";

/**
 * The nodes of a text as a walkable stream of events: a node is the index of its first event. Made only for texts
 * that something is reported about.
 */
export interface EventTree {
  readonly text: string;
  readonly events: readonly Event[];
  /** For each node, the index after its last event. */
  readonly after: readonly number[];
  /** For each alias, the node it stands for. */
  readonly targets: ReadonlyMap<number, number>;
  /** The DOCUMENT events. */
  readonly documents: readonly number[];
  /** For each sequence that was looked into, its items: a list of many mistakes is asked for each of them. */
  readonly items: Map<number, readonly number[]>;
}

export function readTree(text: string): EventTree {
  const events = readEvents(text);
  const after: number[] = [];
  const targets = new Map<number, number>();
  const documents: number[] = [];
  const anchors = new Map<string, number>();
  const open: number[] = [];
  for (const [i, event] of events.entries()) {
    after[i] = i + 1;
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        documents.push(i);
        anchors.clear();
        open.push(i);
        break;
      case EVENT_ID.SEQUENCE:
      case EVENT_ID.MAPPING:
      case EVENT_ID.SCALAR: {
        const anchor = anchorOf(text, event);
        if (anchor !== undefined) anchors.set(anchor, i);
        if (event.type !== EVENT_ID.SCALAR) open.push(i);
        break;
      }
      case EVENT_ID.ALIAS: {
        const target = anchors.get(text.slice(event.anchorStart, event.anchorEnd));
        if (target !== undefined) targets.set(i, target);
        break;
      }
      case EVENT_ID.POP: {
        const opened = open.pop();
        if (opened !== undefined) after[opened] = i + 1;
        break;
      }
    }
  }
  return { text, events, after, targets, documents, items: new Map() };
}

export interface Entry {
  /** `undefined` for an item of a sequence. */
  readonly key: number | undefined;
  readonly value: number;
}

/** The entry of a mapping or sequence that a path step names; merged mappings (`<<`) count after its own. */
export function findEntry(tree: EventTree, node: number, step: string | number): Entry | undefined {
  const container = tree.targets.get(node) ?? node;
  const event = tree.events[container];
  if (event?.type === EVENT_ID.SEQUENCE) {
    const value = typeof step === "number" ? itemsOf(tree, container)[step] : undefined;
    return value === undefined ? undefined : { key: undefined, value };
  }
  return event?.type === EVENT_ID.MAPPING ? findKey(tree, container, String(step)) : undefined;
}

function itemsOf(tree: EventTree, sequence: number): readonly number[] {
  const known = tree.items.get(sequence);
  if (known !== undefined) return known;
  const items: number[] = [];
  let item = sequence + 1;
  while (tree.events[item] !== undefined && tree.events[item]?.type !== EVENT_ID.POP) {
    items.push(item);
    item = tree.after[item] ?? item + 1;
  }
  tree.items.set(sequence, items);
  return items;
}

function findKey(tree: EventTree, mapping: number, wanted: string): Entry | undefined {
  let merged: Entry | undefined;
  let key = mapping + 1;
  while (tree.events[key] !== undefined && tree.events[key]?.type !== EVENT_ID.POP) {
    const value = tree.after[key] ?? key + 1;
    const event = tree.events[tree.targets.get(key) ?? key];
    const name = event?.type === EVENT_ID.SCALAR ? getScalarValue(tree.text, event) : undefined;
    if (name === wanted) return { key, value };
    if (name === "<<") merged ??= findMerged(tree, value, wanted);
    key = tree.after[value] ?? value + 1;
  }
  return merged;
}

function findMerged(tree: EventTree, node: number, wanted: string): Entry | undefined {
  const target = tree.targets.get(node) ?? node;
  if (tree.events[target]?.type !== EVENT_ID.SEQUENCE) return findEntry(tree, target, wanted);
  for (let i = 0; ; i++) {
    const item = findEntry(tree, target, i);
    if (item === undefined) return undefined;
    const found = findEntry(tree, item.value, wanted);
    if (found !== undefined) return found;
  }
}

/** The scalar that a node is or stands for. */
export function scalarAt(tree: EventTree, node: number): ScalarEvent | undefined {
  const event = tree.events[tree.targets.get(node) ?? node];
  return event?.type === EVENT_ID.SCALAR ? event : undefined;
}
