import { connect } from "node:net";

/** One line of an answer. `code`: four digits, by what the line is (routing-bgp.md §4.4). */
export interface BirdLine {
  readonly code: string;
  readonly text: string;
}

/** Why a daemon cannot be asked: it does not run, does not answer, or refuses the command. */
export class BirdError extends Error {
  readonly kind: "not-running" | "silent" | "refused";
  constructor(kind: BirdError["kind"], message: string) {
    super(message);
    this.name = "BirdError";
    this.kind = kind;
  }
}

/** Calico's own limit for an answer, in milliseconds. */
const TIMEOUT = 2000;

/**
 * Puts one command to the daemon behind a control socket, and returns the lines of its answer without the greeting.
 * Throws `BirdError`. The protocol is BIRD 2's: lines begin with a code and `-`, or a space on the last of a message;
 * lines that go on with the same code begin with a space; a message with a code 0xxx, 8xxx or 9xxx ends the answer.
 */
export async function askBird(socket: string, command: string): Promise<readonly BirdLine[]> {
  return new Promise((resolve, reject) => {
    const connection = connect(socket);
    const lines: BirdLine[] = [];
    let rest = "";
    let isGreeted = false;
    const fail = (kind: BirdError["kind"], message: string) => {
      connection.destroy();
      reject(new BirdError(kind, message));
    };
    connection.setTimeout(TIMEOUT, () => fail("silent", `BIRD does not answer on ${socket}`));
    connection.once("error", (cause) => fail("not-running", `BIRD does not run: ${cause.message}`));
    connection.once("close", () => reject(new BirdError("silent", "BIRD closed the connection")));
    connection.setEncoding("utf8").on("data", (chunk: string) => {
      const texts = (rest + chunk).split("\n");
      rest = texts.pop() ?? "";
      for (const text of texts) {
        const line = readLine(text, lines.at(-1));
        if (!isGreeted) {
          isGreeted = true;
          connection.write(`${command}\n`);
        } else if (isEnd(text)) {
          connection.destroy();
          if (/^[89]/.test(line.code)) reject(new BirdError("refused", line.text));
          else resolve(line.code === "0000" ? lines : [...lines, line]);
          return;
        } else lines.push(line);
      }
    });
  });
}

function readLine(text: string, last: BirdLine | undefined): BirdLine {
  const [, code, line] = /^(\d{4})[- ](.*)$/.exec(text) ?? [];
  return code === undefined ? { code: last?.code ?? "", text: text.slice(1) } : { code, text: line ?? "" };
}

function isEnd(text: string): boolean {
  return /^[089]\d{3} /.test(text);
}
