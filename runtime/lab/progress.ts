/** Told, in words, how far long work is. */
export type Progress = (line: string) => void;
