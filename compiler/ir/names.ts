/** How names on a host are shortened, for the back ends, which do not see `syntax/`. */
export { lengthLimitedId } from "../syntax/ids.ts";
