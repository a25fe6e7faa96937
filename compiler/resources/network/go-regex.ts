/** Groups of flags, and named groups in the older spelling: Go has them, JavaScript has not. */
const FLAGS = /\(\?[imsU]*(?:-[imsU]+)?(?=[:)])/g;
const OLD_NAMES = /\(\?P</g;
/** Lookaround: JavaScript has it, Go has not. */
const LOOKAROUND = /\(\?<?[=!]/;

/** Whether Calico, which is written in Go, would take the text for a regular expression; it is not evaluated here. */
export function isGoRegex(pattern: string): boolean {
  if (LOOKAROUND.test(pattern)) return false;
  try {
    new RegExp(
      pattern
        .replace(FLAGS, "(?:")
        .replace(/\(\?::/g, "(?:")
        .replace(OLD_NAMES, "(?<"),
    );
    return true;
  } catch {
    return false;
  }
}
