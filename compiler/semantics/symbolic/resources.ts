import type { Host } from "../evaluator/host.ts";
import type { Program, RuleList } from "../evaluator/program.ts";
import type { Path, Route } from "../evaluator/route.ts";
import type { EnforcementPoint, Ruling } from "../evaluator/verdict.ts";
import { pathOf } from "../evaluator/walk.ts";
import type { Diagram } from "./diagram.ts";
import { type Outcome, type Sealing, type Views, viewsOf } from "./reading.ts";
import type { Space, View } from "./space.ts";

type Action = Ruling["action"];

/** What becomes of all packets of any route, as the resources say. */
export class ResourceReading {
  readonly #space: Space;
  readonly #host: Host;
  readonly #sealing: Sealing;
  readonly #programs = new Map<string, Map<Program, Diagram<Action>>>();
  readonly #lists = new Map<string, Map<RuleList, Diagram<ListOutcome>>>();

  constructor(space: Space, host: Host, sealing: Sealing) {
    this.#space = space;
    this.#host = host;
    this.#sealing = sealing;
  }

  outcomes(route: Route): Diagram<Outcome> {
    return this.#path(pathOf(this.#host, route), viewsOf(route), new Map());
  }

  #path(path: Path, views: Views, done: Map<Path, Diagram<Outcome>>): Diagram<Outcome> {
    const { diagrams } = this.#space;
    if (path.kind === "end") return diagrams.leaf("allow");
    if (path.kind === "elsewhere") return diagrams.leaf("elsewhere");
    const known = done.get(path);
    if (known !== undefined) return known;
    const made =
      path.kind === "by-interface"
        ? this.#space.byInterface(path.role, (name) => this.#path(path.of(name), views, done))
        : this.#pathAtHeader(path, views, done);
    done.set(path, made);
    return made;
  }

  #pathAtHeader(
    path: Extract<Path, { kind: "fork" | "point" }>,
    views: Views,
    done: Map<Path, Diagram<Outcome>>,
  ): Diagram<Outcome> {
    const { diagrams } = this.#space;
    const view = views[path.sees];
    return path.kind === "fork"
      ? diagrams.ite(
          this.#space.condition(path.when, view),
          this.#path(path.yes, views, done),
          this.#path(path.no, views, done),
        )
      : this.#point(path, views, done);
  }

  #point(
    { point, program, sees, allowed, continued }: Extract<Path, { kind: "point" }>,
    views: Views,
    done: Map<Path, Diagram<Outcome>>,
  ): Diagram<Outcome> {
    const decided = this.#program(program, views[sees]);
    const sealed =
      this.#sealing === "endpoints" ? this.#space.seal(decided, LATE_POINTS.has(point)) : decided;
    return this.#space.diagrams.continueWith(sealed, (action) => {
      if (action === "deny") return this.#space.diagrams.leaf<Outcome>("deny");
      return this.#path(action === "allow" ? allowed : continued, views, done);
    });
  }

  #program(program: Program, view: View): Diagram<Action> {
    const { diagrams } = this.#space;
    if (program.kind === "ruling") return diagrams.leaf(program.action);
    const known = inView(this.#programs, view);
    const found = known.get(program);
    if (found !== undefined) return found;
    const made =
      program.kind === "test"
        ? diagrams.ite(
            this.#space.condition(program.when, view),
            this.#program(program.yes, view),
            this.#program(program.no, view),
          )
        : this.#rules(program, view);
    known.set(program, made);
    return made;
  }

  #rules({ list, pass, end }: Extract<Program, { kind: "rules" }>, view: View): Diagram<Action> {
    // Before the lists that come after it: what is asked first shall be first in the order of the variables.
    const decided = this.#list(list, view);
    const after = { pass: this.#program(pass, view), end: this.#program(end, view) };
    return this.#space.diagrams.continueWith(decided, (outcome) =>
      outcome === "pass" || outcome === "end" ? after[outcome] : this.#space.diagrams.leaf<Action>(outcome),
    );
  }

  #list(list: RuleList, view: View): Diagram<ListOutcome> {
    const { diagrams } = this.#space;
    const known = inView(this.#lists, view);
    const found = known.get(list);
    if (found !== undefined) return found;
    const made = list.rules.reduceRight<Diagram<ListOutcome>>((rest, { when, rule }) => {
      if (rule.action === "log") return rest;
      return diagrams.ite(this.#space.condition(when, view), diagrams.leaf(rule.action), rest);
    }, diagrams.leaf("end"));
    const sealed = this.#sealing === "nothing" ? made : this.#space.seal(made, list.direction === "ingress");
    known.set(list, sealed);
    return sealed;
  }
}

/** Where a packet leaves: after it is known by which interface that is. */
const LATE_POINTS: ReadonlySet<EnforcementPoint> = new Set(["workload-ingress", "forward-egress"]);

type ListOutcome = "allow" | "deny" | "pass" | "end";

function inView<K, V>(maps: Map<string, Map<K, V>>, { isBefore, destination }: View): Map<K, V> {
  const key = `${isBefore} ${destination?.value}`;
  const known = maps.get(key);
  if (known !== undefined) return known;
  const made = new Map<K, V>();
  maps.set(key, made);
  return made;
}
