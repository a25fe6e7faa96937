/** What Calico takes for the name of a Linux interface: 15 bytes, none of which means anything to a rule's syntax. */
export function isInterfaceName(text: string): boolean {
  return /^[a-zA-Z0-9_.-]{1,15}$/.test(text);
}
