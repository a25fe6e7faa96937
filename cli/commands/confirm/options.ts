import { InvalidArgumentError, Option } from "commander";

/** Name of the hidden command that waits for the deadline. */
export const WATCHDOG = "confirm-watchdog";

/** A day: whoever needs longer has confirmed nothing. */
const LONGEST = 86_400;

/** Of every command whose change can wait to be confirmed. */
export function confirmOption(): Option {
  return new Option(
    "--confirm-timeout <seconds>",
    "take the change back unless 'calicoctl confirm' comes within this time",
  ).argParser((text) => {
    const seconds = Number(text);
    if (!/^\d+$/.test(text) || seconds < 1 || seconds > LONGEST)
      throw new InvalidArgumentError(`Give whole seconds, from 1 to ${LONGEST}.`);
    return seconds;
  });
}
