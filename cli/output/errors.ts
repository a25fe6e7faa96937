import type { Diagnostic, SourceFile } from "../../compiler/index.ts";

/** A mistake of the caller or of the environment, said in one line: no stack trace. */
export class UserError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UserError";
  }
}

/** Files that cannot be read as resources of any kind; `diagnostics` are for the terminal. */
export class UnreadableInput extends Error {
  readonly diagnostics: readonly Diagnostic[];
  readonly files: readonly SourceFile[];
  constructor(message: string, diagnostics: readonly Diagnostic[], files: readonly SourceFile[]) {
    super(message);
    this.name = "UnreadableInput";
    this.diagnostics = diagnostics;
    this.files = files;
  }
}
