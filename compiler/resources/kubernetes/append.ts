/**
 * Adds to a list that begins as `undefined`. A list of one then takes the room of one, where `push` makes room for
 * sixteen more: most pods have one address and one port, and clusters have very many pods.
 */
export function append<T>(list: T[] | undefined, item: T): T[] {
  if (list === undefined) return [item];
  list.push(item);
  return list;
}
