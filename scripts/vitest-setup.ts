import { generateValidators } from "./generate-validators.ts";

/** Tests must never see validators of older schemas. */
export default generateValidators;
