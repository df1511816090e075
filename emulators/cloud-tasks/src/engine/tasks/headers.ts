/** Header names in the caller's own spelling, with their values. */
export type Headers = readonly (readonly [name: string, value: string])[];
