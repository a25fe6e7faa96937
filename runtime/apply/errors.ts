/** What became of the host when something went wrong. */
export type Outcome =
  /** This run has changed nothing. */
  | "untouched"
  /** Something failed, and the way back was taken to its end and read back. */
  | "restored"
  /** The journal is still there: the next run goes on where this one failed. */
  | "unfinished"
  /** A journal is there that says nothing: a change was under way, and nobody knows how far it came. */
  | "unknown";

/** Why a bundle was not, or not wholly, applied, and what the host enforces now. */
export class ApplyError extends Error {
  readonly outcome: Outcome;

  constructor(message: string, outcome: Outcome, cause?: unknown) {
    super(message, { cause });
    this.name = "ApplyError";
    this.outcome = outcome;
  }
}

/** A tool said no, said nothing in time, or said what cannot be understood. */
export class StepError extends Error {
  constructor(step: string, reason: string) {
    super(`${step}: ${reason}`);
    this.name = "StepError";
  }
}

export function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
