/**
 * Work done since the engine was made, by kind. Tests assert on differences: what a change costs must follow from
 * what it touches, never from the size of the cluster.
 */
export interface Counters {
  /** Endpoints and network sets whose labels were projected on the vocabulary. */
  itemsProjected: number;
  /** Label classes that were compared with selectors: new ones, and those whose inherited labels changed. */
  classesEvaluated: number;
  /** Single evaluations of one selector on one class. */
  selectorsMatched: number;
  /** Sets whose members were computed or changed. */
  setsTouched: number;
  /** Members added to sets or removed from them, repetitions included. */
  membersChanged: number;
  /** Policies and profiles whose rules were lowered. */
  programsLowered: number;
  /** Policy lists put in order, one per class and kind of endpoint. */
  listsResolved: number;
  /** Nodes whose IR was looked at again. */
  nodesRebuilt: number;
}

export function zeroCounters(): Counters {
  return {
    itemsProjected: 0,
    classesEvaluated: 0,
    selectorsMatched: 0,
    setsTouched: 0,
    membersChanged: 0,
    programsLowered: 0,
    listsResolved: 0,
    nodesRebuilt: 0,
  };
}
